#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscp into a container, and from one to another: where things go, whom they belong to, and
# that the links which lie in wait there lead nowhere.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

victim=$TEST_TMP/victim
mkdir "$victim"
echo 'of the host' >"$victim/file"
container_start --setup "
	mkdir -p /in/d '$victim'
	echo inside >'$victim/file'
	ln -s '$victim/file' /in/abs
	ln -s ../../../../../../../..$victim /in/up
	ln -s '$victim' /in/dir
	ln -s nowhere /in/dangling
	mkfifo /in/fifo
	mkdir /in/tree
	ln -s '$victim/file' /in/tree/f
	ln -s '$victim' /in/tree/sub
	echo old >/in/mine && chmod 600 /in/mine && chown 5:6 /in/mine
"
pid=$CT_PID
root=/proc/$pid/root
container_start
other=$CT_PID
nscp=$NSVIEW_BIN/nscp
cd "$TEST_TMP" || exit 1
mkdir -p src/sub
echo new >f
echo new >src/f
echo new >src/sub/file
chown -R 7:8 src f

unharmed() {
	check_eq "$1: the host's file is untouched" "$(cat "$victim/file") $(ls "$victim")" \
		"of the host file"
}

inside() {
	"$NSVIEW_BIN/nscat" "$pid" "$1"
}

check "a file to a new name" "$nscp" f "$pid:/in/new"
check_eq "arrives" "$(inside /in/new)" new
check_eq "and is the container's root's" "$(stat -c '%u:%g %a' "$root/in/new")" "0:0 644"
check "into a directory" "$nscp" f "$pid:/in/d"
check_eq "under its name" "$(inside /in/d/f)" new
check "with a path from the root" "$nscp" f "$pid:in/plain"
check_eq "arrives" "$(inside /in/plain)" new
check "-p" "$nscp" -p f "$pid:/in/kept"
check_eq "keeps the owner" "$(stat -c %u:%g "$root/in/kept")" 7:8
check "over an existing file" "$nscp" f "$pid:/in/mine"
check_eq "whose mode stays closed" "$(stat -c %a "$root/in/mine") $(cat "$root/in/mine")" "600 new"
check_not "no such directory" "$nscp" f "$pid:/no/such"
check_not "a FIFO as DEST" "$nscp" f "$pid:/in/fifo"

# Links of the container's, named by the user: inside its root.
check "through an absolute link" "$nscp" f "$pid:/in/abs"
unharmed "absolute link"
check_eq "it is the container's file that changed" "$(inside "$victim/file")" new
check "into a linked directory" "$nscp" f "$pid:/in/up"
unharmed "link upwards"
check_eq "it is inside" "$(inside "$victim/f")" new
check_not "a dangling link is not written through" "$nscp" f "$pid:/in/dangling"

# And those that lie below DEST: never.
check_not "a tree over links" "$nscp" -a src/. "$pid:/in/tree"
unharmed "tree over links"
check_eq "a link in a file's place is replaced" "$(stat -c %F "$root/in/tree/f")" "regular file"
check_eq "a link in a directory's place stays" "$(readlink "$root/in/tree/sub")" "$victim"
check_eq "and nothing was made through it" "$(inside "$victim/file")" new

check "a tree" "$nscp" -r src "$pid:/in/r"
check_eq "belongs to the container's root" "$(stat -c %u "$root/in/r" "$root/in/r/sub/file" |
	sort -u)" 0
check "a tree with all" "$nscp" -a src "$pid:/in/a"
check_eq "belongs to whom it did" "$(stat -c %u:%g "$root/in/a" "$root/in/a/sub/file" |
	sort -u)" 7:8
check "an archive" "$nscp" - "$pid:/in/d" < <(tar c src)
check_eq "is extracted" "$(inside /in/d/src/sub/file)" new
check_eq "for the container's root" "$(stat -c %u "$root/in/d/src/sub/file")" 0
check "with all" "$nscp" -a - "$pid:/in/d" < <(tar c src)
check_eq "for whom it says" "$(stat -c %u "$root/in/d/src/sub/file")" 7
check_not "an archive needs a directory" "$nscp" - "$pid:/in/new" < <(tar c src)

check "from one container to another" "$nscp" -a "$pid:/in/a" "$other:/tmp/there"
check_eq "arrives" "$("$NSVIEW_BIN/nscat" "$other" /tmp/there/sub/file)" new
check "from both into a directory here" "$nscp" "$pid:/in/new" "$other:/etc/hostname" .
check_eq "arrives" "$(cat new) $(cat hostname)" "new $("$NSVIEW_BIN/nscat" "$other" /etc/hostname)"
check_not "a directory into itself" "$nscp" -r "$pid:/in/r" "$pid:/in/r/"
check_not "a file over itself" "$nscp" "$pid:/in/new" "$pid:/in/new"
check_eq "which is still whole" "$(inside /in/new)" new

unharmed "all of it"
check_eq "no temporary file is left" "$(find "$root/in" "$root/tmp" "$TEST_TMP" -name '.nscp.*' | wc -l)" 0
test_done
