#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# "nscollect report" as a command: where it writes, what it never overwrites, what it says of packages that were altered or
# are none, and --report while collecting.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/collect.sh"
export PYTHONDONTWRITEBYTECODE=1
cd "$TEST_TMP" || exit 1
mkdir made
python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); from package import debian; debian().write("made")' \
	"$NSVIEW_SOURCE/tests/report" || exit 1

# Three forms, to a file and to standard output.
check "a page" "$nscollect" report made -o page.html
check_eq "its mode" "$(stat -c %a page.html)" 600
check "it is HTML" grep -q '^<!DOCTYPE html>$' page.html
check "with the root hash" grep -q "$(sha256sum <made/SHA256SUMS | cut -c1-64)" page.html
check_eq "nothing else is left" "$(ls)" "made
page.html"
"$nscollect" report made >out.html
check "the same on standard output" cmp page.html out.html
check_eq "findings of an innocent container" "$("$nscollect" report --json made | jq -c .findings)" '[]'
check "as Markdown" grep -q '^No rule found anything' <("$nscollect" report --markdown made)
check "to a file, too" "$nscollect" report --json made -o x.json
check "to a device" "$nscollect" report made -o /dev/null
check "which stays one" test -c /dev/null

# The process that reads the package can do nothing else: it stands while its pipe is full.
mkfifo pipe
mkdir big
python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); from package import debian; p = debian()
for i in range(1000): p.process()
p.write("big")' "$NSVIEW_SOURCE/tests/report" || exit 1
"$nscollect" report big -o pipe &
reporter=$!
on_exit eval "kill $reporter 2>/dev/null || :"
exec 8<pipe
writes() { grep -q pipe_write "/proc/$(pgrep -P "$reporter")/wchan"; }
wait_for "a reader that writes" writes
# Builds with sanitizers have no sandbox for what reads packages.
if [ -z "${NSVIEW_SANITIZE-}" ]; then
	check "it is under a filter" grep -q '^Seccomp:	2$' "/proc/$(pgrep -P "$reporter")/status"
	check "and gains nothing" grep -q '^NoNewPrivs:	1$' "/proc/$(pgrep -P "$reporter")/status"
fi
check "the page comes through" grep -q '^</html>$' <&8
exec 8<&-
wait "$reporter"
check_eq "it ends" $? 0
rm -r pipe big

# What is there stays.
before=$(sha256sum page.html)
says 1 "page.html: File exists" "$nscollect" report made -o page.html
check_eq "it is not overwritten" "$(sha256sum page.html)" "$before"
ln -s nowhere link.html
says 1 "File exists" "$nscollect" report made -o page.html
ln -s target.html new.html.partial
says 1 "File exists" "$nscollect" report made -o new.html
check_not "nor a link followed" test -e target.html
says 1 "No such file" "$nscollect" report made -o nowhere/page.html
says 1 "No space left" "$nscollect" report made -o /dev/full

# Packages that are none.
says 2 "No such file" "$nscollect" report nothing -o y.html
says 2 "neither a file nor a folder" "$nscollect" report /dev/null -o y.html
check_not "no page is left" test -e y.html
check_not "nor a part" test -e y.html.partial
says 2 "would lie in the package" "$nscollect" report made -o made/r.html
check_not "and nothing lies there" test -e made/r.html
says 2 "one package" "$nscollect" report
says 2 "one package" "$nscollect" report made made
says 2 "belong to report" "$nscollect" --json made
head -c 3000 /dev/urandom >noise
tar -cf other.tar -C / etc/passwd
mkdir empty
for none in noise other.tar empty /etc/passwd; do
	says 1 "nscollect: $none: not a package of nscollect" "$nscollect" report "$none" -o y.html
	says 1 "nscollect: $none: not a package of nscollect" "$nscollect" report --json "$none"
	check_not "no page of it" test -e y.html -o -e y.html.partial
done

# A package that was altered: the report is made, and says it on top.
cp -r made altered
echo >>altered/mounts.json
said=$("$nscollect" report altered -o altered.html 2>&1)
check_eq "a note" "$? $said" "1 nscollect: note: altered: it is NOT as it was collected; the report says so"
check "the page says so" grep -q 'Altered: not as it was collected' altered.html
check_eq "and the findings" "$("$nscollect" report --json altered 2>/dev/null | jq -r '"\(.whole) \(.findings[0].rule)"')" 'false package-altered'
for member in processes.json network.json collection.json container.json files.jsonl; do
	rm -rf broken
	cp -r made broken
	head -c 100 "made/$member" >"broken/$member"
	"$nscollect" report broken -o "broken-$member.html" 2>/dev/null
	check_eq "a cut $member" $? 1
	check "has a report" test -s "broken-$member.html"
	rm -f "broken/$member"
	"$nscollect" report broken -o "without-$member.html" 2>/dev/null
	check_eq "without $member" $? 1
	check "has a report, too" test -s "without-$member.html"
