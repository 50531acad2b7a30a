#!/usr/bin/env python3
"""accounts.py BEFORE AFTER PLAN: judges an Accounts database that was written. BEFORE is a folder with the database as it was and the
files beside it, AFTER the database's new file, PLAN the plan's JSON lines (none: every row is to be as it was). The sqlite3
program checks the database and dumps both; each row that differs has to be one that the plan names, with the value that it says."""
import json
import pathlib
import plistlib
import shutil
import sqlite3
import subprocess
import sys
import tempfile


def folded(path):
    """A copy of a database, its log folded in by SQLite."""
    copy = pathlib.Path(tempfile.mkdtemp()) / path.name
    for file in path.parent.glob(f"{path.name}*"):
        shutil.copyfile(file, copy.parent / file.name)
    database = sqlite3.connect(copy)
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return copy, database


def ask(path, *commands):
    return subprocess.run(["sqlite3", "-readonly", path, *commands], capture_output=True, check=True, text=True).stdout


def rows(database):
    """Every row by its table and number, as a dictionary of its columns."""
    found = {}
    for (table,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
        cursor = database.execute(f'SELECT rowid, * FROM "{table}"')
        names = [column[0] for column in cursor.description][1:]
        for number, *values in cursor:
            found[table, number] = dict(zip(names, values))
    return found


def value(blob):
    """What an archive of a single value holds."""
    archive = plistlib.loads(blob)
    assert archive["$archiver"] == "NSKeyedArchiver" and archive["$objects"][0] == "$null", archive
    return archive["$objects"][archive["$top"]["root"].data]


def tree(blob):
    """What an archive of dictionaries holds."""
    objects = (archive := plistlib.loads(blob))["$objects"]

    def at(uid):
        found = objects[uid.data]
        if isinstance(found, dict) and "NS.keys" in found:
            return {at(name): at(member) for name, member in zip(found["NS.keys"], found["NS.objects"])}
        return found

    return at(archive["$top"]["root"])


def fail(*what):
    sys.exit(" ".join(map(str, what)))


before, after, plan = sys.argv[1:4]
before = next(path for path in pathlib.Path(before).glob("Accounts*.sqlite"))
old_path, old = folded(before)
new_path, new = folded(pathlib.Path(after))
if (found := ask(new_path, "PRAGMA integrity_check").strip()) != "ok":
    fail("integrity_check:", found)
if old.execute("PRAGMA journal_mode").fetchone() != sqlite3.connect(after).execute("PRAGMA journal_mode").fetchone():
    fail("another journal mode")
names = {pk: name for pk, name in old.execute("SELECT Z_PK, ZIDENTIFIER FROM ZACCOUNT")}
planned = {}
for line in filter(None, pathlib.Path(plan).read_text().splitlines() if plan != "-" else []):
    for key in json.loads(line).get("keys", []):
        if key["store"].endswith(".sqlite"):
            planned[tuple(key["key"].split("/"))] = key["after"]
entity = old.execute("SELECT Z_ENT FROM Z_PRIMARYKEY WHERE Z_NAME = 'AccountProperty'").fetchone()[0]
was, now, met, counters, twins = rows(old), rows(new), set(), 0, 0
for place in sorted(was.keys() | now.keys()):
    (table, number), a, b = place, was.get(place), now.get(place)
    if a == b:
        continue
    differ = {name for name in (a or b) if (a or {}).get(name) != (b or {}).get(name)}
    if table == "Z_PRIMARYKEY":
        counters += 1
        last = max(number for (table, number) in now if table == "ZACCOUNTPROPERTY")
        if differ != {"Z_MAX"} or b["Z_NAME"] != "AccountProperty" or b["Z_MAX"] < last:
            fail("counter", a, b)
    elif plan == "-" and differ == {"Z_OPT"}:
        counters += 1
    elif table == "ZACCOUNTPROPERTY":
        key = (table, names[(b or a)["ZOWNER"]], (b or a)["ZKEY"])
        if key not in planned:
            fail("a property that the plan doesn't name:", key)
        twins += key in met
        met.add(key)
        if b is None:
            if planned[key] is not None:
                fail(key, "is gone")
            continue
        if value(b["ZVALUE"]) != planned[key] or type(value(b["ZVALUE"])) is not type(planned[key]):
            fail(key, "holds", value(b["ZVALUE"]), "planned is", planned[key])
        if a is None and (b["Z_OPT"], b["Z_ENT"]) != (1, entity) or a and (differ != {"ZVALUE", "Z_OPT"} or b["Z_OPT"] != a["Z_OPT"] + 1):
            fail("row", a, b)
    elif table == "ZACCOUNT":
        owner = names[number]
        for name in differ - {"Z_OPT"}:
            if name == "ZDATACLASSPROPERTIES":
                a_tree, b_tree = tree(a[name]), tree(b[name])
                for group in a_tree.keys() | b_tree.keys():
                    for member in a_tree[group].keys() | b_tree[group].keys():
                        if a_tree[group].get(member) != b_tree[group].get(member):
                            key = (name, owner, group, member)
                            if key not in planned or b_tree[group].get(member) != planned[key]:
                                fail("a setting that the plan doesn't name:", key)
                            met.add(key)
            elif planned.get((table, owner, name)) != b[name]:
                fail("a column that the plan doesn't name:", owner, name)
            else:
                met.add((table, owner, name))
    else:
        fail("a row that no plan names:", place, a, b)
if missing := planned.keys() - met:
    fail("planned, but as it was:", missing)
schema = "SELECT type, name, sql FROM sqlite_schema ORDER BY name"
if ask(old_path, schema) != ask(new_path, schema):
    fail("another schema")
lines = [set(ask(path, ".dump").splitlines()) for path in (old_path, new_path)]
if len(lines[1] - lines[0]) != len(met) + twins + counters and plan != "-":
    fail("the dumps differ in", len(lines[1] - lines[0]), "lines,", len(met), "are planned")
print(f"{len(met)} values, {len(lines[1] - lines[0])} rows")
