#!/usr/bin/env python3
"""running.py [--app 153|140] [--limit SECONDS] PROFILE -- COMMAND…: runs a command while Thunderbird has the profile open, as JSON."""

import argparse
import json
import pathlib
import subprocess
import sys
import time

import app
import marionette


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", choices=["153", "140"], default="153")
    parser.add_argument("--limit", type=float, default=90)
    parser.add_argument("profile", type=pathlib.Path)
    own, command = sys.argv[1:], []
    if "--" in own:
        own, command = own[: own.index("--")], own[own.index("--") + 1:]
    given = parser.parse_args(own)
    if not command:
        parser.error("no command after --")
    answer = {"app": given.app, "version": None, "pid": None, "command": None, "timeout": False, "clean_exit": False, "exit": None}
    try:
        thunderbird = app.Thunderbird(given.app, given.profile, given.limit)
    except app.NotThere as absent:
        print(json.dumps(answer | {"error": str(absent)}, indent=1))
        sys.exit(1)
    answer |= {"version": thunderbird.version, "pid": thunderbird.process.pid}
    try:
        thunderbird.connect()
        left = max(thunderbird.deadline - time.monotonic(), 1)
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", timeout=left)
        answer["command"] = {"exit": done.returncode, "stdout": done.stdout, "stderr": done.stderr}
        answer["clean_exit"] = thunderbird.quit()
        answer["exit"] = thunderbird.process.returncode
    except (TimeoutError, subprocess.TimeoutExpired):
        answer |= {"timeout": True, "error": f"not done within {given.limit} s", "output": thunderbird.printed()}
    except (app.DidNotStart, EOFError, OSError, marionette.Refused) as failure:
        answer |= {"error": str(failure) or "thunderbird is gone"}
    finally:
        if thunderbird.process.poll() is None:
            thunderbird.end()
        thunderbird.tidy()
    print(json.dumps(answer, indent=1))
    sys.exit(1 if "error" in answer else 0)


main()
