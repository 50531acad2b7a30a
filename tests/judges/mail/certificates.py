"""Makes the certificate authority and the server's certificate of a mail server, once."""

import subprocess

NAMES = ["mail.example.test", "sslmail.example.test", "smtp.example.test", "localhost"]
KEY = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]


def ensure(directory):
    """Leaves ca.pem, server.pem and server.key in the folder; the authority's own key signs once and is dropped."""
    if all((directory / name).exists() for name in ("ca.pem", "server.pem", "server.key")):
        return
    run = lambda *words: subprocess.run(["openssl", *words], cwd=directory, check=True, capture_output=True)
    run("req", "-x509", *KEY, "-keyout", "ca.key", "-out", "ca.pem", "-days", "3650", "-subj", "/CN=Waxseal Test Authority",
        "-addext", "basicConstraints=critical,CA:TRUE", "-addext", "keyUsage=critical,keyCertSign,cRLSign")
    run("req", *KEY, "-keyout", "server.key", "-out", "server.csr", "-subj", "/CN=mail.example.test")
    names = ",".join(f"DNS:{name}" for name in NAMES) + ",IP:127.0.0.1"
    (directory / "server.ext").write_text(
        f"subjectAltName={names}\nbasicConstraints=CA:FALSE\nkeyUsage=digitalSignature\nextendedKeyUsage=serverAuth\n")
    run("x509", "-req", "-in", "server.csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "800",
        "-extfile", "server.ext", "-out", "server.pem")
    for name in ("ca.key", "server.csr", "server.ext", "ca.srl"):
        (directory / name).unlink(missing_ok=True)
