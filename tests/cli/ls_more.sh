#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What nsls has beyond ls: the container's owners, JSON, exact names, terminals, endless depth, and
# a passwd that means harm.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v jq >/dev/null || test_skip "jq is missing"
nsls=$NSVIEW_BIN/nsls

# Owners: names of the container, through its user namespace.
container_start --userns --setup '
	mkdir /o; cd /o; for u in 0 1000 1001 1002 1003 1004 1005 4242; do echo >u$u; chown $u:$u u$u; done
	printf "first:x:1001:1::/:\nsecond:x:1001:1::/:\nbad name:x:1002:1::/:\n" >>/etc/passwd
	printf "1234:x:1003:1::/:\n\033[31mred:x:1004:1::/:\nshort:x\nneg:x:-5:1\nhuge:x:99999999999:1\n" >>/etc/passwd
	printf "last:x:1005:1" >>/etc/passwd'
owners() {
	awk 'NR > 1 { print $NF "=" $3 "," $4 }' | xargs
}
by_container=$("$nsls" -l "$CT_PID" /o | owners)
check_eq "names of the container" "$by_container" \
	"u0=root,root u1000=app,app u1001=first,1001 u1002=1002,1002 u1003=1003,1003 u1004=1004,1004 u1005=last,1005 u4242=4242,4242"
check_eq "by the other route" "$("$nsls" --via setns -l "$CT_PID" /o | owners)" "$by_container"
check_eq "numbers" "$("$nsls" -n "$CT_PID" /o/u1000 /o/u0 | awk '{ print $3 "," $4 }' | xargs)" "0,0 1000,1000"
check_eq "the host's numbers" "$("$nsls" -l --host-ids "$CT_PID" /o/u1000 | awk '{ print $3 "," $4 }')" \
	"$(stat -c %u,%g "/proc/$CT_PID/root/o/u1000")"
check_eq "JSON has both" "$("$nsls" -J "$CT_PID" /o | jq -c '[.[] | select(.name == "u1000") | .uid, .gid, .owner, .group][0:4]')" \
	'[1000,1000,"app","app"]'
check_eq "JSON with numbers" "$("$nsls" -Jn "$CT_PID" /o/u1000 | jq -c '.[0] | [.uid, .owner, .group]')" '[1000,null,null]'
check_eq "JSON with the host's" "$("$nsls" -J --host-ids "$CT_PID" /o/u1000 | jq -c '.[0] | [.uid, .owner]')" \
	"[$(stat -c %u "/proc/$CT_PID/root/o/u1000"),null]"
container_stop

# A passwd that means harm: no names, at once, in little memory.
for passwd in 'ln -sf /dev/zero /etc/passwd' 'rm /etc/passwd; mkfifo /etc/passwd' 'mkdir -p /x; rm /etc/passwd; ln -s /x /etc/passwd' \
	'ln -sf /etc/passwd /etc/passwd' 'ln -sf /proc/kmsg /etc/passwd' 'ln -sf /proc/kcore /etc/passwd' \
	'ln -sf /proc/self/fd/0 /etc/passwd' 'rm /etc/passwd; mknod /etc/passwd c 1 5' 'rm -r /etc' \
	'ln -sf /proc/self/environ /etc/passwd; ln -sf /sys/kernel/notes /etc/group' \
	'dd if=/dev/zero of=/etc/passwd bs=1G count=0 seek=1024' ': >/etc/passwd'; do
	container_start --setup "mkdir /o; echo >/o/f; chown 12:13 /o/f; $passwd"
	line=$(timeout 20 bash -c 'ulimit -v 200000; exec "$0" -l "$1" /o/f' "$nsls" "$CT_PID" 2>"$TEST_TMP/errors")
	[ -n "${NSVIEW_SANITIZE-}" ] && line=$(timeout 60 "$nsls" -l "$CT_PID" /o/f 2>"$TEST_TMP/errors")
	check_eq "numbers only ($passwd)" "$(awk '{ print $3 }' <<<"$line")" 12
	check "no complaint ($passwd)" test ! -s "$TEST_TMP/errors"
	container_stop
done
container_start --setup '
	mkdir /o; echo >/o/f; echo >/o/e; chown 12:12 /o/f; chown 11:11 /o/e
	yes "padding:x:5:5:a line of a passwd that is far too long for anyone to need" | head -c 1100000 >/etc/passwd
	echo "late:x:12:12::/:" >>/etc/passwd; sed -i "1i early:x:11:11::/:" /etc/passwd'
check_eq "only the first MiB is read" "$("$nsls" -l "$CT_PID" /o | awk 'NR > 1 { print $3 }' | xargs)" "early 12"
container_stop

# Names of any bytes.
container_start --setup '
	mkdir /n; cd /n
	for n in plain "with blank" "new
