"""The whole job as an application does it, and what may go wrong on the way."""

import fcntl
import json
import os
import subprocess
import threading
import unittest
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import waxseal
from waxseal import (
    Cause,
    Done,
    Match,
    Outcome,
    Policy,
    Plan,
    Probe,
    ProblemCode,
    ProgressListener,
    MailProtocol,
    Rule,
    Security,
    Setting,
    Value,
    Waxseal,
    WaxsealError,
)
from world import World, tree

TO_TLS = Policy(
    rules=[
        Rule(
            name="to-tls",
            matches={Match.INCOMING_HOST: ["pop.old.example"]},
            probe=Probe.OFF,
            set={
                Setting.INCOMING_HOST: Value.TEXT("secure.example.org"),
                Setting.INCOMING_SECURITY: Value.SECURITY(Security.IMPLICIT_TLS),
            },
        )
    ]
)


def often(minutes: int) -> Policy:
    rule = Rule(name="often", set={Setting.CHECK_EVERY_MINUTES: Value.MINUTES(minutes)})
    return Policy(rules=[rule])


class Listener(ProgressListener):
    """Remembers what it is told; stops, or throws, after so many profiles."""

    def __init__(self, stop_after: int | None = None, throw_after: int | None = None, throw_when_asked: bool = False) -> None:
        self.told: list[Outcome] = []
        self.stop_after, self.throw_after, self.throw_when_asked = stop_after, throw_after, throw_when_asked

    def done(self, done: Done) -> None:
        self.told.append(done.outcome)
        if len(self.told) == self.throw_after:
            raise RuntimeError("the window is gone")

    def is_cancelled(self) -> bool:
        if self.throw_when_asked and self.told:
            raise KeyError("nobody knows")
        return len(self.told) == self.stop_after


