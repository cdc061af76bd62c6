#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""links.py FOLDER - each link of the Markdown files of FOLDER leads to a file, and to a heading in it. No network."""
import os
import re
import subprocess
import sys
import unicodedata

LINK = re.compile(r"!?\[(?:[^\[\]]|\[[^\]]*\])*\]\(<?([^()\s>]+)>?(?: \"[^\"]*\")?\)")
REFERENCE = re.compile(r"^\[[^\]]+\]: +(\S+)", re.M)
SOURCE = re.compile(r"<(?:img|a)\b[^>]*?\b(?:src|href)=\"([^\"]+)\"")


def prose(text):
    """@text without blocks and spans of code, which may look like links."""
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)
    return re.sub(r"(`+)(?:(?!\1).)+?\1", "code", text, flags=re.S)


def anchors(text):
    """The anchors that GitHub and its kin give to headings."""
    found = set(re.findall(r"<a (?:id|name)=\"([^\"]+)\"", text))
    counts = {}
    text = re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.M | re.S)
    for title in re.findall(r"^#{1,6} +(.*?) *#*$", text, re.M):
        title = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", title).lower()
        name = "".join(c for c in title.replace(" ", "-")
                       if c in "-_" or unicodedata.category(c)[0] in "LN")
        count = counts.get(name, 0)
        counts[name] = count + 1
        found.add(f"{name}-{count}" if count else name)
    return found


def check(folder, path, known):
    """Prints and counts the links of the file that lead nowhere."""
    with open(os.path.join(folder, path), encoding="utf-8") as f:
        text = prose(f.read())
    links = LINK.findall(text) + REFERENCE.findall(text) + SOURCE.findall(text)
    bad = 0
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        name, _, anchor = link.partition("#")
        place = os.path.normpath(os.path.join(os.path.dirname(path), name)) if name else path
        full = os.path.join(folder, place)
        if place.startswith("..") or not os.path.exists(full):
            print(f"{path}: no such file: {link}")
            bad += 1
        elif anchor and place.endswith(".md"):
            if place not in known:
                with open(full, encoding="utf-8") as f:
                    known[place] = anchors(f.read())
            if anchor not in known[place]:
                print(f"{path}: no such heading: {link}")
                bad += 1
    return len(links), bad


def main():
    folder = sys.argv[1]
    found = subprocess.run(["find", ".", "(", "-name", ".git", "-o", "-path", "./build", ")", "-prune", "-o",
                            "-name", "*.md", "-type", "f", "-print"], cwd=folder, check=True, text=True,
                           stdout=subprocess.PIPE).stdout.split()
    known, links, bad = {}, 0, 0
    for path in sorted(os.path.normpath(f) for f in found):
        count, wrong = check(folder, path, known)
        links += count
        bad += wrong
    print(f"{len(found)} files, {links} links, {bad} lead nowhere")
    return 1 if bad or not links else 0


if __name__ == "__main__":
    sys.exit(main())
