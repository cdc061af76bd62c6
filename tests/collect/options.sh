#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What options leave out, cut, or ask for, and that the package says so.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"

pods=$TEST_TMP/pods/p/volumes/kubernetes.io~secret/key
mkdir -p "$pods" "$TEST_TMP/volume"
echo "of-a-secret-volume-17" >"$pods/key"
echo "on the volume" >"$TEST_TMP/volume/f"
# shellcheck disable=SC2016
container_start --overlay --hostname options --volume "$pods:/etc/key" --volume "$TEST_TMP/volume:/data" --setup '
	d=/var/run/secrets/kubernetes.io/serviceaccount; mkdir -p $d; mount -t tmpfs token $d
	echo eyJhbGciOi-the-token-4711 >$d/token; echo eyJhbGciOi-the-former-0815 >$d/old
	mkdir -p "/odd/a
b" /odd/d/e/f "/odd/[x]" /usr/share/doc; printf 1 >"/odd/a
b/$(printf "\\377")"; printf 2 >"/odd/star*"; printf 2 >/odd/starry; printf 3 >"/odd/[x]/y"
	printf 4 >/odd/d/e/f/deep; printf 5 >/odd/d/near; ln -s d /odd/link
	yes 0123456789 | head -c 100000 >/odd/long; printf "%0.sx" 1 >/odd/short
	mkdir /held; cp /bin/busybox /held/sleep; ln /held/sleep /held/kept; /held/sleep 100000 & cp /bin/busybox /held/next
	while [ "$(readlink /proc/$!/exe)" != /held/sleep ]; do :; done; mount --bind /held/next /held/sleep
	exec 7<$d/old; rm $d/old; /bin/busybox sleep 100000 & ' /bin/busybox sleep 100000

holds() { python3 - "$1" "$2" <<'END'
import base64, sys
data, secret = open(sys.argv[1], "rb").read(), sys.argv[2].encode()
forms = [secret] + [base64.b64encode(b"x" * i + secret)[4 if i else 0:-4] for i in range(3)]
sys.exit(not any(f in data for f in forms))
END
}
outcome() { jsons collection.json "[.outcomes[] | select(.name == \"$1\")][0] | \"\\(.outcome) \\(.reason)\""; }

# An executable that another file was mounted over.
take volatile.tar "$CT_PID"
unpack volatile.tar
held='.[] | select(.argv[0] == "/held/sleep")'
check_eq "replaced" "$(jsons processes.json "$held | .exe | \"\(.deleted) \(.replaced)\"")" 'false true'
check_eq "its content" "$(sha256sum <"$UNPACKED/$(jsons processes.json "$held | .exe.content")")" \
	"$(sha256sum <"/proc/$CT_PID/root/held/kept")"

# Secrets: those of Kubernetes, in mounts, and in files of these that are open still.
take all.tar --full "$CT_PID"
for secret in of-a-secret-volume-17 eyJhbGciOi-the-token-4711 eyJhbGciOi-the-former-0815; do
	check "control: $secret is there" holds "$TEST_TMP/all.tar" $secret
done
take safe.tar --full --no-secrets "$CT_PID"
for secret in of-a-secret-volume-17 eyJhbGciOi-the-token-4711 eyJhbGciOi-the-former-0815; do
	check_not "$secret is left out" holds "$TEST_TMP/safe.tar" $secret
done
unpack safe.tar
check_schemas
why='skipped a secret: left out as asked'
check_eq "a token: it is said" \
	"$(jsons collection.json '.outcomes[] | select(.name | test("/run/secrets/kubernetes.io/serviceaccount$")) | "\(.outcome) \(.reason)"')" "$why"
check_eq "a secret volume: it is said" "$(outcome /etc/key)" "$why"
check_eq "an open file of it: it is said" \
	"$(jsons collection.json '[.outcomes[] | select(.kind == "open" and .outcome == "skipped").reason] | unique[]')" "${why#skipped }"
check_eq "mounts.json" "$(jsons mounts.json '.[] | select(.target == "/etc/key") | "\(.outcome) \(.reason)"')" "$why"
check "in the summary" grep -q '  skipped: a secret: left out as asked: ' "$TEST_TMP/safe.tar.said"
check_eq "the other volume" "$(cat "$UNPACKED/[root]/data/f")" 'on the volume'
take safe2.tar --no-secrets --paths '/var/run/secrets/**' --paths '/etc/key/*' "$CT_PID"
check_not "asked for by its path" holds "$TEST_TMP/safe2.tar" the-token-4711

# Other mounts.
take x.tar --full -x "$CT_PID"
unpack x.tar
check_eq "-x: the mount point alone" "$(ls -A "$UNPACKED/[root]/data") $(stat -c %F "$UNPACKED/[root]/data")" " directory"
check_eq "-x: it is said" "$(outcome /data)" 'skipped another mount: left out as asked'

# Names and paths that are left out.
take e.tar --full --exclude '*.ry' --exclude starry --exclude /odd/d/e "$CT_PID"
unpack e.tar
check_eq "excluded" "$(cd "$UNPACKED/[root]/odd" && find . -name 'star*' -o -path './d*' | sort)" "./d
./d/near
./star*"
check_eq "excluded: it is said" "$(jsons collection.json '.outcomes[] | select(.kind == "files") | .outcome')" skipped

