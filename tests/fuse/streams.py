#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""streams.py MODE VIEW NATIVE SEED - reads folders of a view in pieces, against a model.

VIEW and NATIVE are one folder of a container, in the view and as the container has it; each holds
"f", which is listed, and "mark". MODE is "random", begun by SEED, or the name of another
case below. Fails with what was lost or repeated.

A name that is in the folder from when a stream was opened, or read from its start again, until it
was read to its end comes exactly once. Nothing is said of the others.
"""
import ctypes
import os
import platform
import random
import struct
import sys
import time

LIBC = ctypes.CDLL(None, use_errno=True)
GETDENTS64 = {"x86_64": 217}.get(platform.machine(), 61)


def getdents(fd, size):
    """(name, offset behind it) of some entries; none at the end."""
    buf = ctypes.create_string_buffer(size)
    n = LIBC.syscall(GETDENTS64, fd, buf, size)
    if n < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    at, found = 0, []
    while at < n:
        _, off, length, _ = struct.unpack_from("=QqHB", buf.raw, at)
        name = buf.raw[at + 19:at + length].split(b"\0")[0].decode()
        if name not in (".", ".."):
            found.append((name, off))
        at += length
    return found, n == 0


class Folder:
    """Both sides of it, and what is in it."""

    def __init__(self, view, native):
        self.view, self.native = view + "/f", native + "/f"
        self.marks = view + "/mark/size", native + "/mark/size"
        self.names = {}  # to a number that is another each time it comes
        self.births = 0
        for name in os.listdir(self.native):
            self.born(name)
        with open(self.marks[1], "w"):
            pass

    def born(self, name):
        self.births += 1
        self.names[name] = self.births

    def create(self, name):
        with open(f"{self.native}/{name}", "w"):
            pass
        if name not in self.names:
            self.born(name)

    def unlink(self, name):
        os.unlink(f"{self.native}/{name}")
        del self.names[name]

    def rename(self, old, new):
        os.rename(f"{self.native}/{old}", f"{self.native}/{new}")
        del self.names[old]
        if new not in self.names:
            self.born(new)

    def settle(self):
        """Until the kernel has heard of all that happened: news comes in its order. Several
        times, as a look at all files may find one of them by itself."""
        for _ in range(5):
            with open(self.marks[1], "a") as f:
                f.write("x")
            size = os.stat(self.marks[1]).st_size
            until = time.monotonic() + 30
            while os.stat(self.marks[0]).st_size != size:
                if time.monotonic() > until:
                    sys.exit("waited in vain for news")


class Stream:
    def __init__(self, folder, place=None):
        folder.settle()
        self.folder = folder
        self.fd = os.open(folder.view, os.O_RDONLY | os.O_DIRECTORY)
        self.begin()
        if place:
            # Where another stream was: what it had before it, and what was there all the time.
            off, seen, there = place
            self.there = {n: b for n, b in self.there.items() if there.get(n) == b}
            self.seen = dict(seen)
            self.off = os.lseek(self.fd, off, os.SEEK_SET)

    def begin(self):
        self.there = dict(self.folder.names)
        self.seen = {}
        self.off = 0

    def rewind(self):
        self.folder.settle()
        os.lseek(self.fd, 0, os.SEEK_SET)
        self.begin()

    def place(self):
        return self.off, dict(self.seen), dict(self.there)

    def seek(self, place):
        self.off = os.lseek(self.fd, place[0], os.SEEK_SET)
        self.seen = dict(place[1])

    def read(self, size=512, most=None):
        """False at the end. @most: goes on behind so many of them."""
        entries, end = getdents(self.fd, size)
        for name, off in entries[:most]:
            self.seen[name] = self.seen.get(name, 0) + 1
            self.off = off
        if most is not None and len(entries) > most:
            os.lseek(self.fd, self.off, os.SEEK_SET)
        return not end

    def finish(self, size=4096):
        while self.read(size):
            pass
        names = self.folder.names
        there = [n for n, b in self.there.items() if names.get(n) == b]
        lost = sorted(n for n in there if n not in self.seen)
        again = sorted(n for n in there if self.seen.get(n, 0) > 1)
        if lost or again:
            sys.exit(f"of {len(there)} names {len(lost)} were lost, {len(again)} repeated:"
                     f" {(lost + again)[:5]}")

    def close(self):
        os.close(self.fd)


def fill(folder, names):
    for name in list(folder.names):
        folder.unlink(name)
    for name in names:
        folder.create(name)


def whole(folder, times=2):
    """Listings that the kernel may keep, and take the next from."""
    for _ in range(times):
        s = Stream(folder)
        s.finish()
        s.close()


def removed_while_read(folder, _):
    """for e in os.scandir(VIEW): os.unlink(NATIVE/e.name)"""
    fill(folder, (f"name-{i:05}" for i in range(3000)))
    whole(folder)
    seen = 0
    for e in os.scandir(folder.view):
        folder.unlink(e.name)
        seen += 1
    if seen != 3000 or os.listdir(folder.native):
        sys.exit(f"{seen} of 3000 seen")


def added_while_read(folder, _):
    fill(folder, (f"name-{i:05}" for i in range(2000)))
    whole(folder)
    s = Stream(folder)
    i = 0
    while s.read(1024):
        folder.create(f"more-{i:05}")
        i += 1
    s.finish()
    s.close()


def refilled(folder, _):
    """A stream goes on after another has read the folder anew, and where the name was removed."""
    for count in (10, 126, 300, 2000):
        fill(folder, (f"{i:08}" for i in range(count)))
        whole(folder)
        s = Stream(folder)
        s.read(400)
        last = list(s.seen)[-1]
        folder.unlink(last)
        folder.create("another1")
        whole(folder)
        s.finish(400)
        s.rewind()
        s.finish()
        s.close()


def fills_a_page(folder, _):
    """
    The kernel's copy ends exactly where a page ends: 32 bytes for each name, "." and ".." too. A new
    stream goes on behind a name that is gone.
    """
    page = os.sysconf("SC_PAGESIZE") // 32
    for pages in (1, 3):
        fill(folder, (f"{i:08}" for i in range(pages * page - 2)))
        whole(folder)
        s = Stream(folder)
        s.read(400)
        place = s.place()
        s.close()
        folder.unlink(list(place[1])[-1])
        folder.create("another1")
        whole(folder)
        s = Stream(folder, place)
        s.finish()
        s.close()


def seeks(folder, _):
    """A new stream goes on where another was: names that came between both are there, too."""
    fill(folder, (f"name-{i:05}" for i in range(300)))
    whole(folder)
    s = Stream(folder)
    s.read(400)
    place = s.place()
    s.close()
    for i in range(100):
        folder.create(f"more-{i:05}")
    s = Stream(folder, place)
    s.finish()
    got = set(s.seen) - set(place[1])
    s.close()
    s = Stream(folder)
    s.finish()
    s.close()
    names = list(s.seen)
    # In the view's order, behind the last name before the place.
    wanted = set(names[names.index(list(place[1])[-1]) + 1:])
    if got != wanted:
        sys.exit(f"lost: {sorted(wanted - got)[:5]}, too many: {sorted(got - wanted)[:5]}")


def at_random(folder, r, steps=400):
    streams, places = [], []
    lengths = r.choice(([8], [1, 3, 8, 9, 17], [8, 200, 255]))
    limit = r.choice((20, 150, 600, 1500))
    spare = 0

    def new_name():
        nonlocal spare
        spare += 1
        return f"{spare:x}".ljust(r.choice(lengths), "y")[:255]

    def a_name():
        return r.choice(sorted(folder.names))

    fill(folder, (new_name() for _ in range(r.randrange(limit))))
    for _ in range(steps):
        what = r.random()
        if what < 0.15 and len(folder.names) < limit:
            folder.create(new_name())
        elif what < 0.3 and folder.names:
            folder.unlink(a_name())
        elif what < 0.4 and folder.names:
            folder.rename(a_name(), new_name())
        elif what < 0.45 and len(folder.names) > 1:
            old, new = a_name(), a_name()
            if old != new:
                folder.rename(old, new)
        elif what < 0.55 and len(streams) < 6:
            streams.append(Stream(folder))
        elif what < 0.58 and places and len(streams) < 6:
            streams.append(Stream(folder, r.choice(places)))
        elif what < 0.6:
            whole(folder, 1)
        elif streams:
            s = r.choice(streams)
            if what < 0.84:
                s.read(r.choice((300, 600, 2000, 33000)), r.choice((None, None, 1, 3)))
                if r.random() < 0.2:
                    places.append(s.place())
            elif what < 0.87:
                mine = s.place()
                s.read(600)
                s.seek(mine)
            elif what < 0.9:
                s.rewind()
            else:
                s.finish(r.choice((300, 4096, 33000)))
                streams.remove(s)
                s.close()
    for s in streams:
        s.finish()
        s.close()


CASES = {
    "removed": removed_while_read,
    "added": added_while_read,
    "refilled": refilled,
    "page": fills_a_page,
    "seeks": seeks,
    "random": at_random,
}


def main():
    mode, view, native, seed = sys.argv[1:5]
    print("seed", seed)
    CASES[mode](Folder(view, native), random.Random(seed))


main()
