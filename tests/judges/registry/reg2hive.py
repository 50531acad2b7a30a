#!/usr/bin/env python3
"""reg2hive.py IN.reg OUT [BASE]: a hive, filled by libhivex, that holds what registry text says, and what the hive BASE does.
The hives of the folder cases are made so."""
import os
import re
import shutil
import struct
import subprocess
import sys

import hivex

TYPES = {"dword": 4, "hex": 3}


def statements(text):
    for line in re.sub(r"\\\r?\n\s*", "", text).splitlines()[1:]:
        if line.startswith("["):
            yield line[1:-1].split("\\")[1:], None, None
        elif match := re.match(r'(?:"((?:[^"\\]|\\.)*)"|(@))=(.*)', line):
            name = "" if match[2] else re.sub(r"\\(.)", r"\1", match[1])
            yield None, name, match[3]


def typed(value):
    if value.startswith('"'):
        return 1, (re.sub(r"\\(.)", r"\1", value[1:-1]) + "\0").encode("utf-16-le")
    kind, digits = value.split(":")
    if kind == "dword":
        return 4, struct.pack("<I", int(digits, 16))
    return int(kind[4:-1], 16) if "(" in kind else 3, bytes.fromhex(digits.replace(",", " "))


def main():
    source, out = sys.argv[1:3]
    raw = open(source, "rb").read()
    text = raw.decode("utf-16") if raw[:2] == b"\xff\xfe" else raw.decode("cp1252")
    if len(sys.argv) > 3:
        shutil.copyfile(sys.argv[3], out)
    else:
        subprocess.run([sys.executable, os.path.join(os.path.dirname(__file__), "mkhive.py"), out, "5", "empty"], check=True)
    hive = hivex.Hivex(out, write=True)
    node = hive.root()
    for path, name, value in statements(text):
        if path is not None:
            node = hive.root()
            for part in path:
                node = hive.node_get_child(node, part) or hive.node_add_child(node, part)
        else:
            kind, data = typed(value)
            hive.node_set_value(node, {"key": name, "t": kind, "value": data})
    hive.commit(None)


if __name__ == "__main__":
    main()
