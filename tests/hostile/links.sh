#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Links that lead a tool of the host's to the host's files: absolute ones, chains of "..",
# in the last and in a middle component, read and written (CVE-2019-10152 of podman cp,
# CVE-2025-9566, lxd#789, moby#22596). Control: cat and cp through /proc/PID/root.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

victim=$TEST_TMP/victim
mkdir "$victim"
echo 'the host secret' >"$victim/secret"
up=../../../../../../../../../../../..

setup="mkdir -p /links/real /volume
	echo inside >/links/real/secret
	ln -s '$victim/secret' /links/absolute
	ln -s '$up$victim/secret' /links/climbing
	ln -s '$victim' /links/directory
	ln -s '$up$victim' /links/climbing-directory
	ln -s absolute /links/chain1
	ln -s chain1 /links/chain2
	ln -s '$victim/new' /links/dangling
	ln -s /links/real /links/inner-directory
	ln -s '$victim/secret' /volume/secret
	ln -s '$victim' /volume/d"

# Control: the naive way reads the host's file through each of them, and writes it. Above the root
# of a container that is only chrooted there is more; ".." leads there.
container_start --chroot --setup "$setup"
for path in climbing climbing-directory/secret "real/$up$victim/secret"; do
	check_eq "control: cat follows $path" "$(cat "/proc/$CT_PID/root/links/$path")" \
		'the host secret'
	for via in proc setns; do
		check_not "nscat --via $via $path fails in a chroot" \
			"$NSVIEW_BIN/nscat" --via $via "$CT_PID" "/links/$path"
		check_not "nscp --via $via $path fails in a chroot" \
			"$NSVIEW_BIN/nscp" --via $via "$CT_PID:/links/$path" "$TEST_TMP/out"
	done
done
container_start --setup "$setup"
root=/proc/$CT_PID/root
for path in absolute directory/secret chain2; do
	check_eq "control: cat follows $path" "$(cat "$root/links/$path")" 'the host secret'
done
cp "$TEST_TMP/victim/secret" "$root/links/dangling" 2>/dev/null || echo x >"$root/links/dangling"
check "control: cp writes through a dangling link" test -e "$victim/new"
rm -f "$victim/new"

for via in proc setns; do
	for path in absolute climbing directory/secret climbing-directory/secret chain2 \
		"real/$up$victim/secret" "inner-directory/../directory/secret"; do
		out=$("$NSVIEW_BIN/nscat" --via $via "$CT_PID" "/links/$path" 2>&1)
		check_eq "nscat --via $via $path fails" $? 1
		check_not "and prints nothing of the host" grep -q 'host secret' <<<"$out"
		check_not "nscp --via $via out of $path fails" \
			"$NSVIEW_BIN/nscp" --via $via "$CT_PID:/links/$path" "$TEST_TMP/out"
		check "and makes no file" test ! -e "$TEST_TMP/out"
		check_not "nsls --via $via -L $path fails" \
			"$NSVIEW_BIN/nsls" --via $via "$CT_PID" "/links/$path/"
	done
	check_eq "a link that stays inside is followed" \
		"$("$NSVIEW_BIN/nscat" --via $via "$CT_PID" /links/inner-directory/secret)" inside
done

# Into the container: a link in the place of the destination, and on the way to it.
echo payload >"$TEST_TMP/payload"
mkdir -p "$TEST_TMP/tree/d"
echo payload >"$TEST_TMP/tree/d/planted"
echo payload >"$TEST_TMP/tree/secret"
for dest in directory/planted climbing-directory/planted directory/ climbing-directory/ dangling/x; do
	check_not "nscp into $dest fails" "$NSVIEW_BIN/nscp" "$TEST_TMP/payload" "$CT_PID:/links/$dest"
done
for dest in absolute climbing chain2 dangling; do
	"$NSVIEW_BIN/nscp" "$TEST_TMP/payload" "$CT_PID:/links/$dest" >/dev/null 2>&1
	check_eq "nothing comes through $dest" "$(ls "$victim")" secret
done
# A whole tree over a folder that holds links of the same names.
"$NSVIEW_BIN/nscp" -r "$TEST_TMP/tree/." "$CT_PID:/volume" >/dev/null 2>&1
check_eq "a tree does not come through links below the destination" "$(ls "$victim")" secret
check_eq "nor over the file they point to" "$(cat "$victim/secret")" 'the host secret'

# Out of the container, onto a host's folder that holds links (kubectl cp, CVE-2019-1002101).
mkdir "$TEST_TMP/dest"
ln -s "$victim" "$TEST_TMP/dest/d"
ln -s "$victim/secret" "$TEST_TMP/dest/secret"
container_start --setup 'mkdir -p /tree/d; echo evil >/tree/d/planted; echo evil >/tree/secret'
"$NSVIEW_BIN/nscp" -a "$CT_PID:/tree/." "$TEST_TMP/dest" >/dev/null 2>&1
check_eq "nothing is written through links below the host's destination" "$(ls "$victim")" secret
check_eq "nor over their target" "$(cat "$victim/secret")" 'the host secret'
test_done
