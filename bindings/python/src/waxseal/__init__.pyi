"""Finds the accounts of mail clients, and moves them to safe settings in the clients' own files."""

# Written by stub.py from the library; a change here is a change of the public interface.

import enum
import typing

class MailProtocol(enum.Enum):
    """How an incoming server is spoken to. It can be read, never set."""
    POP3 = 0
    """POP3."""
    IMAP = 1
    """IMAP."""

class Security(enum.Enum):
    """How a connection is protected, in the terms of RFC 8314."""
    CLEARTEXT = 0
    """No TLS at all: insecure."""
    START_TLS_IF_OFFERED = 1
    """STARTTLS when the server offers it: whoever sits in between can take the offer away, so insecure."""
    START_TLS = 2
    """STARTTLS, or no connection."""
    IMPLICIT_TLS = 3
    """TLS from the first byte."""

class Auth:
    """How the client proves who it is."""
    class PASSWORD(Auth):
        """The password itself: safe only inside TLS."""
    class ENCRYPTED_PASSWORD(Auth):
        """A challenge and response (CRAM-MD5, APOP, DIGEST-MD5, SCRAM)."""
    class NTLM(Auth):
        """NTLM, also called secure password authentication."""
    class GSSAPI(Auth):
        """Kerberos through GSSAPI."""
    class CLIENT_CERTIFICATE(Auth):
        """A TLS client certificate (SASL EXTERNAL)."""
    class OAUTH2(Auth):
        """OAuth 2.0 tokens."""
    class NO_AUTH(Auth):
        """No authentication; on an outgoing server "SMTP requires authentication" is unchecked."""
    class OTHER(Auth):
        """A method that only this client knows."""
        raw: str
        """The client's own word for it."""
        def __init__(self, raw: str) -> None: ...
    def __str__(self) -> str: ...
    def is_password(self) -> bool: ...
    def is_encrypted_password(self) -> bool: ...
    def is_ntlm(self) -> bool: ...
    def is_gssapi(self) -> bool: ...
    def is_client_certificate(self) -> bool: ...
    def is_oauth2(self) -> bool: ...
    def is_no_auth(self) -> bool: ...
    def is_other(self) -> bool: ...

class Setting(enum.Enum):
    """One field of an account."""
    INCOMING_PROTOCOL = 0
    """How mail is fetched; read only."""
    INCOMING_HOST = 1
    """The server that mail is fetched from."""
    INCOMING_PORT = 2
    """Its TCP port."""
    INCOMING_SECURITY = 3
    """How the connection to it is protected."""
    INCOMING_AUTH = 4
    """How the client proves to it who it is."""
    INCOMING_USERNAME = 5
    """The user name at it."""
    OUTGOING_HOST = 6
    """The server that mail is sent through."""
    OUTGOING_PORT = 7
    """Its TCP port; in a rule also a list, tried in order."""
    OUTGOING_SECURITY = 8
    """How the connection to it is protected."""
    OUTGOING_AUTH = 9
    """How the client proves to it who it is; none means that no login is asked for."""
    OUTGOING_USERNAME = 10
    """The user name at it."""
    LEAVE_ON_SERVER = 11
    """Whether fetched mail stays on the POP3 server."""
    DELETE_AFTER_DAYS = 12
    """After how many days the client deletes mail that it left on the POP3 server."""
    DELETE_WHEN_DELETED_LOCALLY = 13
    """Whether mail deleted here is deleted on the POP3 server too."""
    CHECK_AT_STARTUP = 14
    """Whether the client fetches mail when it starts."""
    CHECK_EVERY_MINUTES = 15
    """How often the client looks for new mail."""
    JUNK_LEVEL = 16
    """How eagerly the client sorts mail out as junk."""
    JUNK_DELETE_AFTER_DAYS = 17
    """After how many days junk is deleted."""
    JUNK_SAFE_SENDERS = 18
    """Addresses and @domains whose mail is never junk; added to the user's own, never removed."""
    def label(self) -> str:
        """The dotted name that policies, the command line and JSON use: `incoming.port`."""

class Level(enum.Enum):
    """How eagerly a client sorts mail out as junk."""
    OFF = 0
    """No junk filter."""
    ON = 1
    """Filter on, where a client has only a switch."""
    LOW = 2
    """Only obvious junk."""
    HIGH = 3
    """Most junk, and some mail that is none."""
    EXCLUSIVE = 4
    """Only mail from safe senders is let through."""

