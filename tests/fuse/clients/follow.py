# SPDX-License-Identifier: GPL-2.0-or-later
"""follow.py tail|less READ WRITE - follows the file READ by a program, while this one writes it by the path WRITE.

The file grows, another takes its place, and it gets shorter. Prints what tail said, or what less was seen to show.
Waits for output up to a minute, never for time to pass.
"""
import os
import pty
import select
import signal
import subprocess
import sys
import time

KIND, READ, WRITE = sys.argv[1:4]


def append(text):
    with open(WRITE, "a") as f:
        f.write(text + "\n")


def replace(text):
    with open(WRITE + ".new", "w") as f:
        f.write(text + "\n")
    os.rename(WRITE + ".new", WRITE)


def shorten(text):
    with open(WRITE, "w") as f:
        f.write(text + "\n")


def see(fd, had, text):
    """Reads on until the text has come; returns all."""
    end = time.monotonic() + 60
    while text.encode() not in had:
        if not select.select([fd], [], [], max(0, end - time.monotonic()))[0]:
            sys.exit(f"no {text!r} in {had!r}")
        more = os.read(fd, 4096)
        if not more:
            sys.exit(f"ended without {text!r}: {had!r}")
        had += more
    return had


def start():
    if KIND == "tail":
        p = subprocess.Popen(["tail", "-F", READ], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return p.pid, p.stdout.fileno()
    pid, fd = pty.fork()
    if pid == 0:
        os.environ.update(TERM="vt100", LESS="", LESSSECURE="1", LINES="24", COLUMNS="80")
        os.execvp("less", ["less", "--follow-name", "+F", READ])
    return pid, fd


shorten("number one of the file")
pid, fd = start()
had = see(fd, b"", "number one")
try:
    for step, text in ((append, "number two"), (append, "number three"), (replace, "another one"), (append, "another two"),
                       (shorten, "short")):
        if KIND == "less" and step is shorten:
            break  # less shows what comes behind its place only
        step(text)
        had = see(fd, had, text)
        if KIND == "less":
            print("less shows", text)
finally:
    os.kill(pid, signal.SIGKILL)
    os.unlink(WRITE)
if KIND == "tail":
    sys.stdout.buffer.write(had)
