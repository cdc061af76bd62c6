#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A local user of the host starts processes that look like an engine's, with containers of their own
# and state files made to cost as much as can be: lists of a megabyte with nothing in them, lists of
# strings, of escapes, of one ID again and again. What nsps and nsviewd take for that is bounded, and
# other users' containers keep their names. The control is json-c's tree of one such list.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

[ "$(id -u)" = 0 ] || test_skip "a user and root's view are needed"
[ -x "$NSVIEW_BIN/../tests/forged" ] || test_skip "tests/forged was not built"
command -v python3 >/dev/null || test_skip "python3 is not installed"
uid=4711 other=4712 lists=24
id=95769a96edd85e2abaebdc69b4a77be3d4e213852508d59b9d316af42864c425
chmod 755 "$TEST_TMP"
mkdir "$TEST_TMP/root" "$TEST_TMP/storage" "$TEST_TMP/other"

python3 - "$TEST_TMP" "$lists" "$id" <<'END'
import os, sys
top, lists, id = sys.argv[1], int(sys.argv[2]), sys.argv[3]
entry = '{"id":"%s","names":["%s"]},' % (id, "x" * 4096)
units = ["{},", "[],", '"",', "0,", '"\\"",', '{"a":{"b":{"c":[[]]}}},', '{"id":"%s"},' % id, entry]
def put(folder, text):
    os.makedirs(folder + "/overlay-containers")
    with open(folder + "/overlay-containers/containers.json", "w") as f:
        f.write(text)
for n in range(lists):
    unit = units[n % len(units)]
    put(f"{top}/storage/{n}", "[" + unit * ((1024 * 1024 - 8) // len(unit) - 1) + "{}]")
put(f"{top}/other/0", '[{"id":"%s","names":["genuine"]}]' % id)
END
chown -R "$uid:$uid" "$TEST_TMP/storage"
chown -R "$other:$other" "$TEST_TMP/other"

end() {
	kill "$1" 2>/dev/null
	return 0
}

# UID STORAGE LISTS MONITORS CHILDREN
start() {
	local padding said

	padding=$(printf 'x%.0s' {1..500})
	exec {fd}< <(exec "$NSVIEW_BIN/../tests/forged" "$1" "$TEST_TMP/root" "$2" "$3" "$4" "$5" "$padding")
	on_exit end "$!"
	read -r -t 120 said <&"$fd"
	[ "$said" = ready ] || test_skip "a user can't make containers here"
}

# Peak memory in KiB of a command, and what it says in $TEST_TMP/out.
peak() {
	python3 - "$TEST_TMP/out" "$@" <<'END'
import resource, subprocess, sys
with open(sys.argv[1], "wb") as out:
    code = subprocess.run(sys.argv[2:], stdout=out, stderr=subprocess.DEVNULL, timeout=300).returncode
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss if code == 0 else f"exit {code}")
END
}

start "$uid" "$TEST_TMP/storage" "$lists" 60 4
start "$other" "$TEST_TMP/other" 1 1 1
taken=$(peak "$NSVIEW_BIN/nsps" -o PID,NAME)
check_eq "the user's containers are there" "$(($(wc -l <"$TEST_TMP/out") > 240))" 1
check "another user's keeps its name" grep -qw genuine "$TEST_TMP/out"
# ASan keeps what is freed for a while.
[ -n "${NSVIEW_SANITIZE-}" ] || check "nsps takes less than 64 MiB: $taken KiB" test "$taken" -lt 65536
tree=$(peak "$NSVIEW_BIN/../tests/json_tree" "$TEST_TMP/storage/0/overlay-containers/containers.json")
check "control: json-c's tree of one list takes more: $tree KiB" test "$tree" -gt 131072

# Whatever it takes, a look-up by another user is answered: a name that no container has.
view_start
for ((i = 0; i < 5; i++)); do
	check_eq "an unknown name" "$(quick stat "$VIEW/no-such-$i" 2>&1 | grep -c 'No such file')" 1
done
check_eq "engines' names are looked for" "$(quick readlink "$VIEW/.by-name/genuine" | grep -c .)" 1
taken=$(awk '/^VmHWM/ { print $2 }' "/proc/$VIEW_PID/status")
[ -n "${NSVIEW_SANITIZE-}" ] || check "nsviewd takes less than 256 MiB: $taken KiB" test "$taken" -lt 262144
view_stop
test_done
