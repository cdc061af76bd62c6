#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Files by artifact, with the definitions of Debian's package forensic-artifacts: homes are those of the
# container's passwd, names that mean something in a pattern are names, links lead nowhere but into the
# container, each name has its outcome.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
[ -f /usr/share/artifacts/linux.yaml ] || test_skip "the package forensic-artifacts is missing"

sentinel=$TEST_TMP/of-the-host
echo host-sentinel-8842 >"$sentinel"
# shellcheck disable=SC2016
container_start --overlay --setup "
	mkdir -p /root /home/u/sub /home/gone /srv/svc /data/l '/opt/h*x' /opt/hax /var/spool/cron/crontabs/a/b /etc/cron.d/dir
	echo 'root:x:0:0::/root:/bin/sh
u:x:1000:1000::/home/u:/bin/sh
again:x:1001:1001::/home/u:/bin/sh
svc:x:1002:1002::/srv/svc:/bin/sh
l:x:1003:1003::/home/l:/bin/sh
star:x:1004:1004::/opt/h*x:/bin/sh
none:x:65534:65534::/nonexistent:/bin/false
up:x:1005:1005::/../../..$TEST_TMP:/bin/sh
a line that is none' >/etc/passwd
	ln -s /data/l /home/l
	echo of-root >/root/.bash_history
	echo of-u >/home/u/.bash_history
	echo too-deep >/home/u/sub/.bash_history
	echo of-nobody >/home/gone/.bash_history
	echo of-l >/data/l/.bash_history
	echo of-star >'/opt/h*x/.bash_history'
	echo decoy >/opt/hax/.bash_history
	ln -s $sentinel /srv/svc/.bash_history
	echo tab >/var/spool/cron/crontabs/root
	echo deep >/var/spool/cron/crontabs/a/b/c
	echo job >/etc/cron.d/job
	echo no >/etc/cron.d/dir/inside
	: >/root/.python_history
	" /bin/busybox sleep 100000

taken() { (cd "$UNPACKED/[root]" && find . ! -type d -printf '%P\n' | sort); }
outcome() { jsons collection.json ".outcomes[] | select(.kind == \"${2:-artifact}\" and (.name | startswith(\"$1\"))) | .outcome"; }
reason() { jsons collection.json ".outcomes[] | select(.kind == \"${2:-artifact}\" and (.name | startswith(\"$1\"))) | .reason"; }

take x.tar --artifacts BashShellHistoryFile,LinuxCronTabs,LinuxASLREnabled --artifacts PythonHistoryFile "$CT_PID"
unpack x.tar
check_schemas
check_eq "these files and no others" "$(taken)" "data/l/.bash_history
etc/cron.d/job
home/u/.bash_history
opt/h*x/.bash_history
root/.bash_history
root/.python_history
srv/svc/.bash_history
var/spool/cron/crontabs/a/b/c
var/spool/cron/crontabs/root"
check_eq "bytes" "$(cat "$UNPACKED/[root]/data/l/.bash_history" "$UNPACKED/[root]/opt/h*x/.bash_history")" "of-l
of-star"
check_eq "a link is taken as a link" "$(readlink "$UNPACKED/[root]/srv/svc/.bash_history")" "$sentinel"
check_not "no byte of the host's" grep -q host-sentinel-8842 "$TEST_TMP/x.tar"
# The naive way reads the host's file, by the host's kernel following the container's link: from /proc/PID/root it
# stays within, from a folder where the root is mounted it does not.
mkdir "$TEST_TMP/mounted"
mkdir -p "$TEST_TMP/mounted/srv/svc"
cp -a "/proc/$CT_PID/root/srv/svc/.bash_history" "$TEST_TMP/mounted/srv/svc/"
check_eq "control: cat follows the link to the host" "$(cat "$TEST_TMP/mounted/srv/svc/.bash_history")" host-sentinel-8842
check_eq "taken" "$(outcome BashShell; outcome LinuxCron)" "taken
taken"
check_eq "empty" "$(outcome Python)" empty
check_eq "names are in the options" "$(jsons collection.json '.options.artifacts | join(" ")')" \
	"BashShellHistoryFile LinuxCronTabs LinuxASLREnabled PythonHistoryFile"
