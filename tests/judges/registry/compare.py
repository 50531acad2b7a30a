#!/usr/bin/env python3
"""compare.py READER FOLDER: says whether each step of a folder changed exactly what it meant to, as READER sees it.

The folder holds hives 000, 001, 002 …, and for each step 001.json …: a list of {"path": [names], "name": text, "type": number,
"data": hex}; without "data" the value goes, without "name" the key with all below it. Keys on the way come by themselves.
READER: hivex regipy reglookup reged regtree. Prints one JSON line; exit 1 with the difference."""
import json
import os
import sys

from readers import READERS, UNSEEN, form


def wanted(reader, before, steps):
    after = dict(before)
    for step in steps:
        path, name = tuple(step["path"]), step.get("name")
        if name is None:
            after = {key: value for key, value in after.items() if key[0][:len(path)] != path}
        elif step.get("data") is None:
            after.pop((path, name), None)
        else:
            for count in range(len(path) + 1):
                after.setdefault((path[:count], None), "")
            after[(path, name)] = form(reader, step["type"], bytes.fromhex(step["data"]))
    return after


def main():
    reader, folder = sys.argv[1:3]
    names = sorted(name for name in os.listdir(folder) if name.isdigit())
    before = READERS[reader](os.path.join(folder, names[0]))
    values = 0
    for name in names[1:]:
        with open(os.path.join(folder, name + ".json"), encoding="utf-8") as file:
            after = wanted(reader, before, json.load(file))
        seen = READERS[reader](os.path.join(folder, name))
        odd = sorted((key for key in after.keys() | seen.keys() if after.get(key) not in (seen.get(key), UNSEEN)), key=repr)
        if odd:
            shown = [[list(key[0]), key[1], str(after.get(key))[:200], str(seen.get(key))[:200]] for key in odd[:5]]
            print(json.dumps({"step": name, "differences": len(odd), "key, name, wanted, seen": shown}))
            return 1
        before, values = seen, len(seen)
    print(json.dumps({"reader": reader, "steps": len(names) - 1, "entries": values}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