class Value:
    """One value of a setting. A password is never one."""
    class PROTOCOL(Value):
        """POP3 or IMAP."""
        value: MailProtocol
        """Which."""
        def __init__(self, value: MailProtocol) -> None: ...
    class TEXT(Value):
        """A host, a user name. In a rule it may hold variables: `{email}`, `{local}`, `{domain}`, `{user}`, `{csv.COLUMN}`."""
        value: str
        """The text."""
        def __init__(self, value: str) -> None: ...
    class PORT(Value):
        """A TCP port."""
        value: int
        """Its number, never 0."""
        def __init__(self, value: int) -> None: ...
    class SECURITY(Value):
        """Protection of the connection."""
        value: Security
        """Which."""
        def __init__(self, value: Security) -> None: ...
    class AUTH(Value):
        """Authentication."""
        value: Auth
        """Which."""
        def __init__(self, value: Auth) -> None: ...
    class SWITCH(Value):
        """A switch."""
        value: bool
        """Whether it is on."""
        def __init__(self, value: bool) -> None: ...
    class DAYS(Value):
        """Days."""
        value: typing.Optional[int]
        """How many; none is never."""
        def __init__(self, value: typing.Optional[int]) -> None: ...
    class MINUTES(Value):
        """Minutes."""
        value: typing.Optional[int]
        """How many; none is never."""
        def __init__(self, value: typing.Optional[int]) -> None: ...
    class LEVEL(Value):
        """Junk level."""
        value: Level
        """Which."""
        def __init__(self, value: Level) -> None: ...
    class SENDERS(Value):
        """Addresses and `@domains`."""
        value: typing.List[str]
        """Sorted, each once."""
        def __init__(self, value: typing.List[str]) -> None: ...
    def __str__(self) -> str: ...
    def is_protocol(self) -> bool: ...
    def is_text(self) -> bool: ...
    def is_port(self) -> bool: ...
    def is_security(self) -> bool: ...
    def is_auth(self) -> bool: ...
    def is_switch(self) -> bool: ...
    def is_days(self) -> bool: ...
    def is_minutes(self) -> bool: ...
    def is_level(self) -> bool: ...
    def is_senders(self) -> bool: ...

class Cause:
    """Why something changes."""
    class WANTED(Cause):
        """A rule wants it."""
        setting: Setting
        """The setting."""
        def __init__(self, setting: Setting) -> None: ...
    class SHARED(Cause):
        """It shares a key with something that a rule wants."""
        setting: Setting
        """The setting."""
        def __init__(self, setting: Setting) -> None: ...
    class PINNED(Cause):
        """Its old effective value is written out, since what it inherited changes."""
        setting: Setting
        """The setting."""
        def __init__(self, setting: Setting) -> None: ...
    class FOLLOWS(Cause):
        """It holds something made of a name that changes, as a saved password does."""
        name: str
        """What it is: `saved-password`."""
        def __init__(self, name: str) -> None: ...
    def __str__(self) -> str: ...
    def is_wanted(self) -> bool: ...
    def is_shared(self) -> bool: ...
    def is_pinned(self) -> bool: ...
    def is_follows(self) -> bool: ...

class Raw:
    """A value exactly as it stands in a store."""
    class SWITCH(Raw):
        """A switch."""
        value: bool
        """Whether it is on."""
        def __init__(self, value: bool) -> None: ...
    class NUMBER(Raw):
        """A number."""
        value: int
        """The number."""
        def __init__(self, value: int) -> None: ...
    class TEXT(Raw):
        """A string."""
        value: str
        """The text."""
        def __init__(self, value: str) -> None: ...
    class BYTES(Raw):
        """Bytes that are no text."""
        value: bytes
        """The bytes."""
        def __init__(self, value: bytes) -> None: ...
    def __str__(self) -> str: ...
    def is_switch(self) -> bool: ...
    def is_number(self) -> bool: ...
    def is_text(self) -> bool: ...
    def is_bytes(self) -> bool: ...

