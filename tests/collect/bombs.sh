#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Packages that were made to cost memory: verify reads them in little, and says what is wrong.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

cd "$TEST_TMP" || exit 1
# A line of files.jsonl of which a tree would have 250 times the size; a line without an end; a header of
# attributes that says it has 8 EiB.
python3 - <<'END2'
import hashlib
def member(name, data, kind=b"0", size=None):
    b = bytearray(512)
    for at, text in ((0, name.encode()), (100, b"0000600\0"), (108, b"0000000\0"), (116, b"0000000\0"),
                     (124, b"%011o\0" % (len(data) if size is None else size)), (136, b"%011o\0" % 1700000000),
                     (148, b" " * 8), (156, kind), (257, b"ustar\00000")):
        b[at:at + len(text)] = text
    b[148:156] = b"%06o\0 " % sum(b)
    return bytes(b) + data + bytes(-len(data) % 512)
def package(name, line):
    sums = hashlib.sha256(line).hexdigest().encode() + b"  files.jsonl\n"
    open(name, "wb").write(member("files.jsonl", line) + member("SHA256SUMS", sums) + bytes(1024))
package("tree.tar", b'{"path":"x","a":[' + b"{}," * 1300000 + b"{}]}\n")
package("deep.tar", b'{"path":"x","a":' + b"[" * 4000000 + b"\n")
package("line.tar", b"x" * (16 << 20))
open("pax.tar", "wb").write(member("x", b"", b"x", 0o77777777777) + bytes(2048))
END2
limited() {
	[ -n "${NSVIEW_SANITIZE-}" ] || ulimit -v 100000
	"$nscollect" verify "$1" 2>&1
}
for bomb in tree deep line pax; do
	said=$(limited "$bomb.tar")
	check_eq "$bomb: exit" $? 1
	check "$bomb: it was read" grep -qE "^$bomb.tar: (.* NOT as it was collected|not a package)" <<<"$said"
done
check "damage is said" grep -q 'damaged: files.jsonl' <(limited line.tar)
test_done