line" "$(printf "bad\377utf8")" "$(printf "esc\033[31m")" "$(printf "caf\303\251")" "$(printf "c1\302\233")" "q\"b\\s" "-l" \
		"$(printf "rtl\342\200\256")"; do echo >"./$n"; done
	ln -s "$(printf "to\377\033")" link
	mkdir -p "$(printf "d\377")/sub"; echo >"$(printf "d\377")/sub/f"'
root=/proc/$CT_PID/root
names() { (cd "$root/n" && find . -mindepth 1 -maxdepth 1 -printf '%f\0' | LC_ALL=C sort -z); }
check "-0 is exact" cmp <("$nsls" -0 "$CT_PID" /n) <(names)
check "in a pipe, too" cmp <("$nsls" "$CT_PID" /n) <(names | tr '\0' '\n')
check "-l in a pipe, too" cmp <("$nsls" -l "$CT_PID" /n | tail -n +2) <(cd "$root/n" && ls -lN | tail -n +2)
"$nsls" -J "$CT_PID" /n >"$TEST_TMP/json"
check "jq takes the JSON" jq -e . "$TEST_TMP/json"
check "python takes it, strictly" python3 - "$TEST_TMP/json" "$root/n" <<'END'
import base64, json, os, sys
text = open(sys.argv[1], 'rb').read().decode('utf-8')
assert not any(ord(c) < 32 and c != '\n' or 0x7f <= ord(c) <= 0x9f or c == '\u202e' for c in text)
entries = json.loads(text)
def exact(e, key):
    return base64.b64decode(e[key + '_base64']) if key + '_base64' in e else e[key].encode()
where = sys.argv[2].encode()
names = sorted(os.listdir(where))
assert [exact(e, 'name') for e in entries] == names, names
keys = ['path', 'name', 'type', 'mode', 'nlink', 'uid', 'gid', 'owner', 'group', 'size', 'allocated',
        'dev', 'inode', 'rdev', 'atime', 'mtime', 'ctime', 'target', 'spec']
for e in entries:
    st = os.lstat(os.path.join(where, exact(e, 'name')))
    assert [k for k in e if not k.endswith('_base64')] == keys, list(e)
    assert exact(e, 'path') == b'/n/' + exact(e, 'name')
    assert int(e['mode'], 8) == st.st_mode & 0o7777 and len(e['mode']) == 4
    assert (e['nlink'], e['size'], e['inode']) == (st.st_nlink, st.st_size, st.st_ino)
    assert e['allocated'] == st.st_blocks * 512
    assert e['dev'] == '%d:%d' % (os.major(st.st_dev), os.minor(st.st_dev))
    assert e['mtime'].endswith('.%09d+00:00' % (st.st_mtime_ns % 10**9)), e['mtime']
    assert e['rdev'] is None
    if e['type'] == 'symlink':
        assert exact(e, 'target') == os.readlink(os.path.join(where, exact(e, 'name')))
    else:
        assert e['target'] is None
assert {e['type'] for e in entries} == {'file', 'symlink', 'directory'}
bad = [e for e in entries if 'name_base64' in e]
assert len(bad) == 2 and all('\ufffd' in e['name'] and '\ufffd' in e['path'] for e in bad)
END
check_eq "recursion is flat, with whole paths" \
	"$("$nsls" -RJ "$CT_PID" /n | jq -r '.[] | select(.name == "f") | .path_base64' | base64 -d | od -An -c | tr -s ' ')" \
	"$(printf '/n/d\377/sub/f' | od -An -c | tr -s ' ')"
check_eq "devices" "$("$nsls" -J "$CT_PID" /dev/null | jq -c '.[0] | [.path, .name, .type, .rdev]')" '["/dev/null","null","char","1:3"]'
check_eq "the root itself" "$("$nsls" -dJ "$CT_PID" / | jq -c '.[0] | [.path, .name, .type]')" '["/","/","directory"]'
check_eq "a path without a slash" "$("$nsls" -dJ "$CT_PID" etc/ | jq -c '.[0] | [.path, .name]')" '["/etc/","etc"]'
check_eq "nothing is an empty array" "$("$nsls" -J "$CT_PID" /nowhere 2>/dev/null | jq -c .)" '[]'
check_eq "errors leave it whole" "$("$nsls" -J "$CT_PID" /nowhere /etc/passwd 2>/dev/null | jq -c 'map(.name)')" '["passwd"]'