check_eq "the definitions' hash" "$(jsons collection.json .options.definitions_sha256)" \
	"$(cat /usr/share/artifacts/*.yaml | sha256sum | cut -c1-64)"

# A group; an alias; commands; what is for another system; what is not there.
take g.tar --artifacts TriageHistoryFiles,MacOSBashHistory,ListProcessesPsCommand,WindowsRunKeys,AnacronFiles "$CT_PID"
unpack g.tar
check_schemas
check_eq "group" "$(outcome TriageHistoryFiles)" taken
check_eq "each member once" "$(outcome BashShellHistoryFile; outcome MySQLHistoryFile; outcome PythonHistoryFile)" "taken
missing
empty"
check_eq "a command" "$(outcome ListProcesses; reason ListProcesses; reason 'ListProcessesPsCommand: COMMAND /bin/ps' artifact-source)" "skipped
commands are never run
commands are never run"
check_eq "another system's" "$(outcome WindowsRun; reason WindowsRun)" "skipped
it is not for Linux"
check_eq "not there" "$(outcome Anacron; reason Anacron)" "missing
nothing matches it"
check "missing names that were asked for are said" grep -q 'AnacronFiles: nothing matches it' "$TEST_TMP/g.tar.notes"
check_not "missing members of groups are not" grep -q 'MySQL' "$TEST_TMP/g.tar.notes"

# All that there are for Linux, with all files and without: the same outcomes.
mapfile -t names < <("$nscollect" artifacts | cut -d' ' -f1)
check "there are many" test "${#names[@]}" -gt 200
all=$(IFS=, && echo "${names[*]}")
take all.tar --artifacts "$all" "$CT_PID"
unpack all.tar
check_schemas
check_eq "each has an outcome" "$(jsons collection.json '.outcomes[] | select(.kind == "artifact") | .name' | sort -u | comm -13 - <(printf '%s\n' "${names[@]}" | sort))" ''
check_eq "verify" "$("$nscollect" verify "$TEST_TMP/all.tar" | grep -c 'whole and unaltered')" 1
outcomes() { jsons collection.json '.outcomes[] | select(.kind == "artifact") | .name + " " + .outcome' | sort; }
some=$(outcomes)
take full.tar --full --artifacts "$all" "$CT_PID"
unpack full.tar
check_eq "with all files the outcomes are the same" "$(outcomes)" "$some"

# Definitions of one's own.
mkdir "$TEST_TMP/defs"
cat >"$TEST_TMP/defs/a.yaml" <<'END2'
# comment
---
name: Tree
doc: "x \e[31m y"
sources:
- type: PATH
  attributes: {paths: [/home/u]}
- type: COMMAND
  attributes: {args: [/marker], cmd: /bin/touch}
supported_os: [Linux]
---
name: Circle
sources:
- type: ARTIFACT_GROUP
  attributes: {names: [Circle2, Nowhere]}
---
name: Circle2
sources:
- type: ARTIFACT_GROUP
  attributes: {names: [Circle, Tree]}
---
name: Mail
sources:
- type: FILE
  attributes:
    paths: ['/var/mail/%%users.username%%', '%%environ_systemroot%%/x', 'relative', '/**/a/**/b/**/c/**/d']
END2
take own.tar --definitions "$TEST_TMP/defs" --artifacts Circle,Mail "$CT_PID"
unpack own.tar
check_schemas
check_eq "a tree" "$(taken)" "home/u/.bash_history
home/u/sub/.bash_history"
check_eq "groups in a circle" "$(outcome Circle)" "taken
taken"
check_eq "a group's member that nobody defined" "$(outcome Nowhere; reason Nowhere)" "missing
no definition has this name"
check_eq "paths that can't be" "$(outcome 'Mail: FILE' artifact-source)" "skipped
skipped
skipped"
check_not "no command was run" test -e "/proc/$CT_PID/root/marker" -o -e /marker
check_eq "a description is escaped" "$("$nscollect" artifacts --definitions "$TEST_TMP/defs" | sed -n 's/^Tree *//p')" 'x \033[31m y'

