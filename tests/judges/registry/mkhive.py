#!/usr/bin/env python3
"""mkhive.py FILE [MINOR [empty]]: writes a small hive from nothing after the public format description: a root, nested keys with
Latin-1 and wide names, values of several types, one security descriptor, and free room of several sizes."""
import struct
import sys

NONE = 0xFFFFFFFF
TREE = {"values": [("", 1, "root"), ("Number", 4, 7)], "keys": {
    "Software": {"values": [], "keys": {
        "Mail": {"values": [("POP3 Server", 1, "pop.example.org"), ("POP3 Port", 4, 110), ("UID", 3, bytes(range(16)))],
                 "keys": {f"{at:08x}": {"values": [("Account Name", 1, f"account {at}")], "keys": {}} for at in range(1, 40)}},
        "Größe": {"values": [("Maß", 1, "ä"), ("Preis €", 3, b"\1\2\3\4\5")], "keys": {}},
        "Ωmega": {"values": [("x", 7, b"a\0\0\0")], "keys": {}}}}}}


def upper(name):
    return "".join(c.upper() if len(c.upper()) == 1 else c for c in name)


def stored(name):
    try:
        return name.encode("latin-1"), True
    except UnicodeEncodeError:
        return name.encode("utf-16-le"), False


class Bins:
    def __init__(self):
        self.data = bytearray(32)

    def cell(self, content, room=0):
        at, size = len(self.data), (len(content) + room + 4 + 7) // 8 * 8
        self.data += struct.pack("<i", -size) + bytes(content) + bytes(size - 4 - len(content))
        return at

    def free(self, size):
        self.data += struct.pack("<i", size) + b"\xAA" * (size - 4)

    def patch(self, at, offset, number):
        struct.pack_into("<I", self.data, at + 4 + offset, number)


def value(bins, name, kind, data):
    data = struct.pack("<I", data) if kind == 4 else data.encode("utf-16-le") + b"\0\0" if kind == 1 else data
    name, narrow = stored(name)
    size, place = (len(data) | 0x80000000, data.ljust(4, b"\0")) if len(data) <= 4 else (len(data), struct.pack("<I", bins.cell(data)))
    return bins.cell(b"vk" + struct.pack("<HI", len(name), size) + place + struct.pack("<IHH", kind, bool(name) and narrow, 0) + name)


def key(bins, name, tree, parent, security, minor, count):
    text, narrow = stored(name)
    flags = (0x20 if narrow else 0) | (0x0C if parent == NONE else 0)
    at = bins.cell(b"nk" + struct.pack("<HQIIIIIIIIIIIIIIIHH", flags, 133000000000000000, 0, 0 if parent == NONE else parent, 0, 0, NONE, NONE, 0,
                   NONE, security or 0, NONE, 0, 0, 0, 0, 0, len(text), 0) + text)
    if security is None:
        descriptor = struct.pack("<BBHIIII", 1, 0, 0x8000, 0, 0, 0, 0)
        security = bins.cell(b"sk\0\0" + struct.pack("<IIII", 0, 0, 0, len(descriptor)) + descriptor)
        for offset, number in ((4, security), (8, security)):
            bins.patch(security, offset, number)
        bins.patch(at, 44, security)
        count.append(security)
    count[0] += 1
    bins.free(48)
    values = [value(bins, *entry) for entry in tree["values"]]
    if values:
        bins.patch(at, 36, len(values))
        bins.patch(at, 40, bins.cell(struct.pack(f"<{len(values)}I", *values)))
        bins.patch(at, 60, max(len(entry[0]) * 2 for entry in tree["values"]))
        bins.patch(at, 64, 64)
    names = sorted(tree["keys"], key=lambda name: upper(name).encode("utf-16-be"))
    if names:
        elements = b""
        for child in names:
            cell, hashed = key(bins, child, tree["keys"][child], at, security, minor, count), 0
            for unit in struct.unpack(f"<{len(child)}H", upper(child).encode("utf-16-le")):
                hashed = (hashed * 37 + unit) & 0xFFFFFFFF
            hint = stored(child)[0][:4].ljust(4, b"\0") if stored(child)[1] else bytes(4)
            elements += struct.pack("<I", cell) + (struct.pack("<I", hashed) if minor >= 5 else hint)
        bins.patch(at, 20, len(names))
        bins.patch(at, 28, bins.cell((b"lh" if minor >= 5 else b"lf") + struct.pack("<H", len(names)) + elements))
        bins.patch(at, 52, max(len(child) * 2 for child in names))
    return at


def main():
    minor = int(sys.argv[2]) if len(sys.argv) > 2 else 5
    bins, count = Bins(), [0]
    tree = {"values": [], "keys": {}} if "empty" in sys.argv else TREE
    root = key(bins, "ROOT", tree, NONE, None, minor, count)
    bins.patch(count[1], 12, count[0])
    room = -len(bins.data) % 4096
    if room:
        bins.free(room)
    struct.pack_into("<4sIIQQI", bins.data, 0, b"hbin", 0, len(bins.data), 0, 133000000000000000, 0)
    base = bytearray(4096)
    struct.pack_into("<4sIIQIIIIIII", base, 0, b"regf", 1, 1, 133000000000000000, 1, minor, 0, 1, root, len(bins.data), 1)
    checksum = 0
    for word in struct.unpack_from("<127I", base):
        checksum ^= word
    struct.pack_into("<I", base, 508, {0: 1, NONE: NONE - 1}.get(checksum, checksum))
    with open(sys.argv[1], "wb") as file:
        file.write(base + bins.data)


if __name__ == "__main__":
    main()
