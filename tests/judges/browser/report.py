#!/usr/bin/env python3
"""report.py PAGE FOLDER: opens a report in headless Chromium, uses it as a person would, prints what it saw as JSON, and
leaves screenshots and a print in FOLDER. Times are in milliseconds, with layout."""
import base64
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

page, folder = Path(sys.argv[1]).resolve(), Path(sys.argv[2])
folder.mkdir(parents=True, exist_ok=True)

with socket.socket() as free:
    free.bind(("127.0.0.1", 0))
    port = free.getsockname()[1]
driver = subprocess.Popen(["chromedriver", f"--port={port}"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def call(path, body=None, method=None):
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", data, {"Content-Type": "application/json"}, method=method)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)["value"]


def wait_for_driver():
    for _ in range(200):
        try:
            if call("/status")["ready"]:
                return
        except OSError:
            time.sleep(0.05)
    sys.exit("chromedriver does not answer")


# Chromium's sandbox can't be had by root.
FLAGS = ["--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--window-size=1200,900", f"--user-data-dir={folder}/chromium"]
TIMED = "const t = performance.now(); %s; document.body.offsetHeight; return performance.now() - t;"
STATE = """return {
  count: document.getElementById('count').textContent, shown: document.querySelectorAll('#rows tr').length,
  first: document.querySelector('#rows td')?.textContent, last: [...document.querySelectorAll('#rows tr')].at(-1)?.cells[0].textContent,
  outcomes: [...new Set([...document.querySelectorAll('#rows .tag')].map(one => one.textContent))],
  wide: document.documentElement.scrollWidth, back: getComputedStyle(document.body).backgroundColor };"""


def use(session):
    def run(script):
        return call(f"{session}/execute/sync", {"script": script, "args": []})

    def tool(command, **parameters):
        return call(f"{session}/goog/cdp/execute", {"cmd": command, "params": parameters})

    def picture(name):
        (folder / name).write_bytes(base64.b64decode(call(f"{session}/screenshot")))

    def timed(action, before):
        """The least of three: other programs run beside."""
        times = []
        for _ in range(3):
            run(before)
            times.append(run(TIMED % action))
        return min(times)

    seen = {}
    call(f"{session}/url", {"url": page.as_uri()})
    seen["title"] = run("return document.title")
    seen["resources"] = run("return performance.getEntriesByType('resource').length")
    seen["strangers"] = run("return document.querySelectorAll('img, iframe, object, link, [onerror]').length")
    seen["scripts"] = run("return document.scripts.length")
    seen["sums"] = run("return [...document.querySelectorAll('.sum')].map(one => one.textContent)")
    seen["bars"] = run("return [...document.querySelectorAll('.bar')].map(one => one.getAttribute('aria-label'))")
    seen["start"] = run(STATE)
    picture("light.png")
    search = "const s = document.getElementById('search'); s.value = '%s'; s.dispatchEvent(new Event('input'))"
    some, all_rows = search % "user77 example.org", search % ""
    seen["filter_ms"] = timed(some, before=all_rows)
    seen["filtered"] = run(STATE)
    seen["unfilter_ms"] = timed(all_rows, before=some)
    home, outcome, reason = ("document.querySelectorAll('#heads button')[%d].click()" % at for at in (0, 3, 4))
    seen["sort_ms"] = timed(outcome, before=home) + timed(home, before=outcome)
    seen["ascending"] = run(STATE)
    seen["sort_again_ms"] = timed(home, before=f"{outcome}; {home}")
    seen["descending"] = run(STATE)
    seen["sort_reason_ms"] = timed(reason, before=home)
    choice = "const c = document.getElementById('outcome'); c.value = '%s'; c.dispatchEvent(new Event('change'))"
    seen["outcome_ms"] = timed(choice % "failed", before=choice % "changed")
    seen["failed"] = run(STATE)
    run(choice % "changed")
    seen["more"] = run("document.querySelector('#rest button').click(); return document.querySelectorAll('#rows tr').length")
    run("document.querySelector('#rows button').click()")
    seen["details"] = run("return document.querySelector('.more').textContent")
    run("document.getElementById('rows').scrollIntoView()")
    picture("details.png")
    tool("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    run("scrollTo(0, 0)")
    seen["dark"] = run(STATE)
    picture("dark.png")
    # On paper, from the dark screen with some of it chosen.
    run(choice % "failed")
    run(search % "user7")
    (folder / "report.pdf").write_bytes(base64.b64decode(tool("Page.printToPDF", printBackground=True, paperWidth=8.27, paperHeight=11.69)["data"]))
    seen["after_print"] = run(STATE)
    run(choice % "")
    run(search % "")
    tool("Emulation.setDeviceMetricsOverride", width=390, height=844, deviceScaleFactor=1, mobile=True)
    seen["phone"] = run(STATE)
    picture("phone.png")
    return seen


try:
    wait_for_driver()
    options = {"args": FLAGS}
    started = call("/session", {"capabilities": {"alwaysMatch": {"browserName": "chrome", "goog:chromeOptions": options}}})
    session = f"/session/{started['sessionId']}"
    try:
        seen = use(session)
        seen["paper"] = subprocess.run(["pdftotext", "-layout", folder / "report.pdf", "-"], check=True, capture_output=True, text=True).stdout
        print(json.dumps(seen))
    finally:
        call(session, method="DELETE")
finally:
    driver.terminate()
    driver.wait(10)
