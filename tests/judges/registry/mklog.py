#!/usr/bin/env python3
"""mklog.py OLD NEW HIVE LOG: writes the hive OLD as a system leaves it whose last changes are in its log alone, and beside it the log
(the form of Windows 8.1 and later) that makes it NEW. After the published description of the format."""
import struct
import sys

KIND, SEQUENCE, CHECKSUM = 28, 4, 508


def marvin(data):
    low, high = 0x7A4E55C5, 0x82EF4D88
    turn = lambda word, by: (word << by | word >> (32 - by)) & 0xFFFFFFFF
    data += b"\x80" + bytes(3 - len(data) % 4) + bytes(4)
    for word in struct.unpack(f"<{len(data) // 4}I", data):
        low = (low + word) & 0xFFFFFFFF
        high ^= low
        low = (turn(low, 20) + high) & 0xFFFFFFFF
        high = turn(high, 9) ^ low
        low = (turn(low, 27) + high) & 0xFFFFFFFF
        high = turn(high, 19)
    return struct.pack("<2I", low, high)


def sealed(base, first, second, kind):
    struct.pack_into("<2I", base, SEQUENCE, first, second)
    struct.pack_into("<I", base, KIND, kind)
    checksum = 0
    for word in struct.unpack_from("<127I", base):
        checksum ^= word
    struct.pack_into("<I", base, CHECKSUM, {0: 1, 0xFFFFFFFF: 0xFFFFFFFE}.get(checksum, checksum))
    return base


def main():
    old, new = (open(name, "rb").read() for name in sys.argv[1:3])
    sequence = struct.unpack_from("<I", old, SEQUENCE)[0]
    pages = [at for at in range(4096, len(new), 4096) if old[at:at + 4096] != new[at:at + 4096]]
    body = b"".join(struct.pack("<2I", at - 4096, 4096) for at in pages) + b"".join(new[at:at + 4096] for at in pages)
    body += bytes(-(len(body) + 40) % 512)
    head = b"HvLE" + struct.pack("<5I", len(body) + 40, 0, sequence, len(new) - 4096, len(pages)) + marvin(body)
    with open(sys.argv[3], "wb") as file:
        file.write(sealed(bytearray(old), sequence + 1, sequence, 0))
    with open(sys.argv[4], "wb") as file:
        file.write(sealed(bytearray(old[:512]), sequence, sequence, 6) + head + marvin(head) + body)


if __name__ == "__main__":
    main()
