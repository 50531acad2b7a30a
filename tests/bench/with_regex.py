"""The switch as an administrator writes it with care: regular expressions, a backup, a new file, fsync, rename. HOMES STATE"""
import os
import re
import sys

SWAPS = [
    (re.compile(r'("mail\.server\.server1\.hostname", )"[^"]*"'), r'\1"imap.new.example"'),
    (re.compile(r'("mail\.server\.server1\.port", )\d+'), r"\g<1>993"),
    (re.compile(r'("mail\.server\.server1\.socketType", )\d+'), r"\g<1>3"),
]
os.makedirs(sys.argv[2])


def write(path, text):
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


for home in sorted(os.scandir(sys.argv[1]), key=lambda entry: entry.name):
    path = os.path.join(home.path, ".thunderbird/abcd1234.default-esr/prefs.js")
    with open(path, encoding="utf-8") as file:
        text = file.read()
    write(os.path.join(sys.argv[2], home.name), text)
    for pattern, wanted in SWAPS:
        text = pattern.sub(wanted, text)
    write(path + ".tmp", text)
    os.replace(path + ".tmp", path)
