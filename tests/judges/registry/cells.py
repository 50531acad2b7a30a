#!/usr/bin/env python3
"""cells.py FOLDER: says whether each step of a folder (see compare.py) changed only the cells that it had to, and the header.

A cell that is in use before a step and does not belong to what the step names keeps its place, its size and every byte. To a
value belong its record, its data, and the value list and record of its key; to a key that comes or goes also the subkey
lists and records of the keys above it. The security record that all share counts its users, and may do so.
Reads the cells by itself, after the published description of the format. Prints one JSON line; exit 1 with the difference."""
import json
import os
import struct
import sys

NONE = 0xFFFFFFFF


class Hive:
    def __init__(self, data):
        self.data, self.cells, at = data, {}, 4096
        end = 4096 + struct.unpack_from("<I", data, 40)[0]
        while at < end:
            size = struct.unpack_from("<I", data, at + 8)[0]
            cell = at + 32
            while cell < at + size:
                length = struct.unpack_from("<i", data, cell)[0]
                if length < 0:
                    self.cells[cell - 4096] = -length
                cell += abs(length)
            at += size

    def cell(self, at):
        return self.data[4100 + at:4096 + at + self.cells[at]]

    def whole(self, at):
        return self.data[4096 + at:4096 + at + self.cells[at]]

    def lists(self, at):
        """The cells of a subkey list, and the keys in it."""
        cell = self.cell(at)
        mark, count = cell[:2], struct.unpack_from("<H", cell, 2)[0]
        if mark == b"ri":
            below = [self.lists(number) for number in struct.unpack_from(f"<{count}I", cell, 4)]
            return {at}.union(*(cells for cells, _ in below)), [key for _, keys in below for key in keys]
        step = 4 if mark == b"li" else 8
        return {at}, [struct.unpack_from("<I", cell, 4 + step * number)[0] for number in range(count)]

    def subkeys(self, at):
        count, first = struct.unpack_from("<I", self.cell(at), 20)[0], struct.unpack_from("<I", self.cell(at), 28)[0]
        return self.lists(first) if count and first != NONE else (set(), [])

    def name(self, cell, flags, length, at):
        raw = cell[at:at + length]
        return raw.decode("latin-1" if flags else "utf-16-le")

    def key_name(self, at):
        cell = self.cell(at)
        return self.name(cell, struct.unpack_from("<H", cell, 2)[0] & 0x20, struct.unpack_from("<H", cell, 72)[0], 76)

    def child(self, at, name):
        return next((key for key in self.subkeys(at)[1] if self.key_name(key).upper() == name.upper()), None)

    def of_values(self, at, name=None):
        """The cells of a key's values, or of one of them, with the list."""
        cell = self.cell(at)
        count, first = struct.unpack_from("<2I", cell, 36)
        if not count or first == NONE:
            return set()
        found = {first}
        for value in struct.unpack_from(f"<{count}I", self.cell(first)):
            record = self.cell(value)
            length, size, data = struct.unpack_from("<HII", record, 2)
            if name is None or self.name(record, struct.unpack_from("<H", record, 16)[0] & 1, length, 20).upper() == name.upper():
                found.add(value)
                if size and not size & 0x80000000:
                    found |= self.of_data(data, size)
        return found

    def of_data(self, at, size):
        cell = self.cell(at)
        if size <= 16344 or cell[:2] != b"db":
            return {at}
        count, first = struct.unpack_from("<HI", cell, 2)
        return {at, first} | set(struct.unpack_from(f"<{count}I", self.cell(first)))

    def tree(self, at):
        lists, keys = self.subkeys(at)
        return {at} | lists | self.of_values(at) | set().union(*(self.tree(key) for key in keys))

    def named(self, path, name):
        """The cells that a step about this value, or about this key, may change."""
        at, found = struct.unpack_from("<I", self.data, 36)[0], set()
        for depth in range(len(path)):
            next_one = self.child(at, path[depth])
            if next_one is None or (name is None and depth == len(path) - 1):
                # The key comes or goes: the lists above it change, and the last that the key above is told is when.
                found |= {at} | self.subkeys(at)[0]
            if next_one is None:
                return found
            at = next_one
        return found | (self.tree(at) if name is None else {at} | self.of_values(at, name))


def main():
    folder = sys.argv[1]
    names = sorted(name for name in os.listdir(folder) if name.isdigit())
    hives = iter(Hive(open(os.path.join(folder, name), "rb").read()) for name in names)
    before, kept, changed = next(hives), 0, 0
    for name, after in zip(names[1:], hives):
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            may = set().union(*(before.named(step["path"], step.get("name")) for step in json.load(file)))
        differ = [at for at in before.cells if at not in after.cells or before.whole(at) != after.whole(at)]
        odd = [at for at in differ if at not in may and not shared(before, after, at)]
        head = [at for at in range(4096) if before.data[at] != after.data[at] and not (4 <= at < 20 or 40 <= at < 44 or 508 <= at < 512)]
        if odd or head:
            print(json.dumps({"step": name, "cells": [[at, repr(before.whole(at)[:40])] for at in odd[:5]], "header": head[:5]}))
            return 1
        before, kept, changed = after, kept + len(after.cells) - len(differ), changed + len(differ)
    print(json.dumps({"steps": len(names) - 1, "entries": kept, "changed": changed}))
    return 0


def shared(before, after, at):
    """A security record that differs in its count of users alone, or in its neighbours, as one beside it came or went."""
    if at not in after.cells or before.cell(at)[:2] != b"sk":
        return False
    return before.cells[at] == after.cells[at] and before.cell(at)[16:] == after.cell(at)[16:]


if __name__ == "__main__":
    sys.exit(main())