done

# An archive of any kind says the same as the folder.
root=$TEST_TMP/root
mkdir "$root"
check "a root file system" "$NSVIEW_BUILD/tests/nsv-container" --fill "$root"
# shellcheck disable=SC2016
container_start --rootdir "$root" --overlay --hostname 'odd"name' --setup 'printf "x\033[31m" >"/tmp/<b>"; cp "/tmp/<b>" "/tmp/\`b\`"; chmod 4755 "/tmp/<b>" "/tmp/\`b\`"' /bin/busybox sleep 100000
for kind in tar tar.gz tar.zst; do
	take "c.$kind" --full --case 7 --report "$CT_PID"
	check "a page beside $kind" test -s c.html
	check "is told of" grep -qx "  report $TEST_TMP/c.html" "c.$kind.said"
	check "a name is escaped" grep -q '/tmp/&lt;b&gt;' c.html
	check_not "and nowhere raw" grep -q '<b>[^<]*&lt;\|/tmp/<b>' c.html
	rm c.html
done
take folder --full --report "$CT_PID"
check "beside a folder" test -s folder.html
check_eq "the same rules for all" "$(for p in c.tar c.tar.gz c.tar.zst folder; do "$nscollect" report --json "$p" |
	jq -c '[.findings[] | [.rule, .severity, .subject]]'; done | sort -u | wc -l)" 1
check_eq "they found it" "$("$nscollect" report --json c.tar | jq -c '[.findings[].rule] | contains(["setuid-new"])')" true
# shellcheck disable=SC2016
check "backticks in Markdown" grep -qF -- '- `` /tmp/`b` ``: ' <("$nscollect" report --markdown c.tar)
says 2 "--report" "$nscollect" --report "$CT_PID" -o -
# Signatures, without a key and with one.
check "a key" "$nscollect" keygen case.key
check "another" "$nscollect" keygen other.key
take signed.tar --sign case.key --volatile "$CT_PID"
signature() { "$nscollect" report --json "$@" 2>said | jq -r .signature; }
check_eq "without a key" "$(signature signed.tar)" unchecked
check_eq "with the key" "$(signature --key case.key.pub signed.tar; cat said)" valid
check_eq "with another" "$(signature --key other.key.pub signed.tar; cat said)" "other-key
nscollect: note: signed.tar: it has no valid signature by that key; the report says so"
check_eq "of none" "$(signature --key case.key.pub c.tar; cat said)" "none
nscollect: note: c.tar: it has no valid signature by that key; the report says so"
check "the page says it" grep -q 'class="badge good">Signature: valid<' <("$nscollect" report --key case.key.pub signed.tar)
check "and with which key" grep -qF "$(tail -n 1 case.key.pub)" <("$nscollect" report --key case.key.pub signed.tar)
check "and if not" grep -q 'class="badge high">Signature: NOT BY THIS KEY<' <("$nscollect" report --key other.key.pub signed.tar 2>/dev/null)
says 2 "no public key" "$nscollect" report --key made/log.jsonl made

# The command that opens a core, in the folder where the package lies.
if command -v gdb >/dev/null; then
	take core.tar --memory --paths /bin "$CT_PID"
	command=$("$nscollect" report core.tar | sed -n 's|.*<code class="copy">\(mkdir [^<]*gdb [^<]*\)</code>.*|\1|p' | head -n 1 |
		python3 -c 'import html, sys; print(html.unescape(sys.stdin.read()))')
	check "gdb opens a core" grep -q 'SIG\|LWP\|Thread' <(bash -c "${command/ gdb / gdb --batch -ex \'info threads\' }" 2>&1)
	check "with the program" grep -q '/evidence/\[root\]/bin/busybox\|Core was generated by .*busybox' <(bash -c "${command/ gdb / gdb --batch -ex \'info files\' }" 2>&1)
fi

# A command of the page, taken from it, prints what the finding is about.
"$nscollect" report c.tar -o c.html
command=$(python3 - c.html <<'END'
import html, re, sys
page = open(sys.argv[1], encoding="utf-8").read()
print(next(c for c in map(html.unescape, re.findall(r'<code class="copy">(tar [^<]*)</code>', page)) if "<b>" in c))
END
)
check_eq "a command from the page, which spares the terminal" "$(bash -c "$command")" 'x^[[31m'
test_done
