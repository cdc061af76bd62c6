#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck disable=SC2086 # options of several words
#
# The options of nsls beside ls_like_ls.sh, and its colours: byte for byte what GNU ls prints that runs in
# the same root, on a tree of odd names and files. Controls: other options differ, and ls -L that follows
# links from outside, by /proc/PID/root, shows a file of the host's.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
command -v setfattr >/dev/null && command -v setcap >/dev/null || test_skip "setfattr or setcap is missing"

export TZ=Etc/GMT-3 TERM=xterm COLORTERM=yes
unset LS_COLORS COLUMNS
tree=$TEST_TMP/root t=$TEST_TMP/root/t
mkdir -p "$tree"
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill "$tree"
mkdir -p "$t"/{names,kinds/dir/sub,modes,versions,times,sizes,loops/a/b,labels,wide} "$tree/target"
secret=$TEST_TMP/secret # outside of the container; inside, another file has this path
mkdir -p "$tree$TEST_TMP"

cd "$t/names" || exit 1
for name in plain "with blanks  inside" $'new\nline' $'esc\033[31mred' $'caf\303\251' $'bad\377utf8' $'c1\302\233' \
	$'wide\346\227\245\346\234\254' '"quotes'\' 'back\slash' -l --help ' leading' '*' .hidden .hidden.tar archive.tar ARCHIVE.TAR \
	x.tar.gz no.extension. e.a e.b 'tab	tab' $'rtl\342\200\256' $'zero\342\200\213width' \
	"a-name-that-is-longer-than-eighty-columns-so-that-a-terminal-would-wrap-it-into-a-second-line-$$"; do
	: >"./$name"
done
ln -s $'to\377\033\nthere' odd-link

cd "$t/kinds" || exit 1
echo text >file
: >tool && chmod 755 tool
: >setuid && chmod 4755 setuid
: >setgid && chmod 2755 setgid
: >capable && chmod 755 capable && setcap cap_net_raw+ep capable
echo one >hard1 && ln hard1 hard2
mkfifo fifo
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("socket")'
mknod null c 1 3
mknod disk b 259 1048000
mkdir sticky ow stickyow && chmod 1755 sticky && chmod 757 ow && chmod 1777 stickyow
ln -s file to-file
ln -s tool to-tool
ln -s dir to-dir
ln -s /t/kinds/dir to-dir-absolute
ln -s stickyow to-stickyow
ln -s fifo to-fifo
ln -s /nowhere broken
ln -s to-dir/sub/none.tar broken-further
ln -s loop loop
ln -s ../../../../../target above-root
truncate -s 1M holes && echo end >>holes
head -c 70000 /dev/zero >filled

for name in a a1 a2 a10 a01 a1.2 a1.10 a1~rc1 a1.tar.gz a1.tar a1.1.tar.gz a-1 a_1 .a .b10 .b9 b B 10 9 009 9a lib-1.0.so \
	lib-1.0.1.so x.0 x.a x.~1~ x.1~ foo.c~ foo.c foo.7z foo7 '~' '#' zz. zz zz.9999999999999999999999 zz.99999999999999999999990; do
	: >"$t/versions/$name"
done
sync file hard1 holes filled # the space they take is known from then on

n=0
for when in '-1 second' '-1 hour' '-181 days' '-184 days' '-10 years' '+1 hour' '+2 years' '-60 years'; do
	n=$((n + 1))
	: >"$t/times/f$n"
	touch -m -d "$when" "$t/times/f$n"
	touch -a -d "$(sed 's/^-/@/; s/^+/-/; s/^@/+/' <<<"$when")" "$t/times/f$n" # the other way round
done
for size in 0 1 1023 1025 10241 1048577 12345678; do
	head -c "$size" /dev/zero >"$t/sizes/$size"
