#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Archives that write outside the destination: "..", absolute names, a link and then a
# name below it, chains of two links, hard links to the host's files (CVE-2018-1002100,
# CVE-2019-1002101, CVE-2019-11246, CVE-2019-11249, CVE-2019-11251 of kubectl cp).
# Control: tar -P --absolute-names extracts them where they want to go.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

victim=$TEST_TMP/victim
work=$TEST_TMP/work
mkdir "$victim" "$work"
echo 'the host secret' >"$victim/secret"
cd "$work" || exit 1

# One archive for each way out. Each tries to make or change something in the victim's folder.
echo evil >f
tar -cPf dotdot.tar --transform 's,f,../victim/planted,' f
tar -cPf absolute.tar --transform "s,f,$victim/planted," f
tar -cPf middle.tar --transform 's,f,a/../../victim/planted,' f
ln -s "$victim" d
tar -cPf link.tar d
tar -rPf link.tar --transform 's,^f,d/planted,' f
ln -s ../victim up
tar -cPf uplink.tar up
tar -rPf uplink.tar --transform 's,^f,up/planted,' f
mkdir chain && ln -s .. chain/b && ln -s chain/b/victim c
tar -cPf chain.tar chain c
tar -rPf chain.tar --transform 's,^f,c/planted,' f
ln "$victim/secret" hard
echo x >zzz
tar -cPf hardlink.tar --transform "s,^hard,$victim/secret," hard
ln hard hard2
tar -cPf hardlink.tar --transform "flags=rh;s,^hard\$,$victim/secret," hard hard2
ln -s "$victim/secret" over
tar -cPf overwrite.tar over
tar -rPf overwrite.tar --transform 's,^f,over,' f
rm -f hard hard2 d up c over zzz && rm -r chain

# Control: a trusting extraction gets out with each but the hard link (which then shares the inode).
escaped=0
for archive in *.tar; do
	mkdir "$TEST_TMP/out"
	tar -xPf "$archive" -C "$TEST_TMP/out" --absolute-names --keep-directory-symlink --overwrite 2>/dev/null
	if [ -e "$victim/planted" ] || [ "$(cat "$victim/secret")" != 'the host secret' ] ||
		[ "$(stat -c %h "$victim/secret")" != 1 ]; then
		escaped=$((escaped + 1))
	else
		echo "control: $archive stayed inside"
	fi
	rm -rf "$TEST_TMP/out" "$victim/planted"
	rm -f "$victim/secret" && echo 'the host secret' >"$victim/secret"
done
check "control: most archives get out of a trusting tar ($escaped)" test "$escaped" -ge 4

unharmed() {
	check_eq "$1: nothing new outside" "$(ls -A "$victim")" secret
	check_eq "$1: nothing changed outside" "$(cat "$victim/secret")" 'the host secret'
	check_eq "$1: no link to it" "$(stat -c %h "$victim/secret")" 1
}

# An archive without tricks arrives, and so does what is harmless in the others.
tar -cf good.tar.keep f
mkdir "$TEST_TMP/out"
check "a plain archive is extracted" "$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <good.tar.keep
check_eq "whole" "$(cat "$TEST_TMP/out/f")" evil
rm -rf "$TEST_TMP/out"

for archive in *.tar; do
	mkdir "$TEST_TMP/out"
	"$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <"$archive" >/dev/null 2>&1
	unharmed "nscp - DIR <$archive"
	"$NSVIEW_BIN/nscp" -a --special - "$TEST_TMP/out" <"$archive" >/dev/null 2>&1
	unharmed "nscp -a - DIR <$archive"
	rm -rf "$TEST_TMP/out"
done

# An absolute name is extracted below DEST, with a note.
mkdir "$TEST_TMP/out"
check "an absolute name" "$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <absolute.tar
check_eq "arrives inside" "$(cat "$TEST_TMP/out$victim/planted")" evil
check_eq "with a note" "$("$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <absolute.tar 2>&1)" \
	"nscp: note: -:$victim/planted: the slash at the start of names is taken off"
for archive in dotdot middle; do
	check_eq "$archive: it is refused" "$("$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <$archive.tar 2>&1 |
		grep -c "'..' in a name is refused")" 1
done
rm -rf "$TEST_TMP/out"

# A hard link to a file that was in DEST before is refused: a later write would change that file.
mkdir "$TEST_TMP/out"
echo secret >"$TEST_TMP/out/mine"
python3 - pair.keep <<'END' || test_skip "no python3"
import sys, tarfile
with tarfile.open(sys.argv[1], 'w') as t:
    e = tarfile.TarInfo('name')
    e.type, e.linkname = tarfile.LNKTYPE, 'mine'
    t.addfile(e)
END
check_not "a hard link to what was there" "$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <pair.keep
check_eq "is not made" "$(ls "$TEST_TMP/out") $(stat -c %h "$TEST_TMP/out/mine")" "mine 1"
mkdir "$TEST_TMP/control"
echo secret >"$TEST_TMP/control/mine"
check "control: tar makes it" tar -xf pair.keep -C "$TEST_TMP/control"
check_eq "control: two names of one file" "$(stat -c %h "$TEST_TMP/control/mine")" 2
rm -rf "$TEST_TMP/out" "$TEST_TMP/control"

# The same into a container, where the links are of its own making as well.
container_start --setup "mkdir -p /in; ln -s '$victim' /in/d; ln -s ../../../../../../..$victim /in/up"
for archive in *.tar; do
	"$NSVIEW_BIN/nscp" - "$CT_PID:/in" <"$archive" >/dev/null 2>&1
	unharmed "nscp - PID:/in <$archive"
done

# An entry for the folder itself: the owner and mode of DEST are not the archive's to choose.
# dest_is MODE:OWNER COMMAND...: with a DEST that is root's and closed.
mkdir pack
chmod 777 pack && chown 1000:1000 pack && touch -d 2001-02-03 pack && echo x >pack/inside
tar -cf itself.tar.keep -C pack .
container_start --setup 'mkdir /dest'
dest_is() {
	local wanted=$1 dest

	shift
	for dest in "$TEST_TMP/out" "/proc/$CT_PID/root/dest"; do
		rm -rf "$dest" && mkdir -m 700 "$dest"
		"$@" "$dest" <itself.tar.keep >/dev/null 2>&1
		check_eq "$*, $dest" "$(stat -c %a:%u "$dest") $(cat "$dest/inside")" "$wanted x"
	done
}
into() {
	local dest=${*: -1}

	set -- "${@:1:$#-1}"
	case $dest in
	/proc/*) dest=$CT_PID:/dest ;;
	esac
	"$NSVIEW_BIN/nscp" "$@" - "$dest"
}
dest_is 777:1000 tar -xp -C
for options in '' -p -a '-a --special -f' '--via setns -a'; do
	# shellcheck disable=SC2086 # options are words
	dest_is 700:0 into $options
done
dest_is 700:0 into --dest-attributes
dest_is 777:1000 into -a --dest-attributes
dest_is 777:1000 into --via setns -p --dest-attributes
rm -r "$TEST_TMP/out"

# An archive that ends too early: an error, and no half file.
head -c 300000 /dev/urandom >big
tar -cf cut.tar big && truncate -s 150000 cut.tar
mkdir "$TEST_TMP/out"
check_not "a truncated archive is an error" "$NSVIEW_BIN/nscp" - "$TEST_TMP/out" <cut.tar
check_eq "and leaves nothing" "$(ls -A "$TEST_TMP/out")" ''
check_not "so is one that is no archive" "$NSVIEW_BIN/nscp" - "$TEST_TMP/out" </bin/ls
test_done
