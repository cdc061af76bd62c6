#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Completion in real shells on a pseudo-terminal: bash, zsh and fish. It offers containers and paths
# inside them; a hostile name in a container is one quoted argument and never runs; a container that
# hangs gives nothing, and the prompt back.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"

shell=$1
command -v "$shell" >/dev/null || test_skip "$shell is not installed"
# A stuck child can't end, so leaks are not looked for.
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0

# shellcheck disable=SC2016 # names of files
container_start --hostname "c$$-web" --setup 'mkdir -p /etc /only-here /many /evil; cd /evil
	: >/etc/unique.conf; : >/only-here/inner; : >/many/one; : >/many/two; : >/many/three
	: >"dollar\$(touch RAN)"; : >"tick\`touch RAN\`"; : >"semi;touch RAN;#"; : >"blank  two"
	: >"quotes'\''\"\\"; : >"colon:a:b"; : >"line
feed"; : >"$(printf "escape\033]0;EVIL\007")"; : >"glob*?[a]{b,c}"; : >"=home~!!"; : >"comma,\\,{d,e}"; : >/-dash'
name=c$$-web
container_start --hostname "hung$$" --setup 'mkdir /hung'
exec {hungfs_out}< <(exec "$NSVIEW_BUILD/tests/hungfs" "$CT_PID" /hung)
hungfs=$!
on_exit eval "kill -9 $hungfs 2>/dev/null || :"
read -r -t 60 said <&"$hungfs_out"
check_eq "the container has its hung mount" "$said" mounted

# The commands: --complete is theirs, anything else tells the arguments.
mkdir "$TEST_TMP/bin" "$TEST_TMP/here"
for command in nscat nsls nscp nsps nsdiff nsrun nscollect; do
	cat >"$TEST_TMP/bin/$command" <<END
#!/bin/bash
[ "\$1" != --complete ] || exec "$NSVIEW_BIN/$command" "\$@"
printf '%s\0' "\$@" >"\$TMP_OF_TEST/ran"
echo x >>"\$TMP_OF_TEST/count"
echo "ran \$(wc -l <"\$TMP_OF_TEST/count")"
END
done
printf '#!/bin/sh\n' >"$TEST_TMP/bin/nsview-test-tool"
chmod 755 "$TEST_TMP/bin/"*
: >"$TEST_TMP/here/of-host file"

check "completion in $shell" python3 "$(dirname "$0")/completion_terminal.py" "$shell" "$TEST_TMP/bin" \
	"$NSVIEW_SOURCE/completions" "$TEST_TMP" "$name" "hung$$"
check "the container still hangs" kill -0 "$hungfs"

check "the child that looked is stuck in it" eval "pgrep -f -- '--complete hung$$' >/dev/null"

# Control: compgen -W, as many completions have it, runs what is in its words.
check_not "no name ran" test -e "$TEST_TMP/here/RAN"
(cd "$TEST_TMP/here" && compgen -W "$("$NSVIEW_BIN/nscat" --complete "$name" /evil/tick | tr -d '\0')" >/dev/null)
check "the control: a name runs in a naive completion" test -e "$TEST_TMP/here/RAN"

# What the shell left behind hangs on the mount, and ends with it.
kill -9 "$hungfs"
check "no completion is left" wait_for "the children end" eval "! pgrep -f -- '--complete hung$$' >/dev/null"
test_done
