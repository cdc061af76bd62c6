# SPDX-License-Identifier: GPL-2.0-or-later
#
# locks.py - locks files for locks.sh. Prints what came of it as one word.
#
#   locks.py try FILE fcntl|flock read|write    takes a lock if that is possible at once
#   locks.py hold FILE fcntl|flock read|write   takes it, prints "held", holds it until stdin ends
#   locks.py wait FILE fcntl|flock read         waits for it
#   locks.py ask FILE                           prints whether a write lock would conflict
#   locks.py write DATABASE | read DATABASE SECONDS
import errno
import fcntl
import os
import sqlite3
import struct
import sys
import time


def lock(f, kind, mode, waits):
    if kind == "flock":
        op = fcntl.LOCK_SH if mode == "read" else fcntl.LOCK_EX
        fcntl.flock(f, op if waits else op | fcntl.LOCK_NB)
        return
    op = fcntl.F_RDLCK if mode == "read" else fcntl.F_WRLCK
    want = struct.pack("hhqqi", op, os.SEEK_SET, 0, 0, 0)
    fcntl.fcntl(f, fcntl.F_SETLKW if waits else fcntl.F_SETLK, want)


def database_write(path):
    c = sqlite3.connect(path, timeout=60)
    c.execute("create table if not exists t(i integer primary key, v int)")
    c.executemany("insert into t values(?, 0)", [(i,) for i in range(5000)])
    c.commit()
    print("ready", flush=True)
    n = 0
    while os.getppid() != 1:
        n += 1
        c.execute("update t set v = ?", (n,))
        c.commit()
        time.sleep(0.02)


def database_read(path, seconds):
    end = time.monotonic() + seconds
    good = bad = 0
    while time.monotonic() < end:
        try:
            c = sqlite3.connect("file:%s?mode=ro" % path, uri=True, timeout=60)
            for _ in range(5):
                low, high, n = c.execute("select min(v), max(v), count(*) from t").fetchone()
                good += low == high and n == 5000
                bad += low != high or n != 5000
            c.close()
        except sqlite3.Error as e:
            print(e, file=sys.stderr)
            bad += 1
    print("good" if good else "none", "bad" if bad else "clean")


def main():
    what, path = sys.argv[1:3]
    if what == "write":
        return database_write(path)
    if what == "read":
        return database_read(path, float(sys.argv[3]))
    mode = sys.argv[4] if what != "ask" else ""
    f = os.open(path, os.O_RDWR if mode == "write" and os.access(path, os.W_OK) else os.O_RDONLY)
    try:
        if what == "ask":
            want = struct.pack("hhqqi", fcntl.F_WRLCK, os.SEEK_SET, 0, 0, 0)
            got = struct.unpack("hhqqi", fcntl.fcntl(f, fcntl.F_GETLK, want))
            print("free" if got[0] == fcntl.F_UNLCK else "locked")
            return None
        lock(f, sys.argv[3], mode, what == "wait")
        print("held", flush=True)
    except OSError as e:
        print(errno.errorcode[e.errno], flush=True)
        return None
    if what == "hold":
        sys.stdin.read()
    return None


main()
