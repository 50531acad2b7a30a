#!/usr/bin/env python3
"""make.py CASE…: writes the Accounts databases of these cases (all of them without a name) into their in/ folders, as the
system writes them: tables and columns as of macOS 27 (10.11's lack some), values as keyed archives, a write-ahead log."""
import pathlib
import plistlib
import shutil
import sqlite3
import sys
import tempfile
import uuid
from plistlib import UID

HERE = pathlib.Path(__file__).parent
SCHEMA = """
CREATE TABLE ZACCESSOPTIONSKEY ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZENUMVALUE INTEGER, ZNAME BLOB );
CREATE TABLE ZACCOUNT ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZACTIVE INTEGER, ZAUTHENTICATED INTEGER, ZSUPPORTSAUTHENTICATION INTEGER, ZVISIBLE INTEGER, ZWARMINGUP INTEGER, ZACCOUNTTYPE INTEGER, ZPARENTACCOUNT INTEGER, ZDATE TIMESTAMP, ZLASTCREDENTIALRENEWALREJECTIONDATE TIMESTAMP, ZACCOUNTDESCRIPTION VARCHAR, ZAUTHENTICATIONTYPE VARCHAR, ZCREDENTIALTYPE VARCHAR, ZIDENTIFIER VARCHAR, ZMODIFICATIONID VARCHAR, ZOWNINGBUNDLEID VARCHAR, ZUSERNAME VARCHAR, ZDATACLASSPROPERTIES BLOB );
CREATE TABLE Z_2ENABLEDDATACLASSES ( Z_2ENABLEDACCOUNTS INTEGER, Z_7ENABLEDDATACLASSES INTEGER, PRIMARY KEY (Z_2ENABLEDACCOUNTS, Z_7ENABLEDDATACLASSES) );
CREATE TABLE Z_2PROVISIONEDDATACLASSES ( Z_2PROVISIONEDACCOUNTS INTEGER, Z_7PROVISIONEDDATACLASSES INTEGER, PRIMARY KEY (Z_2PROVISIONEDACCOUNTS, Z_7PROVISIONEDDATACLASSES) );
CREATE TABLE ZACCOUNTPROPERTY ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOWNER INTEGER, ZKEY VARCHAR, ZVALUE BLOB );
CREATE TABLE ZACCOUNTTYPE ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZOBSOLETE INTEGER, ZSUPPORTSAUTHENTICATION INTEGER, ZSUPPORTSMULTIPLEACCOUNTS INTEGER, ZVISIBILITY INTEGER, ZACCOUNTTYPEDESCRIPTION VARCHAR, ZCREDENTIALPROTECTIONPOLICY VARCHAR, ZCREDENTIALTYPE VARCHAR, ZIDENTIFIER VARCHAR, ZOWNINGBUNDLEID VARCHAR );
CREATE TABLE ZDATACLASS ( Z_PK INTEGER PRIMARY KEY, Z_ENT INTEGER, Z_OPT INTEGER, ZENUMVALUE INTEGER, ZNAME BLOB );
CREATE TABLE Z_PRIMARYKEY (Z_ENT INTEGER PRIMARY KEY, Z_NAME VARCHAR, Z_SUPER INTEGER, Z_MAX INTEGER);
CREATE TABLE Z_METADATA (Z_VERSION INTEGER PRIMARY KEY, Z_UUID VARCHAR(255), Z_PLIST BLOB);
CREATE TABLE Z_MODELCACHE (Z_CONTENT BLOB);
CREATE INDEX ZACCOUNT_ZACCOUNTTYPE_INDEX ON ZACCOUNT (ZACCOUNTTYPE);
CREATE INDEX ZACCOUNT_ZPARENTACCOUNT_INDEX ON ZACCOUNT (ZPARENTACCOUNT);
CREATE INDEX ZACCOUNTPROPERTY_ZOWNER_INDEX ON ZACCOUNTPROPERTY (ZOWNER);
"""
TYPES = ["AppleAccount", "IMAP", "POP", "SMTP", "Google", "Exchange", "CalDAV", "LocalOnMyMac"]


