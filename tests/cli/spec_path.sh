#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# SPEC:PATH in the three commands that take it: the same place in each, never the host's by mistake.
# test_cli_spec_path has the whole grammar as a table.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
programs=$TEST_TMP/bin
mkdir "$programs" "$TEST_TMP/here"
cp "$NSVIEW_BIN"/ns* "$programs"
nscat=$programs/nscat nsls=$programs/nsls nscp=$programs/nscp
cd "$TEST_TMP/here" || exit 1

one=sp1-$$ two=sp2-$$
container_start --hostname "$one" --setup 'mkdir /tmp/d; echo one >/tmp/a; echo one >/top; echo >/tmp/d/f'
pid=$CT_PID
container_start --hostname "$two" --setup 'echo two >/tmp/a; echo two >/top'

# Without a leading slash PATH is the container's all the same, out and in, by each kind of SPEC.
inode=$(stat -Lc %i "/proc/$pid/ns/mnt")
for spec in "$one" "$pid" "$pid:$inode" "host:$one" "-:$one" "/proc/$pid/ns/mnt"; do
	check "nscp $spec:tmp/a ." "$nscp" -- "$spec:tmp/a" .
	check_eq "brings the container's" "$(cat a; rm -f a)" one
	check_eq "nscat $spec:tmp/a" "$("$nscat" -- "$spec:tmp/a")" one
	check_eq "nsls $spec:tmp/d" "$("$nsls" -- "$spec:tmp/d")" f
	echo in >in
	check "nscp in $spec:tmp" "$nscp" -- in "$spec:tmp"
	check_eq "puts it there" "$("$nscat" "$pid" /tmp/in)" in
	rm "/proc/$pid/root/tmp/in"
	check_eq "and nothing here" "$(ls)" in
done
check_eq "SPEC: is its root" "$("$nsls" "$one:")" "$("$nsls" "$one" /)"
check "nscp to SPEC:" "$nscp" in "$one:"
check_eq "puts it into the root" "$("$nscat" "$one:in")" in

# Several containers in one call, in order.
check_eq "nscat of two" "$("$nscat" "$one:top" "$two:/tmp/a" "$one:/tmp/a" | xargs)" "one two one"
check_eq "nsls of two" "$("$nsls" "$one:tmp/d" "$two:top" "$one:/top")" "$one:/top

$one:tmp/d:
f

$two:top"
check_eq "as ls, but for the containers' names" \
	"$("$nsls" -d "$one:/tmp/d" "$one:/top" "$one:/tmp/a")" "$one:/tmp/a"$'\n'"$one:/tmp/d"$'\n'"$one:/top"
check_eq "headings of -R" "$("$nsls" -R "$one:tmp/d")" "$one:tmp/d:"$'\nf'
if command -v jq >/dev/null; then
	check_eq "JSON tells which" "$("$nsls" -J "$one:top" "$two:top" | jq -c '.[] | [.spec, .path, .name]' )" \
		"[\"$one\",\"/top\",\"top\"]"$'\n'"[\"$two\",\"/top\",\"top\"]"
fi
said=$("$nscat" "$one:nope" "$two:top" 2>&1)
check_eq "a file that is missing" "$? $said" "1 nscat: $one:nope: No such file or directory"$'\n'two
for command in "$nscat" "$nsls"; do
	says 2 "/top: no SPEC:PATH, but '$one:top' is one: the file 'top' of the container '$one'" \
		"$command" "$one:top" /top
	says 2 "/top: no SPEC:PATH, but 'dokcer:$one' is one: the file '$one' of the container 'dokcer'" \
		"$command" "dokcer:$one" /top
	says 2 "$two: no SPEC:PATH" "$command" "$one:top" "$two"
	says 2 "-:$two: no SPEC:PATH" "$command" -- "$one:top" "-:$two"
	# Nothing is printed before all are there.
	says 2 "none-$$: no such container" "$command" "$one:top" "none-$$:top"
	check_eq "SPEC FILE... stays" "$("$command" "$one" top)" "$("$command" "$pid" top)"