class Scenario(World):
    """One home, told in the same way in every language's README."""

    def test_list_audit_plan_apply_undo(self) -> None:
        home = self.copy("thunderbird/both", "rosa")
        homes = self.waxseal(home)

        account = homes.list().accounts[0]
        self.assertEqual((account.client, account.protocol, account.grade), ("thunderbird", MailProtocol.POP3, Security.CLEARTEXT))
        assert account.incoming is not None
        self.assertEqual((account.incoming.host, account.incoming.port), ("pop.old.example", 110))
        self.assertEqual(account.settings[Setting.INCOMING_HOST], Value.TEXT("pop.old.example"))

        findings = homes.audit().findings
        self.assertEqual(findings[0].setting, Setting.INCOMING_SECURITY)
        self.assertEqual(findings[0].wanted, Value.SECURITY(Security.IMPLICIT_TLS))

        before = tree(home)
        plan = homes.plan(TO_TLS)
        self.assertEqual((plan.counts().changed, plan.is_empty()), (1, False))
        changes = {
            change.cause.setting: (change.before, change.after)
            for change in plan.profiles()[0].accounts[0].changes
            if isinstance(change.cause, Cause.WANTED)
        }
        self.assertEqual(changes[Setting.INCOMING_PORT], (Value.PORT(110), Value.PORT(995)))
        self.assertEqual(tree(home), before)

        listener = Listener()
        report = homes.apply(plan, progress=listener)
        self.assertEqual((report.counts.changed, report.problems, report.cancelled), (1, [], False))
        self.assertIsInstance(listener.told[0], Outcome.CHANGED)
        self.assertIn(b"secure.example.org", (home / ".thunderbird/abcd1234.default-esr/prefs.js").read_bytes())
        self.assertTrue(homes.plan(TO_TLS).is_empty())

        self.assertEqual([operation.id for operation in homes.log()], [report.operation])
        homes.undo()
        self.assertEqual({name: data for name, data in tree(home).items() if name in before}, before)
        self.assertEqual(homes.log()[0].of, report.operation)
        self.assertIsNone(homes.undo().operation)

    def test_several_clients_at_once(self) -> None:
        cases = ["thunderbird/both", "claws/pop3-to-ssl", "evolution/pop3-to-ssl"]
        homes = [self.copy(case, case.replace("/", "-")) for case in cases]
        before = [tree(home) for home in homes]
        ours = self.waxseal(*homes)
        self.assertEqual({account.client for account in ours.list().accounts}, {"thunderbird", "claws", "evolution"})
        report = ours.apply(ours.plan(often(17)), assume_closed=True)
        self.assertEqual(report.counts.homes, 3)
        minutes = {str(account.settings.get(Setting.CHECK_EVERY_MINUTES)) for account in ours.list().accounts if account.protocol}
        self.assertEqual(minutes, {"17"})
        ours.undo(assume_closed=True)
        for home, files in zip(homes, before):
            self.assertEqual({name: data for name, data in tree(home).items() if name in files}, files)

    def test_some_profiles_only(self) -> None:
        homes = [self.copy("thunderbird/both", name) for name in ("ann", "joe")]
        ours = self.waxseal(*homes)
        plan = ours.plan(TO_TLS)
        report = ours.apply(plan.only([plan.profiles()[1].profile]))
        self.assertEqual((report.counts.homes, report.counts.changed), (1, 1))
        self.assertEqual([account.incoming.host for account in ours.list().accounts if account.incoming][0], "pop.old.example")

    def test_a_plan_is_kept_and_read_on(self) -> None:
        homes = [self.copy("thunderbird/both", f"user{at}") for at in range(4)]
        ours = self.waxseal(*homes)
        plan = ours.plan(TO_TLS)
        self.assertEqual(plan.size(), 4)
        self.assertEqual(plan.profiles(first=1, count=2), plan.profiles()[1:3])
        self.assertEqual(plan.profiles(first=4), [])
        path = self.folder / "plan.jsonl"
        plan.save(str(path))
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        with self.assertRaises(WaxsealError.PlanFile):
            plan.save(str(path))
        # The command carries it out, and this library what the command has kept.
        (self.folder / "policy.toml").write_text(
            '[[rule]]\nname = "to-tls"\nprobe = "off"\nmatch.incoming.host = "pop.old.example"\n'
            'set.incoming.host = "secure.example.org"\nset.incoming.security = "implicit-tls"\n'
        )
        self.command("plan", homes, "--policy", str(self.folder / "policy.toml"), "--out", str(self.folder / "theirs.jsonl"))
        theirs = (self.folder / "theirs.jsonl").read_text().splitlines()
        self.assertEqual([json.loads(line) for line in theirs], [json.loads(line) for line in path.read_text().splitlines()])
        report = ours.apply(Plan.load(str(self.folder / "theirs.jsonl")))
        self.assertEqual((report.counts, report.problems), (plan.counts(), []))
        path.write_text(path.read_text()[:500])
        with self.assertRaises(WaxsealError.PlanFile) as cut:
            Plan.load(str(path))
        self.assertEqual(cut.exception.line, 2)

    def test_many_homes_in_parts(self) -> None:
        cases = ["thunderbird/both", "claws/pop3-to-ssl", "thunderbird/profile-outside-root", "evolution/pop3-to-ssl"]
        homes = [self.copy(case, case.replace("/", "-")) for case in cases]
        gone = self.folder / "gone"
        gone.mkdir()
        ours = self.waxseal(*homes, gone)
        gone.rmdir()
        whole, parts = ours.list(), [ours.list(first=at, count=2) for at in range(0, 6, 2)]
        self.assertEqual([account for part in parts for account in part.accounts], whole.accounts)
        self.assertEqual([problem for part in parts for problem in part.problems], whole.problems)
        self.assertEqual(whole.problems[-1].code, ProblemCode.UNREADABLE)
        self.assertEqual(ours.list(first=9), waxseal.Listing(accounts=[], problems=[]))
        findings = [finding for at in range(0, 6, 2) for finding in ours.audit(first=at, count=2).findings]
        self.assertEqual(findings, ours.audit().findings)
        plan = ours.plan(often(17))
        problems = plan.problems()
        self.assertGreater(len(problems), 1)
        self.assertEqual([one for at in range(len(problems) + 1) for one in plan.problems(first=at, count=1)], problems)
        self.assertEqual(problems[-1].code, ProblemCode.UNREADABLE)
        plan.save(str(self.folder / "kept"))
        # What hides a profile is not kept: both of these do.
        self.assertEqual(Plan.load(str(self.folder / "kept")).problems(), [])

    def test_some_homes_are_taken_back(self) -> None:
        homes = [self.copy("thunderbird/both", name) for name in ("ann", "joe", "rosa")]
        before = [tree(home) for home in homes]

        def changed() -> list[bool]:
            return [any(tree(home)[name] != data for name, data in old.items()) for home, old in zip(homes, before)]

        ours = self.waxseal(*homes)
        operation = ours.apply(ours.plan(TO_TLS)).operation
        self.assertIsNone(ours.undo(homes=[str(self.folder)]).operation)
        self.assertIsNone(ours.undo(operation, homes=[str(self.folder / "nobody")]).operation)
        self.assertEqual(changed(), [True, True, True])
        # By another way to the same folder.
        (self.folder / "link").symlink_to(homes[1])
        report = ours.undo(homes=[str(self.folder / "link")])
        self.assertEqual((report.counts.homes, report.counts.changed, changed()), (1, 1, [True, False, True]))
        self.assertEqual([(one.id, one.done, one.undone) for one in ours.log() if one.id == operation], [(operation, 2, 1)])
        ours.undo(operation, homes=[str(homes[0]), str(homes[2])])
        self.assertEqual(changed(), [False, False, False])
        self.assertIsNone(ours.undo(operation).operation)

    def test_what_was_stopped_is_gone_on_with(self) -> None:
        homes = [self.copy("thunderbird/both", f"user{at}") for at in range(4)]
        before = [tree(home) for home in homes]
        ours = self.waxseal(*homes)
        stopped = ours.apply(ours.plan(TO_TLS), progress=Listener(stop_after=1), group=1)
        self.assertEqual((stopped.counts.changed, stopped.cancelled), (1, True))
        plan = ours.plan(TO_TLS)
        report = ours.apply(plan, resume=stopped.operation)
        self.assertEqual((report.operation, report.counts.changed), (stopped.operation, 3))
        self.assertEqual([(one.id, one.done) for one in ours.log()], [(stopped.operation, 4)])
        undone = ours.undo(stopped.operation)
        for home, files in zip(homes, before):
            self.assertEqual({name: data for name, data in tree(home).items() if name in files}, files)
        for operation in (stopped.operation, undone.operation):
            with self.assertRaises(WaxsealError.NotResumable):
                ours.apply(plan, resume=operation)

    def test_what_is_forgotten_stays(self) -> None:
        home = self.copy("thunderbird/both", "rosa")
        ours = self.waxseal(home)
        with self.assertRaises(WaxsealError.NoOperation):
            ours.forget(1)
        self.assertEqual((ours.forget_older(30), ours.recover(), ours.log()), ([], waxseal.Recovery(recovered=[], problems=[]), []))
        self.assertFalse((self.folder / "state").exists())
        operation = ours.apply(ours.plan(TO_TLS)).operation
        assert operation is not None
        self.assertEqual(ours.forget_older(30), [])
        ours.forget(operation)
        self.assertTrue(ours.log()[0].forgotten)
        with self.assertRaises(WaxsealError.Forgotten) as forgotten:
            ours.undo(operation)
        self.assertEqual((forgotten.exception.code(), forgotten.exception.operation), ("forgotten", operation))
        self.assertIsNone(ours.undo().operation)

    def test_reading_stops_when_asked(self) -> None:
        ours = self.waxseal(self.copy("thunderbird/both", "rosa"))
        with self.assertRaises(WaxsealError.Cancelled):
            ours.audit(progress=Listener(stop_after=0))
        with self.assertRaises(WaxsealError.Cancelled):
            ours.list(progress=Listener(stop_after=0))
        with self.assertRaises(WaxsealError.Cancelled):
            ours.plan(TO_TLS, progress=Listener(stop_after=0))
        self.assertFalse(ours.plan(TO_TLS, progress=Listener()).is_empty())


