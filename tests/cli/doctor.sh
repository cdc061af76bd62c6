#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsview doctor: each check fails where the thing really is missing, and says what is lost and what helps.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v jq >/dev/null || test_skip "jq is missing"
python3 -c 'import jsonschema' 2>/dev/null || test_skip "python3 with jsonschema is missing"
[ "$(id -u)" = 0 ] || test_skip "checks are made to fail as root"
nsview=$NSVIEW_BIN/nsview
forbid=$NSVIEW_BUILD/tests/nsv-forbid
cp "$nsview" "$TEST_TMP/nsview"
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)

valid() {
	python3 -c 'import json, sys, jsonschema
jsonschema.validate(json.load(open(sys.argv[1])), json.load(open(sys.argv[2])))' \
		"$1" "$NSVIEW_SOURCE/docs/schema/doctor.schema.json"
}

# diagnose WHAT EXIT COMMAND...: its JSON in $TEST_TMP/json.
diagnose() {
	local what=$1 code=$2

	shift 2
	"$@" >"$TEST_TMP/json" 2>"$TEST_TMP/errors"
	check_eq "$what: exit code" $? "$code"
	check_eq "$what: nothing on stderr" "$(cat "$TEST_TMP/errors")" ''
	check "$what: JSON by the schema" valid "$TEST_TMP/json"
}

# row NAME KEY; is NAME STATE TEXT [REMEDY]: of the last diagnosis.
row() { jq -r --arg n "$1" ".checks[] | select(.name == \$n) | .$2" "$TEST_TMP/json"; }
is() {
	check_eq "$1: state" "$(row "$1" state)" "$2"
	check "$1: found: $(row "$1" found)" grep -qF -- "$3" <(row "$1" found)
	[ "$2" = ok ] || check "$1: says what is lost" test "$(row "$1" lost)" != null
	[ $# -lt 4 ] || check "$1: remedy: $(row "$1" remedy)" grep -qF -- "$4" <(row "$1" remedy)
}
# In a mount namespace of its own, after the commands of $1.
apart() { unshare --mount bash -c "$1; exec '$nsview' doctor -J"; }

# Here all that the tests need works.
diagnose "this host" 0 "$nsview" doctor -J
check_eq "it works" "$(jq -r '[.works, .user] | @text' "$TEST_TMP/json")" '[true,0]'
for name in proc reading capabilities openat2 pidfd statx; do
	check_eq "$name works here" "$(row $name state)" ok
done
# Other tests mount and unmount meanwhile: what is compared is a mount namespace of its own.
# shellcheck disable=SC2016 # expanded inside
check_eq "no mount is left" "$(unshare --mount bash -c 'before=$(sort /proc/self/mountinfo); "$0" doctor >/dev/null
	[ "$(sort /proc/self/mountinfo)" = "$before" ] && echo same' "$nsview")" same
check_eq "no name twice" "$(jq -r '.checks[].name' "$TEST_TMP/json" | sort | uniq -d)" ''

# As text: a line each, and no colours but on a terminal.
"$nsview" doctor >"$TEST_TMP/text"
check_eq "a line for each check, and a summary" "$(wc -l <"$TEST_TMP/text")" $(($(jq '.checks | length' "$TEST_TMP/json") + 1))
check_not "no colours in a file" grep -q $'\033' "$TEST_TMP/text"
check "colours on a terminal" grep -q $'\033\[32mok' <(script -qec "$nsview doctor" /dev/null </dev/null)
check_not "NO_COLOR" grep -q $'\033' <(NO_COLOR=1 script -qec "$nsview doctor" /dev/null </dev/null)
check "the summary" grep -qE '^[0-9]+ ok, [0-9]+ warnings, 0 failed: containers. files can be read here$' "$TEST_TMP/text"
says 1 "write error" bash -c "'$nsview' doctor >/dev/full"

# System calls that are refused.
diagnose "no openat2" 0 "$forbid" openat2 -- "$nsview" doctor -J
is openat2 warning "openat2 is refused: Function not implemented" "Linux 5.6"
is reading ok "by a helper"
diagnose "openat2 forbidden" 0 "$forbid" openat2=1 -- "$nsview" doctor -J
is openat2 warning "Operation not permitted" "seccomp profile"
diagnose "no pidfd_open" 1 "$forbid" pidfd_open -- "$nsview" doctor -J
is pidfd fail "pidfd_open is refused" "Linux 5.3"
is reading fail "can't be read" "see capabilities"
check_eq "no pidfd: it does not work" "$(jq .works "$TEST_TMP/json")" false
diagnose "many are refused" 0 "$forbid" statx=38 open_tree landlock_create_ruleset process_vm_readv=1 \
	clock_adjtime=1 setns=1 seccomp -- "$nsview" doctor -J
is statx warning "statx is refused"
is open_tree warning "open_tree is refused" "Linux 5.12"
is landlock warning "there is no Landlock" "Linux 5.13"
is ptrace warning "can't be read"
is clock warning "adjtimex is refused"
is seccomp warning "there are no filters" CONFIG_SECCOMP_FILTER
is reading warning "works through /proc only" "see capabilities"
diagnose "no unshare" 1 "$forbid" unshare=1 -- "$nsview" doctor -J
is userns warning "can't be made" "allows unshare"
is reading fail "no mount namespace can be made"

# A check that hangs is ended, and the others are not kept.
diagnose "a call hangs" 0 timeout 60 "$forbid" clock_adjtime=hang -- "$nsview" doctor -J
is clock fail "no answer within 15 seconds"
is openat2 ok works
check_eq "no child is left" "$(pgrep -P $$ -x nsview)" ''

# Capabilities.
diagnose "no CAP_SYS_PTRACE" 0 setpriv --bounding-set -sys_ptrace --inh-caps -sys_ptrace "$nsview" doctor -J
is capabilities warning "CAP_SYS_PTRACE is missing" "these capabilities"
check_eq "what that loses" "$(row capabilities lost)" "containers of other users"
diagnose "no CAP_SYS_ADMIN" 1 setpriv --bounding-set -sys_admin,-fowner --inh-caps -sys_admin,-fowner "$nsview" doctor -J
is capabilities warning "CAP_SYS_ADMIN, CAP_FOWNER are missing"
is fuse warning "no FUSE file system can be made" CAP_SYS_ADMIN
is passthrough warning "could not be tried" "see fuse"
is open_tree warning "a mount namespace is refused" CAP_SYS_ADMIN
is reading fail "Operation not permitted" CAP_SYS_ADMIN

# /proc.
diagnose "hidepid" 0 apart 'mount -t proc -o hidepid=2 proc /proc'
is hidepid warning "hidepid=invisible" "remount,hidepid=0"
diagnose "hidepid with a group" 0 apart 'mount -t proc -o hidepid=2,gid=7 proc /proc'
is hidepid warning "gid=7"
check "what that loses in the view" grep -q view <(row hidepid lost)
# AddressSanitizer itself needs /proc.
if [ -z "${NSVIEW_SANITIZE-}" ]; then
	diagnose "no procfs" 1 apart 'mount -t tmpfs tmpfs /proc'
	is proc fail "not procfs" "mount -t proc"
fi

# FUSE.
diagnose "no /dev/fuse" 0 apart 'mount --bind /dev/null /dev/fuse'
is fuse warning "no FUSE file system can be made"
diagnose "a folder for /dev" 0 apart 'mount -t tmpfs tmpfs /dev && mknod -m 666 /dev/null c 1 3'
is fuse warning "/dev/fuse can't be opened: No such file" modprobe
is passthrough warning "could not be tried"
mkdir "$TEST_TMP/none"
cp "$(command -v fusermount3)" "$TEST_TMP/none"
chmod 755 "$TEST_TMP/none/fusermount3"
diagnose "fusermount3 without setuid" 0 env PATH="$TEST_TMP/none" "$nsview" doctor -J
is fusermount3 warning "is not setuid root" "chmod u+s"
diagnose "no fusermount3" 0 env PATH=/nowhere "$nsview" doctor -J
is fusermount3 warning "not installed" fuse3
touch "$TEST_TMP/file"
for line in 'user_allow_other' '  user_allow_other # yes' '#user_allow_other' 'user_allow_others' ''; do
	printf 'mount_max = 1000\n%s\n' "$line" >"$TEST_TMP/fuse.conf"
	[ -e /etc/fuse.conf ] || continue
	diagnose "fuse.conf '$line'" 0 apart "mount --bind '$TEST_TMP/fuse.conf' /etc/fuse.conf"
	case $line in
	*er | *yes) [ "${line#\#}" != "$line" ] || { is fuse.conf ok "is set"; continue; } ;;
	esac
	is fuse.conf warning "is not set" user_allow_other