done
check_eq "with colons in FILE" "$("$nscat" "$one" nope:x 2>&1)" "nscat: $one:nope:x: No such file or directory"
# Each is opened once: of a namespace file the helper, one child for each container.
if [ -z "${NSVIEW_SANITIZE-}" ] && strace -o /dev/null true 2>/dev/null; then
	strace -f -o "$TEST_TMP/trace" -e trace=clone,clone3,fork,vfork "$nscat" --via setns \
		"$pid:top" "$pid:tmp/a" "$pid:top" >/dev/null 2>&1
	check_eq "one helper for one container" "$(grep -cE 'clone|fork' "$TEST_TMP/trace")" 1
fi

# A text with a colon never means the host's file: where the container is not there nothing is
# copied, not even the part that is. And what to write is said.
echo host >"no$$:tmp"
check "control: cp would take it" cp "no$$:tmp" copy
rm copy
says 2 "nscp: no$$: no such container (nsps lists them); the host's file of that name is written ./no$$:tmp" \
	"$nscp" "$one:top" "no$$:tmp"
says 2 "the host's file of that name is written ./no$$:tmp" "$nscp" "no$$:tmp" "$one:/tmp/x"
says 2 "the host's file of that name is written ./no$$:tmp" "$nscp" "$one:top" "no$$:tmp" .
check_eq "nothing was copied" "$(echo *) $("$nsls" "$one:tmp" | xargs)" "in no$$:tmp a d"
check_eq "the file is as it was" "$(cat "no$$:tmp")" host
says 2 "nscp: gone$$: no such container (nsps lists them)" "$nscp" in "gone$$:tmp"
check "./ is the host's" "$nscp" "$one:top" "./no$$:tmp"
check_eq "as it says" "$(cat "no$$:tmp")" one
check "an absolute path too" "$nscp" "$one:tmp/a" "$PWD/new:x"
check_eq "as it says" "$(cat "./new:x")" one
check_eq "no part is left" "$(find . -name '.nscp.*')" ''

# ENGINE:NAME and the like without a PATH.
for text in "docker:$one" "-:$one" "host:$one" pod:a/b systemd-nspawn:x; do
	says 2 "nscp: $text: a container without a PATH ($text:/ is its root) (try" "$nscp" -- in "$text"
	says 2 "nscp: $text: a container without a PATH" "$nscp" -- "$text" .
done
for text in docker: host: pod:; do
	says 2 "nsps: $text: the container's name is empty" "$NSVIEW_BIN/nsps" "$text"
done
says 2 "nscp: host:: the container's name is empty" "$nscp" in host:
says 2 "nscat: host:: the container's name is empty" "$nscat" host: /top
touch ./docker:web
says 2 "the host's file of that name is written ./docker:web (try" "$nscp" docker:web .
says 2 "neither SOURCE nor DEST" "$nscp" ./docker:web .

# A hostname with colons.
container_start --hostname "a:$$:b" --setup 'echo colons >/top'
check_eq "a hostname with colons" "$("$nscat" "host:a:$$:b:/top")" colons
says 2 "nscat: host:a: no such container" "$nscat" "host:a:$$:b"

# An ordinary user's containers in one user namespace each: one call reaches one of them.
owner=54321
container_start --owner $owner --hostname "own1-$$" --setup 'echo mine >/top; chmod 600 /top'
container_start --owner $owner --hostname "own2-$$" --setup 'echo other >/top; chmod 600 /top; mkdir -m 777 /in'
as_owner=(setpriv --reuid "$owner" --regid "$owner" --clear-groups)
chmod 755 "$TEST_TMP/here"
for command in "$nscat" "$nsls"; do
	says 2 "own2-$$: in another user namespace than own1-$$: an ordinary user reaches" \
		"${as_owner[@]}" "$command" "own1-$$:top" "own2-$$:top"
done
check_eq "twice the same is fine" "$("${as_owner[@]}" "$nscat" "own1-$$:top" "own1-$$:/top" | xargs)" "mine mine"
check_eq "root reaches both" "$("$nscat" "own1-$$:top" "own2-$$:top" | xargs)" "mine other"
check "nscp from one to the other, by name" "${as_owner[@]}" "$nscp" "own1-$$:top" "own2-$$:in/x"
check_eq "arrives" "$("${as_owner[@]}" "$nscat" "own2-$$:in/x")" mine
test_done
