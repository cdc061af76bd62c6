#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Runs the console blocks of a Markdown file, in order and in one shell, and compares what they print.

    blocks.py [--update] FILE

A block begins with ```console. Its lines "$ COMMAND" are run, with "> " before the lines that continue a
command; the lines after a command are what it prints on standard output and standard error. A comment on the
line before the block says how to compare:

    no comment                  every line has to be the same
    <!-- numbers vary -->       the same but for numbers, IDs, dates and the width of columns
    <!-- an example -->         not compared
    <!-- exit N -->             commands of the block may exit with N (otherwise: 0)
    <!-- not run: REASON -->    not run; the test prints how many there are

Several may be in one comment, with ";" between them. A line "..." stands for any number of lines. --update
writes what the commands print into the file, for a person to read before it is committed.
"""
import re
import subprocess
import sys
import tempfile

MONTHS = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"


class Block:
    def __init__(self, number, notes):
        self.line = number
        self.vary = "numbers vary" in notes
        self.example = "an example" in notes
        self.skip = next((n for n in notes if n.startswith("not run: ")), None)
        self.codes = {0} | {int(n[5:]) for n in notes if re.fullmatch(r"exit \d+", n)}
        self.commands = []  # [text, line number, lines of output]


def parse(lines):
    blocks, block, notes = [], None, []
    for number, line in enumerate(lines, 1):
        if block is None:
            if line == "```console":
                block = Block(number, notes)
            elif m := re.fullmatch(r"<!-- (.*) -->", line):
                notes = m[1].split("; ")
                continue
            notes = []
        elif line == "```":
            if not block.commands:
                sys.exit(f"line {block.line}: a block without a command")
            blocks.append(block)
            block = None
        elif line.startswith("$ "):
            block.commands.append([line[2:], number, []])
        elif line.startswith("> ") and block.commands and not block.commands[-1][2]:
            block.commands[-1][0] += "\n" + line[2:]
        elif block.commands:
            block.commands[-1][2].append(line)
        else:
            sys.exit(f"line {number}: output before the first command")
    if block is not None:
        sys.exit(f"line {block.line}: a block without an end")
    return blocks


def same(text):
    """@text without what differs from run to run."""
    text = re.sub(r"-{3,}", "-", text)
    text = re.sub(rf"\b({MONTHS}) +\d+ +(\d+:\d+|\d{{4}})\b", "DATE", text)
    text = re.sub(r"\b[0-9a-f]{12,64}\b", "ID", text)
    text = re.sub(r"\d+([.:]\d+)*[KMGsmhd]?\b", "N", text)
    return re.sub(r" +", " ", text).strip()


def matches(wanted, got):
    """Whether the lines are the same, where "..." stands for any."""
    if not wanted:
        return not got
    if wanted[0] == "...":
        return any(matches(wanted[1:], got[i:]) for i in range(len(got) + 1))
    return bool(got) and wanted[0] == got[0] and matches(wanted[1:], got[1:])


class Shell:
    """One bash for all commands, so that folders and variables last."""

    def __init__(self):
        self.bash = subprocess.Popen(["bash", "--norc"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, command):
        with tempfile.NamedTemporaryFile("r", errors="replace") as out, tempfile.NamedTemporaryFile("w") as script:
            script.write(command + "\n")
            script.flush()
            self.bash.stdin.write(f". {script.name} >{out.name} 2>&1 </dev/null; echo $?\n")
            self.bash.stdin.flush()
            code = self.bash.stdout.readline()
            if not code:
                sys.exit(f"the shell ended: {command}")
            return int(code), [line.rstrip() for line in out.read().splitlines()]


def run(path, update):
    with open(path, encoding="utf-8") as f:
        lines = f.read().split("\n")
    shell, ran, failed, skipped, new = Shell(), 0, 0, 0, []
    for block in parse(lines):
        if block.skip:
            skipped += 1
            continue
        for command, number, wanted in block.commands:
            code, got = shell.run(command)
            ran += 1
            new.append((number + command.count("\n"), len(wanted), got))
            if block.vary:
                wanted, compared = [same(w) for w in wanted], [same(g) for g in got]
            else:
                compared = got
            if code in block.codes and (update or block.example or matches(wanted, compared)):
                continue
            failed += 1
            print(f"{path}:{number}: exit {code}: {command}\n  wanted:", *wanted, "  got:", *got, sep="\n    ")
    if update:
        for number, count, got in reversed(new):
            lines[number:number + count] = got
        with open(path, "w", encoding="utf-8") as f:
            f.write("\n".join(lines))
    print(f"{path}: {ran} commands, {failed} failed, {skipped} blocks not run")
    sys.exit(1 if failed or not ran else 0)


if __name__ == "__main__":
    arguments = sys.argv[1:]
    run(arguments[-1], arguments[0] == "--update")
