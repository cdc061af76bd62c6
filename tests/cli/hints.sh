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
says 125 "nsrun: web1: no such container" "$b/nsrun" web1 -- sh
says 2 "did you mean 'web1:/'?" "$b/nscp" "$0" web1
says 2 "did you mean 'web1:/'?" "$b/nscp" web1 /tmp
check_not "not for a file that is there" grep -q 'did you mean' <(cd "$TEST_TMP" && : >here && "$b/nscp" here ./there 2>&1)

# Not found, and where it was looked for.
container_start
says 127 "nsrun: no-such-command: No such file or directory in PATH: /usr/bin:/bin" env PATH=/usr/bin:/bin "$b/nsrun" "$CT_PID" no-such-command
says 127 "nsrun: /no/such: No such file or directory" "$b/nsrun" "$CT_PID" /no/such
check_not "a path is not looked for" grep -q 'in PATH' <("$b/nsrun" "$CT_PID" /no/such 2>&1)
test_done
