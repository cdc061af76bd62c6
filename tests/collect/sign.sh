#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Signed packages: openssl, minisign and signify take the signatures, and nscollect verify takes theirs; none
# takes a bit that was turned over. Keys that are none, and pass phrases, before anything is collected.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
for tool in openssl minisign signify-openbsd setsid; do
	command -v "$tool" >/dev/null || test_skip "$tool is missing"
done

container_start --overlay --hostname signed --setup 'echo one >/etc/note' /bin/busybox sleep 100000
cd "$TEST_TMP" || exit 1
umask 077

keygen() {
	"$nscollect" keygen "$@" >/dev/null || exit 1
}

echo 'correct horse' >phrase
echo 'wrong horse' >wrong
keygen case.key
keygen other.key
keygen locked.key --passphrase-file phrase

verify() { # KEY PACKAGE: $said, its code in $code, what it says of the signature in $signature
	said=$("$nscollect" verify ${1:+--key "$1"} "$2" 2>&1)
	code=$?
	signature=$(sed -n 's/^  signature: //p' <<<"$said")
	signature=${signature%%,*}
}

signed() { # WHAT KEY PACKAGE CODE SIGNATURE
	verify "$2" "$3"
	check_eq "$1: $3 by ${2:-no key}" "$code $signature" "$4 $5"
}

# The three programs, and ours, on the folder $1: how many of them take its signatures.
takers() {
	local n=0 d=$1

	openssl pkeyutl -verify -rawin -pubin -inkey case.key.pub.pem -in "$d/SHA256SUMS" -sigfile "$d/SHA256SUMS.sig" >/dev/null 2>&1 && n=$((n + 1))
	minisign -V -q -p case.key.pub -x "$d/SHA256SUMS.minisig" -m "$d/SHA256SUMS" >/dev/null 2>&1 && n=$((n + 1))
	signify-openbsd -V -q -p case.key.pub -x "$d/SHA256SUMS.minisig" -m "$d/SHA256SUMS" >/dev/null 2>&1 && n=$((n + 1))
	"$nscollect" verify --key case.key.pub "$d" >/dev/null 2>&1 && n=$((n + 1))
	echo "$n"
}

flip() { # FILE BYTE BIT
	python3 -c 'import sys
d = bytearray(open(sys.argv[1], "rb").read()); d[int(sys.argv[2])] ^= 1 << int(sys.argv[3]); open(sys.argv[1], "wb").write(d)' "$@"
}

# Each form of package; the root hash is the hash of what is signed.
for form in x.tar x.tar.gz x.tar.zst folder; do
	take "$form" --sign case.key --paths /etc "$CT_PID"
	check "$form: the summary says by which key" grep -qF "root hash signed by key $(tail -n 1 case.key.pub)" "$form.said"
	for key in case.key.pub case.key.pub.pem; do
		signed "signed" $key "$form" 0 valid
		check "it says of which root hash" grep -qF "root hash $ROOT_HASH" <<<"$said"
		check "it says by which key" grep -qF "of this root hash by key $(tail -n 1 case.key.pub)" <<<"$said"
	done
	signed "by another" other.key.pub "$form" 1 "NOT BY THIS KEY"
	signed "without a key" '' "$form" 0 "not checked"
done
take plain.tar --paths /etc "$CT_PID"
signed "not signed" case.key.pub plain.tar 1 NONE
signed "not signed, no key" '' plain.tar 0 ''
unpack x.tar
check_eq "they come last" "$(tar -tf x.tar | tail -n 3 | xargs)" "SHA256SUMS SHA256SUMS.sig SHA256SUMS.minisig"
check_eq "list shows them" "$("$nscollect" list x.tar | tail -n 2 | grep -cE ' (64|370) .* SHA256SUMS\.(minisig|sig)$')" 2
check_eq "SHA256SUMS can't list them" "$(grep -c 'SHA256SUMS' "$UNPACKED/SHA256SUMS")" 0
check_eq "the trusted comment has the root hash" "$(sed -n 's/^trusted comment: .*root://p' "$UNPACKED/SHA256SUMS.minisig")" \
	"$(sha256sum <"$UNPACKED/SHA256SUMS" | cut -d' ' -f1)"

# Programs that know nothing of us. Each refuses a bit that is turned over in what is signed.
check_eq "openssl, minisign, signify and verify take it" "$(takers folder)" 4
cp -a folder bad
flip bad/SHA256SUMS 10 0
check_eq "nobody takes another SHA256SUMS" "$(takers bad)" 0