# A terminal gets nothing that drives it.
on_terminal() { TERM=xterm script -qec "$*" /dev/null </dev/null; }
for options in '' -l -R -1 -J '-J --color=always'; do
	for locale in C C.UTF-8; do
		out=$(LC_ALL=$locale on_terminal "$nsls" --color=never $options "$CT_PID" /n | tr -d '\r\n')
		check_not "$locale $options: no control characters" grep -qaP '[\x00-\x1f\x7f]' <<<"$out"
		check_not "$locale $options: no C1 control" grep -qaF "$(printf '\302\233')" <<<"$out"
		check_not "$locale $options: nothing turns the text" grep -qaF "$(printf '\342\200\256')" <<<"$out"
		[ $locale = C ] && check_not "C $options: ASCII alone" grep -qaP '[\x80-\xff]' <<<"$out"
		[ $locale = C.UTF-8 ] && check "C.UTF-8 $options: UTF-8 stays" grep -qaF "$(printf 'caf\303\251')" <<<"$out"
	done
done
check_eq "escapes" "$(on_terminal "$nsls" -1 --color=never "$CT_PID" /n | tr -d '\r' | grep -a '^esc')" 'esc\033[31m'
esc=$(printf '\033')
check "colours on a terminal" grep -qF "${esc}[01;34mbin" <(on_terminal "$nsls" "$CT_PID" /)
check_not "none with NO_COLOR" grep -qF "$esc" <(NO_COLOR=1 on_terminal "$nsls" "$CT_PID" /)
check_not "none in a pipe" grep -qF "$esc" <("$nsls" "$CT_PID" /)
check "unless always" grep -qF "${esc}[01;34mbin${esc}[0m" <("$nsls" --color "$CT_PID" /)
check_not "none with -0" grep -qF "$esc" <("$nsls" --color=always -0 "$CT_PID" /bin)
check_eq "-0 and -J" "$("$nsls" -0J "$CT_PID" 2>&1; echo $?)" "nsls: -0 and -J exclude each other (try 'nsls --help')"$'\n2'

# Full disks.
for options in '' -l -J; do
	check_eq "$options into a full disk" "$("$nsls" $options "$CT_PID" / 2>&1 >/dev/full; echo $?)" \
		"nsls: write error: No space left on device"$'\n1'
done
container_stop

# Depth: more than PATH_MAX, no recursion of calls, no fd held.
mkdir -m 755 "$TEST_TMP/deep"
python3 - "$TEST_TMP/deep" <<'END'
import os, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
for i in range(600):
    os.mkdir('directory%03d' % i, dir_fd=fd)
    new = os.open('directory%03d' % i, os.O_RDONLY, dir_fd=fd)
    os.close(fd)
    fd = new
os.close(os.open('leaf', os.O_WRONLY | os.O_CREAT, dir_fd=fd))
END
container_start --volume "$TEST_TMP/deep:/deep"
(ulimit -n 24; ulimit -s 256; "$nsls" -R "$CT_PID" /deep >"$TEST_TMP/out" 2>"$TEST_TMP/errors")
check_eq "600 levels: exit code" $? 0
check_eq "600 levels: no error" "$(head -3 "$TEST_TMP/errors")" ''
check_eq "600 levels: headings" "$(grep -c '^/.*:$' "$TEST_TMP/out")" 601
check_eq "600 levels: the leaf" "$(tail -n 1 "$TEST_TMP/out")" leaf
check_eq "600 levels in JSON" "$("$nsls" -RJ "$CT_PID" /deep | jq -r '.[] | select(.type == "file") | .path | length')" \
	$((5 + 600 * 13 + 5))

# A directory that can be read but not searched: names without attributes, as ls shows them.
nobody=(setpriv --reuid 65534 --regid 65534 --clear-groups)
mkdir "$TEST_TMP/closed" "$TEST_TMP/private"
echo >"$TEST_TMP/closed/f"
mkdir "$TEST_TMP/closed/d"
chmod 744 "$TEST_TMP/closed"
chmod 700 "$TEST_TMP/private"
"${nobody[@]}" sleep 1000 &
sleeper=$!
on_exit kill $sleeper
wait_for "a process of nobody's" "${nobody[@]}" test -r "/proc/$sleeper/root/"
cp "$nsls" "$TEST_TMP/nsls" # the build's folder may be closed for other users
nsls=$TEST_TMP/nsls
for options in '' -l -R -li; do
	check_eq "unsearchable, $options" \
		"$("${nobody[@]}" "$nsls" $options $sleeper "$TEST_TMP/closed" 2>/dev/null; echo $?)" \
		"$("${nobody[@]}" ls $options "$TEST_TMP/closed" 2>/dev/null; echo $?)"
done
check_eq "JSON of what can't be looked at" \
	"$("${nobody[@]}" "$nsls" -J $sleeper "$TEST_TMP/closed" 2>/dev/null | jq -c 'map([.name, .type, .mode, .size])')" \
	'[["d","directory",null,null],["f","file",null,null]]'
check_eq "a directory that can't be opened" \
	"$("${nobody[@]}" "$nsls" $sleeper "$TEST_TMP/private" 2>&1 | tail -n 1)" \
	"nsls: $sleeper:$TEST_TMP/private: cannot open directory: Permission denied"
test_done
