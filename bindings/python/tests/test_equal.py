"""What the bindings say is what the command line says, on every home that there is a case of."""

import unittest
from pathlib import Path

from waxseal import Policy
from world import (
    Line,
    World,
    account_line,
    change_line,
    consequence_line,
    finding_line,
    in_order,
    of_kind,
    problem_line,
    tree,
    unsupported_line,
)

POLICY = """
[[rule]]
name = "tls"
match = { incoming.protocol = ["pop3", "imap"] }
probe = "off"

[rule.set]
incoming.security = "implicit-tls"
outgoing.security = "starttls"
check.every_minutes = 17
junk.level = "low"
retention.leave_on_server = true
"""


class Equal(World):
    """Every home of every case at once."""

    def setUp(self) -> None:
        super().setUp()
        self.homes = self.copies("a")
        self.policy = self.folder / "policy.toml"
        self.policy.write_text(POLICY, encoding="utf-8")

    def counts(self, lines: list[Line]) -> Line:
        sums = of_kind(lines, "summary")[0]
        return {name: sums[name] for name in ("homes", "accounts", "changed", "unchanged", "skipped", "failed")}

    def test_list(self) -> None:
        said = self.command("list", self.homes)
        listing = self.waxseal(*self.homes).list()
        self.assertGreater(len(listing.accounts), 100)
        self.assertEqual([account_line(account) for account in listing.accounts], of_kind(said, "account"))
        self.assertEqual([problem_line(problem) for problem in listing.problems], of_kind(said, "problem"))

    def test_audit(self) -> None:
        said = self.command("audit", self.homes)
        audit = self.waxseal(*self.homes).audit()
        self.assertGreater(len(audit.findings), 100)
        self.assertEqual([finding_line(finding) for finding in audit.findings], of_kind(said, "finding"))
        said = self.command("audit", self.homes, "--policy", str(self.policy))
        audit = self.waxseal(*self.homes).audit(Policy(toml=POLICY))
        self.assertEqual([finding_line(finding) for finding in audit.findings], of_kind(said, "finding"))
        self.assertEqual([problem_line(problem) for problem in audit.problems], of_kind(said, "problem"))
        self.assertEqual(audit.accounts, self.counts(said)["accounts"])

    def test_plan(self) -> None:
        said = self.command("plan", self.homes, "--policy", str(self.policy))
        plan = self.waxseal(*self.homes).plan(Policy(toml=POLICY))
        ours: list[Line] = []
        for profile in plan.profiles():
            for account in profile.accounts:
                place = {"home": profile.home, "client": profile.client, "profile": profile.profile, "account": account.id}
                ours += [change_line(place, change) for change in account.changes]
                ours += [unsupported_line(place, unsupported) for unsupported in account.unsupported]
                if account.consequence:
                    ours.append(consequence_line(place, account.consequence))
        for kind in ("change", "consequence", "unsupported"):
            self.assertGreater(len(of_kind(said, kind)), 20)
            self.assertEqual(of_kind(ours, kind), of_kind(said, kind))
        problems = [problem_line(problem) for problem in plan.problems()]
        self.assertEqual(in_order(problems), in_order(of_kind(said, "problem")))
        self.assertEqual(members(plan.counts()), self.counts(said))

    def test_apply_and_undo(self) -> None:
        theirs = self.copies("b")
        before = tree(self.folder / "a")
        self.assertEqual(before, tree(self.folder / "b"))
        said = self.command("apply", theirs, "--policy", str(self.policy), "--yes", "--assume-closed")
        ours = self.waxseal(*self.homes)
        report = ours.apply(ours.plan(Policy(toml=POLICY)), assume_closed=True)
        self.assertEqual(members(report.counts), self.counts(said))
        self.assertGreater(report.counts.changed, 50)
        problems = [problem_line(problem) for problem in report.problems]
        self.assertEqual(in_order(problems), in_order(moved(of_kind(said, "problem"), self.folder / "b", self.folder / "a")))
        changed = tree(self.folder / "a")
        self.assertNotEqual(changed, before)
        self.assertEqual(changed, tree(self.folder / "b"))
        ours.undo(report.operation, assume_closed=True)
        self.assertEqual(without_locks(tree(self.folder / "a")), without_locks(before))


def members(counts: object) -> Line:
    return {name: value for name, value in vars(counts).items() if not name.startswith("_")}


def moved(lines: list[Line], here: Path, there: Path) -> list[Line]:
    """The same lines, said of copies elsewhere."""
    return [
        {name: value.replace(str(here), str(there)) if isinstance(value, str) else value for name, value in line.items()}
        for line in lines
    ]


def without_locks(files: dict[str, bytes]) -> dict[str, bytes]:
    """Lock files stay behind, as the clients leave them."""
    return {path: data for path, data in files.items() if not path.endswith((".parentlock", "parent.lock"))}


if __name__ == "__main__":
    unittest.main()
