#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Containers by name: every command finds the one that is meant, or says why it does not.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

# Leaks can't be looked for in a process that has made itself undumpable.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
programs=$TEST_TMP/bin
mkdir "$programs"
cp "$NSVIEW_BIN"/ns* "$programs"
nscat=$programs/nscat nsls=$programs/nsls nscp=$programs/nscp

one=nm1-$$ two=nm2-$$ twin=tw-$$
container_start --hostname "$one" --setup 'echo one >/tag; mkdir /in'
pid_one=$CT_PID helper_one=$CT_HELPER
container_start --hostname "$two" --setup 'echo two >/tag; mkdir /in'
pid_two=$CT_PID
container_start --hostname "$twin" --setup 'echo twin1 >/tag'
twin1=$CT_PID
container_start --hostname "$twin" --setup 'echo twin2 >/tag'
twin2=$CT_PID

# By each kind of name, each command.
for spec in "$one" "host:$one" "-:$one"; do
	for via in proc setns; do
		check_eq "nscat $spec ($via)" "$("$nscat" --via $via -- "$spec" /tag)" one
		check_eq "nsls $spec ($via)" "$("$nsls" --via $via -- "$spec" /tag)" /tag
	done
	check_eq "nscp $spec out" "$("$nscp" -- "$spec:/tag" - | tar -xO)" one
	echo "into $spec" >"$TEST_TMP/file"
	check "nscp $spec in" "$nscp" -- "$TEST_TMP/file" "$spec:/in/file"
	check_eq "it is there" "$("$nscat" "$pid_one" /in/file)" "into $spec"
done
check "nscp from one to another" "$nscp" "$one:/tag" "$two:/in/tag"
check_eq "it arrived" "$("$nscat" "$pid_two" /in/tag)" one
check_eq "the other is another" "$("$nscat" "$two" /tag)" two

# Not there, or more than one.
for command in "$nscat" "$nsls"; do
	name=${command##*/}
	says 2 "$name: none-$$: no such container (nsps lists them)" "$command" "none-$$" /tag
	for wrong in "docker:$one" "host:none-$$" "pod:a/b" "pod:a" "${one%?}" "${one}x"; do
		says 2 "$name: $wrong: no such container" "$command" "$wrong" /tag
	done
	says 2 "$name: $twin: means several containers: $twin1, $twin2" "$command" "$twin" /tag
	says 2 "$name: host:$twin: means several containers: $twin1, $twin2" "$command" "host:$twin" /tag
done
says 2 "nscp: none-$$: no such container" "$nscp" "none-$$:/tag" "$TEST_TMP/none"
says 2 "nscp: $twin: means several" "$nscp" "$twin:/tag" "$TEST_TMP/none"
check "nothing was made" test ! -e "$TEST_TMP/none"

# One that goes leaves the name to the other.
container_stop
check_eq "the name that is left" "$("$nscat" "$twin" /tag)" twin1
says 2 "no such container" "$nscat" -- "-:$(hostname)-$$" /tag

# The host's own hostname names no container.
container_start --share-uts --setup 'echo shared >/tag'
says 2 "no such container" "$nscat" "$(hostname)" /tag
said=$("$nscat" "host:$(hostname)" /tag 2>&1)
case $said in
shared | *"means several containers: "*) checks_run=$((checks_run + 1)) ;;
*) check_eq "host: and the host's own" "$said" shared ;;
esac

# A PID is looked at, not looked for: no list of processes, no engine's file, no child. Control: a name.
traced() {
	strace -f -o "$TEST_TMP/trace" -e trace=openat,getdents64,fork,vfork,clone,clone3 \
		"$NSVIEW_BIN/nscat" "$1" /tag >/dev/null 2>&1
	grep -cE 'getdents|fork\(|clone|"(/var/lib|/run|/etc)/' "$TEST_TMP/trace"
}
if [ -n "${NSVIEW_SANITIZE-}" ]; then
	echo "the sanitizer's own calls are among ours: not traced"
elif ! strace -o /dev/null true 2>/dev/null; then
	test_skip "strace can't trace here"
else
	check_eq "a PID scans nothing" "$(traced "$pid_one")" 0
	check_not "control: a name does" test "$(traced "$one")" = 0
fi

# The owner of a rootless container reaches it by name; a stranger does not.
owner=54321
container_start --owner $owner --hostname "own-$$" --setup 'echo mine >/tag; chmod 600 /tag'
mine=$CT_PID
as_owner=(setpriv --reuid "$owner" --regid "$owner" --clear-groups)
stranger=(setpriv --reuid $((owner + 1)) --regid $((owner + 1)) --clear-groups)
check_eq "the owner, by name" "$("${as_owner[@]}" "$nscat" "own-$$" /tag)" mine
check_eq "the owner, by PID" "$("${as_owner[@]}" "$nscat" "$mine" /tag)" mine
check_eq "root, by name" "$("$nscat" "own-$$" /tag)" mine
says 2 "nscat: own-$$: no such container (nsps lists yours; root sees all of them)" \
	"${stranger[@]}" "$nscat" "own-$$" /tag
says 2 "nscat: $one: no such container" "${as_owner[@]}" "$nscat" "$one" /tag

# Who keeps a container has the host's files: it is said, and how to go on.
for command in nscat nsls; do
	said=$("$programs/$command" "$helper_one" /etc/hostname 2>&1 >"$TEST_TMP/out")
	check_eq "$command of its monitor" "$? $said" "0 $command: note: $helper_one is nsv-container, outside of\
 any container: the container below it is $pid_one ($one); try '$command $pid_one ...'"
done
said=$("$nscp" "$helper_one:/etc/hostname" "$TEST_TMP/copy" 2>&1)
check_eq "nscp of its monitor" "$? $said" "0 nscp: note: $helper_one is nsv-container, outside of\
 any container: the container below it is $pid_one ($one); try 'nscp $pid_one:...'"
said=$("$nscat" $$ /etc/hostname 2>&1 >/dev/null)
case $said in
"nscat: note: $$ is "*", outside of any container: the containers below it are $pid_one ($one), $pid_two ($two), $twin1"*"; try 'nscat $pid_one ...'")
	checks_run=$((checks_run + 1)) ;;
*) check_eq "an ancestor of several" "$said" "..." ;;
esac
test_done