done

# The place of the view. /etc is an overlay here, so that a file may be added to it.
etc='mkdir -p "$1" && mount -t tmpfs tmpfs "$1" && mkdir "$1/up" "$1/work" &&
	mount -t overlay -o lowerdir=/etc,upperdir="$1/up",workdir="$1/work" overlay /etc'
with_updatedb() { # TEXT
	printf '%s\n' "$1" >"$TEST_TMP/updatedb.conf"
	unshare --mount bash -c "set -- '$TEST_TMP/etc'; $etc && cp '$TEST_TMP/updatedb.conf' /etc/ && exec '$nsview' doctor -J"
}
diagnose "updatedb walks the view" 0 with_updatedb $'PRUNE_BIND_MOUNTS="yes"\nPRUNEFS="NFS fuse.sshfs"\nPRUNEPATHS="/tmp /mnt/ns"'
is updatedb warning "does not leave views out" "fuse.nsviewd to PRUNEFS"
diagnose "PRUNEFS" 0 with_updatedb 'PRUNEFS = "NFS FUSE.nsviewd"'
is updatedb ok PRUNEFS
diagnose "PRUNEPATHS" 0 with_updatedb 'PRUNEPATHS="/tmp /mnt"'
is updatedb ok PRUNEPATHS
diagnose "a comment" 0 with_updatedb '#PRUNEFS="fuse.nsviewd"'
is updatedb warning "does not leave views out"
# PID 1 is the test's own here: the host's may be closed to it.
diagnose "a mount namespace" 0 unshare --pid --mount --fork --kill-child --mount-proc bash -c "unshare --mount '$nsview' doctor -J; exit"
is propagation warning "a mount namespace of its own" "nsenter -t 1 -m"
shared() { unshare --pid --mount --fork --kill-child --mount-proc --propagation "$1" "$nsview" doctor -J; }
diagnose "a private root" 0 shared private
is propagation warning "is not shared" "make-rshared"
diagnose "a shared root" 0 shared shared
is propagation ok "is shared"

