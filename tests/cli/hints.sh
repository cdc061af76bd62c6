#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a hand types that knows ls, docker or kubectl: a message that says what was meant.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
b=$NSVIEW_BIN

# A path where a container belongs.
says 2 "nsls: /srv: not a namespace file, and a name has no slash; if that is a path, which container? (nsls SPEC /srv)" "$b/nsls" -l /srv
says 2 "which container? (nscat SPEC ./x)" "$b/nscat" ./x /y
says 2 "if that is a path: nsinfo takes a container (nsinfo SPEC)" "$b/nsinfo" /srv
says 2 "if that is a path: nscollect takes a container (nscollect SPEC)" "$b/nscollect" /srv
says 125 "if that is a path: nsrun takes a container (nsrun SPEC COMMAND)" "$b/nsrun" /srv ls
check_not "no such hint for a namespace file" grep -q 'is a path' <("$b/nsls" /proc/1/ns/nope 2>&1)

# A container with a path where none is taken.
says 2 "nsinfo: web1:/etc: no such container; did you mean 'nsinfo web1'? ('nsls web1:/etc' lists files)" "$b/nsinfo" web1:/etc
says 2 "did you mean 'nscollect --paths=/etc web1'?" "$b/nscollect" web1:/etc
says 125 "did you mean 'nsrun -w root:/etc web1 COMMAND'?" "$b/nsrun" web1:/etc ls

# Names as other tools write them.
for command in nsls nsinfo nsdiff nscollect; do
	says 2 "$command: web1/: no such container; did you mean 'web1'?" "$b/$command" web1/
	says 2 "$command: default/web: no such container; did you mean 'pod:default/web'?" "$b/$command" default/web
	says 2 "$command: pod/web: no such container; did you mean 'pod:NAMESPACE/web'?" "$b/$command" pod/web
done
says 2 "nscat: pods/web: no such container; did you mean 'pod:NAMESPACE/web'?" "$b/nscat" pods/web /x
says 2 "nscp: default/web: no such container; did you mean 'pod:default/web'?" "$b/nscp" default/web:/x "$TEST_TMP"
check_not "a pod's own form gets no hint" grep -q 'did you mean' <("$b/nsls" pod:default/web 2>&1)

# Options of kubectl and docker.
says 2 "nscp: unknown option '-c': a container of a pod is pod:NAMESPACE/POD/CONTAINER" "$b/nscp" -c app web:/x .
says 2 "nsinfo: unknown option '--container': a container of a pod is pod:NAMESPACE/POD/CONTAINER" "$b/nsinfo" --container=app web
says 2 "nsdiff: unknown option '--namespace': a pod is pod:NAMESPACE/POD" "$b/nsdiff" --namespace default web
says 125 "nsrun: unknown option '--tty': that is for a program in the container: nsrun --inside -it SPEC COMMAND" "$b/nsrun" --tty web sh
says 125 "nsrun --inside -it SPEC" "$b/nsrun" -ti web sh
says 125 "nsrun --inside -it SPEC" "$b/nsrun" -it web sh
says 125 "nsrun: no-$$: no such container" "$b/nsrun" "no-$$" -- sh
says 2 "'x' is not a value of --sort: it is name, none, size, time, version, extension or width" "$b/nsls" --sort=x web
says 2 "'x' is not a value of --via: it is auto, proc or setns" "$b/nscat" --via=x web /y
says 2 "'x' is not a value of --color: it is auto, always or never" "$b/nsls" --color=x web
says 2 "'x' is not a value of --backup: it is none, " "$b/nscp" --backup=x a web:/b
says 2 "'x' is not a value of --only: it is container, process, " "$b/nsinfo" --only=ids,x web

for command in nsinfo nsdiff nscollect; do
	says 2 "$command: unknown option '-n': a pod is pod:NAMESPACE/POD" "$b/$command" -n default web
done
says 125 "nsrun: exec: no such container (nsps lists them); docker's and kubectl's exec is 'nsrun --inside -it SPEC COMMAND'" \
	"$b/nsrun" exec -it web sh
for word in verfy verifyy vreify verofy; do
	says 2 "nscollect: $word: no such container (nsps lists them); did you mean 'nscollect verify'?" "$b/nscollect" $word
done
check_not "a name that is further away gets no hint" grep -q 'did you mean' <("$b/nscollect" verbose 2>&1)
# As docker exec: what waits for a terminal's end of input would wait for ever.
says 125 "nsrun: -it: the input device is not a TTY" "$b/nsrun" --inside -it web sh
check_not "-t alone needs none" grep -q 'not a TTY' <("$b/nsrun" --inside -t web sh 2>&1 </dev/null)
says 2 "nsdiff: --image writes a file, and --json is a form of the list: one of them" "$b/nsdiff" --image x -J web
says 2 "nsdiff: --layer writes a file, and --stat is a form of the list: one of them" "$b/nsdiff" --layer x --stat web
says 2 "nsdiff: --layer and --image are of one container" "$b/nsdiff" --layer x web1 web2

