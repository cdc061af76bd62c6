#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Times commands in pairs, A B A B ..., and prints medians and the median ratio as a table.

A machine's speed drifts from minute to minute. So a command and its peer run one right after the
other, and the result is the median of the pairs' ratios, not the ratio of two medians.

Reads cases from standard input, one a line, with fields separated by tabs:
    ROUNDS  NAME  BEFORE  A  B
BEFORE is a shell command that runs, unmeasured, before each measurement ("-": none). A and B are
commands: sh runs those with any of |<>&; in them, others run directly. Output goes to /dev/null.
"""
import os
import shlex
import statistics
import subprocess
import sys
import tempfile
import time


def argv_of(command):
    if any(c in command for c in "|<>&;"):
        return ["/bin/sh", "-c", command]
    return shlex.split(command)


def run(argv):
    """Wall time in seconds."""
    null = os.open(os.devnull, os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, null, 0), (os.POSIX_SPAWN_DUP2, null, 1)]
    start = time.perf_counter()
    pid = os.posix_spawnp(argv[0], argv, os.environ, file_actions=actions)
    _, status = os.waitpid(pid, 0)
    elapsed = time.perf_counter() - start
    os.close(null)
    if status:
        sys.exit(f"bench: failed: {shlex.join(argv)}")
    return elapsed


def peak(argv):
    """Peak resident set of a command and its children in MiB, by time(1): a direct child of this
    program would count as large as Python, which it is before its exec."""
    with tempfile.NamedTemporaryFile("r") as answer:
        run(["time", "-f", "%M", "-o", answer.name] + argv)
        return int(answer.read()) / 1024


def before(command):
    if command != "-":
        subprocess.run(command, shell=True, check=True)


def measure(rounds, prepare, sides):
    """The first round warms the caches and measures memory; the others measure time."""
    times, peaks = ([], []), []
    for argv in sides:
        before(prepare)
        peaks.append(peak(argv))
    for _ in range(rounds):
        for argv, list_ in zip(sides, times):
            before(prepare)
            list_.append(run(argv))
    return times, peaks


def human(seconds):
    return f"{seconds * 1000:.2f} ms" if seconds < 1 else f"{seconds:.2f} s"


def main():
    head = f"{'nsview against its peer':44} {'nsview':>10} {'peer':>10} {'ratio':>6} {'MiB':>6} {'MiB':>6}"
    print(head, "-" * len(head), sep="\n", flush=True)
    for line in sys.stdin:
        rounds, name, prepare, a, b = line.rstrip("\n").split("\t")
        times, peaks = measure(int(rounds), prepare, (argv_of(a), argv_of(b)))
        ratio = statistics.median(x / y for x, y in zip(*times))
        medians = [human(statistics.median(t)) for t in times]
        print(f"{name:44} {medians[0]:>10} {medians[1]:>10} {ratio:6.2f} "
              f"{peaks[0]:6.1f} {peaks[1]:6.1f}", flush=True)


main()
