#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# verify and list: a package that is as it was, and every change to one that was made.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

# shellcheck disable=SC2016
container_start --overlay --hostname evidence --setup '
	mkdir -p /t
	ln -s target /t/link; printf x >"/t/a
b"; printf y >"$(printf "/t/\\377bad\\\\")"; printf h >/t/h; ln /t/h /t/h2
	dd if=/dev/zero of=/t/sparse bs=1 count=1 seek=5000000 2>/dev/null
	ln /t/link /t/link2; ln -s "$(printf "\\377\\n\"")" /t/raw; mkdir /t/empty
	mkfifo /t/fifo; ln /t/fifo /t/fifo2; mknod /t/zero c 1 5
	' /bin/busybox sleep 100000
cd "$TEST_TMP" || exit 1

verify() { # PACKAGE: what it said, without the line of its name; its code in $code
	said=$("$nscollect" verify "$1" 2>&1)
	code=$?
	said=$(grep -v "^$1: " <<<"$said")
}

for form in x.tar x.tar.gz x.tar.zst folder; do
	take "$form" --full --memory --exclude busybox "$CT_PID"
	verify "$form"
	check_eq "$form is whole" "$code $said" "0   root hash $ROOT_HASH"
done

# Every single bit that is turned over is found; those of what ends it too.
python3 - x.tar <<'END' >positions
import os, random, sys
random.seed(1)
size = os.path.getsize(sys.argv[1])
data = open(sys.argv[1], "rb").read()
marks = [data.find(b"mtime=") + 7, data.find(b"atime=") + 8, data.find(b"host_uid=") + 9, size - 1, size - 600]
for i in marks + [random.randrange(size) for _ in range(150)]:
    print(i, random.randrange(8))
END
unfound=
while read -r at bit; do
	python3 -c 'import sys
d = bytearray(open("x.tar", "rb").read()); d[int(sys.argv[1])] ^= 1 << int(sys.argv[2]); open("bad.tar", "wb").write(d)' "$at" "$bit"
	"$nscollect" verify bad.tar >/dev/null 2>&1 && unfound="$unfound $at:$bit"
done <positions
check_eq "bits that nobody missed" "$unfound" ''

# Each kind of change by its name.
head -c 3000 x.tar >bad.tar
verify bad.tar
check_eq "cut short: exit" "$code" 1
check "cut short" grep -q '^incomplete: ' <<<"$said"
for form in x.tar x.tar.gz x.tar.zst; do
	for n in 600 3000; do
		head -c $n "$form" >"bad.$form"
		verify "bad.$form"
		check_eq "$form cut at $n: exit" "$code" 1
		check_eq "$form cut at $n: so it says" "$(head -n 1 <<<"$said")" "incomplete: it ends early"
	done
done
cp -a folder bad
rm "bad/[root]/etc/passwd"; echo >bad/extra; echo x >>"bad/[root]/etc/group"; ln -s /etc/passwd "bad/[root]/new"
rm "bad/[root]/t/link"
verify bad
check_eq "a folder: all differences" "$(grep -v hash <<<"$said" | sort)" "altered: [root]/etc/group (its bytes)
extra: [root]/new
extra: extra
missing: [root]/etc/passwd
missing: [root]/t/link"

# A folder has no headers: files.jsonl says what each name is, and where each link leads.
check_eq "devices and FIFOs are not in it" "$(cd folder && find . -type p -o -type c)" ''
change() { # WHAT SAID: "bad" is a copy of the folder that shell code WHAT changes in its [root]/t
	rm -rf bad; cp -a folder bad
	(cd 'bad/[root]/t' && eval "$1")
	verify bad
	check_eq "$1: exit and differences" "$code $(grep -v hash <<<"$said" | sort)" "$2"
}
change ':' '0 '
change 'ln -sfn /etc/shadow link' '1 altered: [root]/t/link (its target)'
change 'rm link2; ln -s targets link2' '1 altered: [root]/t/link2 (its target)'
# shellcheck disable=SC2016 # the change runs it
change 'ln -sfn "$(printf "\376\n\"")" raw' '1 altered: [root]/t/raw (its target)'
change 'rm link; mkdir link; echo >link/in' '1 altered: [root]/t/link (its type)
extra: [root]/t/link/in'
change 'rm link; echo target >link' '1 altered: [root]/t/link (its type)'
change 'rm h; ln -s h2 h' '1 altered: [root]/t/h (its type)'
change 'rmdir empty; ln -s . empty' '1 altered: [root]/t/empty (its type)'
change 'ln -sfn targets link; rm link2; ln -s targets link2' '1 altered: [root]/t/link (its target)
altered: [root]/t/link2 (its target)'
change 'rmdir empty' '1 missing: [root]/t/empty'
change 'mkdir -p new/in' '1 extra: [root]/t/new
extra: [root]/t/new/in'
change 'mkfifo new fifo; mknod zero c 1 5; mknod block b 7 200' '1 extra: [root]/t/block
extra: [root]/t/fifo
extra: [root]/t/new
extra: [root]/t/zero'
change 'rm ../../SHA256SUMS; mkfifo ../../SHA256SUMS' '1 incomplete: SHA256SUMS (it is missing: the package was not closed)'

