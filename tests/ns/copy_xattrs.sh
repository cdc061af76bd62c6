#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Extended attributes that are not copied are counted and named, whichever way they were lost;
# --special and --xattr bring them, and only --xattr what belongs to one host or one file system.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

for tool in setfattr getfattr setpriv; do
	command -v "$tool" >/dev/null || test_skip "$tool is not installed"
done
nscp=$NSVIEW_BIN/nscp
cd "$TEST_TMP" || exit 1

container_start --setup 'mkdir -p /t/d; echo f >/t/f; ln -s f /t/l; echo plain >/plain'
pid=$CT_PID
root=/proc/$pid/root
touch probe
setfattr -n trusted.probe -v 1 probe 2>/dev/null || test_skip "no trusted.* on $(stat -fc %T .)"
give() { setfattr -h -n "$1" -v "value of $1" "$root/$2" || test_skip "no $1 on the container's tmpfs"; }
give trusted.mine t/f
give trusted.other t/d
give security.NTACL t/f
give trusted.onlink t/l
give security.selinux t/f
give security.ima t/f
give trusted.overlay.opaque t/d
give trusted.overlay.origin t/f

# names FILE: its attributes as nscp may have set them.
names() { getfattr -h -d -m '^(trusted|security)' "$1" 2>/dev/null | sed -n 's/=.*//p' | xargs; }
special='nscp: note: 4 extended attributes not copied (--special copies what DEST takes): '
named='nscp: note: 4 extended attributes not copied (--xattr=NAME copies them): '
# told WHAT FILE: both notes are in FILE, each with all names in some order, and nothing else.
told() {
	check_eq "$1: four want --special" "$(sed -n "s/^$special//p" "$2" | sed 's/, /\n/g' | sort | xargs)" \
		"security.NTACL trusted.mine trusted.onlink trusted.other"
	named_told "$1" "$2" 2
}
named_told() {
	check_eq "$1: four want to be named" "$(sed -n "s/^$named//p" "$2" | sed 's/, /\n/g' | sort | xargs)" \
		"security.ima security.selinux trusted.overlay.* (2)"
	check_eq "$1: that is all" "$(wc -l <"$2")" "$3"
}

# Each way: a copy, an archive, an archive that is extracted.
check "-a" eval '"$nscp" -a "$pid:/t" plain 2>said'
told "a copy" said
check_eq "nothing came" "$(names plain/f)$(names plain/d)$(names plain/l)" ''
check "an archive" eval '"$nscp" "$pid:/t" - >t.tar 2>said'
told "an archive" said
check_not "nothing is in it" grep -qa 'value of' t.tar
check "an archive with all" eval '"$nscp" --special --xattr="*" "$pid:/t" - >all.tar 2>said'
check_eq "tells nothing" "$(cat said)" ''
mkdir in
check "extracted" eval '"$nscp" -a - ./in <all.tar 2>said'
told "extracting" said
check_eq "nothing came" "$(names in/t/f)$(names in/t/d)$(names in/t/l)" ''
check "without -a none are wanted" eval '"$nscp" -r "$pid:/t" r 2>said; "$nscp" - ./in <all.tar 2>>said'
check_eq "and none are told of" "$(cat said)" ''

# --special.
for way in copy tar; do
	rm -rf special
	mkdir special
	if [ $way = copy ]; then
		check "--special" eval '"$nscp" -a --special "$pid:/t" special 2>said'
	else
		check "--special from an archive" eval '"$nscp" -a --special - ./special <all.tar 2>said'
	fi
	check_eq "$way: what it brings to a file" "$(names special/t/f)" "security.NTACL trusted.mine"
	check_eq "$way: to a folder" "$(names special/t/d)" trusted.other
	check_eq "$way: to a link" "$(names special/t/l)" trusted.onlink
	check_eq "$way: as it was" "$(getfattr --only-values -n trusted.mine special/t/f)" "value of trusted.mine"
	named_told "$way" said 1
done

# --xattr.
check "--xattr" eval '"$nscp" --xattr="security.selinux" --xattr="trusted.m*" "$pid:/t/f" one 2>said'
check_eq "brings what matches" "$(names one)" "security.selinux trusted.mine"
check_eq "and without -a tells of no others" "$(cat said)" ''
check "with -a and into a container" "$nscp" -a --special --xattr='trusted.overlay.*' special/t/f "$pid:/back"
check_eq "brings all" "$(names "$root/back")" "security.NTACL trusted.mine"

# What the destination can't have: an ordinary user's file takes no trusted.*.
"$nscp" --special --xattr='*' "$pid:/t/f" - >f.tar
mkdir -m 777 open
chmod 755 .
cp "$nscp" ./nscp
setpriv --reuid 65534 --regid 65534 --clear-groups ./nscp -a --special - ./open <f.tar 2>said
check_eq "not kept, by name" "$(sed -n 's/^nscp: note: 2 extended attributes not kept at the destination: //p' said |
	sed 's/, /\n/g' | sort | xargs)" "security.NTACL trusted.mine"

# Names are the container's: as many as it likes, none drives a terminal, and the number stays whole.
for ((i = 0; i < 60; i++)); do
	setfattr -n "trusted.n$i" -v x "$root/plain" || break
done
setfattr -n "$(printf 'trusted.\033[31m')" -v x "$root/plain"
check "many names" eval '"$nscp" -a "$pid:/plain" many 2>said'
check_eq "one line" "$(wc -l <said)" 1
check "with the number of all" grep -qE 'note: [0-9]{2} extended attributes' said
check_eq "all of them" "$(grep -oE 'note: [0-9]+' said)" "note: $((i + 1))"
check "and some names" test "$(wc -c <said)" -lt 2000
check_not "no control character" grep -qaP '[\x00-\x09\x0b-\x1f]' said
test_done
