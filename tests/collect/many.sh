#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Thousands of files of sizes around those at which nscollect reads them another way, with further names next to
# the first and far from it: each is in the package with its own bytes, and two packages list the same.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

container_start --overlay --hostname many /bin/busybox sleep 100000
root=/proc/$CT_PID/root
python3 - "$root/m" <<'PYTHON'
import os, random, sys

top = sys.argv[1]
r = random.Random(1)
k = 1024
os.makedirs(f"{top}/ahead")
# While it is hashed the reader gets ahead, and hashes what comes next itself.
with open(f"{top}/ahead/a-large-one", "wb") as f:
    f.write(r.randbytes(8192 * k))
for i in range(199):
    with open(f"{top}/ahead/f{i}", "wb") as f:
        f.write(r.randbytes(i))
for i in range(3000):
    folder = f"{top}/{i % 7}"
    os.makedirs(folder, exist_ok=True)
    size = r.choice((0, 1, 100, 511, 512, 513, 4096, 20000))
    if i % 100 == 0:
        size = r.choice((256 * k - 1, 256 * k, 256 * k + 1, 700 * k))
    with open(f"{folder}/f{i:04}", "wb") as f:
        f.write(r.randbytes(size))
        if i % 50 == 1:  # a hole
            f.truncate(size + 300 * k)
    if i % 3 == 0:  # the next in the folder
        os.link(f"{folder}/f{i:04}", f"{folder}/f{i:04}-again")
    if i % 10 == 0:  # far away
        os.link(f"{folder}/f{i:04}", f"{top}/last{i}")
PYTHON

# Before anything else reads the files, and moves their access times.
take y.tar.zst --full "$CT_PID"
take x.tar --full "$CT_PID"
# /proc has a link for each process of the machine.
files_of() { tar -xOf - files.jsonl | grep -vF '"path":"[root]/proc"'; }
check_eq "the same list" "$(diff <(zstd -dc "$TEST_TMP/y.tar.zst" | files_of) <(files_of <"$TEST_TMP/x.tar"))" ''
unpack x.tar
# Its overlay lies on a tmpfs of its own, which the host cannot reach.
check_eq "nothing was said" "$(cat "$TEST_TMP/x.tar.notes")" ''
sums() { (cd "$1" && find . -type f -print0 | LC_ALL=C sort -z | xargs -0 sha256sum); }
check_eq "files" "$(find "$UNPACKED/[root]/m" -type f | wc -l)" 4500
check_eq "each file's bytes" "$(sums "$UNPACKED/[root]/m" | sha256sum)" "$(sums "$root/m" | sha256sum)"
# shellcheck disable=SC2016
links() { (cd "$1" && find . -type f -links +1 -printf '%i %P\n' | LC_ALL=C sort -k2 | awk '!($1 in n) { n[$1] = NR } { print n[$1], $2 }'); }
check_eq "names of one file" "$(links "$UNPACKED/[root]/m" | sha256sum)" "$(links "$root/m" | sha256sum)"
check_eq "sha256sum -c" "$(cd "$UNPACKED" && sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$')" ''
# A limit lies within a file that is read at once, and within one that is not.
take z.tar --full --max-file-size 1000 "$CT_PID"
unpack z.tar
check_eq "no larger file" "$(find "$UNPACKED/[root]/m" -type f -size +1000c)" ''
check_eq "cut files" "$(jq -r '.outcomes[] | select(.outcome == "truncated") | .name' "$UNPACKED/collection.json" |
	grep -c '^\[root\]/m/')" "$(find "$root/m" -type f -size +1000c -printf '%i\n' | sort -u | wc -l)"
test_done