class Trouble(World):
    """Nothing is ever left half done, and every error has a type."""

    def setUp(self) -> None:
        super().setUp()
        self.homes = [self.copy("thunderbird/both", f"user{at}") for at in range(4)]
        self.before = [tree(home) for home in self.homes]
        self.ours = self.waxseal(*self.homes)

    def changed(self) -> list[bool]:
        now = [tree(home) for home in self.homes]
        return [any(files[name] != data for name, data in old.items()) for files, old in zip(now, self.before)]

    def test_cancelled_in_the_middle(self) -> None:
        report = self.ours.apply(self.ours.plan(TO_TLS), progress=Listener(stop_after=2), group=1)
        self.assertTrue(report.cancelled)
        self.assertEqual(report.counts.changed, 2)
        self.assertEqual([problem.code for problem in report.problems], [ProblemCode.CANCELLED])
        self.assertEqual(self.changed(), [True, True, False, False])
        self.ours.undo(report.operation)
        self.assertEqual(self.changed(), [False] * 4)

    def test_an_exception_in_done(self) -> None:
        with self.assertRaises(WaxsealError.Callback) as caught:
            self.ours.apply(self.ours.plan(TO_TLS), progress=Listener(throw_after=1), group=1)
        self.assertIn("the window is gone", caught.exception.reason)
        self.assertEqual(self.changed(), [True, False, False, False])
        self.assertEqual(caught.exception.operation, self.ours.log()[0].id)
        self.ours.undo(caught.exception.operation)
        self.assertEqual(self.changed(), [False] * 4)

    def test_an_exception_in_is_cancelled(self) -> None:
        with self.assertRaises(WaxsealError.Callback) as caught:
            self.ours.apply(self.ours.plan(TO_TLS), progress=Listener(throw_when_asked=True), group=2)
        self.assertIn("nobody knows", caught.exception.reason)
        self.assertEqual(self.changed(), [True, True, False, False])
        with self.assertRaises(WaxsealError.Callback):
            self.ours.undo(progress=Listener(throw_after=1))
        self.assertEqual(self.changed(), [False] * 4)

    def test_whatever_a_callback_raises(self) -> None:
        class Impatient(Listener):
            def done(self, done: Done) -> None:
                raise KeyboardInterrupt

        with self.assertRaises(WaxsealError.Callback) as stopped:
            self.ours.apply(self.ours.plan(TO_TLS), progress=Impatient(), group=1)
        self.assertIn("KeyboardInterrupt", stopped.exception.reason)
        self.assertEqual(self.changed(), [True, False, False, False])
        self.ours.undo(stopped.exception.operation)
        self.assertEqual(self.changed(), [False] * 4)

    def test_a_callback_calls_back_in(self) -> None:
        seen: list[object] = []
        owned = [self.ours]

        class Curious(Listener):
            def done(self, done: Done) -> None:
                ours = owned.pop() if owned else None
                if ours is None:
                    return
                seen.append(len(ours.list().accounts) > 0)
                seen.append(ours.log()[0].finished)
                writes: list[Callable[[], object]] = [
                    lambda: ours.apply(ours.plan(often(9))),
                    ours.undo,
                    lambda: ours.forget_older(0),
                    ours.recover,
                ]
                for write in writes:
                    try:
                        write()
                    except WaxsealError as error:
                        seen.append(error.code())

        plan = self.ours.plan(TO_TLS)
        ours, self.ours = self.ours, self.waxseal(*self.homes)
        report = ours.apply(plan, progress=Curious(), group=1)
        self.assertEqual((seen, report.counts.changed), ([True, None, "busy", "busy", "busy", "busy"], 4))
        del ours
        self.ours.undo(report.operation)
        self.assertEqual(self.changed(), [False] * 4)

    def test_a_running_client_and_a_stale_plan(self) -> None:
        plan = self.ours.plan(TO_TLS)
        profiles = [home / ".thunderbird" / "abcd1234.default-esr" for home in self.homes]
        prefs = profiles[1] / "prefs.js"
        prefs.write_text(prefs.read_text().replace("pop.old.example", "pop.other.example"))
        with open(profiles[0] / ".parentlock", "wb") as lock:
            fcntl.lockf(lock, fcntl.LOCK_EX)
            listener = Listener()
            report = self.ours.apply(plan, progress=listener)
        refused = [outcome.problem.code for outcome in listener.told if isinstance(outcome, Outcome.REFUSED)]
        self.assertEqual(refused, [ProblemCode.CLIENT_RUNNING, ProblemCode.STALE])
        self.assertEqual((report.counts.changed, report.counts.skipped), (2, 2))
        self.assertEqual([problem.code for problem in report.problems], refused)
        self.assertEqual(report.problems[0].home, str(self.homes[0]))

    def test_homes_and_folders_that_are_not_as_hoped(self) -> None:
        (self.folder / "empty").mkdir()
        empty = self.waxseal(self.folder / "empty")
        plan = empty.plan(TO_TLS)
        self.assertEqual((empty.list().accounts, empty.audit().accounts, plan.is_empty(), plan.size()), ([], 0, True, 0))
        self.assertIsNone(empty.apply(plan).operation)
        # No folder can be made below a file: what only reads does its work, what writes says so.
        (self.folder / "file").write_text("")
        ours = self.waxseal(self.homes[0], state="file/state")
        plan = ours.plan(TO_TLS)
        with self.assertRaises(WaxsealError.Journal):
            ours.apply(plan)
        with self.assertRaises(WaxsealError.Journal):
            ours.undo()
        self.assertEqual(self.changed(), [False] * 4)
        with self.assertRaises(WaxsealError.Journal):
            Waxseal(homes=[], state="")
        for path in ("", "\0", str(self.folder / "file")):
            with self.assertRaises(WaxsealError.NoHome):
                Waxseal(homes=[waxseal.Home(path=path)])

    def test_a_home_whose_name_is_no_text(self) -> None:
        before = tree(self.homes[0])
        odd = os.fsencode(self.folder) + b"/jos\xe9"
        os.rename(self.homes[0], odd)
        policy = self.folder / "policy.toml"
        policy.write_text('[[rule]]\nname = "often"\nset.check.every_minutes = 17\n')
        words: list[str | bytes] = [os.environ["WAXSEAL_CLI"], "apply", "--yes", "--policy", str(policy), "--home", odd]
        subprocess.run([*words, "--assume-closed", "--state", str(self.folder / "state")], check=True, capture_output=True)
        operation = self.ours.log()[0]
        self.assertEqual((operation.homes, operation.done), (1, 1))
        self.assertEqual(self.ours.undo(assume_closed=True).counts.changed, 2)
        os.rename(odd, self.homes[0])
        self.assertEqual({name: data for name, data in tree(self.homes[0]).items() if name in before}, before)

    def test_eight_threads(self) -> None:
        wanted = self.ours.list()
        barrier = threading.Barrier(8)

        def work(at: int) -> bool:
            same = all(self.ours.list() == wanted for _ in range(10))
            barrier.wait()
            # Two threads share each home and each state folder: one of them may find it busy.
            mine = self.waxseal(self.homes[at % 4], state=f"state{at % 4}")
            for _ in range(3):
                try:
                    mine.apply(mine.plan(often(100 + at)), progress=Listener())
                    mine.undo()
                except WaxsealError.Busy:
                    pass
            return same

        with ThreadPoolExecutor(8) as pool:
            self.assertEqual(list(pool.map(work, range(8))), [True] * 8)
        for at in range(4):
            mine = self.waxseal(self.homes[at], state=f"state{at}")
            while mine.undo().operation is not None:
                pass
        self.assertEqual(self.changed(), [False] * 4)
        self.assertEqual(self.ours.list(), wanted)

    def test_ten_thousand_lists(self) -> None:
        one = self.waxseal(self.homes[0])
        for _ in range(1_000):
            one.list()
        settled = resident()
        for _ in range(10_000):
            one.list()
        grown = resident() - settled
        self.assertLess(grown, 2 << 20, f"{grown} bytes more after 10,000 calls")

    def test_data_shows_itself_and_compares_with_anything(self) -> None:
        account = self.ours.list().accounts[0]
        self.assertIn("client=thunderbird", f"{[account]}")
        others: list[object] = [None, 1, "account"]
        self.assertNotIn(account, others)
        self.assertEqual(account, self.ours.list().accounts[0])

    def test_typed_errors(self) -> None:
        with self.assertRaises(WaxsealError.NoHome) as home:
            self.waxseal(self.homes[0], self.folder / "rosa@example.org")
        self.assertEqual((home.exception.at, home.exception.code()), (1, "no-home"))
        self.assertEqual(str(home.exception), "home 1 is not a folder")
        self.assertNotIn("rosa", f"{home.exception} {home.exception!r}")
        with self.assertRaises(WaxsealError.UnknownClient):
            Waxseal(clients=["thunderbrid"])
        with self.assertRaises(WaxsealError.NoOperation):
            self.ours.undo(7)
        with self.assertRaises(WaxsealError.BadPolicy) as policy:
            self.ours.plan(Policy(toml='[[rule]]\nset.incoming.port = "rosa@example.org"\n'))
        self.assertEqual((policy.exception.faults, policy.exception.line, policy.exception.column), (1, 2, 21))
        self.assertNotIn("rosa", f"{policy.exception} {policy.exception!r}")
        with self.assertRaises((TypeError, AttributeError)):
            self.ours.plan("[[rule]]")  # type: ignore[arg-type]
        faults = waxseal.check_policy(Policy(rules=[Rule(name="odd", set={Setting.INCOMING_PORT: Value.SWITCH(True)})]))
        self.assertEqual(len(faults), 1)
        (self.folder / "busy").mkdir()
        (self.folder / "busy" / "journal.db").write_bytes(b"not a database, and longer than the header of one " * 9)
        with self.assertRaises(WaxsealError.Journal):
            self.waxseal(self.homes[0], state="busy").log()


def resident() -> int:
    """How much memory this process has, in bytes."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


if __name__ == "__main__":
    unittest.main()
