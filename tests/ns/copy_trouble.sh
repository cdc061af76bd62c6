#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# nscp when something goes wrong on the way: signals, a full or read-only disk, files that
# change while they are read, closed pipes; and how much memory a big tree takes.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/copy.sh"

nscp=$NSVIEW_BIN/nscp
container_start --setup '
	mkdir /many /grow
	i=0
	while [ $i -lt 4000 ]; do
		echo "whole file" >/many/$i
		i=$((i + 1))
	done
	cat /bin/busybox /bin/busybox >/big
	yes | head -c 40000000 >/grow/f
' /bin/busybox sh -c 'while :; do echo more >>/grow/f; done'
pid=$CT_PID
cd "$TEST_TMP" || exit 1

no_temporaries() {
	check_eq "$1: no temporary file is left" "$(find "$2" -name '.nscp.*' | wc -l)" 0
}

# ---- signals ----
has_files() {
	[ "$(find out-$signal -type f ! -name '.nscp.*' 2>/dev/null | head -n 20 | wc -l)" -ge 20 ]
}

for signal in INT TERM HUP; do
	# Background jobs of a shell ignore INT: exec from env gives it its meaning back.
	env --default-signal "$nscp" -r "$pid:/many" out-$signal 2>said &
	job=$!
	wait_for "the first files" has_files || break
	kill -$signal $job
	wait $job
	status=$?
	files=$(find out-$signal -type f | wc -l)
	# A fast machine may have finished: then there is nothing to see.
	if [ "$files" -lt 4000 ]; then
		check_eq "SIG$signal is the exit status" "$status" $((128 + $(kill -l $signal)))
		check_eq "SIG$signal: a signal is no failure to report" "$(cat said)" ''
	fi
	check_eq "SIG$signal: every file is whole" \
		"$(find out-$signal -type f -exec cat {} + | sort -u)" 'whole file'
	no_temporaries "SIG$signal" out-$signal
done

# In the middle of one file, waiting for its bytes.
head -c 3000000 /dev/urandom >big
mkdir out
mkfifo stream
temporary_is_there() {
	[ -n "$(find out -name '.nscp.*' -size +100k)" ]
}
for signal in INT TERM; do
	env --default-signal "$nscp" - out <stream 2>said &
	job=$!
	exec 9>stream
	tar c big | head -c 1500000 >&9
	check "a file is under its temporary name while it is written" \
		wait_for "the temporary file" temporary_is_there
	check "and not under its own" test ! -e out/big
	kill -$signal $job
	wait $job
	check_eq "SIG$signal while it waits" "$?" $((128 + $(kill -l $signal)))
	exec 9>&-
	check_eq "SIG$signal: nothing is left" "$(ls -A out)" ''
done
rm -rf out

# ---- files that change while they are read ----
for ((i = 0; i < 20; i++)); do
	rm -rf out
	"$nscp" -r "$pid:/grow" out 2>said
	status=$?
	[ -z "$(cat said)" ] || break
done
check_eq "a log that grows is no failure" "$status" 0
check_eq "but told" "$(cat said)" "nscp: note: $pid:/grow/f: grew while it was read: what came last is missing"
check "and delivered, all that was there" test "$(stat -c %s out/f)" -ge 40000000
for ((i = 0; i < 20; i++)); do
	"$nscp" "$pid:/grow" - >grow.tar 2>said || break
done
check_eq "the same in an archive" "$(grep -c 'changed while it was read' said)" 1
check "which is whole" tar tf grow.tar
rm -rf out grow.tar

# ---- full and read-only ----
# $1: options of the mount, $2: a script with OUT as its folder; in a mount namespace of its own.
on_mount() {
	mkdir -p mounted
	unshare -m --propagation private sh -c "
		mount -t tmpfs -o $1 none mounted && cd mounted && $2"
}