# What is no regular file is never opened.
if command -v strace >/dev/null && [ -z "${NSVIEW_SANITIZE-}" ]; then
	change 'mkfifo a-fifo; mknod a-device c 1 5; ln -s /dev/zero a-link' '1 extra: [root]/t/a-device
extra: [root]/t/a-fifo
extra: [root]/t/a-link'
	strace -f -o trace "$nscollect" verify bad >/dev/null 2>&1
	check "files are" grep -q 'openat(.*"h2", ' trace
	check_eq "devices, FIFOs, links are not" "$(grep -E '(open|openat|openat2)\(.*"a-(fifo|device|link)"' trace)" ''
fi

# List has every name, escaped, and says nothing of its own.
"$nscollect" list x.tar >listed
check_eq "list has all" "$(wc -l <listed)" "$(tar -tf x.tar | wc -l)"
check "a newline is escaped" grep -qF '[root]/t/a\nb' listed
check "a link's target" grep -q '\[root\]/t/link -> target$' listed
says 2 'No such file' "$nscollect" verify "$TEST_TMP/nothing"
says 2 'neither a file nor a folder' "$nscollect" verify /dev/null

# What is no package at all; an archive that was unpacked, whose owners and times tar set; its bytes count.
tar -cf other.tar -C / etc/passwd
echo short >short
gzip -c /etc/passwd >passwd.gz
for none in /etc/passwd /etc/security other.tar short passwd.gz; do
	check_eq "$none is none" "$("$nscollect" verify $none 2>&1; echo $?)" "$none: not a package of nscollect
1"
done
mkdir unpacked
tar -xf x.tar -C unpacked
verify unpacked
check_eq "unpacked: exit" "$code" 1
check_eq "unpacked: says so, and no more" "$(grep -v hash <<<"$said")" "incomplete: unpacked from an archive: its bytes are compared,\
 but tar sets owners, modes and times anew; verify the archive"
check "tar makes devices" test -c "unpacked/[root]/t/zero"
echo x >>"unpacked/[root]/etc/group"
verify unpacked
check "bytes that were altered are" grep -qF 'altered: [root]/etc/group (its bytes)' <<<"$said"
check_eq "and nothing else is" "$(grep -c '^altered' <<<"$said")" 1
(cd 'unpacked/[root]/t' && ln -sfn /etc/shadow link && rm fifo zero && mkfifo zero new && mkdir folder)
verify unpacked
check_eq "links, types and what was added" "$(grep -vE 'hash|^incomplete' <<<"$said" | sort)" "altered: [root]/etc/group (its bytes)
altered: [root]/t/link (its target)
altered: [root]/t/zero (its type)
extra: [root]/t/folder
extra: [root]/t/new
missing: [root]/t/fifo"
says 2 'verify which package' "$nscollect" verify

# A reader that the package took over could do little: nothing is opened after the package is.
# Builds with sanitizers have no sandbox here: see confine.c.
if command -v strace >/dev/null && [ -z "${NSVIEW_SANITIZE-}" ]; then
	strace -f -o trace "$nscollect" verify x.tar >/dev/null
	check "it is filtered" grep -q 'seccomp(SECCOMP_SET_MODE_FILTER' trace
	check_eq "nothing is opened after that" "$(sed '1,/SECCOMP_SET_MODE_FILTER/d' trace | grep -cE ' (open|openat|socket|execve|clone)\(')" 0
fi

# Frames that ask for much memory, bombs, rubbish: an answer, and little memory.
head -c 100000000 /dev/zero | gzip >bomb.tar.gz
head -c 1000000 /dev/urandom >rubbish.tar
head -c 50000000 /dev/zero | zstd -q --ultra --long=30 -o window.tar.zst -
for bad in bomb.tar.gz rubbish.tar window.tar.zst; do
	check_eq "$bad: exit and memory" "$(/usr/bin/env python3 -c '
import resource, subprocess, sys
r = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
print(r.returncode, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss < 64 * 1024)' "$nscollect" verify $bad)" "1 True"
done
test_done