# User namespaces that a limit forbids. The limit is of a user namespace of the test's own.
diagnose "no user namespaces" 0 unshare --user --map-root-user --mount bash -c \
	"echo 0 >/proc/sys/user/max_user_namespaces && exec '$nsview' doctor -J"
is userns warning "user.max_user_namespaces is 0" "sysctl user.max_user_namespaces"

# Disk, cgroups.
mkdir "$TEST_TMP/small"
diagnose "a small disk" 0 unshare --mount bash -c \
	"mount -t tmpfs -o size=1M tmpfs '$TEST_TMP/small' && cd '$TEST_TMP/small' && exec '$nsview' doctor -J"
is space warning "1.0M free in $TEST_TMP/small" "another folder"
diagnose "a read-only one" 0 unshare --mount bash -c \
	"mount -t tmpfs -o ro tmpfs '$TEST_TMP/small' && cd '$TEST_TMP/small' && exec '$nsview' doctor -J"
is space warning "Read-only file system"
mkdir "$TEST_TMP/"$'bad\033[31m\nname'
(cd "$TEST_TMP/"bad* && "$nsview" doctor) >"$TEST_TMP/text"
check_not "a folder's name is escaped" grep -q $'\033' "$TEST_TMP/text"
check "in C's way" grep -qF 'bad\033[31m\nname' "$TEST_TMP/text"
diagnose "no cgroups" 0 apart 'umount -l /sys/fs/cgroup 2>/dev/null; umount -l /sys 2>/dev/null; mount -t tmpfs tmpfs /sys'
[ "$(row freezer state)" = ok ] || is freezer warning "cgroup" cgroup

# Containers: all can be opened; none can.
container_start --hostname "doctor$$"
diagnose "a container" 0 "$nsview" doctor -J
is containers ok "can be opened"
check "a sentence" grep -qxE '1 container runs, and it can be opened|[0-9]+ containers run, and each can be opened' <(row containers found)
diagnose "none can be opened" 1 "$forbid" pidfd_open=13 -- "$nsview" doctor -J
is containers fail "none can be opened" capabilities

# Engines: state files that are there, and those that can't be read.
# shellcheck disable=SC2016 # expanded inside
diagnose "state files" 0 unshare --mount bash -c 'mount -t tmpfs tmpfs /run && mkdir -p /run/crio &&
	exec "$0" doctor -J' "$nsview"
is engines ok cri-o
# shellcheck disable=SC2016 # expanded inside
diagnose "closed state files" 0 unshare --mount bash -c 'mount -t tmpfs -o mode=755 tmpfs /run && mkdir -pm 700 /run/crio &&
	exec setpriv --reuid 65534 --regid 65534 --clear-groups "$0" doctor -J' "$TEST_TMP/nsview"
check "cri-o's can't be read" grep -q 'state files of .*cri-o.* can.t be read' <(row engines found)
check "remedy" grep -q sudo <(row engines remedy)

# An ordinary user: works, and says what is lost.
"${nobody[@]}" "$TEST_TMP/nsview" doctor -J >"$TEST_TMP/json"
status=$?
check "an ordinary user's JSON" valid "$TEST_TMP/json"
check_eq "exit code and works agree" "$status" "$(jq 'if .works then 0 else 1 end' "$TEST_TMP/json")"
check_eq "user" "$(jq .user "$TEST_TMP/json")" 65534
is capabilities warning "user 65534 without capabilities" sudo
is passthrough warning "only root's views"
is containers warning "can't be looked at" sudo
is hidepid ok "hides no process"
if [ "$(row userns state)" = ok ]; then
	is open_tree ok "open_tree, mount_setattr and move_mount work"
	is userns ok "user namespaces can be made"
	check "the summary of an ordinary user's" grep -qE ': only this user.s own rootless containers can be read(, and none runs)?$' \
		<("${nobody[@]}" "$TEST_TMP/nsview" doctor)
fi
# The same hierarchy of cgroups for both, unless other tests make and remove groups meanwhile.
version() { "$@" "$TEST_TMP/nsview" doctor -J | jq -r '.checks[] | select(.name == "freezer").found' | grep -o 'version [12]'; }
agree() { [ "$(version env)" = "$(version "${nobody[@]}")" ]; }
check "root and others see one version of cgroups" wait_for "the same version" agree
diagnose "no user namespaces for an ordinary user" 1 "${nobody[@]}" "$forbid" unshare=1 -- "$TEST_TMP/nsview" doctor -J
is reading fail "Operation not permitted" sudo
test_done
