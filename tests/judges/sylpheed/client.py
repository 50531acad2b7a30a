"""The real Claws Mail or Sylpheed under Xvfb and a session bus of its own: profiles for the test server, and one run that
fetches and sends."""

import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time

FOLDERS = """<?xml version="1.0" encoding="UTF-8"?>
<folderlist>
    <folder type="mh" name="Mailbox" path="Mail">
        <folderitem type="inbox" name="inbox" path="inbox" />
        <folderitem type="outbox" name="sent" path="sent" />
        <folderitem type="draft" name="draft" path="draft" />
        <folderitem type="queue" name="queue" path="queue" />
        <folderitem type="trash" name="trash" path="trash" />
    </folder>%s
</folderlist>
"""
REMOTE = """
    <folder type="imap" name="Joe" account_id="1">
        <folderitem type="inbox" name="INBOX" path="INBOX" />
    </folder>"""
# What each calls it in `protocol`.
IMAP = {"claws-mail": 1, "sylpheed": 3}
# A message that waits to be sent: lines that the client itself would have put before it, and the message.
QUEUED = """AF:
NF:0
PS:10
SRH:1
SFN:
DSR:
MID:
CFG:
PT:0
S:joe@example.test
RQ:
SSV:
SSH:
R:<ann@example.test>
MAID:1
{end}
Date: Tue, 03 Mar 2026 10:00:00 +0000
From: Joe <joe@example.test>
To: ann@example.test
Subject: {subject}
MIME-Version: 1.0
Content-Type: text/plain; charset=UTF-8

Sent by the client.
"""


class Program:
    """What the two programs differ in."""

    def __init__(self, command, folder, common, account, settings):
        self.command, self.folder, self.common, self.account, self.settings = command, folder, common, account, settings


def put(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)


def profile(program):
    """HOME --server DIR: writes a profile of joe with an account in clear; POP3 leaves mail on the server."""
    parser = argparse.ArgumentParser(description=profile.__doc__)
    parser.add_argument("home", type=pathlib.Path)
    parser.add_argument("--server", type=pathlib.Path, required=True, help="folder of a running test server")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--protocol", choices=("pop3", "imap"), default="pop3")
    given = parser.parse_args()
    ports = json.loads((given.server / "ports.json").read_text())
    folder = given.home / program.folder
    keys = {
        "account_name": "Joe", "is_default": 1, "name": "Joe", "address": "joe@example.test", "protocol": 0, "receive_server": given.host,
        "smtp_server": given.host, "user_id": "joe", "inbox": "inbox", "remove_mail": 0, "ssl_pop": 0, "ssl_smtp": 0, "set_popport": 1,
        "pop_port": ports["pop3"], "set_smtpport": 1, "smtp_port": ports["smtp"], "use_smtp_auth": 1, **program.account,
    }
    if given.protocol == "imap":
        keys.update({"protocol": IMAP[program.command], "ssl_imap": 0, "set_imapport": 1, "imap_port": ports["imap"]})
    put(folder / "accountrc", "[Account: 1]\n" + "".join(f"{key}={value}\n" for key, value in keys.items()) + "\n")
    put(folder / program.common, "[Common]\n" + "".join(f"{key}={value}\n" for key, value in program.settings.items()) + "\n")
    put(folder / "folderlist.xml", FOLDERS % (REMOTE if given.protocol == "imap" else ""))
    if program.command == "claws-mail":
        put(folder / "passwordstorerc", "[config_version:4]\n[account:1]\nrecv hunter2\nsend hunter2\n")
    else:
        # Authorities; trust.crt would hold servers' certificates that somebody accepted.
        shutil.copy(given.server / "ca.pem", folder / "certs.crt")
    for name in ("inbox", "sent", "draft", "queue", "trash"):
        (given.home / "Mail" / name).mkdir(parents=True, exist_ok=True)


def fetch(program):
    """HOME --server DIR --messages N [--send SUBJECT] [-- COMMAND…]: lets the client fetch until the inbox holds N messages
    (of an IMAP account, with N 1: until it has logged in), send one if told to, runs COMMAND while it runs, lets it quit, and
    prints what happened as JSON. Exit 1 if it did not get there."""
    parser = argparse.ArgumentParser(description=fetch.__doc__)
    parser.add_argument("home", type=pathlib.Path)
    parser.add_argument("--server", type=pathlib.Path, required=True)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--send", metavar="SUBJECT", help="queue a message and let the client send it")
    parser.add_argument("--limit", type=float, default=25, help="seconds for the fetching")
    words = sys.argv[1:]
    at = words.index("--") if "--" in words else len(words)
    given = parser.parse_args(words[:at])
    given.command = words[at + 1:]
    if "WAXSEAL_DISPLAY" not in os.environ:
        raise SystemExit(on_a_display(given.limit + 90))
    with tempfile.TemporaryDirectory() as own:
        said = run(program, given, pathlib.Path(own))
    print(json.dumps(said))
    raise SystemExit(0 if arrived(said, given) else 1)


