#!/usr/bin/env python3
"""terminal.py COLUMNS [EXPECT ANSWER]… -- COMMAND…: runs a command on a terminal of its own, types each answer once its
text has appeared, prints all that the terminal showed, and ends with the command's code."""
import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time

words = sys.argv[2:]
at = words.index("--")
script, command = list(zip(words[:at:2], words[1:at:2])), words[at + 1 :]
pid, terminal = pty.fork()
if pid == 0:
    # The child waits until its terminal has its size.
    os.read(0, 1)
    os.execvp(command[0], command)
fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, int(sys.argv[1]), 0, 0))
attributes = termios.tcgetattr(terminal)
attributes[3] &= ~termios.ECHO
termios.tcsetattr(terminal, termios.TCSANOW, attributes)
os.write(terminal, b"\n")
seen, searched, until = b"", 0, time.monotonic() + 50
attributes[3] |= termios.ECHO
echoes = False
while time.monotonic() < until:
    if script and script[0][0].encode() in seen[searched:]:
        searched = len(seen)
        os.write(terminal, script.pop(0)[1].encode() + b"\n")
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        read = os.read(terminal, 65536)
    except OSError:
        read = b""
    if not read:
        break
    if not echoes:
        termios.tcsetattr(terminal, termios.TCSANOW, attributes)
        echoes = True
    seen += read
sys.stdout.write(seen.decode(errors="replace").replace("\r\n", "\n"))
_, status = os.waitpid(pid, 0)
if script:
    sys.exit(f"never seen: {script[0][0]}")
sys.exit(os.waitstatus_to_exitcode(status))