# Bytes of the signatures, but for the comment that nobody signs; each one with NSVIEW_SIGN_STEP=1.
taken=
for ((i = 0; i < 64; i += ${NSVIEW_SIGN_STEP:-9})); do
	cp folder/SHA256SUMS.sig bad/SHA256SUMS.sig
	cp folder/SHA256SUMS bad/SHA256SUMS
	flip bad/SHA256SUMS.sig "$i" $((i % 8))
	verify case.key.pub bad
	[ "$code $signature" = "1 INVALID" ] || taken="$taken $i:$code:$signature"
done
check_eq "bytes of .sig that may differ" "$taken" ''
cp folder/SHA256SUMS.sig bad/SHA256SUMS.sig
skip=$(head -n 1 folder/SHA256SUMS.minisig | wc -c)
size=$(wc -c <folder/SHA256SUMS.minisig)
taken=
for ((i = skip; i < size; i += ${NSVIEW_SIGN_STEP:-13})); do
	cp folder/SHA256SUMS.minisig bad/SHA256SUMS.minisig
	flip bad/SHA256SUMS.minisig "$i" $((i % 7))
	verify case.key.pub bad
	[ "$code $signature" = "1 INVALID" ] || taken="$taken $i:$code:$signature"
	minisign -V -q -p case.key.pub -x bad/SHA256SUMS.minisig -m bad/SHA256SUMS >/dev/null 2>&1 && echo "minisign takes byte $i"
done
check_eq "bytes of .minisig that may differ" "$taken" ''

# A member changed together with the lists deceives a reader without the key, and no other.
rm -r bad; cp -a folder bad
echo two >'bad/[root]/etc/note'
sed -i "s|^.*  \[root\]/etc/note\$|$(sha256sum 'bad/[root]/etc/note')|; s|  bad/|  |" bad/SHA256SUMS
signed "control: nothing is noticed" '' bad 0 "not checked"
signed "lists that were changed" case.key.pub bad 1 INVALID
cp folder/SHA256SUMS bad/SHA256SUMS
signed "a member that was changed" case.key.pub bad 1 valid
check "which is said" grep -q 'the members are NOT as they were signed' <<<"$said"
check "and told" grep -qF 'altered: [root]/etc/note' <<<"$said"

# Signatures of another package, cut, too long, under another name, of another key with this one's ID.
take another --sign case.key --volatile "$CT_PID"
rm -r bad; cp -a folder bad
cp another/SHA256SUMS.sig bad; signed "of another package" case.key.pub bad 1 INVALID
cp another/SHA256SUMS.minisig bad; signed "both" case.key.pub bad 1 INVALID
rm bad/SHA256SUMS.sig; signed "the second alone" case.key.pub bad 1 INVALID
for cut in 63 0; do
	rm -r bad; cp -a folder bad
	head -c $cut folder/SHA256SUMS.sig >bad/SHA256SUMS.sig; signed "cut to $cut" case.key.pub bad 1 INVALID
	signed "cut, without a key" '' bad 1 "not checked"
	check "which is said" grep -qF 'altered: SHA256SUMS.sig (it is no signature)' <<<"$said"
done
rm -r bad; cp -a folder bad
echo >>bad/SHA256SUMS.sig; signed "a byte too long" case.key.pub bad 1 INVALID
for lines in 1 2 3; do
	rm -r bad; cp -a folder bad
	head -n $lines folder/SHA256SUMS.minisig >bad/SHA256SUMS.minisig; signed "cut to $lines lines" case.key.pub bad 1 INVALID
done
head -c 100000 /dev/zero >bad/SHA256SUMS.minisig; signed "a stowaway" '' bad 1 "not checked"
check "which is told" grep -qF 'altered: SHA256SUMS.minisig (it is no signature)' <<<"$said"
rm bad/SHA256SUMS.minisig; signed ".sig alone" case.key.pub bad 0 valid
signed ".sig alone, of another" other.key.pub bad 1 INVALID
rm bad/SHA256SUMS.sig; signed "taken away" case.key.pub bad 1 NONE
ln -s SHA256SUMS bad/SHA256SUMS.sig; signed "a link" '' bad 1 ''
take forged --sign other.key --paths /etc "$CT_PID"
signed "by another key" case.key.pub forged 1 "NOT BY THIS KEY"
python3 - forged/SHA256SUMS.minisig case.key.pub <<'END'
import base64, sys
lines = open(sys.argv[1]).read().split("\n")
key = base64.b64decode(open(sys.argv[2]).read().split("\n")[1])
sig = base64.b64decode(lines[1])
lines[1] = base64.b64encode(sig[:2] + key[2:10] + sig[10:]).decode()
open(sys.argv[1], "w").write("\n".join(lines))
END
signed "by another key, with this one's ID" case.key.pub forged 1 INVALID