class ProblemCode(enum.Enum):
    """The kind of a problem."""
    UNREADABLE = 0
    """A file or folder can't be read."""
    MALFORMED = 1
    """A store is not in the format that its client writes."""
    ODD_ENTRY = 2
    """A line of a store is not understood and hides a key that is needed."""
    UNKNOWN_VALUE = 3
    """A stored value has no known meaning; it is never guessed."""
    BROKEN_ACCOUNT = 4
    """An account's parts don't hang together."""
    UNSUPPORTED_ACCOUNT = 5
    """An account is of a kind that has no servers to secure, or keeps them elsewhere."""
    UNSUPPORTED_CLIENT = 6
    """A store is known, but can't be served."""
    OUTSIDE_HOME = 7
    """A profile lies outside its home."""
    CLIENT_RUNNING = 8
    """The client is running."""
    CLOSED_UNKNOWN = 9
    """Whether the client is closed can't be known."""
    BUSY = 10
    """Another waxseal works here."""
    STALE = 11
    """The store has changed since the plan was made, in a way that matters to it."""
    COLLISION = 12
    """Two accounts would become the same server and user, and the client would drop one."""
    SHARED_SERVER = 13
    """An outgoing server is shared with accounts that no rule matched."""
    CONFLICTING_RULES = 14
    """Two rules want two values of one shared key."""
    NO_VALUE = 15
    """A variable of the policy has no value for an account."""
    CANNOT_SECURE = 16
    """The client can't hold all of a server's host, port, security and auth."""
    LESS_SECURE = 17
    """A change would make an account less secure."""
    INSECURE_HOST = 18
    """A rule names a host and would leave that server insecure."""
    DELETES_MAIL = 19
    """A change would make the client delete more mail from the server."""
    WRITE_FAILED = 20
    """A store could not be written; the profile is as it was."""
    VERIFY_FAILED = 21
    """A store did not read back as planned; the profile was put back."""
    RESTORE_FAILED = 22
    """A store could not be put back; its backup is kept."""
    CHANGED_SINCE = 23
    """A value has been changed by someone else since, and was left alone."""
    INTERRUPTED = 24
    """An operation was interrupted."""
    CANCELLED = 25
    """Somebody asked to stop; what was begun is whole, and the rest is as it was."""
    HARD_LINK = 26
    """A store has a second name, which would keep the old content."""
    SYSTEM_STORE = 27
    """The running system has a store open; it is changed only where that is allowed."""
    UNSUPPORTED = 28
    """A client can't hold a setting that a rule wants."""
    def label(self) -> str:
        """The word that the command line and JSON use: `client-running`."""
    def summary(self) -> str:
        """What it means, without any user's text: fit for a log."""

class Answer(enum.Enum):
    """An answer to a question about what a change costs."""
    NO = 0
    """It does not happen."""
    YES = 1
    """It happens."""
    UNKNOWN = 2
    """It can't be known."""

class Outcome:
    """What became of one profile."""
    class CHANGED(Outcome):
        """Its changes are written, verified and can be undone."""
    class UNCHANGED(Outcome):
        """There was nothing to do."""
    class REFUSED(Outcome):
        """Nothing was tried."""
        problem: Problem
        """Why."""
        def __init__(self, problem: Problem) -> None: ...
    class FAILED(Outcome):
        """It was tried, failed, and the profile is as it was."""
        problem: Problem
        """Why."""
        def __init__(self, problem: Problem) -> None: ...
    def __str__(self) -> str: ...
    def is_changed(self) -> bool: ...
    def is_unchanged(self) -> bool: ...
    def is_refused(self) -> bool: ...
    def is_failed(self) -> bool: ...

class Os(enum.Enum):
    """Which system's layout a home has."""
    LINUX = 0
    """Linux and its kin."""
    MACOS = 1
    """macOS, and Mac OS before it."""
    WINDOWS = 2
    """Windows."""

class OperationKind(enum.Enum):
    """What an operation does."""
    APPLY = 0
    """Carries out a plan."""
    UNDO = 1
    """Takes an operation back."""

class Match(enum.Enum):
    """What a rule can look at."""
    EMAIL = 0
    """Any identity's address."""
    INCOMING_HOST = 1
    """The incoming server's host."""
    OUTGOING_HOST = 2
    """The outgoing server's host."""
    INCOMING_PROTOCOL = 3
    """The incoming server's protocol."""
    INCOMING_SECURITY = 4
    """The incoming server's security."""
    OUTGOING_SECURITY = 5
    """The outgoing server's security."""
    INCOMING_PORT = 6
    """The incoming server's port."""
    OUTGOING_PORT = 7
    """The outgoing server's port."""
    CLIENT = 8
    """The client's name."""
    HOME = 9
    """The home's path."""
    USER = 10
    """The home's folder name."""
    NAME = 11
    """What the user calls the account."""

