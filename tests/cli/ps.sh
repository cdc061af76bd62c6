#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsps: columns, formats, specs, names that can be typed back, and what hostile ones do to it.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v jq >/dev/null || test_skip "jq is missing"
nsps=$NSVIEW_BIN/nsps
ps() { "$nsps" "$@"; }

container_start --hostname "one$$"
one=$CT_PID
container_start --hostname "two$$" --overlay --userns
two=$CT_PID
container_start --hostname "same$$"
same1=$CT_PID
container_start --hostname "same$$"
same2=$CT_PID
ns() { stat -Lc %i "/proc/$1/ns/$2"; }

# The table.
check_eq "headings" "$(ps "$one" | head -n 1 | xargs)" 'NAME ENGINE ID PID PROCS USER IMAGE UPTIME ROOTFS'
check_eq "a row" "$(ps -n -o PID,PROCS,USER,ROOTFS,ENGINE,ID "$one" | xargs)" "$one 1 root tmpfs - -"
check_eq "another root, another user" "$(ps -n -o PID,UID,USER,ROOTFS "$two" | xargs)" "$two 300000 300000 overlay"
check_eq "namespaces" "$(ps -n -o MNTNS,PIDNS,USERNS,UTSNS "$two" | xargs)" \
	"$(ns "$two" mnt) $(ns "$two" pid) $(ns "$two" user) $(ns "$two" uts)"
check_eq "names" "$(ps -n -o NAME,HOSTNAME "$two" | xargs)" "two$$ two$$"
check_eq "columns in small letters, added" "$(ps -o +kind,Start "$one" | head -n 1 | xargs)" \
	'NAME ENGINE ID PID PROCS USER IMAGE UPTIME ROOTFS KIND START'
check_eq "its kind" "$(ps -n -o kind "$one")" container
check_eq "its command" "$(ps -n -o COMMAND "$one")" "$(tr '\0' ' ' <"/proc/$one/cmdline" | sed 's/ $//')"
check_eq "a column that there is not" "$("$nsps" -o PID,NOPE 2>&1; echo $?)" \
	"nsps: there is no column 'NOPE' (try 'nsps --help')"$'\n2'
check_eq "an empty one" "$("$nsps" -o PID, 2>&1; echo $?)" "nsps: a column's name is missing (try 'nsps --help')"$'\n2'
for column in $("$nsps" --help | sed -n '/^Columns:/,/^$/p' | grep -oE '\b[A-Z]{2,}\b'); do
	check "column $column" "$nsps" -o "$column" "$one"
	check "the manual has column $column" grep -qE "^\|.*\b$column\b" "$NSVIEW_SOURCE/man/nsps.1.scd"
done
check_eq "the manual's columns" "$(grep -E '^\|' "$NSVIEW_SOURCE/man/nsps.1.scd" | tr -d '|' | tr ',' '\n' | xargs -n1 | sort | xargs)" \
	"$(ps --output-all "$one" | head -n 1 | xargs -n1 | sort | xargs)"
check_eq "oldest first" "$(ps -p | grep -xE "$one|$two|$same1|$same2" | xargs)" "$one $two $same1 $same2"
check_eq "in the order of age, not of the arguments" "$(ps -p "$same2" "$one" "$one" | xargs)" "$one $same2"

# Specs.
check_eq "by PID and inode" "$(ps -p "$one:$(ns "$one" mnt)")" "$one"
check_eq "by file" "$(ps -p "/proc/$two/ns/mnt")" "$two"
check_eq "by hostname" "$(ps -p "two$$")" "$two"
check_eq "another inode" "$("$nsps" -p "$one:1" 2>&1; echo $?)" "nsps: $one:1: PID $one is in another mount namespace now"$'\n2'
free_pid=$(bash -c 'echo $$')
# The words are those of the other commands.
for spec in '' 0 99999999999 1010: 1010:x 12x :5 "$free_pid" /nowhere/mnt /etc/passwd "no-such-$$" "$one:/etc" "one$$/" default/web; do
	wanted=$("$NSVIEW_BIN/nsinfo" "$spec" 2>&1)
	check_eq "nsps '$spec'" "$("$nsps" "$spec" 2>&1; echo $?)" "${wanted//nsinfo/nsps}"$'\n2'
