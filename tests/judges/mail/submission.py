"""SMTP on three ports: `smtp` (STARTTLS offered), `submission` (STARTTLS required), `submissions` (TLS from the first byte).

Each event is a JSON line in DIR/smtp.log: {"event": "auth"|"data"|"connect", "service", "tls", …}; no password and no text of a message is written.
"""

import email
import json
import ssl
import threading

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult


class Log:
    def __init__(self, path):
        self.file, self.lock = open(path, "a", buffering=1), threading.Lock()

    def write(self, **event):
        with self.lock:
            self.file.write(json.dumps(event) + "\n")


class Service:
    """The events of one port."""

    def __init__(self, name, log, users):
        self.name, self.log, self.users = name, log, users

    def secure(self, session):
        return self.name == "submissions" or session.ssl is not None

    def authenticate(self, server, session, envelope, mechanism, credentials):
        user = credentials.login.decode()
        accepted = self.users.get(user) == credentials.password.decode()
        self.log.write(event="auth", service=self.name, tls=self.secure(session), mechanism=mechanism, user=user, accepted=accepted)
        return AuthResult(success=accepted)

    async def handle_EHLO(self, server, session, envelope, hostname, responses):
        self.log.write(event="connect", service=self.name, tls=self.secure(session))
        session.host_name = hostname
        return responses

    async def handle_DATA(self, server, session, envelope):
        subject = email.message_from_bytes(envelope.content)["Subject"]
        self.log.write(event="data", service=self.name, tls=self.secure(session), authenticated=bool(session.authenticated),
                       sender=envelope.mail_from, recipients=envelope.rcpt_tos, subject=subject)
        return "250 OK"


def start(directory, ports, users):
    """Starts the three listeners; None when a port was taken meanwhile."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(directory / "server.pem", directory / "server.key")
    log = Log(directory / "smtp.log")
    kinds = {
        "smtp": {"tls_context": context, "auth_require_tls": False},
        "submission": {"tls_context": context, "require_starttls": True, "auth_required": True},
        "submissions": {"ssl_context": context, "auth_require_tls": False, "auth_required": True},
    }
    listeners = []
    for name, options in kinds.items():
        service = Service(name, log, users)
        controller = Controller(service, hostname="127.0.0.1", port=ports[name], authenticator=service.authenticate, **options)
        try:
            controller.start()
        except OSError:
            stop(listeners)
            return None
        listeners.append(controller)
    return listeners


def stop(listeners):
    for listener in listeners:
        listener.stop()