class Probe(enum.Enum):
    """How much a new server has to prove before an account is moved to it."""
    REQUIRED = 0
    """It must answer, or the account stays."""
    WARN = 1
    """A failure is said, no more."""
    OFF = 2
    """Nobody asks it: you know that it is there."""

class WaxsealError(Exception):
    """Why a call did nothing, or stopped. What concerns one store or account is a problem, and stops nothing."""
    class NoHome(WaxsealError):
        """A home is not a folder that is there."""
        at: int
        """Its place in the list, from 0."""
        def __init__(self, at: int) -> None: ...
    class NoOwnFolders(WaxsealError):
        """The system doesn't tell the user's home or data folder: name them."""
    class UnknownClient(WaxsealError):
        """No client is named so."""
        name: str
        """The name."""
        def __init__(self, name: str) -> None: ...
    class BadPolicy(WaxsealError):
        """A policy that can't be. `check_policy` says in words what is wrong with it."""
        faults: int
        """How many faults there are."""
        line: int
        """The line of the first in its text, from 1; 0 if it stands in none."""
        column: int
        """The character of the first in its line, from 1; 0 if it stands in none."""
        def __init__(self, faults: int, line: int, column: int) -> None: ...
    class Busy(WaxsealError):
        """Another waxseal writes with this state folder: try again when it is done."""
    class Interrupted(WaxsealError):
        """The journal's own last write was interrupted: recover first."""
    class NoOperation(WaxsealError):
        """There is no such operation."""
        operation: int
        """Its number."""
        def __init__(self, operation: int) -> None: ...
    class Forgotten(WaxsealError):
        """The operation's backups were dropped: it can't be taken back any more."""
        operation: int
        """Its number."""
        def __init__(self, operation: int) -> None: ...
    class NotResumable(WaxsealError):
        """The operation can't be gone on with: it is an undo, or was taken back. Begin a new one."""
        operation: int
        """Its number."""
        def __init__(self, operation: int) -> None: ...
    class Unfinished(WaxsealError):
        """The operation was interrupted: recover first."""
        operation: int
        """Its number."""
        def __init__(self, operation: int) -> None: ...
    class JournalVersion(WaxsealError):
        """The journal was written by another version of waxseal."""
        found: int
        """The version found."""
        known: int
        """The version that is known."""
        def __init__(self, found: int, known: int) -> None: ...
    class Journal(WaxsealError):
        """The journal can't be read or written: a damaged file, a full disk, a folder of another user."""
    class PlanFile(WaxsealError):
        """A plan can't be kept or read: a full disk, a file that is there or is not, a line that is none of a plan of this version."""
        line: int
        """The line that is none of a plan; 0 if it is the file itself."""
        def __init__(self, line: int) -> None: ...
    class Cancelled(WaxsealError):
        """The progress asked to stop a call that only reads: it has no result."""
    class Callback(WaxsealError):
        """A callback threw. What was under way was brought to its end first; nothing further was begun."""
        operation: typing.Optional[int]
        """The operation, if anything was written: it can be taken back."""
        reason: str
        """What it threw, in its own words."""
        def __init__(self, operation: typing.Optional[int], reason: str) -> None: ...
    def code(self) -> str:
        """Its kind as a word, stable: `no-home`."""
    def summary(self) -> str:
        """What happened, as a sentence for people. It holds none of the user's words."""

class Server:
    """One server of an account."""
    host: typing.Optional[str]
    """Host name or address."""
    port: typing.Optional[int]
    """TCP port."""
    security: typing.Optional[Security]
    """Protection of the connection."""
    auth: typing.Optional[Auth]
    """How the client proves who it is."""
    username: typing.Optional[str]
    """User name."""
    def __init__(self, *, host: typing.Optional[str], port: typing.Optional[int], security: typing.Optional[Security], auth: typing.Optional[Auth], username: typing.Optional[str]) -> None: ...

