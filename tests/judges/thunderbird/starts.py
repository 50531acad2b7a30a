#!/usr/bin/env python3
"""starts.py [--app 153|140] [--limit SECONDS] PROFILE: tries to start Thunderbird on a profile, and says as JSON whether it refused."""

import argparse
import json
import pathlib
import sys

import app
import marionette


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", choices=["153", "140"], default="153")
    parser.add_argument("--limit", type=float, default=30)
    parser.add_argument("profile", type=pathlib.Path)
    given = parser.parse_args()
    answer = {"app": given.app, "version": None, "started": False, "refused": False, "exit": None, "output": None}
    try:
        thunderbird = app.Thunderbird(given.app, given.profile, given.limit)
    except app.NotThere as absent:
        print(json.dumps(answer | {"error": str(absent)}, indent=1))
        sys.exit(1)
    answer["version"] = thunderbird.version
    try:
        thunderbird.connect()
        answer["started"] = True
        thunderbird.quit()
    except app.DidNotStart as end:
        answer |= {"refused": "already running" in str(end), "exit": thunderbird.process.returncode, "output": str(end)}
    except (TimeoutError, EOFError, OSError, marionette.Refused) as failure:
        answer |= {"error": str(failure) or f"neither started nor refused within {given.limit} s", "output": thunderbird.printed()}
    finally:
        if thunderbird.process.poll() is None:
            thunderbird.end()
        thunderbird.tidy()
    print(json.dumps(answer, indent=1))
    sys.exit(1 if "error" in answer else 0)


main()
