#!/usr/bin/env python3
"""tree.py READER FILE: prints what a reader finds in a property list as a JSON list of lines, one for each value: its
key, its kind, its value. READER is plistlib, plistutil, which first turns the file into XML, or gnustep, whose pldes prints
every value as text: of that reader a line is key and text, also of switches (1 or 0) and numbers."""
import datetime
import json
import plistlib
import subprocess
import sys


def escaped(segment):
    return segment.replace("~", "~0").replace("/", "~1")


def flat(path, value, out):
    key = "/".join(path)
    if isinstance(value, dict):
        if not value:
            out.append(f"{key}\tdict")
        for name, member in value.items():
            flat([*path, escaped(name)], member, out)
    elif isinstance(value, list):
        if not value:
            out.append(f"{key}\tarray")
        for at, member in enumerate(value):
            flat([*path, str(at)], member, out)
    elif isinstance(value, bool):
        out.append(f"{key}\tbool\t{str(value).lower()}")
    elif isinstance(value, bytes):
        out.append(f"{key}\tbytes\t{value.hex()}")
    elif isinstance(value, float):
        out.append(f"{key}\treal")
    elif isinstance(value, datetime.datetime):
        out.append(f"{key}\tdate")
    else:
        out.append(f"{key}\t{type(value).__name__}\t{value}")


class Printed:
    """What pldes prints: dictionaries in braces, lists in parentheses, data in angle brackets, words bare or quoted."""

    def __init__(self, text):
        self.text, self.at = text, 0

    def peek(self):
        while self.text[self.at].isspace():
            self.at += 1
        return self.text[self.at]

    def take(self, expected):
        if self.peek() != expected:
            raise ValueError(f"expected {expected}, found {self.text[self.at:self.at + 20]!r}")
        self.at += 1

    def value(self):
        match self.peek():
            case "{":
                return self.members()
            case "(":
                return self.items()
            case "<":
                start, self.at = self.at + 1, self.text.index(">", self.at) + 1
                return bytes.fromhex(self.text[start : self.at - 1])
            case _:
                return self.word()

    def members(self):
        found = {}
        self.take("{")
        while self.peek() != "}":
            name = self.word()
            self.take("=")
            found[name] = self.value()
            self.take(";")
        self.take("}")
        return found

    def items(self):
        found = []
        self.take("(")
        while self.peek() != ")":
            found.append(self.value())
            if self.peek() == ",":
                self.take(",")
        self.take(")")
        return found

    def word(self):
        if self.peek() != '"':
            start = self.at
            while not self.text[self.at].isspace() and self.text[self.at] not in ";,=(){}":
                self.at += 1
            return self.text[start : self.at]
        self.at += 1
        units = []
        while (char := self.text[self.at]) != '"':
            self.at += 1
            if char == "\\":
                char = self.text[self.at]
                self.at += 1
                if char == "U":
                    units.append(int(self.text[self.at : self.at + 4], 16).to_bytes(2, "big"))
                    self.at += 4
                    continue
                char = {"n": "\n", "t": "\t", "r": "\r", "a": "\a", "b": "\b", "v": "\v", "f": "\f"}.get(char, char)
            units.append(char.encode("utf-16-be"))
        self.at += 1
        return b"".join(units).decode("utf-16-be")


def printed(path, value, out):
    key = "/".join(path)
    if isinstance(value, dict) and value:
        for name, member in value.items():
            printed([*path, escaped(name)], member, out)
    elif isinstance(value, list) and value:
        for at, member in enumerate(value):
            printed([*path, str(at)], member, out)
    elif isinstance(value, bytes):
        out.append(f"{key}\t{value.hex()}")
    else:
        out.append(f"{key}\t{'{}' if value == {} else '()' if value == [] else value}")


reader, name = sys.argv[1:]
if reader == "gnustep":
    said = subprocess.run(["pldes", name], capture_output=True, check=True, env={"LANG": "C.UTF-8", "HOME": "/tmp"})
    lines = []
    printed([], Printed(said.stdout.decode() + "\n").value(), lines)
    print(json.dumps(sorted(lines)))
    sys.exit()
if reader == "plistlib":
    with open(name, "rb") as file:
        tree = plistlib.load(file)
elif reader == "plistutil":
    xml = subprocess.run(["plistutil", "-f", "xml", "-i", name], capture_output=True, check=True).stdout
    tree = plistlib.loads(xml)
else:
    sys.exit(f"no reader is named {reader}")
lines = []
flat([], tree, lines)
print(json.dumps(sorted(lines)))