class Account:
    """One incoming server, the identities that use it, and the outgoing server of the default identity. A fetcher's account
    has only the first; a sender's only the last.
    """
    home: str
    """The home it is in."""
    client: str
    """The client's name: `thunderbird`."""
    profile: str
    """The profile's folder."""
    id: str
    """The client's own key, else its section's name."""
    name: str
    """What the user calls it."""
    emails: typing.List[str]
    """The addresses of its identities, the default one first."""
    store: str
    """The store that it is listed in."""
    protocol: typing.Optional[MailProtocol]
    """How mail is fetched; none for a sender."""
    incoming: typing.Optional[Server]
    """The server that mail is fetched from."""
    outgoing: typing.Optional[Server]
    """The server that mail is sent through."""
    grade: typing.Optional[Security]
    """The protection of its worst server; none where that can't be read."""
    settings: dict[Setting, Value]
    """Everything that is set, each in effect; a setting without value is not there."""
    defaults: typing.List[Setting]
    """Which of them stand in no store: the client's default."""
    unsupported: dict[Setting, str]
    """What the client can't hold, and why."""
    def __init__(self, *, home: str, client: str, profile: str, id: str, name: str, emails: typing.List[str], store: str, protocol: typing.Optional[MailProtocol], incoming: typing.Optional[Server], outgoing: typing.Optional[Server], grade: typing.Optional[Security], settings: dict[Setting, Value], defaults: typing.List[Setting], unsupported: dict[Setting, str]) -> None: ...

class KeyChange:
    """One place in a store, before and after."""
    store: str
    """The store."""
    key: str
    """The place in it."""
    before: typing.Optional[Raw]
    """What stood there; none is nothing."""
    after: typing.Optional[Raw]
    """What will stand there; none is nothing."""
    def __init__(self, *, store: str, key: str, before: typing.Optional[Raw], after: typing.Optional[Raw]) -> None: ...

class Change:
    """One change of an account, before and after."""
    cause: Cause
    """What changes, and why."""
    before: typing.Optional[Value]
    """What was in effect."""
    after: typing.Optional[Value]
    """What will be."""
    rule: typing.Optional[str]
    """The rule that wants it."""
    keys: typing.List[KeyChange]
    """The keys that are written."""
    deletes: typing.Optional[str]
    """What it makes the client delete from the server, in words."""
    def __init__(self, *, cause: Cause, before: typing.Optional[Value], after: typing.Optional[Value], rule: typing.Optional[str], keys: typing.List[KeyChange], deletes: typing.Optional[str]) -> None: ...

class Unsupported:
    """A wanted setting that the client can't hold."""
    setting: Setting
    """Which."""
    wanted: Value
    """What was wanted."""
    why: str
    """Why not."""
    def __init__(self, *, setting: Setting, wanted: Value, why: str) -> None: ...

class Problem:
    """Something that kept a store or account from being read or changed; the rest goes on."""
    code: ProblemCode
    """Its kind."""
    home: typing.Optional[str]
    """The home."""
    client: typing.Optional[str]
    """The client's name."""
    profile: typing.Optional[str]
    """The profile's folder."""
    account: typing.Optional[str]
    """The account's id."""
    path: typing.Optional[str]
    """The store or folder."""
    line: typing.Optional[int]
    """The line in it, from 1."""
    message: str
    """What happened, in words that may name the user's own values."""
    hint: typing.Optional[str]
    """What to do next."""
    def __init__(self, *, code: ProblemCode, home: typing.Optional[str], client: typing.Optional[str], profile: typing.Optional[str], account: typing.Optional[str], path: typing.Optional[str], line: typing.Optional[int], message: str, hint: typing.Optional[str]) -> None: ...

class Consequence:
    """What a change costs the user of the account."""
    password_asked_again: Answer
    """Whether the client asks for the password again, once."""
    mail_fetched_again: Answer
    """Whether the client fetches mail again that it has."""
    why: typing.List[str]
    """Why, in words, each a clause."""
    notes: typing.List[str]
    """What else the user should know."""
    def __init__(self, *, password_asked_again: Answer, mail_fetched_again: Answer, why: typing.List[str], notes: typing.List[str]) -> None: ...

class AccountPlan:
    """What is intended for one account."""
    id: str
    """The account's id."""
    name: str
    """What the user calls it."""
    email: typing.Optional[str]
    """The default identity's address."""
    changes: typing.List[Change]
    """What changes."""
    unsupported: typing.List[Unsupported]
    """What the client can't hold."""
    problems: typing.List[Problem]
    """What was refused, and why."""
    consequence: typing.Optional[Consequence]
    """What it costs the user; none if nothing changes."""
    def __init__(self, *, id: str, name: str, email: typing.Optional[str], changes: typing.List[Change], unsupported: typing.List[Unsupported], problems: typing.List[Problem], consequence: typing.Optional[Consequence]) -> None: ...

