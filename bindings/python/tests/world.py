"""A temporary world: copies of the case folders' homes, a state folder, and the command line to compare with."""

import json
import os
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path
from typing import Any

from waxseal import Account, Change, Cause, Consequence, Answer, Finding, Home, Problem, Raw, Unsupported, Value, Waxseal

STORES = Path(__file__).resolve().parents[3] / "tests" / "stores"

Line = dict[str, Any]


class World(unittest.TestCase):
    """A test with a folder of its own."""

    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name).resolve()

    def copy(self, case: str, name: str) -> Path:
        """A copy of a case's home: `thunderbird/both`."""
        home = self.folder / name
        shutil.copytree(STORES / case / "in", home)
        return home

    def copies(self, folder: str) -> list[Path]:
        """A copy of every case's home."""
        cases = sorted(path.relative_to(STORES) for path in STORES.glob("*/*") if (path / "in").is_dir())
        return [self.copy(str(case), f"{folder}/{case}".replace("/", os.sep)) for case in cases]

    def waxseal(self, *homes: Path, state: str = "state") -> Waxseal:
        return Waxseal(homes=[Home(path=str(home)) for home in homes], state=str(self.folder / state))

    def command(self, verb: str, homes: list[Path], *flags: str) -> list[Line]:
        """What the command line says, as JSON."""
        words = [os.environ["WAXSEAL_CLI"], verb, "--json", "--state", str(self.folder / "cli-state"), *flags]
        done = subprocess.run([*words, "--homes", *map(str, homes)], capture_output=True, text=True, encoding="utf-8", check=False)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        return [json.loads(line) for line in done.stdout.splitlines()]


def tree(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def of_kind(lines: list[Line], kind: str) -> list[Line]:
    return [line for line in lines if line["type"] == kind]


def in_order(lines: list[Line]) -> list[str]:
    return sorted(json.dumps(line, sort_keys=True) for line in lines)


def plain(value: Value | None) -> Any:
    """A value as it stands in the command line's JSON."""
    if value is None:
        return None
    if isinstance(value, (Value.PORT, Value.SWITCH, Value.SENDERS)):
        return value.value
    if isinstance(value, (Value.DAYS, Value.MINUTES)):
        return "never" if value.value is None else value.value
    return str(value)


def raw(value: Raw | None) -> Any:
    if value is None:
        return None
    if isinstance(value, Raw.BYTES):
        return "hex:" + value.value.hex()
    assert isinstance(value, (Raw.SWITCH, Raw.NUMBER, Raw.TEXT))
    return value.value


def present(told: Line, /, **members: Any) -> Line:
    return told | {name: value for name, value in members.items() if value is not None}


def account_line(account: Account) -> Line:
    line = {
        "type": "account",
        "home": account.home,
        "client": account.client,
        "profile": account.profile,
        "account": account.id,
        "name": account.name,
        "store": account.store,
        "settings": {setting.label(): plain(value) for setting, value in account.settings.items()},
        "defaults": [setting.label() for setting in account.defaults],
        "unsupported": {setting.label(): why for setting, why in account.unsupported.items()},
    }
    return present(line, email=account.emails[0] if account.emails else None)


def finding_line(finding: Finding) -> Line:
    return {
        "type": "finding",
        "home": finding.home,
        "client": finding.client,
        "profile": finding.profile,
        "account": finding.account,
        "setting": finding.setting.label(),
        "actual": plain(finding.actual),
        "wanted": plain(finding.wanted),
        "store": finding.store,
        "message": finding.message,
    }


def problem_line(problem: Problem) -> Line:
    line = {"type": "problem", "code": problem.code.label(), "message": problem.message}
    return present(
        line,
        home=problem.home,
        client=problem.client,
        profile=problem.profile,
        account=problem.account,
        path=problem.path,
        line=problem.line,
        hint=problem.hint,
    )


def change_line(place: Line, change: Change) -> Line:
    cause = change.cause
    line: Line = {"type": "change"} | place
    if isinstance(cause, Cause.FOLLOWS):
        line["follow"] = cause.name
    else:
        assert isinstance(cause, (Cause.WANTED, Cause.SHARED, Cause.PINNED))
        line["setting"] = cause.setting.label()
    why = "shared" if isinstance(cause, Cause.SHARED) else "pinned" if isinstance(cause, Cause.PINNED) else None
    line |= {"before": plain(change.before), "after": plain(change.after)}
    line["keys"] = [
        {"store": key.store, "key": key.key, "before": raw(key.before), "after": raw(key.after)} for key in change.keys
    ]
    return present(line, rule=change.rule, cause=why, deletes=change.deletes)


def consequence_line(place: Line, consequence: Consequence) -> Line:
    def answer(given: Answer, yes: str) -> str:
        return {Answer.NO: "no", Answer.YES: yes, Answer.UNKNOWN: "unknown"}[given]

    line = {"type": "consequence"} | place
    line["password_asked_again"] = answer(consequence.password_asked_again, "once")
    line["mail_fetched_again"] = answer(consequence.mail_fetched_again, "yes")
    return present(line, why="; ".join(consequence.why) or None, notes=consequence.notes or None)


def unsupported_line(place: Line, unsupported: Unsupported) -> Line:
    wanted = {"setting": unsupported.setting.label(), "wanted": plain(unsupported.wanted), "why": unsupported.why}
    return {"type": "unsupported"} | place | wanted
