#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A signal, a full disk, the container's end, SIGKILL: the package is closed with its lists and says
# that it is incomplete, or can be read up to where it ends.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
cd "$TEST_TMP" || exit 1
mkdir root disk
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill root
mkdir -p root/a root/z
for i in {1..50}; do echo "$i" >"root/a/$i"; done
head -c 60000000 /dev/urandom >root/z/large
echo last >root/z/zz
container_start --rootdir "$TEST_TMP/root" --overlay --hostname cut /bin/busybox sleep 100000

closed() { # PACKAGE: closed, whole as far as it goes, incomplete
	check "$1 has its name" test -e "$1"
	check_not "$1.partial is gone" test -e "$1.partial"
	said=$("$nscollect" verify "$1" 2>&1)
	check_eq "verify $1 exits" $? 1
	check_eq "verify $1 says" "$(grep -vE '^  root|: [0-9]+ members' <<<"$said")" \
		"incomplete: collection.json (the collection did not get all)"
	rm -rf "$1.d"
	unpack "$1"
	check_eq "sha256sum on $1" "$(cd "$UNPACKED" && sha256sum -c SHA256SUMS 2>&1 | grep -v ': OK$')" ''
	check_eq "$1: complete" "$(jsons collection.json .complete)" false
	check "$1 has what came before" test -s "$UNPACKED/[root]/a/50"
}

# Slowly enough that there is time; a large file under way is left out, by name.
for form in tar tar.gz tar.zst; do
	# A shell without job control has its children ignore it.
	env --default-signal=INT "$nscollect" --full --bwlimit 4M "$CT_PID" -o "int.$form" >said 2>notes &
	pid=$!
	at_large() { [ "$(stat -c %s "int.$form.partial")" -gt 4000000 ]; }
	wait_for "the large file in $form" at_large
	kill -INT $pid
	wait $pid
	check_eq "$form: SIGINT exits" $? 1
	closed "int.$form"
	check_eq "$form: why" "$(jsons collection.json '.outcomes[] | select(.kind == "collection") | .reason')" 'it was ended by a signal'
	check_eq "$form: the large file" "$(jsons collection.json '.outcomes[] | select(.name == "[root]/z/large") | .outcome')" failed
	check_not "$form: not half a file" test -e "$UNPACKED/[root]/z/large"
done

# A full disk.
mount -t tmpfs -o size=40M disk disk || test_skip "no tmpfs can be mounted"
on_exit umount -l "$TEST_TMP/disk"
for form in tar tar.gz folder; do
	"$nscollect" --full "$CT_PID" -o "disk/full.$form" >said 2>notes
	check_eq "$form: a full disk exits" $? 1
	if [ $form = folder ]; then
		said=$("$nscollect" verify disk/full.folder 2>&1)
		check_eq "folder: verify" "$(grep -vE '^  root|: [0-9]+ members' <<<"$said")" \
			"incomplete: collection.json (the collection did not get all)"
	else
		mv "disk/full.$form" .
		closed "full.$form"
		check_eq "$form: why" "$(jsons collection.json '.outcomes[] | select(.kind == "collection") | .reason')" \
			'no space was left where the package is written'
	fi
	rm -rf disk/*
done
head -c 15000000 /dev/zero >disk/taken
says 1 'are free there' "$nscollect" --full "$CT_PID" -o disk/none.tar

# Killed: what is there can be read.
"$nscollect" --full --bwlimit 4M "$CT_PID" -o killed.tar.gz >said 2>notes &
pid=$!
at_large() { [ "$(stat -c %s killed.tar.gz.partial)" -gt 4000000 ]; }
wait_for "the large file" at_large
kill -KILL $pid
wait $pid 2>/dev/null
check_not "no package" test -e killed.tar.gz
check_eq "files that tar gets" "$(tar -tzf killed.tar.gz.partial 2>/dev/null | grep -c '^\[root\]/a/.')" 50
said=$("$nscollect" verify killed.tar.gz.partial 2>&1)
check_eq "verify exits" $? 1
check "verify says incomplete" grep -q '^incomplete: ' <<<"$said"

# The container ends.
"$nscollect" --full --bwlimit 4M "$CT_PID" -o ended.tar >said 2>notes &
pid=$!
at_large() { [ "$(stat -c %s ended.tar.partial)" -gt 4000000 ]; }
wait_for "the large file" at_large
container_stop
wait $pid
check_eq "the container's end exits" $? 1
said=$("$nscollect" verify ended.tar 2>&1)
check_eq "verify exits" $? 1
check_eq "nothing but incomplete" "$(grep -vE '^  root|: [0-9]+ members' <<<"$said")" \
	"incomplete: collection.json (the collection did not get all)"
test_done