def archive(value):
    """The keyed archive of plain data."""
    objects, classes, known = ["$null"], {}, {}

    def kind(*names):
        if names not in classes:
            objects.append({"$classname": names[0], "$classes": list(names)})
            classes[names] = UID(len(objects) - 1)
        return classes[names]

    def put(value):
        # Equal single values are one object.
        if not isinstance(value, (dict, list)):
            if (type(value), value) in known:
                return known[type(value), value]
            known[type(value), value] = UID(len(objects))
        at = len(objects)
        objects.append(None)
        if isinstance(value, dict):
            keys = [put(name) for name in value]
            values = [put(member) for member in value.values()]
            objects[at] = {"NS.keys": keys, "NS.objects": values, "$class": kind("NSDictionary", "NSObject")}
        elif isinstance(value, list):
            values = [put(item) for item in value]
            objects[at] = {"NS.objects": values, "$class": kind("NSArray", "NSObject")}
        else:
            objects[at] = value
        return UID(at)

    root = put(value)
    tree = {"$version": 100000, "$archiver": "NSKeyedArchiver", "$top": {"root": root}, "$objects": objects}
    return plistlib.dumps(tree, fmt=plistlib.FMT_BINARY, sort_keys=False)


class Accounts:
    """A database under way. `entity` is the number of the entity of properties, which differs between releases."""

    def __init__(self, entity=3, columns=None):
        self.folder = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.folder.name) / "Accounts.sqlite"
        self.entity, self.ids = entity, {}
        self.db = sqlite3.connect(self.path, isolation_level=None)
        self.db.executescript("PRAGMA page_size = 4096; PRAGMA auto_vacuum = incremental; PRAGMA journal_mode = wal; PRAGMA wal_autocheckpoint = 0;")
        self.db.executescript(SCHEMA)
        if columns:
            self.db.executescript(columns)
        names = {2: "Account", entity: "AccountProperty", 5: "AccountType", 7: "Dataclass", 1: "AccessOptionsKey"}
        for number, name in sorted(names.items()):
            self.db.execute("INSERT INTO Z_PRIMARYKEY VALUES (?, ?, 0, 0)", (number, name))
        self.db.execute("INSERT INTO Z_METADATA VALUES (1, ?, ?)", ("0F2C3B7A-7A5E-4B0B-9C1D-2E3F4A5B6C7D", plistlib.dumps({"NSStoreType": "SQLite"}, fmt=plistlib.FMT_BINARY)))
        for number, name in enumerate(TYPES, 1):
            self.db.execute("INSERT INTO ZACCOUNTTYPE (Z_PK, Z_ENT, Z_OPT, ZVISIBILITY, ZACCOUNTTYPEDESCRIPTION, ZIDENTIFIER) VALUES (?, 5, 1, 0, ?, ?)", (number, name, f"com.apple.account.{name}"))
        self.db.execute("INSERT INTO ZDATACLASS VALUES (1, 7, 1, NULL, ?)", (archive("com.apple.Dataclass.Mail"),))
        self.db.execute("UPDATE Z_PRIMARYKEY SET Z_MAX = ? WHERE Z_NAME = 'AccountType'", (len(TYPES),))
        self.db.execute("UPDATE Z_PRIMARYKEY SET Z_MAX = 1 WHERE Z_NAME = 'Dataclass'")

    def next(self, entity):
        self.db.execute("UPDATE Z_PRIMARYKEY SET Z_MAX = Z_MAX + 1 WHERE Z_NAME = ?", (entity,))
        return self.db.execute("SELECT Z_MAX FROM Z_PRIMARYKEY WHERE Z_NAME = ?", (entity,)).fetchone()[0]

    def account(self, name, kind, user=None, description=None, parent=None, mail=None, **properties):
        """An account; its identifier is made of its name, `mail` are its settings of the data class Mail."""
        pk = self.next("Account")
        self.ids[name] = (pk, str(uuid.uuid5(uuid.NAMESPACE_DNS, name)).upper())
        classes = archive({"com.apple.Dataclass.Mail": mail, "com.apple.Dataclass.Notes": {"Since": 3}}) if mail is not None else None
        self.db.execute(
            "INSERT INTO ZACCOUNT (Z_PK, Z_ENT, Z_OPT, ZACTIVE, ZAUTHENTICATED, ZVISIBLE, ZACCOUNTTYPE, ZPARENTACCOUNT, ZDATE, ZACCOUNTDESCRIPTION, ZIDENTIFIER, ZUSERNAME, ZDATACLASSPROPERTIES) VALUES (?, 2, 4, 1, 0, 1, ?, ?, ?, ?, ?, ?, ?)",
            (pk, TYPES.index(kind) + 1, parent and self.ids[parent][0], 700000000.25 + pk, description, self.ids[name][1], user, classes),
        )
        self.db.execute("INSERT INTO Z_2ENABLEDDATACLASSES VALUES (?, 1)", (pk,))
        for key, value in properties.items():
            if key == "SendingAccountIdentifier":
                value = self.ids[value][1]
            self.property(name, key, value)

    def property(self, name, key, value):
        pk = self.next("AccountProperty")
        self.db.execute("INSERT INTO ZACCOUNTPROPERTY VALUES (?, ?, 1, ?, ?, ?)", (pk, self.entity, self.ids[name][0], key, archive(value)))

    def change(self, name, key, value):
        self.db.execute("UPDATE ZACCOUNTPROPERTY SET ZVALUE = ?, Z_OPT = Z_OPT + 1 WHERE ZOWNER = ? AND ZKEY = ?", (archive(value), self.ids[name][0], key))

    def fold(self):
        self.db.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def keep(self, case, name, sides=()):
        """Copies the database as it lies there, with these files beside it."""
        folder = HERE / case / "in" / "Library" / "Accounts"
        folder.mkdir(parents=True, exist_ok=True)
        for side in ["", *sides]:
            shutil.copyfile(f"{self.path}{side}", folder / f"{name}{side}")


