#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What nscp does with places that containers have: backups of mount points, --mkdir, --chown with a
# container's names, --dry-run, a copy into itself; and the line in the system's log.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

nscp=$NSVIEW_BIN/nscp
setup='
	mkdir -p /v /in /etc
	echo "of the volume" >/v/hosts && chown 5:6 /v/hosts && chmod 4640 /v/hosts
	touch -d 2004-04-04 /v/hosts
	touch /in/hosts /in/f~ && mount -o bind /v/hosts /in/hosts
	echo old >/in/f && mount -o bind /v/hosts /in/f~
	echo old >/in/kept && echo kept >/in/kept~ && mkdir /in/ap && echo old >/in/ap/f
	echo old >/in/dir && mkdir /in/dir~
	echo root:x:0:0::/:/bin/sh >/etc/passwd
	echo web:x:33:44:Web:/var/www:/bin/false >>/etc/passwd
	echo web:x:1:1::/:/bin/sh >>/etc/passwd
	echo wrong:x:many:1::/:/bin/sh >>/etc/passwd
	echo short:x >>/etc/passwd
	printf "www:x:55:\nlast:x:66:" >/etc/group'
container_start --setup "$setup"
pid=$CT_PID
root=/proc/$pid/root
container_start --userns --setup "$setup"
mapped=$CT_PID
cd "$TEST_TMP" || exit 1
echo new >f
mkdir -p tree/sub
echo new | tee tree/a >tree/sub/b
owner() {
	stat -c %u:%g "$1"
}

# ---- backups ----
check "a backup of a mount point" "$nscp" -b f "$pid:/in/hosts"
check_eq "the file is written in place" "$(cat "$root/v/hosts")" new
check_eq "and its backup is a copy, without the setuid bit" \
	"$(cat "$root/in/hosts~") $(stat -c '%U:%G %u:%g %a %y' "$root/in/hosts~" | cut -d' ' -f2-4)" \
	"of the volume 5:6 640 2004-04-04"
mounts_kept
check "with a number" "$nscp" -a --backup=numbered f "$pid:/in/hosts"
check_eq "it has a number" "$(cat "$root/in/hosts.~1~")" new
touch "$root/in/g.~999999999999999999~" "$root/in/g"
says 1 "its backups have the highest number already" "$nscp" --backup=numbered f "$pid:/in/g"
check_eq "and no other number is made" "$(find "$root/in" -name 'g.~*' | wc -l)" 1
rm "$root/in/g" "$root/in/g.~999999999999999999~"
says 1 "its backup's name, 'f~', is a mount point" "$nscp" -b f "$pid:/in/f"
says 1 "its backup's name, 'dir~', is a directory" "$nscp" --backup=simple f "$pid:/in/dir"
check_eq "and both files stay" "$(cat "$root/in/f" "$root/in/dir" | xargs)" "old old"
mounts_kept
says 1 "its backup would replace the source" "$nscp" --backup=simple "$pid:/in/hosts~" "$pid:/in/hosts"
says 1 "its backup would replace the source" "$nscp" --backup=simple "$pid:/in/kept~" "$pid:/in/kept"
check_eq "which is still there" "$(cat "$root/in/kept~")" kept
check_eq "no temporary file is left" "$(find "$root/in" -name '.nscp.*')" ''
cp f g && echo old >g~
check "an archive" "$nscp" -b - "$pid:/in" < <(tar c f g --transform 's/^f$/hosts/')
check_eq "keeps what it replaces, too" "$(find "$root/in" -name 'hosts*' | wc -l)" 4
mounts_kept
if chattr +a "$root/in/ap" 2>/dev/null; then
	says 1 "the folder is append-only" "$nscp" -b f "$pid:/in/ap"
	chattr -a "$root/in/ap"
	check_eq "the file stays" "$(cat "$root/in/ap/f")" old
fi

# ---- directories that are missing ----
says 1 "No such file or directory" "$nscp" f "$pid:/a/b/c"
check "--mkdir" "$nscp" --mkdir f "$pid:/a/b/c"
check_eq "makes what leads to DEST" "$(cat "$root/a/b/c") $(stat -c %a "$root/a/b")" "new 755"
check "with a slash" "$nscp" --mkdir f "$pid:/a/d/"
check "with -t" "$nscp" --mkdir -t "$pid:/a/e/f" f tree/a
check "again" "$nscp" --mkdir -t "$pid:/a/e/f" f tree/a
check_eq "DEST, too" "$(cat "$root/a/d/f" "$root/a/e/f/a" | xargs)" "new new"
(umask 077 && "$nscp" --mkdir f "$mapped:/a/b/c")
check_eq "for the container's root, by the umask" "$(owner "/proc/$mapped/root/a/b") $(stat -c %a "/proc/$mapped/root/a/b")" \
	"300000:300000 700"