done
check_eq "who asks for one is told of no others" "$("$nsps" "$one" 2>&1 >/dev/null)" ''
check_eq "none of a container's" "$("$nsps" -p $$ 2>/dev/null; echo $?)" 2
check "told so" grep -q "^nsps: $$: not a process of a container" <("$nsps" -p $$ 2>&1)
check_eq "not a container's namespace" "$("$nsps" -p /proc/self/ns/mnt 2>&1; echo $?)" \
	"nsps: /proc/self/ns/mnt: not the mount namespace of a container"$'\n2'
check_eq "one of two is there" "$("$nsps" -p no-such-$$ "$one" 2>/dev/null; echo $?)" "$one"$'\n2'

# Names that can be typed back.
check_eq "a name" "$(ps -q "$one")" "one$$"
check_eq "of two equal names none" "$(ps -q "$same1" "$same2" | xargs)" "$same1 $same2"
check_eq "each means itself" "$(for name in $(ps -q "$one" "$two" "$same1"); do ps -p "$name"; done | xargs)" "$one $two $same1"
check_eq "a note says how many are not seen, not with -q" "$("$nsps" -q "$one" 2>&1)" "one$$"

# JSON.
json=$(ps -J "$one" "$two")
check_eq "members" "$(jq -c '.[0] | keys_unsorted' <<<"$json")" \
	'["name","engine","id","pid","procs","user","image","uptime","rootfs"]'
check_eq "values" "$(jq -c '.[1] | [.name, .engine, .pid, .procs, .user, .rootfs]' <<<"$json")" \
	"[\"two$$\",null,$two,1,\"300000\",\"overlay\"]"
check_eq "types" "$(ps -J --output-all "$one" | jq -c '.[0] | [.uptime, .uid, .mntns, .start, .command, .cgroup, .kind, .parent] | map(type)')" \
	'["number","number","number","string","string","string","string","null"]'
check "its start is near" test "$(($(date +%s) - $(date -d "$(ps -J -o START "$one" | jq -r '.[0].start')" +%s)))" -lt 300
check_eq "the tree has parents" "$(ps -J --tree -o PID "$one" | jq -c .)" "[{\"pid\":$one,\"parent\":null}]"
check_eq "nobody is an empty array" "$(ps -J no-such-$$ 2>/dev/null; ps -J -o PID "$one" | jq length)" 1

# Hostile names.
container_start --setup 'hostname "$(printf "a\033[31m\n\\x b\377")"'
bad=$CT_PID
for options in '-n' '-r -n' '-J' '--tree -n' '-n --no-trunc'; do
	for locale in C C.UTF-8; do
		# shellcheck disable=SC2086 # words
		LC_ALL=$locale ps $options -o NAME,HOSTNAME,PID "$bad" >"$TEST_TMP/out"
		check_not "$locale $options: no control characters" grep -qaP '[\x00-\x08\x0b-\x1f\x7f\x80-\x9f]' <(LC_ALL=C grep -av '^[][]$' "$TEST_TMP/out" | sed 's/\xef\xbf\xbd//g')
		check "$locale $options: one line" test "$(grep -cv '^[][]$' "$TEST_TMP/out")" = 1
	done
done
check_eq "escaped" "$(ps -n -o NAME "$bad")" 'a\033[31m\n\\x b\377'
check_eq "raw" "$(ps -r -n -o NAME,PID "$bad")" "a\\x1b[31m\\x0a\\x5cx\\x20b\\xff $bad"
check_eq "JSON is exact" "$(ps -J -o NAME "$bad" | jq -r '.[0].name_base64' | base64 -d | od -An -tx1)" \
	"$(printf 'a\033[31m\n\\x b\377' | od -An -tx1)"
check_eq "not to be typed: its PID" "$(ps -q "$bad")" "$bad"
for hostname in "$one" -q -- .. . "pod:x" "host:one$$" "a/b" "one$$"; do
	container_start --setup "hostname -- '$hostname' 2>/dev/null || printf %s '$hostname' >/proc/sys/kernel/hostname"
	wanted=$CT_PID
	[ "$hostname" = "$one" ] && wanted=host:$one # a number is a PID
	check_eq "hostname '$hostname' is not typed as it is" "$(ps -q "$CT_PID")" "$wanted"
	[ "$hostname" = "one$$" ] || check_eq "and names nobody else" "$(ps -q "$one")" "one$$"
	container_stop
done

