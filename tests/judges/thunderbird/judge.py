#!/usr/bin/env python3
"""judge.py --app 153|140 PROFILE SCRIPT.js… [--args JSON] [--limit SECONDS]: asks the real Thunderbird about a profile.

Starts it on the profile, runs the scripts one after the other in the program itself, lets it quit, and prints one JSON document.
"""

import argparse
import json
import pathlib
import sys
import time

import app
import marionette


def run(thunderbird, number, script, arguments):
    """Runs one script and waits for its result."""
    connection = thunderbird.connection
    connection.execute("run(arguments[0], arguments[1], arguments[2])", number, script.read_text(), arguments)
    while True:
        done = connection.execute("return globalThis.job.done")
        if done:
            return json.loads(done)
        if time.monotonic() > connection.deadline:
            raise TimeoutError
        time.sleep(0.03)


def judge(major, profile, scripts, arguments, limit):
    results = []
    answer = {"app": major, "version": None, "ready_seconds": None, "timeout": False, "clean_exit": False, "exit": None, "results": results}
    began = time.monotonic()
    try:
        thunderbird = app.Thunderbird(major, profile, limit)
    except app.NotThere as absent:
        return answer | {"error": str(absent)}
    answer["version"] = thunderbird.version
    try:
        thunderbird.connect()
        answer["ready_seconds"] = round(time.monotonic() - began, 2)
        for number, script in enumerate(scripts):
            results.append({"script": script.name} | run(thunderbird, number, script, arguments))
        answer |= thunderbird.connection.execute("return seen")
        answer["clean_exit"] = thunderbird.quit()
        answer["exit"] = thunderbird.process.returncode
    except TimeoutError:
        answer |= {"timeout": True, "error": f"no answer within {limit} s", "output": thunderbird.printed()}
    except (app.DidNotStart, EOFError, OSError, marionette.Refused) as failure:
        answer |= {"error": str(failure) or "thunderbird is gone", "output": thunderbird.printed()}
    finally:
        if thunderbird.process.poll() is None:
            thunderbird.end()
        thunderbird.tidy()
    return answer


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--app", choices=["153", "140"], default="153")
    parser.add_argument("--args", type=json.loads, default={}, help="a JSON object that every script sees as `args`")
    parser.add_argument("--limit", type=float, default=90, help="seconds for all of it")
    parser.add_argument("profile", type=pathlib.Path)
    parser.add_argument("scripts", type=pathlib.Path, nargs="+", help="a path, or the name of a script beside judge.py")
    given = parser.parse_args()
    scripts = [script if script.exists() else app.HERE / script for script in given.scripts]
    answer = judge(given.app, given.profile, scripts, given.args, given.limit)
    print(json.dumps(answer, indent=1))
    sys.exit(0 if "error" not in answer and all(result["ok"] for result in answer["results"]) else 1)


if __name__ == "__main__":
    main()
