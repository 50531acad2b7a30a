"""Dumps of a hive by programs that waxseal did not write: {(path, name): form}, where path is a tuple of names, name is
None for the key itself, and form is what that reader shows of a value."""
import csv
import io
import re
import subprocess
import tempfile

csv.field_size_limit(1 << 30)
SZ, BINARY, DWORD = 1, 3, 4
UNSEEN = object()  # reged and regtree know no records of big data, reglookup sorts their segments by offset


class WholeCell:
    """What regtree shows with all that follows it in its cell: bytes with more bytes, and text as none where those are no text."""

    def __init__(self, kind, shown):
        self.kind, self.shown = kind, shown

    def __eq__(self, other):
        if not isinstance(other, tuple) or other[0] != self.kind:
            return False
        return other[1].startswith(self.shown) if self.kind == "BINARY" else other[1] in (self.shown, "(null)")


def run(*command):
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=120, check=False)
    if done.returncode:
        raise SystemExit(f"{command[0]}: exit {done.returncode}: {done.stderr.decode(errors='replace')[-400:]}")
    return done.stdout


def hivex(path):
    """libhivex through its Python binding: types and bytes as stored."""
    import hivex as library
    hive, found = library.Hivex(path), {}

    def walk(node, above):
        found[(above, None)] = ""
        for value in hive.node_values(node):
            kind, data = hive.value_value(value)
            found[(above, hive.value_key(value))] = (kind, data.hex())
        for child in hive.node_children(node):
            walk(child, above + (hive.node_name(child),))

    walk(hive.root(), ())
    return found


def regipy(path):
    """regipy: values as Python objects."""
    import logging
    logging.disable(logging.CRITICAL)
    from regipy.registry import RegistryHive
    hive, found = RegistryHive(path), {}

    def walk(node, above):
        found[(above, None)] = ""
        for value in node.iter_values(trim_values=False):
            name = "" if value.name == "(default)" else value.name
            found[(above, name)] = (value.value_type, repr(value.value))
        for child in node.iter_subkeys():
            walk(child, above + (child.name,))

    walk(hive.root, ())
    return found


def reglookup(path):
    """reglookup: its table, unescaped no further than the path needs."""
    found = {}
    table = csv.reader(io.StringIO(run("reglookup", path).decode("latin-1")), quoting=csv.QUOTE_NONE)
    for line in list(table)[1:]:
        place, kind, value = line[0], line[1], line[2]
        names = tuple(place.split("/")[1:]) if place != "/" or kind != "KEY" else ()
        if kind == "KEY":
            found[(names, None)] = ""
        else:
            found[(names[:-1], names[-1])] = (kind, value)
    return found


def reged(path):
    """reged of chntpw: its export as text."""
    found, at = {}, ()
    with tempfile.NamedTemporaryFile(suffix=".reg") as out:
        run("reged", "-x", path, "ROOT", "\\", out.name)
        text = open(out.name, "rb").read().decode("latin-1")
    text = text.replace("\\\r\n  ", "").replace("\\\n  ", "")
    for line in text.splitlines():
        if line.startswith("["):
            at = tuple(line[1:line.rindex("]")].split("\\")[1:])
            at = at[1:] if at[:1] == ("",) else at
            found[(at, None)] = ""
        elif match := re.match(r'(?:"((?:[^"\\]|\\.)*)"|@)=(.*)', line):
            big = re.match(r"hex(\(\w+\))?:64,62,", match[2])
            found[(at, match[1] or "")] = UNSEEN if big else match[2]
    return found


def regtree(path):
    """regtree of samba: an indented tree, with a value a line."""
    found, above = {((), None): ""}, []
    for line in run("regtree", "-F", path).decode("latin-1").splitlines()[1:]:
        text = line.lstrip(" ")
        depth = len(line) - len(text)
        if match := re.match(r"(?:(.+?) )?= REG_(\w+) : (.*)", text):
            depth -= match[1] is None
            found[(tuple(above[:depth - 1]), match[1] or "")] = UNSEEN if match[3].startswith("6462") else (match[2], match[3])
        else:
            above = above[:depth - 1] + [text]
            found[(tuple(above), None)] = ""
    return found


READERS = {"hivex": hivex, "regipy": regipy, "reglookup": reglookup, "reged": reged, "regtree": regtree}


def form(reader, kind, data):
    """How a reader shows a value: text in ASCII without odd characters, numbers, bytes."""
    text = data.decode("utf-16-le").rstrip("\0") if kind == SZ else None
    number = int.from_bytes(data, "little")
    if reader == "hivex":
        return (kind, data.hex())
    if reader == "regipy":
        return {SZ: lambda: ("REG_SZ", repr(text)), DWORD: lambda: ("REG_DWORD", repr(number)),
                BINARY: lambda: ("REG_BINARY", repr(data))}[kind]()
    if len(data) > 16344:
        return UNSEEN
    if reader == "regtree":
        return {SZ: WholeCell("SZ", text), DWORD: ("DWORD", f"0x{number:08x}"), BINARY: WholeCell("BINARY", data.hex().upper())}[kind]
    if reader == "reglookup":
        odd = lambda byte: byte < 0x20 or byte > 0x7E or chr(byte) in ',"%'
        shown = "".join(f"%{byte:02X}" if odd(byte) else chr(byte) for byte in data)
        return {SZ: ("SZ", text), DWORD: ("DWORD", f"0x{number:08X}"), BINARY: ("BINARY", shown)}[kind]
    if kind == SZ:
        return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return f"dword:{number:08x}" if kind == DWORD else "hex:" + ",".join(f"{byte:02x}" for byte in data)