done
sync "$t"/sizes/*
ln -s .. "$t/loops/a/up"
ln -s . "$t/loops/a/b/self"
ln -s ../a/b "$t/loops/same"
: >"$t/loops/a/b/leaf"
: >"$t/labels/labelled" && setfattr -n security.selinux -v system_u:object_r:etc_t:s0 "$t/labels/labelled"
: >"$t/labels/unlabeled" && setfattr -n security.selinux -v unlabeled "$t/labels/unlabeled"
: >"$t/labels/none"
labels=yes
getfattr -n security.selinux "$t/labels/labelled" >/dev/null 2>&1 || labels=no
for i in $(seq 1 40); do : >"$t/wide/$(printf '%*s' $((i * 7 % 29)) '' | tr ' ' w)$i"; done
echo "of the host" >"$secret"
printf 'of the container, which is longer\n' >"$tree$secret"
ln -s "$secret" "$t/loops/absolute"
cd / || exit 1
# A copy of the host's ls and its libraries, so that it sees that tree and nothing else.
for file in $(ldd "$(command -v ls)" | grep -o '/[^ ]*'); do
	mkdir -p "$tree/$(dirname "$file")"
	cp -L "$file" "$tree/$file"
done
cp "$(command -v ls)" "$tree/gnu-ls"
mkdir -p "$tree/usr/share"
[ -d /usr/share/zoneinfo ] && cp -r --parents /usr/share/zoneinfo/Etc "$tree"
[ -d /usr/lib/locale/C.utf8 ] && cp -r --parents /usr/lib/locale/C.utf8 "$tree"
printf 'passwd: files\ngroup: files\n' >"$tree/etc/nsswitch.conf"

# Without an overlay, whose directories may change their inode numbers when memory is short.
container_start --rootdir "$tree" --no-proc
theirs() {
	nsenter -t "$CT_PID" -m -r -w/ /gnu-ls "$@"
}
check "ls runs in the container" theirs /
# Reading a link changes its access time, at most once a day: do it before ls and nsls are compared.
theirs -LlR / >/dev/null 2>&1

extra=() # options of nsls alone
same() {
	local wanted got

	wanted=$( (theirs "$@" 2>/dev/null; echo "exit $?") | tr '\0' '@')
	got=$( ("$NSVIEW_BIN/nsls" "${extra[@]}" "$CT_PID" "$@" 2>/dev/null; echo "exit $?") | tr '\0' '@')
	# ls tells a failed operand (2) from a failed entry (1); nsls keeps 2 for wrong usage.
	wanted=${wanted/%exit 2/exit 1}
	checks_run=$((checks_run + 1))
	[ "$wanted" = "$got" ] && return 0
	checks_failed=$((checks_failed + 1))
	echo "FAILED: ${LS_COLORS+LS_COLORS=$LS_COLORS }nsls ${extra[*]} $* differs from ls (<):"
	diff -a <(echo "$wanted") <(echo "$got") | cat -v | head -20
}

# Each alone, then in combinations.
for options in '' -F --classify --classify=always --classify=never --classify=auto -L --dereference -s --size -c -u -U -v -X \
	--full-time --sort={none,size,time,version,extension,width} --time={atime,access,use,ctime,status,birth,creation} \
	--time-style={full-iso,long-iso,iso,locale} --group-directories-first; do
	for more in '' -l -a -r; do
		same $options $more /t/names /t/kinds /t/versions /t/times
	done
done
for options in -lF -lL -lLF -FL -sF -lsh -sh -si -lis -lc -lu -ltc -ltu -tc -tu -lrtu -Rs -RsF -LR -LRl -dF -dL -ldL -Fd -lU -Ur -vr -Xr \
	'-l --full-time -u' '-l --time-style=iso -c' '-l --time-style=long-iso -u' '--full-time --time=birth' '-l --time=birth' \
	'--group-directories-first -r' '--group-directories-first -St' '--group-directories-first -U' '--group-directories-first -LF' \
	'--group-directories-first -lsSr' '--sort=width -r' '--sort=version -la' '-s --zero' '-F --zero' '-lF --zero' '-ls --zero' '-X -S' '-S -X'; do
	same $options /t/names
	same $options /t/kinds /t/sizes /t/times /t/loops
	same $options /t/kinds/{to-dir,to-file,broken,loop,above-root,fifo,socket,tool,sticky} /t/versions
done
for options in --sort=width '-l --sort=width -r'; do
	LC_ALL=C.UTF-8 same $options /t/names
done
for options in -Z -lZ -lZi -sZ -ZF -dZ -RZ; do
	[ $labels = yes ] || continue
	same $options /t/labels
	same $options /t/kinds /t/names
done
check "control: the options do something" test "$(theirs -lF /t/kinds)" != "$("$NSVIEW_BIN/nsls" -l "$CT_PID" /t/kinds)"

# Colours. By itself, nsls has a colour for broken links, too.
colors=$(sed 's/^LS_COLORS=.//; s/.;$//; q' <(dircolors -b))
for LS_COLORS in "$colors" 'or=40;31;01' 'di=1:ln=target:or=5:mi=6:ex=7:*.tar=8' 'ln=target' 'ln=target:ex=0:mi=9' 'mi=33:or=0' 'mh=44' \
	'no=35:fi=36:*=3:*.gz=32' 'no=7:rs=1' 'lc=<:rc=>:ec=\e!:or=^[x:fi=\x41\101\_' 'ow=0:tw=00:st=0:su=0:sg=' 'lc=\033[:rc=m' 'rs=' \
	'*.tar=1:*.TAR=2:*.tar=3' ':::di=:' 'cl=CL:ex=1'; do
	export LS_COLORS
	for options in --color '--color=always -l' '--color -lF'; do
		same $options /t/kinds/{to-dir,to-file,broken,broken-further,loop,tool,ow} /t/kinds /t/names
	done
	# Columns need a terminal, whose names nsls escapes.
	wanted=$(theirs --color -C -w 60 /t/wide /t/kinds)
	got=$(COLUMNS=60 script -qec "$NSVIEW_BIN/nsls --color $CT_PID /t/wide /t/kinds" /dev/null </dev/null | tr -d '\r')
	check_eq "columns in colour, LS_COLORS=$LS_COLORS" "$got" "$wanted"
done
for LS_COLORS in "$colors" 'di=1:ln=target:or=5:mi=6:ex=7:*.tar=8'; do
	for options in -F -lL -R -sil '-l --color=never' '-l --color=auto' --group-directories-first; do
		same --color $options /t/kinds /t/names
	done
done
export LS_COLORS='or=40;31;01'
wanted=$(theirs --color -l /t/kinds)
unset LS_COLORS
check_eq "without LS_COLORS" "$("$NSVIEW_BIN/nsls" --color -l "$CT_PID" /t/kinds)" "$wanted"
check "a broken link has its colour" grep -qF $'\033[40;31;01mbroken\033[0m' <<<"$wanted"
# ls has this colour only where it was built with libcap.
check "capabilities have their colour" grep -qxF $'\033[30;41mcapable\033[0m' <(LS_COLORS='ca=30;41' "$NSVIEW_BIN/nsls" --color "$CT_PID" /t/kinds)
check_not "no colours in a pipe" grep -q $'\033' <(LS_COLORS=$colors "$NSVIEW_BIN/nsls" -l "$CT_PID" /t/kinds)

long() { # COUNT BYTE
	head -c "$1" /dev/zero | tr '\0' "$2"
}
# LS_COLORS that is malformed, or very long: a line on stderr, and no colours.
for LS_COLORS in zz=1 di 'di=1:x' '*' '*.tar' '*.tar:' 'di=\' 'di=^' 'di=^!' '*a:b=1' '=' 'd' '*x=^' "di=$(long 100000 '\\')\\"; do
	export LS_COLORS
	[ ${#LS_COLORS} -gt 1000 ] || theirs --color /t/kinds >/dev/null 2>"$TEST_TMP/theirs"
	"$NSVIEW_BIN/nsls" --color "$CT_PID" /t/kinds >"$TEST_TMP/out" 2>"$TEST_TMP/errors"
	check_eq "exit code with LS_COLORS=${LS_COLORS:0:30}" $? 0
	check "ls refuses it, too: ${LS_COLORS:0:30}" grep -q unparsable "$TEST_TMP/theirs"
	check_eq "one line about LS_COLORS=${LS_COLORS:0:30}" "$(cat "$TEST_TMP/errors")" "nsls: LS_COLORS has no valid value: no colours"
	check_not "no colours with LS_COLORS=${LS_COLORS:0:30}" grep -q $'\033\[' "$TEST_TMP/out"
done
LS_COLORS=$(printf '*.s%d=1;%d:' {1..10000})
export LS_COLORS
: >"$tree/t/wide/x.s7777"
same --color /t/wide
LS_COLORS="fi=$(long 100000 x)"
same --color /t/wide
LS_COLORS="fi=\\$(long 100000 7):di=\\x$(long 30000 f)"
same --color /t/wide
unset LS_COLORS

# Links lead nowhere out of the container.
same -lL /t/loops/absolute
same -L --sort=size /t/loops
sizes() { awk '{ print $5 }'; }
check_eq "a link is followed inside" "$("$NSVIEW_BIN/nsls" -lL "$CT_PID" /t/loops/absolute | sizes)" "$(stat -c %s "$tree$secret")"
check_eq "control: the naive way shows the host's file" "$(ls -lL "/proc/$CT_PID/root/t/loops/absolute" | sizes)" "$(stat -c %s "$secret")"
check "two files" test "$(stat -c %s "$secret")" != "$(stat -c %s "$tree$secret")"
for via in proc setns; do
	extra=(--via "$via")
	same -LlR /t/loops
	same -lFs /t/kinds
	LS_COLORS=$colors same -l --color /t/kinds
done
extra=()
says_loop=$("$NSVIEW_BIN/nsls" -LR "$CT_PID" /t/loops 2>&1 >/dev/null)
check "a directory in itself is told" grep -q "^nsls: $CT_PID:/t/loops/a/b/self: not listing already-listed directory$" <<<"$says_loop"

# JSON: the file behind the link with -L, labels with -Z.
if command -v jq >/dev/null; then
	json() { "$NSVIEW_BIN/nsls" -J "$@" | jq -c "$filter"; }
	filter='.[0] | [.type, .target, .size]'
	check_eq "JSON of a link" "$(json "$CT_PID" /t/loops/absolute)" "[\"symlink\",\"$secret\",${#secret}]"
	check_eq "JSON with -L" "$(json -L "$CT_PID" /t/loops/absolute)" "[\"file\",null,$(stat -c %s "$tree$secret")]"
	filter='map(.label)'
	[ $labels = no ] || check_eq "JSON with -Z" "$(json -Z "$CT_PID" /t/labels)" '["system_u:object_r:etc_t:s0",null,null]'
	filter='map(has("label"))[0]'
	check_eq "JSON without -Z" "$(json "$CT_PID" /t/labels)" false
fi

# A terminal: marks and sizes count in columns.
for width in 80 33 12; do
	for options in -F -s -sF -si -X -v --sort=width -Rs; do
		wanted=$(theirs -C -T 0 -w "$width" $options /t/wide /t/kinds /t/versions)
		got=$(COLUMNS=$width script -qec "$NSVIEW_BIN/nsls --color=never $options $CT_PID /t/wide /t/kinds /t/versions" /dev/null \
			</dev/null | tr -d '\r')
		check_eq "$width columns, $options" "$got" "$wanted"
	done
	[ $width = 80 ] || continue
	# ls -b escapes as nsls does, but for blanks.
	for options in -1F -lF -1s -l --full-time; do
		for locale in C C.UTF-8; do
			wanted=$(LC_ALL=$locale theirs -b $options /t/names | sed 's/\\ / /g; s/\\t/\\t/g')
			got=$(LC_ALL=$locale COLUMNS=$width script -qec "$NSVIEW_BIN/nsls --color=never $options $CT_PID /t/names" /dev/null </dev/null | tr -d '\r')
			[ $locale = C ] || { wanted=$(grep -av 'rtl\|zero\|c1' <<<"$wanted") got=$(grep -av 'rtl\|zero\|c1' <<<"$got"); }
			check_eq "$locale, a terminal: $options" "$got" "$wanted"
		done
	done
done
container_stop

# /proc/self is the container's process, as the resolver of paths has it.
container_start
for via in proc setns; do
	check_eq "$via: /proc/self" "$("$NSVIEW_BIN/nsls" --via $via -l "$CT_PID" /proc/self | sed 's/.* -> //')" 1
	check_eq "$via: /proc/thread-self" "$("$NSVIEW_BIN/nsls" --via $via -l "$CT_PID" /proc/thread-self | sed 's/.* -> //')" 1/task/1
	check_eq "$via: in the listing" "$("$NSVIEW_BIN/nsls" --via $via -l "$CT_PID" /proc | sed -n 's/.* self -> //p')" 1
	check_eq "$via: others are read" "$("$NSVIEW_BIN/nsls" --via $via -l "$CT_PID" /proc | sed -n 's/.* mounts -> //p')" self/mounts
	check_eq "$via: followed" "$("$NSVIEW_BIN/nsls" --via $via -dFL "$CT_PID" /proc/self)" /proc/self/
done
test_done