class Finding:
    """A setting that is not as it should be."""
    home: str
    """The home."""
    client: str
    """The client's name."""
    profile: str
    """The profile's folder."""
    account: str
    """The account's id."""
    setting: Setting
    """Which setting."""
    actual: typing.Optional[Value]
    """What it is; none is not set, or not understood."""
    wanted: Value
    """What it should be."""
    store: str
    """The store that the account is listed in."""
    message: str
    """Why, in words."""
    def __init__(self, *, home: str, client: str, profile: str, account: str, setting: Setting, actual: typing.Optional[Value], wanted: Value, store: str, message: str) -> None: ...

class Audit:
    """What is not as it should be, and what could not be read."""
    findings: typing.List[Finding]
    """Account by account."""
    problems: typing.List[Problem]
    """What could not be read or compared."""
    accounts: int
    """How many accounts were looked at."""
    def __init__(self, *, findings: typing.List[Finding], problems: typing.List[Problem], accounts: int) -> None: ...

class Client:
    """A mail program whose stores are understood."""
    name: str
    """Its name, as accounts, policies and the command line have it: `thunderbird`."""
    title: str
    """Its name for people: `Thunderbird`."""
    versions: str
    """Which versions."""
    def __init__(self, *, name: str, title: str, versions: str) -> None: ...

class Counts:
    """Accounts by what became, or is to become, of them."""
    homes: int
    """Homes that were looked at."""
    accounts: int
    """Accounts that were looked at."""
    changed: int
    """Accounts of which something changes."""
    unchanged: int
    """Accounts that are as wanted already, or that no rule wants anything of."""
    skipped: int
    """Accounts that a rule wants changed and that were refused."""
    failed: int
    """Accounts whose profile failed; it is as it was."""
    def __init__(self, *, homes: int, accounts: int, changed: int, unchanged: int, skipped: int, failed: int) -> None: ...

class ProfilePlan:
    """Everything intended for one profile."""
    home: str
    """The home."""
    client: str
    """The client's name."""
    profile: str
    """The profile's folder."""
    accounts: typing.List[AccountPlan]
    """Its accounts, changed or not, in the client's order."""
    problems: typing.List[Problem]
    """What could not be read."""
    def __init__(self, *, home: str, client: str, profile: str, accounts: typing.List[AccountPlan], problems: typing.List[Problem]) -> None: ...

class Done:
    """What became of one profile."""
    plan: ProfilePlan
    """What was intended for it."""
    outcome: Outcome
    """What became of it."""
    def __init__(self, *, plan: ProfilePlan, outcome: Outcome) -> None: ...

class Fault:
    """One thing that is wrong with a policy."""
    message: str
    """What is wrong, and both values."""
    hint: typing.Optional[str]
    """What to do next."""
    line: int
    """The line in the text, from 1; 0 if it stands in none."""
    column: int
    """The first character in the line, from 1; 0 if it stands in none."""
    def __init__(self, *, message: str, hint: typing.Optional[str], line: int, column: int) -> None: ...

class Home:
    """One user's world: a home directory, a Windows profile folder, a roaming-profile folder, or one profile's own folder."""
    path: str
    """Its folder."""
    os: typing.Optional[Os]
    """The layout; none means whatever is found."""
    def __init__(self, *, path: str, os: typing.Optional[Os] = ...) -> None: ...

class JournalOperation:
    """One apply or undo."""
    id: int
    """Its number, growing, never used twice."""
    kind: OperationKind
    """What it does."""
    of: typing.Optional[int]
    """The operation that it takes back."""
    started: int
    """When it began, in seconds since 1970 UTC."""
    finished: typing.Optional[int]
    """When it ended, in seconds since 1970 UTC."""
    command: str
    """The command or program that began it."""
    homes: int
    """In how many homes."""
    profiles: int
    """On how many profiles."""
    done: int
    """How many of them are done and still stand."""
    failed: int
    """How many failed, and are as they were."""
    undone: int
    """How many have been taken back since."""
    interrupted: int
    """How many are interrupted, or under way."""
    broken: int
    """How many have a store that could not be put back."""
    forgotten: bool
    """Whether its backups have been dropped: it can't be taken back any more."""
    def __init__(self, *, id: int, kind: OperationKind, of: typing.Optional[int], started: int, finished: typing.Optional[int], command: str, homes: int, profiles: int, done: int, failed: int, undone: int, interrupted: int, broken: int, forgotten: bool) -> None: ...

