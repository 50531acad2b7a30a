"""The switch as an administrator writes it with mozprofile: read the prefs, write those that change. HOMES"""
import os
import sys

from mozprofile.prefs import Preferences

WANTED = {
    "mail.server.server1.hostname": "imap.new.example",
    "mail.server.server1.port": 993,
    "mail.server.server1.socketType": 3,
}
for home in sorted(os.scandir(sys.argv[1]), key=lambda entry: entry.name):
    path = os.path.join(home.path, ".thunderbird/abcd1234.default-esr/prefs.js")
    prefs = dict(Preferences.read_prefs(path))
    prefs.update(WANTED)
    with open(path, "w", encoding="utf-8") as file:
        Preferences.write(file, prefs.items())