def families():
    """A POP and an IMAP account that share an outgoing server, an iCloud and a Google account, an Exchange account."""
    accounts = Accounts()
    accounts.account("smtp", "SMTP", "alice", None, Hostname="smtp.old.example", SSLEnabled=False, AuthenticationScheme="")
    accounts.account("work", "IMAP", "alice", "Work", None, {"NumberOfDaysToKeepJunk": 7, "NumberOfDaysToKeepTrash": 7, "DeleteMessagesInPlace": True},
        Hostname="imap.old.example", PortNumber=143, SSLEnabled=False, IdentityEmailAddress="alice@old.example", ACPropertyFullName="Alice Example",
        SendingAccountIdentifier="smtp", AllowsInsecureAuthentication=True, ServerPath="INBOX")
    accounts.account("home", "POP", "alice", "Home", None, {"DeletionPolicy": 2, "DaysAfterDownloadToDeleteMessagesFromServer": 7},
        Hostname="pop.old.example", SSLEnabled=True, SSLIsDirect=False, PortNumber=110, IdentityEmailAddress="alice@home.old.example",
        SendingAccountIdentifier="smtp", DisableDynamicConfiguration=False,
        EmailAliases=[{"DisplayName": "Alice", "EmailAddresses": [{"EmailAddress": "ali@home.old.example", "IsDefault": False}], "IsPrimary": False}])
    accounts.account("icloud", "AppleAccount", "alice@icloud.example", "iCloud", None,
        {"imapHostname": "p01-imap.mail.icloud.example", "imapPort": 993, "imapRequiresSSL": True, "smtpHostname": "smtp.mail.icloud.example", "smtpPort": 587, "smtpRequiresSSL": True},
        EmailAddress="alice@icloud.example")
    accounts.account("icloud-smtp", "SMTP", "alice", None, "icloud", AuthenticationScheme="ATOKEN2")
    accounts.account("icloud-mail", "IMAP", None, None, "icloud", {"NumberOfDaysToKeepJunk": 30}, AuthenticationScheme="ATOKEN2", SendingAccountIdentifier="icloud-smtp")
    accounts.account("google", "Google", "alice@google.example", "Google", None,
        {"imapHostname": "imap.google.example", "imapPort": 993, "imapRequiresSSL": True, "smtpHostname": "smtp.google.example", "smtpPort": 465, "smtpRequiresSSL": True})
    accounts.account("google-mail", "IMAP", None, None, "google", AuthenticationScheme="XOAUTH2", DisableDynamicConfiguration=True)
    accounts.account("exchange", "Exchange", "alice", "Office", Hostname="exchange.old.example", SSLEnabled=True)
    accounts.account("calendar", "CalDAV", "alice", "Calendar", Hostname="imap.old.example", PortNumber=443)
    return accounts


