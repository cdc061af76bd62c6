#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nsinfo: ports as ss(8) has them, with the container's processes; limits; the environment, whose values are
# asked for; names of users by the container's files, also hostile ones.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
for program in jq ss python3; do
	command -v $program >/dev/null || test_skip "$program is missing"
done
nsinfo=$NSVIEW_BIN/nsinfo

json() { # SPEC FILTER: of the one object
	"$nsinfo" -J "$1" | jq -cr ".[0] | $2"
}

export SECRET='a=b' EMPTY='' HOSTILE=$'x\033[31m'
container_start --net --hostname "more-$$" --volume "$TEST_TMP:/mnt"
in_net() { nsenter -t "$CT_PID" -n "$@"; }
inside() { nsenter -t "$CT_PID" -m -r -p /bin/busybox "$@"; }
in_net ip link set lo up

# A listener that is in the container's mount namespace if told so, and ends with this script's end of the pipe.
cat >"$TEST_TMP/listen.py" <<'EOF'
import ctypes, os, socket, sys
pid, member, sockets = sys.argv[1], sys.argv[2] == "member", []
mnt = os.open(f"/proc/{pid}/ns/mnt", os.O_RDONLY)
net = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY)
libc = ctypes.CDLL(None)
assert libc.setns(net, 0) == 0
if member:
    assert libc.setns(mnt, 0) == 0
for word in sys.argv[3:]:
    kind, address, port = word.split(",")
    s = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET,
                      socket.SOCK_DGRAM if kind == "udp" else socket.SOCK_STREAM)
    s.bind((address, int(port)))
    if kind == "tcp":
        s.listen()
    sockets.append(s)
os.write(1, b"%d\n" % os.getpid())
os.close(1)
os.read(0, 1)
EOF
listen() { # member|stranger KIND,ADDRESS,PORT...: sets $listener
	local fd hold

	mkfifo "$TEST_TMP/hold.$1"
	exec {fd}< <(exec python3 "$TEST_TMP/listen.py" "$CT_PID" "$@" <"$TEST_TMP/hold.$1")
	# shellcheck disable=SC2034 # stays open
	exec {hold}>"$TEST_TMP/hold.$1"
	read -r -t 60 listener <&"$fd" || listener=
	exec {fd}<&-
}

check_eq "no ports" "$(json "$CT_PID" .ports)" '[]'
check "no ports in the text" grep -qx '  none' <("$nsinfo" -o ports "$CT_PID")
listen stranger tcp,127.0.0.9,9999
listen member tcp,127.0.0.1,8081 tcp,0.0.0.0,8080 tcp,::1,8082 udp,127.0.0.1,53
check "they listen" test -n "$listener"
check_eq "ports as ss has them" "$(json "$CT_PID" '.ports[] | "\(.protocol) \(.port)"' | sort)" \
	"$(in_net ss -Hlntu | awk '{ n = split($5, a, ":"); print $1, a[n] }' | sort)"
