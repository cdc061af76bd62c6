#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""run_terminal.py NSRUN SPEC - a session of bash in a pseudo-terminal, in which nsrun is a job, as a person types it.

Prints a line for each check that failed. Waits for output up to a minute, never for time to pass.
"""
import fcntl
import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import time

NSRUN, SPEC = sys.argv[1:3]
failed = 0


class Session:
    def __init__(self):
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = {"PATH": os.environ["PATH"], "TERM": "dumb", "PS1": "host> ", "SHELL": "/bin/bash",
                   "HOME": "/nowhere", "LC_ALL": "C"}
            if "ASAN_OPTIONS" in os.environ:
                env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
            os.execve("/bin/bash", ["bash", "--norc", "--noprofile", "-i"], env)
        self.text = ""

    def type(self, text):
        os.write(self.fd, text.encode())

    def see(self, pattern, what):
        """Waits until the output has the pattern; what comes later is looked for behind it."""
        global failed
        end = time.monotonic() + 60
        while True:
            found = re.search(pattern, self.text)
            if found:
                self.text = self.text[found.end():]
                return found
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                break
            try:
                more = os.read(self.fd, 4096)
            except OSError:
                break
            self.text += more.decode(errors="replace")
        failed += 1
        print(f"FAILED: {what}: no {pattern!r} in {self.text!r}")
        raise SystemExit(1)

    def resize(self, rows, columns):
        fcntl.ioctl(self.fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def end(self):
        os.kill(self.pid, signal.SIGHUP)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def run(s):
    s.see(r"host> ", "a shell")
    s.resize(20, 70)

    # A tool that has the terminal: its size, Ctrl-C, its status.
    s.type(f"{NSRUN} {SPEC} stty size\n")
    s.see(r"\n20 70\r\n", "the size of the terminal")
    s.type(f"{NSRUN} {SPEC} sh -c 'echo rea\"\"dy; exec sleep 1000'\n")
    s.see(r"ready\r\n", "a tool")
    s.type("\x03")
    s.see(r"host> ", "Ctrl-C ends it")
    s.type("echo status=$?\n")
    s.see(r"\nstatus=130\r\n", "by SIGINT")
    s.type(f"{NSRUN} {SPEC} bash -c 'trap \"echo cau\"\"ght; exit 5\" INT; echo rea\"\"dy; while :; do read -t 1 _; done'\n")
    s.see(r"ready\r\n", "a tool that catches it")
    s.type("\x03")
    s.see(r"caught\r\n", "Ctrl-C reaches it")
    s.type("echo status=$?\n")
    s.see(r"\nstatus=5\r\n", "its own status")
    s.type(f"{NSRUN} {SPEC} bash -c 'trap \"stty size; exit\" WINCH; echo rea\"\"dy; while :; do read -t 1 _; done'\n")
    s.see(r"ready\r\n", "a tool that catches SIGWINCH")
    s.resize(33, 99)
    s.see(r"33 99\r\n", "a resize reaches it")

    # Ctrl-Z stops the job, fg continues it, bg and kill too.
    s.see(r"host> ", "a prompt")
    s.type(f"{NSRUN} {SPEC} sh -c 'echo rea\"\"dy; read x; echo go\"\"t $x'\n")
    s.see(r"ready\r\n", "a tool that reads")
    s.type("\x1a")
    s.see(r"Stopped.*nsrun", "Ctrl-Z stops the job")
    s.type("echo here\n")
    s.see(r"\nhere\r\n", "the shell is back")
    s.type("fg\n")
    s.see(r"nsrun.*\r\n", "fg")
    s.type("words\n")
    s.see(r"got words\r\n", "the tool goes on")
    s.see(r"host> ", "a prompt")
    s.type(f"{NSRUN} {SPEC} sh -c 'read x; echo no' &\n")
    s.see(r"\[1\] \d+", "in the background")
    s.type("\n\n")
    s.type("while :; do case $(jobs) in *Stopped*) break;; esac; done; echo it sto''pped\n")
    s.see(r"it stopped", "a read in the background stops it")
    s.type("kill %1; fg; echo en''ded\n")
    s.see(r"ended", "it can be killed")

    # A shell: its prompt, job control of its own, its end.
    s.type(f"{NSRUN} {SPEC}\n")
    s.see(rf"\({SPEC}\) ", "a prompt that says where")
    s.type("echo root=$NSVIEW_ROOT\n")
    s.see(r"\nroot=/run/nsview/root\r\n", "a shell beside the container")
    s.type("sh -c 'echo rea\"\"dy; exec sleep 1000'\n")
    s.see(r"ready\r\n", "a tool of that shell")
    s.type("\x1a")
    s.see(r"Stopped.*sleep", "a job of its own is stopped")
    # With a stopped job a shell does not exit at once.
    s.type("kill -9 %1; while [ -n \"$(jobs -s)\" ]; do :; done; suspend\n")
    s.see(r"Stopped.*nsrun", "the shell stops itself, and nsrun with it")
    s.type("fg\n")
    s.type("echo ba''ck\n")
    s.see(r"back", "it goes on")
    s.type("exit 9\n")
    s.see(r"host> ", "the outer shell")
    s.type("echo status=$?\n")
    s.see(r"\nstatus=9\r\n", "the shell's status")

    # A program for full screens.
    s.type(f"{NSRUN} -w root: {SPEC} env TERM=xterm vim -u NONE -n -R srv/file\n")
    s.see(r"text", "vim shows a file of the container")
    s.type(":q!\n")
    s.see(r"host> ", "vim ends")


session = Session()
try:
    run(session)
finally:
    session.end()
sys.exit(1 if failed else 0)
