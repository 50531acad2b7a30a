#!/usr/bin/env python3
"""profile.py DIR [--protocol pop3|imap] --ports FILE …: writes a Thunderbird profile as a user of the test mail server has it.

One account on mail.example.test and Local Folders; an identity with its folders there, rules in both accounts that move into it, a saved search.
"""

import argparse
import json
import pathlib
import subprocess

import app

SCHEMES = {"pop3": "mailbox", "imap": "imap"}
STORES = {"pop3": "Mail", "imap": "ImapMail"}
# Security word: (number, service of POP3, of IMAP, of SMTP).
SECURITY = {
    "none": (0, "pop3", "imap", "smtp"),
    "starttls": (2, "pop3", "imap", "submission"),
    "tls": (3, "pop3s", "imaps", "submissions"),
}
NAMES = "mail.example.test,sslmail.example.test,smtp.example.test"
# The test names lead to loopback, and nothing asks the network, the user or the calendar.
QUIET = {
    "network.dns.localDomains": NAMES,
    "network.proxy.type": 0,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "data:,",
    "app.update.enabled": False,
    "extensions.update.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "datareporting.policy.dataSubmissionPolicyBypassNotification": True,
    "toolkit.telemetry.server": "",
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.shell.checkDefaultClient": False,
    "mail.rights.version": 1,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "app.donation.eoy.version.viewed": 999,
}
FOLDERS = ["Sent", "Drafts", "Templates", "Archives", "Lists", "Projects"]


def preferences(given, ports, root):
    security, *services = SECURITY[given.security]
    incoming = ports[services[0] if given.protocol == "pop3" else services[1]]
    server, smtp, identity = "mail.server.server1.", "mail.smtpserver.smtp1.", "mail.identity.id1."
    values = QUIET | {
        "mail.accountmanager.accounts": "account1,account2",
        "mail.accountmanager.defaultaccount": "account1",
        "mail.accountmanager.localfoldersserver": "server2",
        "mail.account.lastKey": 2,
        "mail.account.account1.server": "server1",
        "mail.account.account1.identities": "id1",
        "mail.account.account2.server": "server2",
        server + "type": given.protocol,
        server + "hostname": given.host,
        server + "userName": given.user,
        server + "name": f"{given.user}@example.test",
        server + "port": incoming,
        server + "socketType": security,
        server + "authMethod": 3,
        server + "check_new_mail": False,
        server + "login_at_startup": False,
        server + "directory-rel": f"[ProfD]{STORES[given.protocol]}/{given.host}",
        server + "spamActionTargetAccount": root,
        server + "spamActionTargetFolder": f"{root}/Lists",
        server + "moveTargetMode": 1,
        "mail.server.server2.type": "none",
        "mail.server.server2.hostname": "Local Folders",
        "mail.server.server2.userName": "nobody",
        "mail.server.server2.name": "Local Folders",
        "mail.server.server2.directory-rel": "[ProfD]Mail/Local Folders",
        identity + "fullName": given.user.capitalize(),
        identity + "useremail": f"{given.user}@example.test",
        identity + "smtpServer": "smtp1",
        identity + "valid": True,
        identity + "fcc_folder": f"{root}/Sent",
        identity + "draft_folder": f"{root}/Drafts",
        identity + "archive_folder": f"{root}/Archives",
        identity + "stationery_folder": f"{root}/Templates",
        "mail.smtpservers": "smtp1",
        "mail.smtp.defaultserver": "smtp1",
        smtp + "type": "smtp",
        smtp + "hostname": given.host,
        smtp + "port": ports[services[2]],
        smtp + "try_ssl": security,
        smtp + "authMethod": 3,
        smtp + "username": given.user,
        "mail.ui-rdf.version": {"153": 61, "140": 47}[given.app],
    }
    if given.protocol == "pop3":
        values |= {server + "leave_on_server": True, server + "num_days_to_leave_on_server": 14}
    return values | dict(given.pref)


def literal(value):
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def rule(name, target):
    return (f'name="{name}"\nenabled="yes"\ntype="17"\naction="Move to folder"\nactionValue="{target}"\n'
            f'condition="AND (subject,contains,[{name}])"\n')


def line(name, value):
    return f'user_pref("{name}", {literal(value)});\n'


def write_bare(given):
    """Leaves everything but the quiet to Thunderbird."""
    given.directory.mkdir(parents=True, exist_ok=True)
    (given.directory / "prefs.js").write_text("".join(sorted(line(*pref) for pref in (QUIET | dict(given.pref)).items())))


def write(given):
    ports = json.loads(given.ports.read_text())
    root = f"{SCHEMES[given.protocol]}://{given.user.replace('@', '%40')}@{given.host}"
    store, local = given.directory / STORES[given.protocol] / given.host, given.directory / "Mail/Local Folders"
    for folder in (store, local):
        folder.mkdir(parents=True, exist_ok=True)
    lines = sorted(line(*pref) for pref in preferences(given, ports, root).items())
    (given.directory / "prefs.js").write_text("// Mozilla User Preferences\n\n" + "".join(lines))
    rules = 'version="9"\nlogging="no"\n'
    (store / "msgFilterRules.dat").write_text(rules + rule("lists", f"{root}/Lists"))
    (local / "msgFilterRules.dat").write_text(rules + rule("from local", f"{root}/Archives"))
    # A mailbox file (POP3) or an index (IMAP), even empty, makes Thunderbird know the folder before it first connects.
    for folder in FOLDERS:
        (store / (folder if given.protocol == "pop3" else f"{folder}.msf")).touch()
    # The search lives in Local Folders and looks into folders that have no role: the first IMAP listing takes a Sent folder out of a search.
    (given.directory / "virtualFolders.dat").write_text(
        f"version=1\nuri=mailbox://nobody@Local%20Folders/Found\nscope={root}/Lists|{root}/Projects\n"
        f"terms=AND (subject,contains,invoice)\nsearchOnline=false\n")
    home, version, build = app.about(given.app)
    (given.directory / "compatibility.ini").write_text(
        f"[Compatibility]\nLastVersion={version}_{build}/{build}\nLastOSABI=Linux_x86_64-gcc3\nLastPlatformDir={home}\nLastAppDir={home}\n")


def trust(directory, authority):
    database = f"sql:{directory}"
    subprocess.run(["certutil", "-N", "-d", database, "--empty-password"], check=True, capture_output=True)
    subprocess.run(["certutil", "-A", "-d", database, "-n", "waxseal-test", "-t", "C,,", "-i", authority], check=True, capture_output=True)


def preference(text):
    name, _, value = text.partition("=")
    return name, json.loads(value)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("directory", type=lambda text: pathlib.Path(text).absolute())
    parser.add_argument("--protocol", choices=SCHEMES, help="none: no account, for create.js")
    parser.add_argument("--ports", type=pathlib.Path, required=True, help="ports.json of the mail server; its ca.pem lies beside it")
    parser.add_argument("--app", choices=["153", "140"], default="153")
    parser.add_argument("--host", default="mail.example.test")
    parser.add_argument("--user", default="joe")
    parser.add_argument("--security", choices=SECURITY, default="none")
    parser.add_argument("--no-ca", action="store_true", help="don't trust the server's authority")
    parser.add_argument("--pref", type=preference, action="append", default=[], metavar="NAME=JSON", help="one more preference, or another value")
    given = parser.parse_args()
    if given.protocol:
        write(given)
    else:
        write_bare(given)
    if not given.no_ca:
        trust(given.directory, given.ports.parent / "ca.pem")


if __name__ == "__main__":
    main()
