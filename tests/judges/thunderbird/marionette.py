"""Speaks Marionette, the remote control of Mozilla's programs: frames of "LENGTH:JSON" over TCP."""

import json
import socket
import time


class Refused(Exception):
    """The program answered a command with an error."""


class Connection:
    def __init__(self, port, deadline):
        self.socket = socket.create_connection(("127.0.0.1", port), 5)
        self.waiting, self.last, self.deadline = b"", 0, deadline
        self.receive()

    def receive(self):
        """Gives the next frame; raises TimeoutError at the deadline and EOFError when the program is gone."""
        while True:
            length, colon, rest = self.waiting.partition(b":")
            if colon and len(rest) >= int(length):
                self.waiting = rest[int(length):]
                return json.loads(rest[: int(length)])
            left = self.deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self.socket.settimeout(left)
            more = self.socket.recv(65536)
            if not more:
                raise EOFError
            self.waiting += more

    def command(self, name, **parameters):
        self.last += 1
        message = json.dumps([0, self.last, name, parameters]).encode()
        self.socket.sendall(b"%d:%s" % (len(message), message))
        while True:
            _, number, error, result = self.receive()
            if number == self.last:
                break
        if error:
            raise Refused(f"{error.get('error')}: {error.get('message')}")
        return result

    def open_session(self):
        """Opens a session that runs scripts with the program's own rights and leaves dialogs to them."""
        self.command("WebDriver:NewSession", acceptInsecureCerts=False, unhandledPromptBehavior="ignore")
        self.command("Marionette:SetContext", value="chrome")

    def execute(self, script, *arguments):
        """Runs a script in the one lasting sandbox and gives what it returns; a dialog in the way is left to close first."""
        while True:
            try:
                return self.command("WebDriver:ExecuteScript", script=script, args=list(arguments), sandbox="system", newSandbox=False)["value"]
            except Refused as refusal:
                if not str(refusal).startswith("unexpected alert open") or time.monotonic() > self.deadline:
                    raise
                time.sleep(0.05)