class Listing:
    """The accounts found, and what could not be read."""
    accounts: typing.List[Account]
    """Home by home, in the client's order."""
    problems: typing.List[Problem]
    """What could not be read."""
    def __init__(self, *, accounts: typing.List[Account], problems: typing.List[Problem]) -> None: ...

class Rule:
    """One rule."""
    name: str
    """Its name, for plans."""
    set: dict[Setting, Value]
    """What settings should be."""
    matches: dict[Match, typing.List[str]]
    """What all has to fit, each any of its globs; every account if empty."""
    probe: typing.Optional[Probe]
    """Whether a new server has to be proven; none is `Required`."""
    def __init__(self, *, name: str, set: dict[Setting, Value], matches: dict[Match, typing.List[str]] = ..., probe: typing.Optional[Probe] = ...) -> None: ...

class Policy:
    """What settings should be, for which accounts, and what is allowed."""
    toml: str
    """Rules as TOML text: `policy_example()` shows everything that it can say."""
    rules: typing.List[Rule]
    """Typed rules. They come after those of the text; a later rule wins setting by setting."""
    accounts: typing.List[str]
    """Only accounts that fit one of these globs (address, host, name or id); all if empty."""
    allow_deletion: bool
    """Allows changes after which the client deletes more mail from the server."""
    allow_insecure: bool
    """Allows changes that make an account less secure."""
    change_shared: bool
    """Allows changes of an outgoing server for all accounts that share it."""
    allow_system_stores: bool
    """Allows changes of a store that the running system has open itself: a Mac's Accounts database."""
    users: typing.Optional[str]
    """The users' file as CSV text, for `{csv.COLUMN}`."""
    def __init__(self, *, toml: str = ..., rules: typing.List[Rule] = ..., accounts: typing.List[str] = ..., allow_deletion: bool = ..., allow_insecure: bool = ..., change_shared: bool = ..., allow_system_stores: bool = ..., users: typing.Optional[str] = ...) -> None: ...

class Recovered:
    """What became of a profile that was under way when a process ended."""
    operation: int
    """The operation that was interrupted."""
    home: typing.Optional[str]
    """The home, if the journal still tells."""
    profile: typing.Optional[str]
    """The profile's folder, if the journal still tells."""
    finished: bool
    """Whether everything had been written already: it is done. Else it is as it was before."""
    def __init__(self, *, operation: int, home: typing.Optional[str], profile: typing.Optional[str], finished: bool) -> None: ...

class Recovery:
    """What became of everything that was under way."""
    recovered: typing.List[Recovered]
    """The profiles that are whole again."""
    problems: typing.List[Problem]
    """What could not be recovered yet, and why: try again."""
    def __init__(self, *, recovered: typing.List[Recovered], problems: typing.List[Problem]) -> None: ...

class Report:
    """What an apply or undo did, in sum."""
    operation: typing.Optional[int]
    """The operation, if anything was written."""
    counts: Counts
    """Accounts by what became of them."""
    problems: typing.List[Problem]
    """Every problem: what the plan had, what was refused or failed, and why."""
    cancelled: bool
    """Whether the progress asked to stop before the end. What is not counted was not begun."""
    def __init__(self, *, operation: typing.Optional[int], counts: Counts, problems: typing.List[Problem], cancelled: bool) -> None: ...

class Plan:
    """Everything intended for the homes of a `Waxseal`. It keeps the edits, in a file for the caller alone that goes with it, so it is
    an object: look at it through its methods, and hand it to `apply`.
    """
    @classmethod
    def load(cls, path: str) -> Plan:
        """A plan that was kept by `save`, or by `waxseal plan --out`. All of it is read once, so that a broken one is found now."""
    def counts(self) -> Counts:
        """Accounts by what is to become of them."""
    def is_empty(self) -> bool:
        """Whether nothing is to be written."""
    def only(self, profiles: typing.List[str]) -> Plan:
        """A plan for some of these profiles alone, by their folders: those that the user said yes to."""
    def problems(self, first: int = ..., count: int = ...) -> typing.List[Problem]:
        """Every problem, home by home: what hides a profile, what is wrong with one, what is wrong with its accounts. So many of
        them, from this one on, from 0; without either it is all.
        """
    def profiles(self, first: int = ..., count: int = ...) -> typing.List[ProfilePlan]:
        """What is intended, profile by profile: so many of them, from this one on, from 0. Without either it is all, which for many
        homes is a lot.
        """
    def save(self, path: str) -> None:
        """Keeps the plan in a new file for the caller alone, as `waxseal plan --out` does: for `load`, or `waxseal apply --plan`. What
        hides a profile is not in it.
        """
    def size(self) -> int:
        """How many profiles there are."""

