#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""completion_terminal.py SHELL BIN COMPLETIONS TMP NAME HUNG - completes lines in a real shell on a pseudo-terminal.

BIN has scripts of the commands' names: each passes --complete on, and else writes its arguments to TMP/ran and prints
"ran N". NAME is a container, HUNG one whose /hung does not answer. Prints a line for each check that failed. Waits for
output up to a minute, never for time to pass.
"""
import os
import pty
import re
import select
import signal
import sys
import time

SHELL, BIN, COMPLETIONS, TMP, NAME, HUNG = sys.argv[1:7]
HERE = os.path.join(TMP, "here")
CLEAR = "\x15"  # Ctrl-U
failed = 0
checks = 0

START = {
    "bash": (["bash", "--norc", "--noprofile", "-i"],
             f"bind 'set bell-style none'; bind 'set enable-bracketed-paste off'; . {COMPLETIONS}/nsview.bash"),
    "zsh": (["zsh", "-f", "-i"],
            f"unsetopt zle_bracketed_paste beep; LISTMAX=1000; bindkey -e; fpath=({COMPLETIONS} $fpath); "
            "autoload -U compinit; compinit -u -D"),
    "fish": (["fish", "--no-config", "-i"], f"set -g fish_greeting; source {COMPLETIONS}/nsview.fish"),
}


def fail(text):
    global failed
    failed += 1
    print(f"FAILED: {SHELL}: {text}")


class Session:
    def __init__(self):
        words, setup = START[SHELL]
        self.all = b""
        self.at = 0
        self.pid, self.fd = pty.fork()
        if self.pid == 0:
            env = {"PATH": BIN + ":" + os.environ["PATH"], "TERM": "xterm", "HOME": TMP, "LC_ALL": "C.UTF-8",
                   "NSVIEW_COMPLETION_MS": "60000", "TMP_OF_TEST": TMP, "LINES": "200", "COLUMNS": "200"}
            if "ASAN_OPTIONS" in os.environ:
                env["ASAN_OPTIONS"] = os.environ["ASAN_OPTIONS"]
            os.chdir(HERE)
            os.execvpe(words[0], words, env)
        # The shell's own editor has the terminal when the setup has run; no control character is typed before.
        self.type(setup + "\n")
        self.type("echo set''tled\n")
        self.see(rb"settled\r\n", "the shell")
        self.ran = 0

    def type(self, text):
        os.write(self.fd, text.encode())

    def see(self, pattern, what):
        end = time.monotonic() + 60
        while True:
            found = re.search(pattern, self.all[self.at:])
            if found:
                self.at += found.end()
                return
            if not select.select([self.fd], [], [], max(0, end - time.monotonic()))[0]:
                break
            try:
                self.all += os.read(self.fd, 4096)
            except OSError:
                break
        fail(f"{what}: no {pattern!r} in {self.all[self.at:]!r}")
        raise SystemExit(1)

    def arguments(self, what):
        """The arguments of the line that was entered, as the command got them."""
        self.ran += 1
        self.see(rb"ran " + str(self.ran).encode() + rb"\b", what)
        with open(os.path.join(TMP, "ran"), "rb") as f:
            return [os.fsdecode(a) for a in f.read().split(b"\0")[:-1]]

    def completes(self, typed, *wanted, tabs=1):
        """Types a line and a tab; @wanted is what the command is called with then."""
        global checks
        checks += 1
        self.type(typed + "\t" * tabs + "\n")
        got = self.arguments(typed)
        if got != list(wanted):
            fail(f"{typed!r} becomes {got!r}, not {list(wanted)!r}")

    def lists(self, typed, *wanted):
        """Two tabs list the candidates."""
        global checks
        checks += 1
        before = self.at
        self.type(typed + "\t\t")
        for text in wanted:
            self.at = before
            self.see(re.escape(text).encode(), f"list for {typed!r}")
        self.type(CLEAR + "echo ba''ck\n")
        self.see(rb"back\r\n", "the prompt")

    def end(self):
        # A shell that waits for a completion that hangs does not take SIGHUP.
        os.kill(self.pid, signal.SIGKILL)
        os.close(self.fd)
        os.waitpid(self.pid, 0)


def common(s):
    # Containers, and paths inside them.
    s.completes(f"nscat {NAME[:-2]}", NAME)
    s.completes(f"nscat {NAME} /etc/uniq", NAME, "/etc/unique.conf")
    s.completes(f"nscat {NAME} etc/uniq", NAME, "etc/unique.conf")
    s.completes(f"nscat {NAME}:/etc/uniq", f"{NAME}:/etc/unique.conf")
    s.completes(f"nsls {NAME} /only-h", NAME, "/only-here/")
    s.completes(f"nsls -l {NAME} /only-here/", "-l", NAME, "/only-here/inner")
    s.completes(f"nscp {NAME[:-2]}", f"{NAME}:")
    s.completes(f"nscp {NAME}:/etc/uniq", f"{NAME}:/etc/unique.conf")
    s.completes(f"nscp {NAME}:/x {NAME}:/only-h", f"{NAME}:/x", f"{NAME}:/only-here/")
    s.completes(f"nsdiff {NAME} {NAME} /only-h", NAME, NAME, "/only-here/")
    s.completes(f"nsrun --inside {NAME} /only-here/i", "--inside", NAME, "/only-here/inner")
    # Never the host's files, but where they are meant.
    s.completes(f"nscat {NAME} of-ho", NAME, "of-ho")
    s.completes(f"nscat {NAME}:of-ho", f"{NAME}:of-ho")
    s.completes("nscp of-ho", "of-host file")
    s.completes("nscollect verify of-ho", "verify", "of-host file")
    s.completes(f"nsrun {NAME} nsview-test-to", NAME, "nsview-test-tool")
    # Options and their values.
    s.completes("nsls --one-p", "--one-per-line")
    s.completes("nscp --jo", "--jobs=")
    s.completes(f"nsls --color=al", "--color=always")
    s.completes(f"nsps -o NAME,PODU", "-o", "NAME,PODUID")
    s.completes("nsrun --inside --det", "--inside", "--detach")
    s.completes("nscollect keyg", "keygen")
    s.lists(f"nscat {NAME} /many/", "one", "two", "three")
    s.lists("nsls --re", "--recursive", "--reverse")
    if b"\\," in s.all:
        fail("a list of columns is written with a backslash")


def hostile(s):
    """Each name becomes one argument, as it is; none runs, none reaches the terminal raw."""
    s.completes(f"nscat {NAME} /evil/dollar", NAME, "/evil/dollar$(touch RAN)")
    s.completes(f"nscat {NAME} /evil/tick", NAME, "/evil/tick`touch RAN`")
    s.completes(f"nscat {NAME} /evil/semi", NAME, "/evil/semi;touch RAN;#")
    s.completes(f"nscat {NAME} /evil/blank", NAME, "/evil/blank  two")
    s.completes(f"nscat {NAME} /evil/quotes", NAME, "/evil/quotes'\"\\")
    s.completes(f"nscat {NAME}:/evil/quotes", f"{NAME}:/evil/quotes'\"\\")
    s.completes(f"nscp {NAME}:/evil/colon", f"{NAME}:/evil/colon:a:b")
    s.completes(f"nscp {NAME}:/evil/colon:a", f"{NAME}:/evil/colon:a:b")
    s.completes(f"nscat {NAME} /evil/line", NAME, "/evil/line\nfeed")
    s.completes(f"nscat {NAME} /evil/escape", NAME, "/evil/escape\x1b]0;EVIL\x07")
    s.completes(f"nscat {NAME} /evil/glob", NAME, "/evil/glob*?[a]{b,c}")
    s.completes(f"nscat {NAME} /evil/=home", NAME, "/evil/=home~!!")
    s.completes(f"nscat {NAME} /evil/comma", NAME, "/evil/comma,\\,{d,e}")
    s.completes(f"nscat {NAME} -- -da", NAME, "--", "-dash")
    s.lists(f"nscat {NAME} /evil/", "blank", "glob")
    if b"\x1b]0;EVIL" in s.all:
        fail("a name's escape sequence reached the terminal")
    for folder in (HERE, TMP):
        for name in os.listdir(folder):
            if "RAN" in name:
                fail(f"a name ran: {folder}/{name}")


def quoted(s):
    """Where a quote is open, or a blank has been quoted."""
    s.completes(f"nscat {NAME} '/evil/blank", NAME, "/evil/blank  two")
    s.completes(f'nscat {NAME} "/etc/uniq', NAME, "/etc/unique.conf")
    s.completes(f"nscat {NAME} /evil/blank\\ ", NAME, "/evil/blank  two")
    s.completes(f"nscp '{NAME}:/etc/uniq", f"{NAME}:/etc/unique.conf")


def hung(s):
    """The prompt comes back, with nothing completed, while the container hangs."""
    global checks
    checks += 1
    s.type({"fish": "set -e NSVIEW_COMPLETION_MS"}.get(SHELL, "unset NSVIEW_COMPLETION_MS") + "\n")
    s.completes(f"nscat {HUNG} /hung/x", HUNG, "/hung/x")
    s.completes(f"nscp {HUNG}:/hung/", f"{HUNG}:/hung/")


session = Session()
try:
    common(session)
    hostile(session)
    quoted(session)
    hung(session)
finally:
    session.end()
print(f"{SHELL}: {checks} lines completed")
sys.exit(1 if failed else 0)