def log():
    """10.11: what is newest is in the log; a port as text; another number for the entity of properties."""
    accounts = Accounts(6, "ALTER TABLE ZACCOUNT DROP COLUMN ZWARMINGUP; ALTER TABLE ZACCOUNT DROP COLUMN ZMODIFICATIONID;")
    accounts.account("smtp", "SMTP", "bob", None, Hostname="smtp.first.example", PortNumber="25")
    accounts.account("mail", "IMAP", "bob", "Bob", Hostname="imap.first.example", PortNumber="143", IdentityEmailAddress="bob@old.example", SendingAccountIdentifier="smtp")
    accounts.fold()
    accounts.change("mail", "Hostname", "imap.old.example")
    accounts.change("smtp", "Hostname", "smtp.old.example")
    accounts.property("mail", "SSLEnabled", False)
    return accounts


def managed():
    """Accounts of a configuration profile, beside one that is the user's own."""
    accounts = Accounts()
    accounts.account("smtp", "SMTP", "carol", Hostname="smtp.old.example", PortNumber=25, ManagedTag="EmailTypeIMAP|imap.old.example|carol|Office")
    accounts.account("office", "IMAP", "carol", "Office", Hostname="imap.old.example", PortNumber=143, SSLEnabled=False, IdentityEmailAddress="carol@old.example",
        SendingAccountIdentifier="smtp", ManagedTag="EmailTypeIMAP|imap.old.example|carol|Office")
    accounts.account("own", "POP", "carol", "Own", Hostname="pop.old.example", IdentityEmailAddress="carol@own.old.example")
    return accounts


def shared():
    """Two accounts with one outgoing server, of which one has its port twice, as an editor left it; one whose server is gone."""
    accounts = Accounts()
    accounts.account("smtp", "SMTP", "dan", None, Hostname="smtp.old.example", PortNumber=25)
    accounts.account("work", "IMAP", "dan", "Work", None, Hostname="imap.old.example", PortNumber=143, SSLEnabled="NO", IdentityEmailAddress="dan@old.example",
        SendingAccountIdentifier="smtp")
    accounts.account("club", "IMAP", "dan", "Club", None, Hostname="imap.club.example", PortNumber=993, SSLEnabled=True, IdentityEmailAddress="dan@club.example",
        SendingAccountIdentifier="smtp")
    accounts.account("lost", "POP", "dan", "Lost", None, Hostname="pop.old.example", IdentityEmailAddress="dan@lost.example")
    accounts.property("work", "PortNumber", 143)
    accounts.property("lost", "SendingAccountIdentifier", "00000000-0000-0000-0000-000000000000")
    return accounts


def foreign():
    """A column has another name than we know."""
    accounts = log()
    accounts.db.execute("ALTER TABLE ZACCOUNTPROPERTY RENAME COLUMN ZOWNER TO ZACCOUNT")
    return accounts


CASES = {
    "database": (families, "Accounts4.sqlite", ()),
    "database-log": (log, "Accounts3.sqlite", ("-wal", "-shm")),
    "database-managed": (managed, "Accounts4.sqlite", ()),
    "database-shared-smtp": (shared, "Accounts4.sqlite", ()),
    "database-foreign": (foreign, "Accounts3.sqlite", ()),
}
for case in sys.argv[1:] or CASES:
    build, name, sides = CASES[case]
    accounts = build()
    if not sides:
        accounts.fold()
    accounts.keep(case, name, sides)
    for known, (number, identifier) in accounts.ids.items():
        print(f"{case}: {known} is {number}, {identifier}")
