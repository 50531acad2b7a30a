"""Finds, starts and ends a Thunderbird of a given generation, without a display and without a change of its own to the profile."""

import configparser
import json
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile
import time

import marionette

HERE = pathlib.Path(__file__).resolve().parent
CACHE = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache")
JUDGES = pathlib.Path(os.environ.get("WAXSEAL_JUDGES_DIR") or CACHE / "waxseal/judges")
PLACES = [JUDGES / "thunderbird-{}/usr/lib/thunderbird", pathlib.Path("/usr/lib/thunderbird")]

# Marionette takes its port only from a preference; this variable sets one without a line in user.js.
START_PREFS = "MOZ_MARIONETTE_PREF_STATE_ACROSS_RESTARTS"
# What Marionette itself changed goes back before the program saves its preferences for the last time.
CLEAN_UP = """
const { RecommendedPreferences } = ChromeUtils.importESModule("chrome://remote/content/shared/RecommendedPreferences.sys.mjs");
RecommendedPreferences.restoreAllPreferences();
Services.prefs.clearUserPref("marionette.port");
Services.prefs.savePrefFile(null);
"""


class NotThere(Exception):
    """No Thunderbird of that generation is installed."""


class DidNotStart(Exception):
    """The program ended by itself, or never listened; holds the end of what it printed."""


def about(major):
    """Gives the folder, version and build of the installed Thunderbird of this generation."""
    for place in PLACES:
        home = pathlib.Path(str(place).format(major))
        ini = configparser.ConfigParser(interpolation=None)
        if ini.read(home / "application.ini") and ini["App"]["Version"].startswith(f"{major}."):
            return home, ini["App"]["Version"], ini["App"]["BuildID"]
    raise NotThere(f"thunderbird {major} is not installed: run tests/judges/install thunderbird")


class Thunderbird:
    """A process that was started; `start` waits until it can be asked."""

    def __init__(self, major, profile, limit, controlled=True):
        self.folder, self.version, _ = about(major)
        self.profile = pathlib.Path(profile).absolute()
        self.deadline = time.monotonic() + limit
        self.port_file = self.profile / "MarionetteActivePort"
        self.port_file.unlink(missing_ok=True)
        # HOME is elsewhere so that caches and the like don't land in the profile.
        self.home = tempfile.mkdtemp(prefix="waxseal-thunderbird-")
        self.output = pathlib.Path(self.home) / "output"
        environment = dict(os.environ, MOZ_HEADLESS="1", HOME=self.home, MOZ_CRASHREPORTER_DISABLE="1", TZ="UTC",
                           **{START_PREFS: json.dumps({"marionette.port": 0})})
        for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "DISPLAY", "WAYLAND_DISPLAY"):
            environment.pop(name, None)
        control = ["--marionette", "--remote-allow-system-access"] if controlled else []
        with open(self.output, "wb") as out:
            self.process = subprocess.Popen(
                [self.folder / "thunderbird-bin", "--headless", "--no-remote", "--profile", self.profile, *control],
                env=environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True)
        self.connection = None

    def printed(self):
        return self.output.read_text(errors="replace")[-2000:]

    def connect(self):
        """Waits until the program listens, opens a session and sets up what scripts use."""
        while self.connection is None:
            if self.process.poll() is not None:
                raise DidNotStart(self.printed())
            if time.monotonic() > self.deadline:
                raise TimeoutError
            try:
                self.connection = marionette.Connection(int(self.port_file.read_text()), self.deadline)
            except (OSError, ValueError):
                time.sleep(0.02)
        self.connection.open_session()
        self.connection.execute((HERE / "prelude.js").read_text())

    def quit(self):
        """Lets the program save and end; gives whether it did so by itself."""
        try:
            self.connection.deadline = time.monotonic() + 20
            self.connection.execute(CLEAN_UP)
            self.connection.command("Marionette:Quit", flags=["eForceQuit"])
        except (EOFError, OSError, marionette.Refused):
            pass
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.end()
        self.tidy()
        return self.process.returncode == 0

    def end(self):
        """Kills the program with all its children."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.tidy()

    def tidy(self):
        self.port_file.unlink(missing_ok=True)
        shutil.rmtree(self.home, ignore_errors=True)