# A first, empty SHA256SUMS has the root hash: the signature of the second is not its.
python3 - x.tar two.tar <<'END'
import sys
d = open(sys.argv[1], "rb").read()
at = next(i for i in range(0, len(d), 512) if d[i:i + 11] == b"SHA256SUMS\0")
h = bytearray(d[at:at + 512])
h[124:136] = b"00000000000\0"
h[148:156] = b" " * 8
h[148:156] = b"%06o\0 " % sum(h)
open(sys.argv[2], "wb").write(d[:at] + h + d[at:])
END
signed "two of them" case.key.pub two.tar 1 INVALID

# What minisign signs itself, by its hash (BLAKE2b), and signify's keys.
minisign -G -W -p mini.pub -s mini.key >/dev/null
signify-openbsd -G -n -p signify.pub -s signify.sec
cp -a folder ours; rm ours/SHA256SUMS.sig
minisign -S -s mini.key -m ours/SHA256SUMS >/dev/null
signed "minisign's own" mini.pub ours 0 valid
signed "minisign's own" case.key.pub ours 1 "NOT BY THIS KEY"
flip ours/SHA256SUMS 10 0
signed "minisign's own, altered" mini.pub ours 1 INVALID
signed "signify's key" signify.pub folder 1 "NOT BY THIS KEY"

# Keys of openssl's; of another kind; none; public ones; with a pass phrase. No package is begun.
openssl genpkey -algorithm ed25519 -out openssl.key 2>/dev/null
openssl pkey -in openssl.key -pubout -out openssl.pub
openssl genpkey -algorithm rsa -pkeyopt rsa_keygen_bits:2048 -out rsa.key 2>/dev/null
openssl pkey -in rsa.key -pubout -out rsa.pub
openssl pkey -in rsa.key -traditional -out old.key
openssl pkey -in openssl.key -aes-256-cbc -passout file:phrase -out openssl.locked
take openssl.tar --sign openssl.key --volatile "$CT_PID"
signed "openssl's key" openssl.pub openssl.tar 0 valid
echo rubbish >rubbish
try() { # TEXT ARG...
	says 2 "$1" setsid -w "$nscollect" "${@:2}" "$CT_PID" -o none.tar
}
try 'rsa.key: not an Ed25519 key but rsaEncryption' --sign rsa.key
try 'old.key: not an Ed25519 key but one of an older form' --sign old.key
try 'rubbish: no private key in PEM' --sign rubbish
try "a public key can't sign" --sign case.key.pub.pem
try "a public key can't sign" --sign case.key.pub
try 'nothing: No such file' --sign nothing
try '.: not a file' --sign .
try 'locked.key: wrong pass phrase' --sign locked.key --passphrase-file wrong
try 'there is no terminal' --sign locked.key
try 'nothing: No such file' --sign locked.key --passphrase-file nothing
try '/dev/null: its first line is no pass phrase: empty' --sign locked.key --passphrase-file /dev/null
try '--passphrase-file is for' --passphrase-file phrase
try '--key is for verify' --key case.key.pub
check_eq "nothing was begun" "$(ls none* 2>/dev/null)" ''
says 2 'rsa.pub: not an Ed25519 key but RSA' "$nscollect" verify --key rsa.pub x.tar
says 2 'a private key: signatures are checked with the public one' "$nscollect" verify --key case.key x.tar
says 2 'rubbish: no public key' "$nscollect" verify --key rubbish x.tar
says 2 '--sign is for a collection' "$nscollect" verify --sign case.key x.tar
for key in locked.key openssl.locked; do
	take $key.tar --sign $key --passphrase-file phrase --volatile "$CT_PID"
	check_eq "no notes" "$(cat $key.tar.notes)" ''
done
signed "with a pass phrase" locked.key.pub locked.key.tar 0 valid
signed "with a pass phrase, openssl's" openssl.pub openssl.locked.tar 0 valid
check "openssl reads it" openssl pkey -in locked.key -passin file:phrase -noout
check_not "not without the phrase" openssl pkey -in locked.key -passin file:wrong -noout