def on_a_display(limit):
    """Runs this once more, with a display and a bus of its own; both end here."""
    reading, writing = os.pipe()
    display = subprocess.Popen(["Xvfb", "-displayfd", str(writing), "-nolisten", "tcp"], pass_fds=[writing], stderr=subprocess.DEVNULL)
    try:
        os.close(writing)
        with os.fdopen(reading) as number:
            environment = {**os.environ, "WAXSEAL_DISPLAY": "1", "DISPLAY": f":{number.readline().strip()}"}
        words = ["dbus-run-session", "--", sys.executable, *sys.argv]
        return subprocess.run(words, env=environment, stderr=subprocess.DEVNULL, timeout=limit, check=False).returncode
    finally:
        display.terminate()
        display.wait()


def arrived(said, given):
    return said["messages"] == given.messages and said["queued"] == 0 and said["clean_exit"]


def count(folder):
    return sum(1 for path in folder.iterdir() if path.name.isdigit())


class Seen:
    """What the client has got: of POP3 the messages in its inbox, of IMAP one login, by the server's log."""

    def __init__(self, program, given):
        self.inbox, self.log = given.home / "Mail/inbox", given.server / "dovecot.log"
        self.is_imap = f"\nprotocol={IMAP[program.command]}\n" in (given.home / program.folder / "accountrc").read_text()
        self.start = self.log.stat().st_size

    def messages(self):
        return int(self.logged_in()) if self.is_imap else count(self.inbox)

    def logged_in(self):
        with open(self.log, "rb") as log:
            log.seek(self.start)
            return b"imap-login: Info: Login: user=<joe>" in log.read()


def until(seconds, true):
    deadline = time.monotonic() + seconds
    while not true() and time.monotonic() < deadline:
        time.sleep(0.05)
    return true()


def run(program, given, own):
    environment = {
        **os.environ, "HOME": str(given.home.absolute()), "SSL_CERT_FILE": str((given.server / "ca.pem").absolute()),
        "LC_ALL": "C.UTF-8", "NO_AT_BRIDGE": "1",
    }
    # With a command that looks for it, the client shows itself where it does for a user; else out of everybody's way.
    environment.pop("XDG_RUNTIME_DIR", None)
    environment.pop("TMPDIR", None)
    if not given.command:
        environment.update(XDG_RUNTIME_DIR=str(own), TMPDIR=str(own))
    seen = Seen(program, given)

    if given.send:
        end = {"claws-mail": "X-Claws-End-Special-Headers: 1", "sylpheed": ""}[program.command]
        put(given.home / "Mail/queue/1", QUEUED.format(end=end, subject=given.send))
    with open(own / "log", "wb") as log:
        client = subprocess.Popen([program.command, "--debug"], env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log)

    def tell(option):
        # A client that shows a dialog doesn't answer.
        try:
            subprocess.run([program.command, option], env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=10, check=False)
        except subprocess.TimeoutExpired:
            pass

    said = {"program": program.command, "command": None}
    try:
        where = {
            "claws-mail": [own / "claws-mail", given.home / ".cache/claws-mail"],
            "sylpheed": [own, pathlib.Path("/tmp")],
        }[program.command][1 if given.command else 0]
        name = f"sylpheed-{os.getuid()}" if program.command == "sylpheed" else "*"
        queue = given.home / "Mail/queue"
        until(15, lambda: any(path.is_socket() for path in where.glob(name)) or client.poll() is not None)
        time.sleep(1)
        deadline = time.monotonic() + given.limit
        while seen.messages() < given.messages and client.poll() is None and time.monotonic() < deadline:
            tell("--receive-all")
            until(4, lambda: seen.messages() >= given.messages)
        if given.send:
            tell("--send")
            until(8, lambda: count(queue) == 0)
        # One more than was asked for must have time to show.
        time.sleep(0.5)
        said.update(messages=seen.messages(), queued=count(queue))
        if given.command:
            done = subprocess.run(given.command, capture_output=True, text=True, timeout=60, check=False)
            said["command"] = {"exit": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        tell("--exit")
        said["clean_exit"] = until(15, lambda: client.poll() is not None) and client.returncode == 0
    finally:
        if client.poll() is None:
            client.kill()
        client.wait()
    if not arrived(said, given):
        said["output"] = (own / "log").read_text(errors="replace")[-3000:]
    return said