check "on the host" "$nscp" --mkdir "$pid:/a/b/c" h/i/c
check_eq "too" "$(cat h/i/c)" new
ln -s nowhere "$root/in/dangling"
check_not "through no link to nothing" "$nscp" --mkdir f "$pid:/in/dangling/x"
check_not "nor through a file" "$nscp" --mkdir f "$pid:/in/f/x"

# ---- owners ----
for via in proc setns; do
	rm -f "$root/owned"
	check "$via: --chown" "$nscp" --via $via --chown=web f "$pid:/owned"
	check_eq "$via: by the container's passwd" "$(owner "$root/owned")" 33:0
	check "$via: with a group" "$nscp" --via $via --chown=web:www -p f "$pid:/owned"
	check_eq "$via: by its group" "$(owner "$root/owned")" 33:55
	check "$via: a tree in a user namespace" "$nscp" --via $via -a --mkdir --chown=web: tree "$mapped:/x/tree"
	check_eq "$via: the user's own group" "$(for f in "" /tree /tree/sub/b; do owner "/proc/$mapped/root/x$f"; done | sort -u)" 300033:300044
	rm -r "/proc/$mapped/root/x"
done
check "the group alone, of the last line" "$nscp" --chown=:last f "$pid:/owned"
check_eq "leaves the user" "$(owner "$root/owned")" 33:66
check "numbers" "$nscp" --chown=12:13 f "$pid:/owned"
check_eq "are numbers" "$(owner "$root/owned")" 12:13
check "names of the host" "$nscp" --chown=daemon:daemon "$pid:/in/f" owned
check_eq "for a copy to it" "$(stat -c %U:%G owned)" daemon:daemon
check "an archive" "$nscp" --chown=web - "$pid:/in" < <(tar c g)
check_eq "goes to them as well" "$(owner "$root/in/g")" 33:0
cp f suid && chmod 4755 suid
check "a setuid file" "$nscp" -a --special --chown=web suid "$pid:/suid"
check_eq "does not become another's" "$(stat -c '%u %a' "$root/suid")" "33 755"
for name in nobody-there many wrong short ''; do
	check_not "no user '$name'" "$nscp" --chown="$name" f "$pid:/never"
done
says 2 "the container has no user 'daemon'" "$nscp" --chown=daemon f "$pid:/never"
says 2 "the container has no group 'users'" "$nscp" --chown=web:users f "$pid:/never"
says 1 "has no number for the owner" "$nscp" --chown=70000 f "$mapped:/never"
check_not "nothing is copied for them" test -e "$root/never"
for hostile in 'ln -s /proc/self/root/etc/passwd' 'mkfifo' 'ln -s /dev/zero'; do
	rm "$root/etc/passwd"
	$hostile "$root/etc/passwd" 2>/dev/null
	check_not "no passwd by $hostile" timeout 60 "$nscp" --chown=daemon f "$pid:/never"
done
rm "$root/etc/passwd"
(head -c 3000000 /dev/zero | tr '\0' x && echo && echo late:x:7:7::/:/) >"$root/etc/passwd"
says 2 "the container has no user 'late'" "$nscp" --chown=late f "$pid:/never"

