"""daemon.py DIR LIFETIME: the one process behind `server`: serves SMTP itself and keeps Dovecot as its child.

It ends on SIGTERM, after LIFETIME seconds, when Dovecot ends, or when DIR/ports.json vanishes (the test's folder is gone).
"""

import ctypes
import json
import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import dovecot
import submission

SERVICES = ["imap", "imaps", "pop3", "pop3s", "smtp", "submission", "submissions"]
USERS = {"joe": "hunter2", "joe@example.test": "hunter2", "ann": "hunter2", "ann@example.test": "hunter2"}
PR_SET_PDEATHSIG = 1


def free_ports():
    """Picks below the range that the kernel hands out for outgoing connections, so that none is taken between here and the listener."""
    ports = {}
    while len(ports) < len(SERVICES):
        port = random.randrange(15000, 32000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in ports.values():
            ports[SERVICES[len(ports)]] = port
    return ports


def accepts(port):
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
        return True
    except OSError:
        return False


def as_child():
    """Dovecot takes signals again, and goes when this process goes."""
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM, signal.SIGINT})
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def start_dovecot(directory, state, ports):
    config = dovecot.write_config(directory, state, ports, USERS)
    child = subprocess.Popen(["/usr/sbin/dovecot", "-F", "-c", config], preexec_fn=as_child)
    deadline = time.monotonic() + 10
    while not all(accepts(ports[name]) for name in ("imap", "imaps", "pop3", "pop3s")):
        if child.poll() is not None:
            return None
        if time.monotonic() > deadline:
            child.terminate()
            child.wait()
            return None
        time.sleep(0.01)
    return child


def start_all(directory, state):
    for _ in range(5):
        ports = free_ports()
        listeners = submission.start(directory, ports, USERS)
        if listeners is None:
            continue
        child = start_dovecot(directory, state, ports)
        if child is not None:
            return ports, child, listeners
        submission.stop(listeners)
    raise SystemExit("no free ports, or dovecot does not start: see dovecot.log")


def serve(directory, lifetime, state):
    ports, child, listeners = start_all(directory, state)
    (directory / "ports.json.new").write_text(json.dumps(ports) + "\n")
    (directory / "ports.json.new").rename(directory / "ports.json")
    end = time.monotonic() + lifetime
    while time.monotonic() < end and child.poll() is None and (directory / "ports.json").exists():
        if signal.sigtimedwait({signal.SIGTERM, signal.SIGINT}, 1) is not None:
            break
    submission.stop(listeners)
    child.terminate()
    try:
        child.wait(5)
    except subprocess.TimeoutExpired:
        child.kill()
        child.wait()


def main():
    directory, lifetime = pathlib.Path(sys.argv[1]), float(sys.argv[2])
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
    # Dovecot's own users must reach it, and its socket paths must be short: neither holds for a test's folder.
    state = pathlib.Path(tempfile.mkdtemp(prefix="waxseal-mail-"))
    os.chmod(state, 0o755)
    try:
        serve(directory, lifetime, state)
    finally:
        for name in ("ports.json", "daemon.pid", "mail"):
            (directory / name).unlink(missing_ok=True)
        shutil.rmtree(state, ignore_errors=True)


main()
