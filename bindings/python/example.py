"""example.py HOME [POLICY]: lists the accounts of HOME and what is wrong with them. With a policy (TOML) it shows the change,
asks, carries it out and offers to take it back."""

import sys

import waxseal
from waxseal import Cause, Done, Home, Outcome, Plan, Policy, ProgressListener, Waxseal, WaxsealError


def server(of: waxseal.Server | None) -> str:
    if of is None:
        return "–"
    return f"{of.host}:{of.port} {of.security.name.lower().replace('_', '-') if of.security else '?'}"


def show(plan: Plan) -> None:
    for profile in plan.profiles():
        for account in profile.accounts:
            if account.changes:
                print(f"{account.name} ({profile.client})")
            for change in account.changes:
                cause = change.cause
                what = cause.name if isinstance(cause, Cause.FOLLOWS) else label(cause)
                print(f"  {what}: {change.before or 'absent'} → {change.after or 'absent'}")
                for key in change.keys:
                    print(f"    {key.store} {key.key}")
            if account.consequence:
                print(f"  password asked again: {account.consequence.password_asked_again.name.lower()}")
                print(f"  mail fetched again:   {account.consequence.mail_fetched_again.name.lower()}")
    for problem in plan.problems():
        print(f"problem: {problem.message}" + (f"\nhint: {problem.hint}" if problem.hint else ""))


def label(cause: Cause) -> str:
    if isinstance(cause, (Cause.WANTED, Cause.SHARED, Cause.PINNED)):
        return cause.setting.label()
    return ""


class Printed(ProgressListener):
    """Says what becomes of each profile."""

    def done(self, done: Done) -> None:
        outcome = done.outcome
        if isinstance(outcome, (Outcome.REFUSED, Outcome.FAILED)):
            print(f"{done.plan.profile}: {outcome.problem.message}")
        else:
            print(f"{done.plan.profile}: {'changed' if isinstance(outcome, Outcome.CHANGED) else 'as it was'}")

    def is_cancelled(self) -> bool:
        return False


def yes(question: str) -> bool:
    if not sys.stdin.isatty():
        return False
    return input(f"{question} [y/N] ").strip().lower() in ("y", "yes")


def main(home: str, policy: str | None) -> int:
    homes = Waxseal(homes=[Home(path=home)], command="example.py")
    listing = homes.list()
    for account in listing.accounts:
        print(f"{account.name} <{', '.join(account.emails)}> · {account.client}")
        print(f"  incoming  {server(account.incoming)}")
        print(f"  outgoing  {server(account.outgoing)}")
    for problem in listing.problems:
        print(f"problem: {problem.message}")
    for finding in homes.audit().findings:
        print(f"finding: {finding.account} {finding.setting.label()}: {finding.message}")
    if policy is None:
        return 0
    with open(policy, encoding="utf-8") as file:
        wanted = Policy(toml=file.read())
    faults = waxseal.check_policy(wanted)
    for fault in faults:
        print(f"{policy}:{fault.line}:{fault.column}: {fault.message}", file=sys.stderr)
    if faults:
        return 2
    plan = homes.plan(wanted)
    show(plan)
    if plan.is_empty() or not yes("Apply these changes?"):
        return 0
    report = homes.apply(plan, progress=Printed())
    print(f"{report.counts.changed} changed, {report.counts.unchanged} as they were")
    if report.operation is not None and yes("Take them back?"):
        homes.undo(report.operation, progress=Printed())
    return 0 if not report.problems else 3


if __name__ == "__main__":
    if not 2 <= len(sys.argv) <= 3:
        sys.exit(__doc__)
    try:
        sys.exit(main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None))
    except WaxsealError as error:
        sys.exit(f"{error.code()}: {error}")