check_eq "TCP first, by number" "$(json "$CT_PID" '[.ports[].port]')" '[8080,8081,8082,9999,53]'
check_eq "its process" "$(json "$CT_PID" '.ports[] | select(.port == 8082) | [.address, .family, .pid]')" "[\"::1\",\"inet6\",$listener]"
check_eq "its program" "$(json "$CT_PID" '.ports[] | select(.port == 53) | .program')" "$(cat "/proc/$listener/comm")"
fd=$(json "$CT_PID" '.ports[] | select(.port == 8081) | .fd')
check "its fd is a socket" grep -q "^socket:" <(readlink "/proc/$listener/fd/$fd")
check_eq "of no process of the container" "$(json "$CT_PID" '.ports[] | select(.port == 9999) | [.pid, .fd, .program]')" '[null,null,null]'
check "in the text" grep -qE "^  tcp  127\.0\.0\.1:8081 +$listener \(\S+\)$" <("$nsinfo" -o ports "$CT_PID")
# In the host's network only the container's own count. Control: this one is not the container's.
first=$CT_PID
container_start --hostname "host-$$"
server=$(python3 -c 'import socket; s = socket.create_server(("127.0.0.1", 0)); print(s.getsockname()[1])')
exec {fd}< <(exec python3 -c 'import socket, sys, time
s = socket.create_server(("127.0.0.1", int(sys.argv[1])))
print("ready", flush=True)
time.sleep(600)' "$server")
on_exit kill $!
read -r -t 60 _ <&"$fd"
check "the control" grep -q ":$server " <(ss -Hlnt)
check_eq "not the host's" "$(json "$CT_PID" ".ports[] | select(.port == $server)")" ''
CT_PID=$first

# Limits and the environment, as /proc has them.
check_eq "limits" "$(json "$CT_PID" '.limits[] | "\(.soft // "unlimited") \(.hard // "unlimited") \(.unit // "")"' | sed 's/ $//')" \
	"$(sed 1d "/proc/$CT_PID/limits" | cut -c27- | awk '{ print $1, $2, $3 }' | sed 's/ $//')"
check_eq "a limit by its name" "$(json "$CT_PID" '.limits[] | select(.resource == "nofile") | .soft')" \
	"$(awk '/^Max open files/ { print $4 }' "/proc/$CT_PID/limits")"
check "in the text" grep -qE '^  nofile +[0-9]+ +[0-9]+  files$' <("$nsinfo" "$CT_PID")
check_eq "names" "$(json "$CT_PID" '[.environment[].name] | sort')" \
	"$(tr '\0' '\n' <"/proc/$CT_PID/environ" | sed 's/=.*//' | jq -Rnc '[inputs] | sort')"
check_eq "no values unless asked" "$(json "$CT_PID" '[.environment[] | has("value")] | unique')" '[false]'
check_not "nor in the text" grep -q "a=b" <("$nsinfo" "$CT_PID")
check_eq "values" "$("$nsinfo" --env -J "$CT_PID" | jq -c '[.[0].environment[] | select(.name == "SECRET" or .name == "EMPTY") | .value] | sort')" \
	'["","a=b"]'
check "in the text" grep -qx "  SECRET=a=b" <("$nsinfo" --env "$CT_PID")
check "escaped" grep -qxF '  HOSTILE=x\033[31m' <("$nsinfo" --env "$CT_PID")

# Names of users, by the container's files and not the host's. Control: the host has names for 0.
named() { timeout 60 "$nsinfo" --user-names -J "$CT_PID" | jq -c '.[0] | [.user, .group, .processes[0].user]'; }
check "control: the host's" getent passwd 0
check_eq "no names unless asked" "$(json "$CT_PID" '[.user, .processes[0].user]')" '[null,null]'
printf 'nonsense\nless:x\nup:x:00:0\ncaptain:x:0:0::/:\nsecond:x:0:0::/:\n' >"$TEST_TMP/passwd"
printf 'crew:x:0:\n' >"$TEST_TMP/group"
check "files" inside cp /mnt/passwd /mnt/group /etc/
check_eq "user and group" "$(named)" '["up","crew","up"]'
printf 'captain\033[31m:x:0:0::/:\n' >"$TEST_TMP/passwd"
inside cp /mnt/passwd /etc/
check "escaped in the text" grep -qF "User            0 (captain\\033[31m)" <("$nsinfo" --user-names "$CT_PID")
check "in the tree" grep -qE "^ +$CT_PID +1 +captain.033\[31m  " <("$nsinfo" --user-names "$CT_PID")
for hostile in 'mkfifo /etc/passwd' 'ln -s /dev/zero /etc/passwd' 'mknod /etc/passwd c 1 5' 'mkdir /etc/passwd' 'ln -s passwd /etc/passwd'; do
	inside sh -c "/bin/busybox rm -rf /etc/passwd; /bin/busybox $hostile"
	check_eq "$hostile" "$(named)" '[null,"crew",null]'
done
inside sh -c '/bin/busybox rm -rf /etc/passwd; /bin/busybox ln -s /../../../../etc/passwd.host /etc/passwd'
cp /etc/passwd "$TEST_TMP/host"
check_eq "a link to a name that only the host has" "$(named)" '[null,"crew",null]'
python3 -c 'print("x:x:0:0::/:\n" * 100000)' >"$TEST_TMP/passwd"
inside sh -c '/bin/busybox rm -rf /etc/passwd; /bin/busybox cp /mnt/passwd /etc/'
check_eq "a file that is too long is not read" "$(named)" '[null,"crew",null]'
check_eq "and that is no failure" "$("$nsinfo" --user-names "$CT_PID" >/dev/null 2>&1; echo $?)" 0
test_done