# Longer files are cut.
take m.tar --full --max-file-size 64K "$CT_PID"
unpack m.tar
check_eq "cut there" "$(stat -c %s "$UNPACKED/[root]/odd/long")" 65536
check "as it begins" cmp -n 65536 "$UNPACKED/[root]/odd/long" "/proc/$CT_PID/root/odd/long"
check_eq "cut: it is said" "$(outcome '[root]/odd/long')" 'truncated larger than --max-file-size'
check_eq "a short one is whole" "$(cat "$UNPACKED/[root]/odd/short")" x
check "verify" "$nscollect" verify "$TEST_TMP/m.tar"

# By path, of any bytes.
paths() {
	local name=p-$BASHPID.tar

	take "$name" "${@/#/--paths=}" "$CT_PID" >&2
	unpack "$name" >&2
	(cd "$UNPACKED/[root]" && find . ! -type d -printf '%P\0' | sort -z | tr '\0' ' ')
}
check_eq "a byte that is no UTF-8, below a newline" "$(paths "$(printf '/odd/a\nb/\377')")" "$(printf 'odd/a\nb/\377 ')"
check_eq "a star that is meant" "$(paths '/odd/star\*')" 'odd/star* '
check_eq "a star that is not" "$(paths '/odd/star*')" "odd/star* odd/starry "
check_eq "a bracket that is meant" "$(paths '/odd/\[x]/y')" 'odd/[x]/y '
check_eq "any number of folders" "$(paths '/odd/**/deep')" "odd/d/e/f/deep "
check_eq "two of them at most" "$(paths '/odd/**2/deep')" ''
check_eq "three" "$(paths '/odd/**3/deep')" "odd/d/e/f/deep "
check_eq "a folder is all that is in it" "$(paths /odd/d)" "odd/d/e/f/deep odd/d/near "
check_eq "through a link" "$(paths /odd/link/near)" "odd/d/near "
take none.tar --paths /nothing/here "$CT_PID"
unpack none.tar
check_eq "what is not there" "$(outcome /nothing/here)" 'missing nothing matches it'

# So many bytes a second: the clock stands but for what nscollect sleeps.
if [ -z "${NSVIEW_SANITIZE-}" ]; then
	check "the clock" "${CC:-cc}" -D_GNU_SOURCE -shared -fPIC -O1 -o "$TEST_TMP/clock.so" "$NSVIEW_SOURCE/tests/collect/frozen_clock.c"
	SLEPT=$TEST_TMP/slept LD_PRELOAD=$TEST_TMP/clock.so "$nscollect" --full --bwlimit 100K "$CT_PID" -o "$TEST_TMP/slow.tar" >/dev/null 2>&1
	check_eq "with a limit: exits" $? 0
	apart=$(($(cat "$TEST_TMP/slept") / 1000000 - $(stat -c %s "$TEST_TMP/slow.tar") * 1000 / 102400))
	check "it sleeps as long as these bytes take (off by $apart ms)" test "${apart#-}" -le 20
	SLEPT=$TEST_TMP/slept2 LD_PRELOAD=$TEST_TMP/clock.so "$nscollect" --full "$CT_PID" -o "$TEST_TMP/fast.tar" >/dev/null 2>&1
	check_not "without one it does not sleep" test -e "$TEST_TMP/slept2"
fi
for bad in '--bwlimit=0' '--bwlimit=x' '--max-file-size=-1' '--timeout=0' '--timeout=1s'; do
	says 2 'is not a' "$nscollect" $bad "$CT_PID" -o "$TEST_TMP/never.tar"
done
# Of several each gets a package in a folder.
says 2 'names an archive' "$nscollect" "$CT_PID" "$CT_PID" -o "$TEST_TMP/two.tar.gz"
check_not "no folder of that name" test -e "$TEST_TMP/two.tar.gz"

# A root that chroot(2) made: the kernel names programs from the root of the mount namespace.
mkdir "$TEST_TMP/jail"
"$NSVIEW_BUILD/tests/nsv-container" --fill "$TEST_TMP/jail" || exit 1
unshare --mount chroot "$TEST_TMP/jail" /bin/busybox sleep 100000 &
jailed=$!
on_exit eval "kill $jailed 2>/dev/null || :"
in_jail() { [ "$(readlink "/proc/$jailed/root")" = "$TEST_TMP/jail" ] && grep -q sleep "/proc/$jailed/cmdline"; }
wait_for "its program" in_jail
take jail.tar --volatile "$jailed"
unpack jail.tar
check_eq "its program is the one that has its name" "$(jsons processes.json ".[] | select(.pid == $jailed) | .exe.replaced")" false
mv "$TEST_TMP/jail/bin/busybox" "$TEST_TMP/jail/bin/moved"
cp "$TEST_TMP/jail/bin/moved" "$TEST_TMP/jail/bin/busybox"
take jail2.tar --volatile "$jailed"
unpack jail2.tar
check_eq "a name that it moved to is followed" "$(jsons processes.json ".[] | select(.pid == $jailed) | .exe.path")" "$TEST_TMP/jail/bin/moved"
kill "$jailed"
wait "$jailed" 2>/dev/null
test_done
