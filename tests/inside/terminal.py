#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""terminal.py NSRUN PID - types into nsrun --inside -it, as a person does.

Prints a line for each check that failed. Waits for output or an end up to a minute, never for time to pass.
"""
import atexit
import fcntl
import os
import pty
import re
import select
import signal
import struct
import sys
import termios
import time

NSRUN, PID = sys.argv[1:3]
failed = 0


def check(what, right):
    global failed
    if not right:
        failed += 1
        print(f"FAILED: {what}")


def end_leader(pid):
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        pass


class Session:
    """A pseudo-terminal whose session leader waits for nsrun, so that the terminal outlives it."""

    def __init__(self, *command):
        self.text = ""
        self.fd, self.slave = pty.openpty()
        self.before = termios.tcgetattr(self.slave)
        ready = os.pipe()
        self.leader = os.fork()
        if self.leader == 0:
            os.setsid()
            fcntl.ioctl(self.slave, termios.TIOCSCTTY, 0)
            for fd in range(3):
                os.dup2(self.slave, fd)
            child = os.fork()
            if child == 0:
                os.execv(NSRUN, ["nsrun", "--inside", "-it", PID, *command])
            signal.signal(signal.SIGHUP, signal.SIG_IGN)
            os.write(ready[1], struct.pack("i", child))
            status = os.waitpid(child, 0)[1]
            os.write(ready[1], struct.pack("i", status))
            os.read(ready[0], 0)
            signal.pause()
        # Also after a check that ends this program.
        atexit.register(end_leader, self.leader)
        self.answers = ready[0]
        self.nsrun = self.answer()

    def answer(self):
        if not select.select([self.answers], [], [], 60)[0]:
            print("FAILED: nsrun does not end")
            sys.exit(1)
        return struct.unpack("i", os.read(self.answers, 4))[0]

    def type(self, text):
        os.write(self.fd, text.encode())

    def see(self, pattern, what):
        end = time.monotonic() + 60
        while not (found := re.search(pattern, self.text)):
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                print(f"FAILED: {what}: no {pattern!r} in {self.text!r}")
                sys.exit(1)
            self.text += os.read(self.fd, 4096).decode(errors="replace")
        self.text = self.text[found.end():]
        return found

    def restored(self):
        """The mode, which a guard may restore a moment after nsrun's end."""
        end = time.monotonic() + 60
        while time.monotonic() < end:
            if termios.tcgetattr(self.slave) == self.before:
                return True
            select.select([], [], [], 0.01)
        return False

    def raw(self):
        return not termios.tcgetattr(self.slave)[3] & termios.ICANON

    def end(self):
        os.kill(self.leader, signal.SIGKILL)
        os.waitpid(self.leader, 0)
        atexit.unregister(end_leader)
        for fd in (self.fd, self.slave, self.answers):
            os.close(fd)


def shell():
    session = Session("/bin/busybox", "sh")
    session.see("# ", "a prompt")
    check("the terminal is raw meanwhile", session.raw())
    return session


s = shell()
s.type("busybox tty; busybox stty size; echo end-$((1+1))\r")
s.see(r"/dev/pts/0\r\n", "a terminal of the container's own")
s.see("end-2", "the end of the line")
fcntl.ioctl(s.fd, termios.TIOCSWINSZ, struct.pack("HHHH", 33, 99, 0, 0))
os.kill(s.nsrun, signal.SIGWINCH)
s.type("until [ \"$(busybox stty size)\" = '33 99' ]; do :; done; echo size-$((1+2))\r")
s.see("size-3", "the size follows")
JOB = "busybox sh -c 'echo job-$((1+3)); exec busybox sleep 1000'\r"
s.type(JOB)
s.see("job-4", "a job")
s.type("\x03")
s.see("# ", "Ctrl-C ends the job")
s.type(JOB)
s.see("job-4", "a job")
s.type("\x1a")
s.see("Stopped", "Ctrl-Z stops the job")
s.type("kill -9 %1; exec busybox sh -c 'exit 5'\r")
check("exit code", os.waitstatus_to_exitcode(s.answer()) == 5)
check("restored after the end", s.restored())
s.end()

for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT):
    s = shell()
    os.kill(s.nsrun, number)
    status = s.answer()
    check(f"{number}: ended by a signal", os.WIFSIGNALED(status))
    check(f"{number}: restored", s.restored())
    s.end()

# Stopped by another process: the mode is the shell's meanwhile, and raw again afterwards.
s = shell()
os.kill(s.nsrun, signal.SIGTSTP)
check("restored while stopped", s.restored())
os.kill(s.nsrun, signal.SIGCONT)
s.type("echo again-$((2+2))\r")
s.see("again-4", "it goes on")
check("raw again", s.raw())
s.type("exit\r")
s.answer()
check("restored", s.restored())
s.end()
sys.exit(1 if failed else 0)