# Paths by the same way: what is only on the way to a match is not taken, and none is missed.
paths() {
	take "p$1.tar" --paths "$2" "$CT_PID"
	unpack "p$1.tar"
	taken
}
check_eq "a file below a folder or none" "$(paths 1 '/**1/passwd')" etc/passwd
check_eq "two names behind **1" "$(paths 2 '/**1/spool/cron/crontabs/root')" var/spool/cron/crontabs/root

# Mistakes are said at once, before anything is collected.
says 2 "has no 'LinuxCronTab'; is it LinuxCronTabs," "$nscollect" --artifacts LinuxCronTab "$CT_PID" -o "$TEST_TMP/never"
says 2 'a name is empty' "$nscollect" --artifacts LinuxCronTabs, "$CT_PID" -o "$TEST_TMP/never"
says 2 'takes no files' "$nscollect" --volatile --artifacts LinuxCronTabs "$CT_PID" -o "$TEST_TMP/never"
says 2 'No such file' "$nscollect" --definitions "$TEST_TMP/none" --artifacts X "$CT_PID" -o "$TEST_TMP/never"
bad() {
	printf '%b' "$1" >"$TEST_TMP/bad.yaml"
	says 2 "$2" "$nscollect" --definitions "$TEST_TMP/bad.yaml" --artifacts X "$CT_PID" -o "$TEST_TMP/never"
}
bad 'name: X\nsources: &a [*a]\n' 'bad.yaml:2: aliases of YAML are not taken'
bad 'a: &a [x,x,x,x]\nb: &b [*a,*a,*a,*a]\nname: X\n' ':2: aliases'
bad 'name: [X\n' 'bad.yaml:'
bad '' 'no definition in it'
bad "name: X\nurls: $(printf '[%.0s' {1..40})$(printf ']%.0s' {1..40})\n" 'nested too deep'
bad 'name: "X Y"\nsources: [{type: FILE, attributes: {paths: [/x]}}]\n' 'letters, digits'
bad 'name: X\nsources: [{type: FILE, attributes: {paths: [/x]}}]\n---\nname: X\nsources: [{type: FILE, attributes: {paths: [/x]}}]\n' 'X is defined twice'
bad 'name: X\n' 'needs a name and sources'
check_not "nothing was written" test -e "$TEST_TMP/never"

# A passwd that has no end, or is no file: /root and /home/* in its place.
root=/proc/$CT_PID/root
hostile() {
	check_eq "$1: what is guessed" "$(taken)" "home/gone/.bash_history
home/u/.bash_history
root/.bash_history"
	check_eq "$1: it is said" "$(outcome /etc/passwd artifact-users)" truncated
}
limits() {
	ulimit -t 60
	[ -n "${NSVIEW_SANITIZE-}" ] || ulimit -v 400000
}
for kind in sparse fifo zero link; do
	rm "$root/etc/passwd"
	case $kind in
	sparse) truncate -s 1T "$root/etc/passwd" ;;
	fifo) mkfifo "$root/etc/passwd" ;;
	zero) mknod "$root/etc/passwd" c 1 5 ;;
	link) ln -s "$sentinel" "$root/etc/passwd" ;;
	esac
	(limits; "$nscollect" --artifacts BashShellHistoryFile "$CT_PID" -o "$TEST_TMP/$kind.tar" >/dev/null 2>&1)
	unpack "$kind.tar"
	hostile "$kind"
done
rm "$root/etc/passwd"
# So many homes that the true ones come too late.
for i in $(seq 300); do echo "u$i:x:$i:1::/h/$i:/bin/sh"; done >"$root/etc/passwd"
echo 'root:x:0:0::/root:/bin/sh' >>"$root/etc/passwd"
(cd "$root" && mkdir h && cd h && mkdir $(seq 300))
take many.tar --artifacts BashShellHistoryFile "$CT_PID"
unpack many.tar
hostile "many homes"
test_done
