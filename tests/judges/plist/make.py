#!/usr/bin/env python3
"""make.py FOLDER: writes property lists of many shapes, as XML and as binary, for the judges to edit and read."""
import datetime
import pathlib
import plistlib
import subprocess
import sys

folder = pathlib.Path(sys.argv[1])
day = datetime.datetime(2011, 11, 18, 10, 0, 0)
deep = "bottom"
for _ in range(60):
    deep = {"d": deep}
trees = {
    "mail": {
        "AccountsVersion": 3,
        "MailAccounts": [{"uniqueId": str(n), "Hostname": "mail.old.example", "PortNumber": 110 + n, "SSLEnabled": False} for n in range(4)],
        "DeliveryAccounts": [{"uniqueId": "7", "Hostname": "mail.old.example", "PortNumber": "25", "ShouldUseAuthentication": "YES"}],
    },
    "kinds": {"a": True, "b": -1, "c": 2**63 - 1, "d": 1.5, "e": b"\0\xff" * 40, "f": day, "g": "\u00f6\U0001f600", "h": "a<b>&c", "x/y~z": 1},
    "deep": {"top": deep, "n": 1},
    "wide": {"text": ["x" * n for n in range(300)], "same": ["same"] * 50},
    "large": {"data": b"\x01" * 70000, "tail": {"a": 1, "b": "two"}},
}
# Names, numbers and their containers on both sides of 256 objects.
for count in (125, 126, 127, 128):
    trees[f"border{count}"] = {f"key{n}": 1000 + n for n in range(count)}
for name, tree in trees.items():
    for kind, form in (("xml", plistlib.FMT_XML), ("bin", plistlib.FMT_BINARY)):
        (folder / f"{name}-{kind}.plist").write_bytes(plistlib.dumps(tree, fmt=form))
    # libplist writes its own order and sharing of objects.
    subprocess.run(["plistutil", "-f", "bin", "-i", folder / f"{name}-xml.plist", "-o", folder / f"{name}-libplist.plist"], check=True)


def narrowed(binary):
    """The file with offsets of three bytes, as CoreFoundation has them between 64 KB and 16 MB."""
    width, count, table = binary[-26], int.from_bytes(binary[-24:-16], "big"), int.from_bytes(binary[-8:], "big")
    offsets = [binary[at : at + width] for at in range(table, table + count * width, width)]
    offsets = [int.from_bytes(offset, "big").to_bytes(3, "big") for offset in offsets]
    return binary[:table] + b"".join(offsets) + binary[-32:-26] + b"\x03" + binary[-25:]


for name in ("large", "border127"):
    (folder / f"{name}-three.plist").write_bytes(narrowed((folder / f"{name}-bin.plist").read_bytes()))