# A package on the terminal helps nobody.
said=$(script -qec "$b/nscollect no-$$ -o -" /dev/null </dev/null)
check_eq "a package on a terminal" "$? ${said%% (*}" "2 nscollect: an archive is not written to a terminal"

container_start --hostname "hint$$" --setup 'ln -s . /top'

# docker cp's form, for what is a container.
says 2 "did you mean 'hint$$:/'?" "$b/nscp" "$0" "hint$$"
says 2 "did you mean 'hint$$:/'?" "$b/nscp" "hint$$" /tmp
: >"$TEST_TMP/here"
for dest in ./there there; do
	said=$(cd "$TEST_TMP" && "$b/nscp" here $dest 2>&1)
	check_eq "a copy on the host, to $dest" "$? ${said% (*}" "2 nscp: neither SOURCE nor DEST is a container's (SPEC:PATH)"
done
says 125 "/nope: the working directory can't be entered: No such file" "$b/nsrun" --inside -w /nope "$CT_PID" ls

# What is no archive.
said=$(echo hello | "$b/nscp" - "$CT_PID:/tmp" 2>&1)
check_eq "bytes of a file in place of an archive" "$? $said" "1 nscp: -: the archive can't be read: Unrecognized\
 archive format ('-' is a tar archive; '/dev/stdin' copies the bytes as a file)"
said=$(tar -cf - -C / etc/passwd | { head -c 2048; head -c 4096 /dev/zero | tr '\0' x; } | "$b/nscp" - "$CT_PID:/tmp" 2>&1)
check_not "not for an archive that is damaged further on" grep -q /dev/stdin <<<"$said"

# A folder of the kernel's has files without an end: a copy of it ends.
mkdir "$TEST_TMP/proc"
said=$(timeout 300 "$b/nscp" -r "$CT_PID:/proc/1" "$TEST_TMP/proc" 2>&1)
check_eq "a process's folder: exit" $? 1
check "its pagemap ends" grep -q ":/proc/1/pagemap: its size is not known and it does not end" <<<"$said"
check_not "nothing of it stays" test -e "$TEST_TMP/proc/1/pagemap"
check_eq "other files are whole" "$(grep -c . "$TEST_TMP/proc/1/mountinfo")" "$(grep -c . "/proc/$CT_PID/mountinfo")"

# All containers are looked up before the first is collected, and before a folder is made.
said=$(cd "$TEST_TMP" && "$b/nscollect" -o several "$CT_PID" "no-such-$$" "nor-this-$$" 2>&1)
check_eq "none of two containers" "$? $said" "2 nscollect: no-such-$$: no such container (nsps lists them)
nscollect: nor-this-$$: no such container (nsps lists them)"
check_not "nothing was made" test -e "$TEST_TMP/several"
: >"$TEST_TMP/file"
says 1 "file/: Not a directory" "$b/nscollect" -o "$TEST_TMP/file/" "$CT_PID" "$CT_PID"

# What is unknown is not told as nothing.
check_eq "--stat" "$("$b/nsdiff" --stat "$CT_PID" 2>/dev/null)" " unknown: added, changed, deleted; 0 on volumes"
check_eq "two containers: other mounts" "$("$b/nsdiff" "$CT_PID" "$CT_PID" / 2>&1)" \
	"nsdiff: note: /: what lies on other mounts is not compared"
"$b/nsdiff" "$CT_PID" "$CT_PID" /bin >"$TEST_TMP/said" 2>&1
check_eq "none is below" "$? $(cat "$TEST_TMP/said")" "0 "
check_eq "a link to what has some" "$("$b/nsdiff" "$CT_PID" "$CT_PID" /top 2>&1)" \
	"nsdiff: note: /top: what lies on other mounts is not compared"
check_eq "which -x asks for" "$("$b/nsdiff" -x "$CT_PID" "$CT_PID" / 2>&1)" ''

# Not found, and where it was looked for.
says 127 "nsrun: no-such-command: No such file or directory in PATH: /usr/bin:/bin" env PATH=/usr/bin:/bin "$b/nsrun" "$CT_PID" no-such-command
says 127 "nsrun: /no/such: No such file or directory" "$b/nsrun" "$CT_PID" /no/such
check_not "a path is not looked for" grep -q 'in PATH' <("$b/nsrun" "$CT_PID" /no/such 2>&1)
test_done
