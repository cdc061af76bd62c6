#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""picture.py FILE.md HEADING - draws the first console block below the heading as an SVG of a terminal, on stdout.

docs/view.svg is `tests/docs/picture.py docs/tutorial.md "All containers as folders"`. The blocks of that file are run
by a test, so the picture shows what really happens; another test compares the picture with what this prints.
"""
import html
import sys

SIZE, WIDTH, HEIGHT, MARGIN = 14, 8.43, 20, 16


def block(path, heading):
    with open(path, encoding="utf-8") as f:
        text = f.read()
    start = text.index(f"\n## {heading}\n")
    start = text.index("```console\n", start) + len("```console\n")
    return text[start:text.index("\n```", start)].split("\n")


def main():
    lines = block(sys.argv[1], sys.argv[2])
    width = round(max(map(len, lines)) * WIDTH + 2 * MARGIN)
    height = len(lines) * HEIGHT + 2 * MARGIN
    print(f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">')
    print(f'<title>{html.escape(sys.argv[2])}</title>')
    print(f'<rect width="{width}" height="{height}" rx="6" fill="#1d2021"/>')
    print(f'<g font-family="DejaVu Sans Mono, Menlo, Consolas, monospace" font-size="{SIZE}" fill="#d5c4a1">')
    for number, line in enumerate(lines):
        bold = ' fill="#b8d977" font-weight="bold"' if line.startswith("$ ") else ""
        y = MARGIN + number * HEIGHT + SIZE
        print(f'<text x="{MARGIN}" y="{y}" xml:space="preserve"{bold}>{html.escape(line)}</text>')
    print("</g>\n</svg>")


if __name__ == "__main__":
    main()
