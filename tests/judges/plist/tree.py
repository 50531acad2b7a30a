#!/usr/bin/env python3
"""tree.py READER FILE: prints what a reader finds in a property list as a JSON list of lines, one for each value: its
key, its kind, its value. READER is plistlib, or plistutil, which first turns the file into XML."""
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


reader, name = sys.argv[1:]
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