class ProgressListener:
    """Is told what happens while plans are carried out or taken back. It may be called on another thread than the one that
    called, never on two at once. What it throws stops the work as a cancellation does. Calls that only read ask it whether to
    stop, and tell it nothing.
    """
    def done(self, done: Done) -> None:
        """One profile is done with."""
    def is_cancelled(self) -> bool:
        """Whether to stop: asked before each profile. What was begun is brought to its end, and every profile is whole."""

class Waxseal:
    """The accounts of some homes, and the record of what was done to them."""
    def __init__(self, homes: typing.List[Home] = ..., state: typing.Optional[str] = ..., clients: typing.List[str] = ..., command: str = ...) -> None:
        """Says whose accounts are meant. Nothing is read or made yet.

        Without `homes` it is the caller's own; without `state` the journal and the backups are in `waxseal` in the user's
        data folder, as the command line has them. `clients` are names such as `thunderbird`; all without. `command` is what
        the log says began an operation.
        """
    def apply(self, plan: Plan, progress: typing.Optional[ProgressListener] = ..., assume_closed: bool = ..., group: int = ..., resume: typing.Optional[int] = ...) -> Report:
        """Carries a plan out; each profile is wholly changed, or as it was. What an earlier run left half done is recovered
        first. Nothing is written while a client runs.

        `assume_closed` goes on where it can't be known that a client is closed. `group` is how many profiles share their
        disk syncs: a large one is faster, with 1 `progress` can stop the work after every profile. `resume` is an operation
        that was stopped or ended too early: what it has done is passed over, what is done now is added to it.
        """
    def audit(self, policy: typing.Optional[Policy] = ..., first: int = ..., count: int = ..., progress: typing.Optional[ProgressListener] = ...) -> Audit:
        """What breaks RFC 8314: no TLS, TLS that anybody in between can switch off, ports of the other kind. With a policy:
        what breaks the policy instead. `progress` is asked whether to stop.

        Of many homes, take some at a time, as with `list`.
        """
    def forget(self, operation: int) -> None:
        """Drops the backups of an operation, which hold whole stores and can hold passwords. It can't be taken back then."""
    def forget_older(self, days: int) -> typing.List[int]:
        """Drops the backups of every operation that ended more than so many days ago; which ones those were."""
    def list(self, accounts: typing.List[str] = ..., first: int = ..., count: int = ..., progress: typing.Optional[ProgressListener] = ...) -> Listing:
        """The accounts found. With `accounts`, only those that fit one of these globs (address, host, name or id). `progress` is asked
        whether to stop.

        Of many homes, take some at a time: `count` of them, from `first` on, from 0. Then no more than those are in memory.
        """
    def log(self) -> typing.List[JournalOperation]:
        """The operations, newest first."""
    def plan(self, policy: Policy, progress: typing.Optional[ProgressListener] = ...) -> Plan:
        """What a policy would change. No store is written. `progress` is asked whether to stop."""
    def recover(self, assume_closed: bool = ...) -> Recovery:
        """Finishes or reverses what was under way when a process ended. `apply` and `undo` do it by themselves."""
    def undo(self, operation: typing.Optional[int] = ..., homes: typing.List[str] = ..., progress: typing.Optional[ProgressListener] = ..., assume_closed: bool = ...) -> Report:
        """Takes an operation back; without a number the newest apply that still stands. Of an undo, that is a redo. Where there
        is nothing to take back, the report has no operation.

        With `homes` only what it did in those, which need not be there any more: the rest stands, and can be taken back
        later. The homes that this object looks at don't matter.
        """

def check_policy(policy: Policy) -> typing.List[Fault]:
    """Everything that is wrong with a policy, in words; nothing if it can be used. Reads no home."""

def clients() -> typing.List[Client]:
    """Every client whose stores are understood."""

def policy_example() -> str:
    """A commented policy that shows everything a policy can say, as TOML."""