said=$(on_mount size=1M "'$nscp' -r $pid:/big . 2>&1; echo =\$?; ls -A | wc -l")
check_eq "a full disk: one line, exit 1, nothing half" "$said" \
	"nscp: ./big: No space left on device; stopped, the rest is not copied
=1
0"
said=$(on_mount size=64M,nr_inodes=100 "'$nscp' -r $pid:/many . 2>&1; echo =\$?; find -name '.nscp.*'")
check_eq "no inodes left: one line for all that follow" "$(grep -v '^=' <<<"$said" | sed 's,many/.*:,many/N:,')" \
	'nscp: ./many/N: No space left on device; stopped, the rest is not copied'
check "exit 1" grep -q =1 <<<"$said"
said=$(on_mount ro "'$nscp' -r $pid:/many . 2>&1; echo =\$?")
read_only="Read-only file system (told once for all that fails on it)"
check_eq "read-only: one line" "$said" "nscp: ./many: $read_only
=1"
said=$(on_mount ro "'$nscp' -r $pid:/many/. . 2>&1; echo =\$?")
check_eq "one line for all that is in a folder" "$(sed 's,/[0-9]*:,/N:,' <<<"$said")" "nscp: ./N: $read_only
=1"
mkdir -p few/sub && touch few/{1..500} few/sub/{501,502}
tar cf few.tar few/{1..500} few/sub
said=$(on_mount ro "'$nscp' - . 2>&1 <$TEST_TMP/few.tar; echo =\$?")
check_eq "one line for an archive of 500 files" "$said" "nscp: ./few/1: $read_only
=1"
said=$(on_mount rw "mkdir -p few/sub && mount -o remount,ro . && mount -t tmpfs sub few/sub &&
	'$nscp' - . 2>&1 <$TEST_TMP/few.tar; echo =\$?; ls few/sub")
check_eq "a writable volume in it gets its files" "$said" "nscp: ./few/1: $read_only
=1
501
502"
rm -r few
tar cf big.tar big
said=$(on_mount size=1M "'$nscp' - . 2>&1 <$TEST_TMP/big.tar; echo =\$?; ls -A | wc -l")
check_eq "an archive onto a full disk" "$(tail -n 2 <<<"$said" | tr '\n' ' ')" "=1 0 "
check_eq "one line" "$(grep -c 'No space left' <<<"$said")" 1

# ---- pipes ----
"$nscp" -rv "$pid:/many" verbose 2>/dev/null | head -n 1 >/dev/null
check_eq "a closed pipe behind -v stops nothing" "$(find verbose -type f | wc -l)" 4000
no_temporaries "closed pipe" verbose
"$nscp" "$pid:/many" - 2>/dev/null | head -c 1000 >/dev/null
check_eq "a closed pipe behind an archive ends it" "${PIPESTATUS[0]}" 141

# ---- the progress line ----
rm -f stream && mkfifo stream
mkdir out
cat >slow.sh <<END
exec "$nscp" \$1 - out <stream
END
has_line() {
	grep -q 'files, ' typescript
}
script -qefc 'sh slow.sh' typescript >/dev/null 2>&1 </dev/null &
job=$!
exec 9>stream
tar c big | head -c 1500000 >&9
check "a terminal gets a progress line" wait_for "the line" has_line
exec 9>&-
wait $job
script -qefc 'sh slow.sh --no-progress' typescript >/dev/null 2>&1 </dev/null &
job=$!
tar c big >stream
wait $job
check_not "--no-progress" has_line
check_eq "a job done within a second has none" "$(script -qec "'$nscp' $pid:/big small" /dev/null \
	</dev/null | wc -c)" 0

# ---- memory ----
if [ -z "${NSVIEW_SANITIZE-}" ] && [ -x /usr/bin/time ]; then
	/usr/bin/time -f %M -o rss "$nscp" -a "$pid:/many" rss-out
	check "4,000 files take less than 32 MiB ($(cat rss) KiB)" test "$(cat rss)" -lt 32768
fi
test_done
