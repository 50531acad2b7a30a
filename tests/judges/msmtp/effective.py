#!/usr/bin/env python3
"""effective.py msmtp|mpop CONFIG HOME ACCOUNT…: what the program itself says is in effect for each account, as JSON: {account: {setting: value}}.

The configuration needs the mode that the program asks for (0600). Exit 1 with the program's words where it stops.
"""

import json
import os
import subprocess
import sys


def effective(program, config, home, account):
    command = [program, "-C", config, "-P"] + (["-a", account] if program == "msmtp" else [account])
    environment = {"PATH": os.environ["PATH"], "HOME": home, "LC_ALL": "C"}
    done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, timeout=20)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.decode(errors='replace').strip()}")
    lines = (line.partition(" = ") for line in done.stdout.decode("latin-1").splitlines())
    return {name: value for name, middle, value in lines if middle}


def main():
    program, config, home, *accounts = sys.argv[1:]
    print(json.dumps({account: effective(program, config, home, account) for account in accounts}, indent=1))


main()
