# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=bash disable=SC2016 # the table's commands
#
# exceptions.sh - rows of the table: what programs find otherwise in the view, and why. Source after table.sh.
#
# Each difference has to be in the section LIMITS of nsviewd(8). A row whose difference has gone fails.

# Writes into the FIFO at the container's path, reads at the other one.
export CLIENTS_FIFO='
import os, sys
writer = os.open(sys.argv[2], os.O_RDWR | os.O_NONBLOCK)
os.write(writer, b"connected\n")
reader = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
print(os.read(reader, 100).decode().strip() or "nobody writes")
'
# Watches a folder for changes of files, changes one at the container's path.
export CLIENTS_INOTIFY='
import ctypes, os, sys
libc = ctypes.CDLL(None, use_errno=True)
fd = libc.inotify_init1(os.O_NONBLOCK)
if libc.inotify_add_watch(fd, sys.argv[1].encode(), 2) < 0:
    sys.exit(os.strerror(ctypes.get_errno()))
with open(sys.argv[2] + "/noticed", "w") as f:
    f.write("text")
os.unlink(sys.argv[2] + "/noticed")
try:
    os.read(fd, 4096)
    print("a modification")
except BlockingIOError:
    print("no event")
'

differs quick auto find 'find -executable' 'find usr/bin srv -type f -executable | wc -l' '^[1-9]' '^0$' \
	"find -executable finds folders only"
differs quick auto find 'find -writable' 'find srv -type f -writable | wc -l' '^[1-9]' '^0$' "find -type f -writable nothing"
differs quick auto bash 'a program of the container' 'usr/bin/true' 'exit code 0' 'Permission denied' "no program can be executed"
differs quick auto bash 'open for writing' 'exec 3>>srv/sums' 'exit code 0' 'Read-only file system' "nothing can be written"
differs quick auto head 'devices' 'head -c 1 dev/zero | wc -c' '^1$' 'Permission denied' "devices can't be opened"
differs quick auto python3 'FIFOs' 'python3 -c "$CLIENTS_FIFO" srv/fifo {INSIDE}/srv/fifo' '^connected' '^nobody writes' \
	"FIFOs and sockets have no connection to the container"
differs quick auto python3 'inotify' 'python3 -c "$CLIENTS_INOTIFY" srv/follow/{SIDE} {INSIDE}/srv/follow/{SIDE}' '^a modification' \
	'^no event' "inotify(7) in the view reports no changes that the container makes"
differs quick auto stat 'inode numbers' '
	[ $(stat -c %i srv/sums) = $(stat -c %i {NATIVE}/srv/sums) ] && echo the same || echo another' '^the same' '^another' \
	"inode and device numbers are the view's own"
differs quick auto stat,find,findmnt 'stat -f, find -fstype' 'stat -f -c %T .; find srv/sums -fstype tmpfs; findmnt -n -o FSTYPE -T srv' \
	'^tmpfs$' '^fuse.nsviewd$' "the file system is fuse.nsviewd"
differs quick auto ls 'ls -U' 'ls -U srv/many | cmp - <(ls -U {NATIVE}/srv/many)' 'exit code 0' 'differ: ' \
	"Names are not in the file system's order"
differs quick auto readlink 'readlink with confined links' 'readlink etc/absolute' '^/srv/many/file-2' '^\.\./srv/many/file-2' \
	"the text of links is another without links=raw"
# A database of each side: while one has it open, the other one can open it.
differs quick auto sqlite3 'sqlite3 with a write-ahead log' 'sqlite3 srv/wal/{SIDE}/db "select sum(a) from t"' '^6$' 'unable to open database file' \
	"can't open a database with a write-ahead log"
differs quick auto lsattr 'lsattr' 'lsattr srv/sums' '^-.* srv/sums' 'lsattr: ' "lsattr(1) shows no attributes"
differs quick always lsof 'lsof of a program in the container' 'lsof -w -t {ROOT}/srv/held | grep -x {PID}' '^[0-9]+$' 'exit code 1' \
	"lsof(8) and fuser(1) find the programs that read the view"