# Containers come and go.
"$nsps" -w >"$TEST_TMP/watch" 2>"$TEST_TMP/errors" &
watcher=$!
on_exit eval "kill $watcher 2>/dev/null || :"
check "those that run come first" wait_for "one$$" grep -qE "^[0-9T:+-]+  \+  one$$ +- +- +$one$" "$TEST_TMP/watch"
container_start --hostname "new$$"
check "a new one" wait_for "its line" grep -qE "  \+  new$$ +- +- +$CT_PID$" "$TEST_TMP/watch"
container_stop
check "gone" wait_for "its line" grep -qE "  -  new$$ +- +- +$CT_PID$" "$TEST_TMP/watch"
check_not "nothing hostile" grep -qaP '[\x00-\x08\x0b-\x1f\x7f-\xff]' "$TEST_TMP/watch"
kill -TERM $watcher
wait $watcher
check_eq "a signal ends it well" $? 0
"$nsps" -wJ >"$TEST_TMP/watch" 2>"$TEST_TMP/errors" &
watcher=$!
on_exit eval "kill $watcher 2>/dev/null || :"
check "JSON lines" wait_for "one$$" grep -q "\"one$$\"" "$TEST_TMP/watch"
check_eq "their members" "$(grep "\"one$$\"" "$TEST_TMP/watch" | jq -c '[keys_unsorted, .event, .name, .pid]')" \
	"[[\"time\",\"event\",\"name\",\"engine\",\"id\",\"pid\"],\"came\",\"one$$\",$one]"
kill -INT $watcher # ignored: the shell started it in the background
kill -TERM $watcher
wait $watcher
check_eq "a signal ends that well, too" $? 0
check "ends when nobody reads" timeout 20 bash -c "'$nsps' -w 2>/dev/null | head -n 1"
check_eq "into a full disk" "$(timeout 20 "$nsps" -w 2>&1 >/dev/full | grep -v 'once a second'; timeout 20 "$nsps" -w >/dev/full 2>/dev/null; echo $?)" \
	"nsps: write error: No space left on device"$'\n1'
check_eq "with what makes no sense" "$("$nsps" -w -o PID 2>/dev/null; echo $?; "$nsps" -w --filter name=x 2>/dev/null; echo $?)" 2$'\n2'

# What a container is called, nsinfo says as well: one in the host's UTS namespace has no name, nor one
# whose hostname is a copy of the host's.
container_start --share-uts
shared=$CT_PID
container_start --hostname "$(hostname)"
copied=$CT_PID
names=
for pid in "$one" "$two" "$same1" "$shared" "$copied"; do
	name=$(ps -J -o NAME "$pid" | jq -r '.[0].name')
	check_eq "nsinfo's name for $pid" "$("$NSVIEW_BIN/nsinfo" -J "$pid" | jq -r '.[0].container.name')" "$name"
	names="$names $name"
done
check_eq "the names" "$names" " one$$ two$$ same$$ null null"

# Output that fails.
check_eq "a full disk" "$("$nsps" "$one" 2>&1 >/dev/full | grep -v 'looked at'; "$nsps" "$one" >/dev/full 2>&1; echo $?)" \
	"nsps: write error: No space left on device"$'\n1'

# An ordinary user is told of what they can't see.
cp "$nsps" "$TEST_TMP/nsps"
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups "$TEST_TMP/nsps")
listed=" PID [0-9]+ \(Permission denied\)(, PID [0-9]+ \(Permission denied\))*( and [0-9]+ more)?"
unseen() { sed -nE "s/^nsps: note: $1([0-9]+) process(es)? could not be looked at:$listed\$/\\1/p" <<<"$2"; }
said=$("${nobody[@]}" 2>&1 >/dev/null)
missing=$(unseen 'a container may be missing: ' "$said")
check "unprivileged: containers may be missing" test "${missing:-0}" -ge 4
said=$("${nobody[@]}" -A 2>&1 >/dev/null)
all=$(unseen '' "$said")
check "-A: all that can't be looked at" test "${all:-0}" -gt "$missing"
# This shell is the host's, and can't be looked at: it is among all of them and no container's.
check "control: nobody can't look at it" test -z "$(setpriv --reuid 65534 --regid 65534 --clear-groups \
	readlink "/proc/$$/ns/mnt" 2>/dev/null)"
# What is in no PID namespace of its own and no engine's cgroup is told with -A alone. For root, which
# sees each container, all are such.
said=$("$nsps" 2>&1 >/dev/null)
check_eq "root is told nothing" "$said" ''
check_eq "unprivileged: no failure" "$("${nobody[@]}" -p | grep -cx "$one"; "${nobody[@]}" >/dev/null 2>&1; echo $?)" 0$'\n0'
test_done
