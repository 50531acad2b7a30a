"""Prints the public interface of the Swift module from its symbol graph, one declaration a line: python3 api.py symbols.json

The record of it is api.txt, which a test compares with what the library of today would give.
"""

import json
import re
import sys

# What the generated code needs for itself, though it has to be public.
INNER = re.compile(r"FfiConverter|[Uu]niffi|NoHandle|noHandle|unsafeFromHandle|RustBuffer")


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        symbols = json.load(file)["symbols"]
    lines = []
    for symbol in symbols:
        declared = "".join(fragment["spelling"] for fragment in symbol["declarationFragments"])
        where = ".".join(symbol["pathComponents"])
        if not INNER.search(where) and not INNER.search(declared):
            lines.append(f"{where}: {declared}")
    print("\n".join(sorted(set(lines))))


if __name__ == "__main__":
    main(sys.argv[1])
