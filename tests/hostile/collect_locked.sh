#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscollect on a process that keeps the lock of its address space for ever: what is read from there is
# missing and named, all else is in the package.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
[ "$(id -u)" = 0 ] || test_skip "containers are made as root"
[ -w /dev/fuse ] || test_skip "no /dev/fuse"
mkdir "$TEST_TMP/root" "$TEST_TMP/below"
exec {fd}< <(exec "$NSVIEW_BUILD/tests/lockmem" "$TEST_TMP/root" "$TEST_TMP/below")
server=$!
on_exit kill "$server"
read -r -t 60 keeper container <&"$fd" || test_skip "no process with a locked memory can be made here"
{ timeout -s KILL 2 cat "/proc/$keeper/maps"; } >/dev/null 2>&1
check_eq "control: a read of its maps hangs" $? 137

for pid in "$keeper" "$container"; do
	timeout -s KILL 100 "$nscollect" --timeout 1 "$pid" -o "$TEST_TMP/$pid.tar" >/dev/null 2>"$TEST_TMP/notes"
	status=$?
	case $pid in
	"$keeper") check_eq "the keeper: exits" "$status" 1 ;;
	*) check_eq "the container below: exits" "$status" 0 ;;
	esac
done
unpack "$keeper.tar"
check_schemas
check_eq "its command line, memory and environment are missing" \
	"$(jsons processes.json ".[] | select(.pid == $keeper) | [.argv_missing, .environ_missing, .maps_missing] | unique[]")" \
	'no answer: the process keeps its memory locked'
check_eq "its name, state and fds are not" \
	"$(jsons processes.json ".[] | select(.pid == $keeper) | \"\\(.name) \\(.fds | length > 0) \\(.namespaces.mnt)\"")" \
	"conmon true $(stat -Lc %i "/proc/$keeper/ns/mnt")"
check_eq "it is said" "$(jsons collection.json '.outcomes[] | select(.name == "memory").outcome')" failed
said=$("$nscollect" verify "$TEST_TMP/$keeper.tar" 2>&1)
check_eq "verify" "$(grep -vE '^  root|: [0-9]+ members' <<<"$said")" \
	"incomplete: collection.json (the collection did not get all)"
check "verify the other" "$nscollect" verify "$TEST_TMP/$container.tar"
kill "$server"
test_done