take pipe.tar --sign <(cat case.key) --volatile "$CT_PID"
signed "a key out of a pipe" case.key.pub pipe.tar 0 valid

# Files that others may read: said, and no more.
cp case.key open.key; chmod 644 open.key phrase
take open.tar --sign open.key --volatile "$CT_PID"
check "a key that others may read" grep -q 'open.key: others may read or write it (mode 0644)' open.tar.notes
take open2.tar --sign locked.key --passphrase-file phrase --volatile "$CT_PID"
check "a pass phrase that others may read" grep -q 'phrase: others may read' open2.tar.notes
chmod 600 phrase

# A terminal is asked, without an echo.
cat >terminal.py <<'END'
import os, pty, sys, termios, time
answers = sys.argv[1].split(",")
pid, fd = pty.fork()
if pid == 0:
    os.execv(sys.argv[2], sys.argv[2:])
said, asked = b"", 0
while True:
    try:
        more = os.read(fd, 1000)
    except OSError:
        break
    if not more:
        break
    said += more
    if said.count(b": ") > asked and said.endswith(b": ") and asked < len(answers):
        while termios.tcgetattr(fd)[3] & termios.ECHO: # the prompt comes before
            time.sleep(0.01)
        os.write(fd, answers[asked].encode() + b"\n")
        asked += 1
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
END
terminal() { # CODE ANSWERS ARG...
	terminal_said=$(timeout 60 python3 terminal.py "$2" "$nscollect" "${@:3}")
	check_eq "on a terminal: $2: ${*:3}" $? "$1"
	check_eq "no echo" "$(grep -c horse <<<"$terminal_said")" 0
}
terminal 0 'correct horse' --no-progress --sign locked.key --volatile "$CT_PID" -o terminal.tar
signed "asked on a terminal" locked.key.pub terminal.tar 0 valid
terminal 2 'no horse' --sign locked.key --volatile "$CT_PID" -o none.tar
check "wrong" grep -q 'wrong pass phrase' <<<"$terminal_said"
terminal 0 'new horse,new horse' keygen --passphrase asked.key
check "encrypted" openssl pkey -in asked.key -passin 'pass:new horse' -noout
terminal 2 'new horse,old horse' keygen --passphrase twice.key
check_eq "nothing was made" "$(ls twice* none* 2>/dev/null)" ''

# keygen overwrites nothing, through no link, and leaves nothing half made.
check_eq "modes" "$(stat -c %a case.key case.key.pub case.key.pub.pem | xargs)" "600 600 600"
(umask 022; keygen public.key)
check_eq "modes under an ordinary umask" "$(stat -c %a public.key public.key.pub public.key.pub.pem | xargs)" "600 644 644"
before=$(cat case.key)
says 1 'case.key: it is there already' "$nscollect" keygen case.key
check_eq "it is as it was" "$(cat case.key)" "$before"
ln -s target linked.key
says 1 'linked.key: it is there already' "$nscollect" keygen linked.key
echo mine >half.key.pub.pem
says 1 'half.key.pub.pem: it is there already' "$nscollect" keygen half.key
check_eq "nothing half made" "$(ls half.key* target 2>/dev/null)" half.key.pub.pem
says 1 'No such file' "$nscollect" keygen nowhere/k
says 2 'keygen takes one name' "$nscollect" keygen

# No key is in a package. The control: the same search in a file that has it.
cat >search.py <<'END'
import base64, sys
pem = open(sys.argv[1]).read().split("\n")
der = base64.b64decode("".join(pem[1:-2]))
data = open(sys.argv[2], "rb").read()
print(sum(s in data for s in (der[-32:], pem[1].encode(), b"correct horse")))
END
check_eq "no key in a package" "$(python3 search.py case.key x.tar) $(python3 search.py case.key open2.tar)" "0 0"
cat x.tar case.key phrase >with
check_eq "control: it would be found" "$(python3 search.py case.key with)" 2

# The key is read before the sandbox, and a signature is checked in it.
if command -v strace >/dev/null && [ -z "${NSVIEW_SANITIZE-}" ]; then
	strace -f -o trace "$nscollect" verify --key case.key.pub x.tar >/dev/null
	check "it is filtered" grep -q 'seccomp(SECCOMP_SET_MODE_FILTER' trace
	check_eq "nothing is opened after that" "$(sed '1,/SECCOMP_SET_MODE_FILTER/d' trace | grep -cE ' (open|openat|socket|execve|clone)\(')" 0
fi
test_done