# ---- nothing but words ----
state() {
	(cd "$1" && find . -xdev -path ./proc -prune -o -printf '%p %i %m %U:%G %T@ %C@ %A@ %s\n' | sort)
}
mkdir -p "$root/dry/tree/sub" dry
echo old >"$root/dry/tree/a"
# To be looked at changes the time of access, once.
state "$root/dry" >before
state tree >before.tree
state "$root/dry" >before
state tree >before.tree
"$nscp" --dry-run -a tree "$pid:/dry" >said
check_eq "--dry-run" $? 0
check_eq "says what -v would" "$(sort said)" "$(printf "'%s' -> '$pid:/dry/%s'\n" tree tree tree/a tree/a tree/sub tree/sub tree/sub/b tree/sub/b | sort)"
"$nscp" --dry-run --mkdir -b -r -t "$pid:/dry/x/y" tree f 2>notes >said
check_eq "into what is missing" $? 0
check_eq "says so" "$(grep -c . said) $(cat notes)" "5 nscp: note: $pid:/dry/x/y: missing directories would be made"
check_not "what would fail" "$nscp" --dry-run -T f "$pid:/dry/tree"
"$nscp" --dry-run --parents tree/sub/b "$pid:/dry" >said
check_eq "with parents" $? 0
check_eq "which are there or not" "$(cat said)" "'tree/sub/b' -> '$pid:/dry/tree/sub/b'"
check "a deep tree" "$nscp" --dry-run -u -r tree "$pid:/dry/none"
state "$root/dry" >after
check "changes nothing there" diff before after
state tree >after.tree
check "nor here" diff before.tree after.tree
echo kept >kept
check "of a link to an open file" bash -c '"$1" --dry-run "$2:/in/f" /dev/fd/9 9<>kept >said' - "$nscp" "$pid"
check_eq "neither" "$(cat kept)" kept

# ---- into itself ----
mkdir -p "$root/self/a/b"
echo x >"$root/self/a/f"
for to in self/a/b self/a/c self/a self/; do
	what=$to
	[ $to = self/ ] && what=self/x && "$nscp" -r "$pid:/self/a" "$pid:/self/x" >/dev/null && continue
	says 1 "" "$nscp" -r "$pid:/self/a" "$pid:/$what"
done
check_eq "nothing is made" "$(cd "$root/self/a" && find . | sort | xargs)" ". ./b ./f"
check "what is left out may lie there" "$nscp" -r --exclude=b "$pid:/self/a" "$pid:/self/a/b/copy"

# ---- the log ----
cat >log.py <<'END'
import os, socket, subprocess, sys
s = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
s.bind("/dev/log")
subprocess.run(sys.argv[1:])
s.settimeout(0)
try:
    while True:
        print(s.recv(65536).decode(errors="replace"))
except BlockingIOError:
    pass
END
mkdir dev
# shellcheck disable=SC2016
logged() {
	SUDO_USER=$'some\none' unshare -m --propagation private sh -c '
		mount -t tmpfs dev dev && touch dev/null && mount --bind /dev/null dev/null &&
		mount --rbind dev /dev && shift && exec "$@"' sh x python3 log.py "$@" 2>/dev/null
}
logged "$nscp" --mkdir f $'tree/a\e' f "$pid:/logged/" >said
check_eq "a copy into a container is a line" "$(wc -l <said) $(tr -d '[:print:]\n' <said)" "1 "
check "that says by whom, what and where: $(cat said)" grep -qE "^<85>.*nscp\[[0-9]+\]: copy: uid=0 loginuid=-?[0-9]+ sudo_user=some.+one container=$pid pid=$pid to=/logged/ sources=3 from=f tree/a.+ f$" said
check_eq "a copy out of one is none" "$(logged "$nscp" "$pid:/in/f" .)" ''
check_eq "nor is a dry run" "$(logged "$nscp" --dry-run f "$pid:/in/f" | grep -v -- '->')" ''

# ---- wrong usage ----
says 2 "'acl' is not a value of --preserve" "$nscp" --preserve=mode,acl f "$pid:/"
says 2 "--xattr=security.selinux" "$nscp" --preserve=context f "$pid:/"
says 2 "is not a value of --suffix" "$nscp" -S a/b f "$pid:/"
says 2 "more than once" "$nscp" -t "$pid:/" -t "$pid:/" f
says 2 "-T takes one SOURCE" "$nscp" -T f f "$pid:/"
says 2 "exclude each other" "$nscp" -T -t "$pid:/" f
says 2 "exclude each other" "$nscp" --chown=1 --host-ids f "$pid:/"
for option in -T -u -i -b --parents --mkdir --dry-run; do
	says 2 "'-' as DEST goes without" bash -o pipefail -c '"$@" | cat' - "$nscp" $option "$pid:/in" -
done
for option in -T -i --parents --dry-run; do
	check_not "$option with an archive as SOURCE" "$nscp" $option - "$pid:/in" </dev/null
done
says 1 "leads out of DEST" "$nscp" --parents tree/../f "$pid:/in"
test_done
