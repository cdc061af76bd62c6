#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# scripts/mutants tells a fault that a test catches from one that it does not, in a project of one program: what
# is tried is the working tree, and it stays as it was.
. "$(dirname "$0")/../fixtures/base.sh"

[ "$(id -u)" = 0 ] || test_skip "scripts/mutants needs root"
command -v git >/dev/null || test_skip "git is not installed"

project=$TEST_TMP/project
mkdir -p "$project/scripts" "$project/tests/mutants"
cd "$project" || exit 1
cp "$NSVIEW_SOURCE/scripts/mutants" "$NSVIEW_SOURCE/scripts/common.sh" scripts/
echo /build/ >.gitignore
cat >CMakePresets.json <<'END'
{
  "version": 3,
  "configurePresets": [ { "name": "dev", "generator": "Ninja", "binaryDir": "${sourceDir}/build/dev" } ],
  "buildPresets": [ { "name": "dev", "configurePreset": "dev" } ]
}
END
cat >CMakeLists.txt <<'END'
cmake_minimum_required(VERSION 3.22)
project(answer C)
enable_testing()
add_executable(answer answer.c)
add_subdirectory(tests)
END
cat >tests/CMakeLists.txt <<'END'
function(nsv_script_test name)
	add_test(NAME ${name} COMMAND sh ${CMAKE_CURRENT_SOURCE_DIR}/test.sh ${name} $<TARGET_FILE:answer>)
	set_tests_properties(${name} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 20)
endfunction()
nsv_script_test(answers)
nsv_script_test(skips)
nsv_script_test(always_fails)
END
program() {
	printf '%s\n' '#include <stdlib.h>' '#include <unistd.h>' '' 'int main(void)' '{' "	$1" '}' >answer.c
}
program 'return 1;'
git init -q . && git add . && git -c user.name=T -c user.email=t@example.org commit -q -m all || exit 1
# Of the working tree, not of what is committed: the program, and a file that git does not know.
program 'return 0;'
cat >tests/test.sh <<'END'
[ "$NSVIEW_TESTS_MUST_RUN" = 1 ] || exit 1
"$2"
case $?:$1 in
*:always_fails) exit 1 ;;
77:skips) exit 77 ;;
78:skips) echo "must run, but: there is none" && exit 1 ;;
0:* | *:skips) exit 0 ;;
*) exit 1 ;;
esac
END

# mutant NAME TESTS LINE [HEAD]: a patch that replaces what the program does.
mutant() {
	printf 'Fault: %s\nCaught-by: %s\n%s\n' "the program does $3" "$2" "${4:+$4$'\n'}"
	cp answer.c "$TEST_TMP/before"
	program "$3"
	diff -u --label a/answer.c --label b/answer.c "$TEST_TMP/before" answer.c |
		sed '1i diff --git a/answer.c b/answer.c'
	cp "$TEST_TMP/before" answer.c
} >"tests/mutants/$1.patch"

# after NAME...: what a run says, without its seconds; its exit code is the last line.
after() {
	scripts/mutants "$@" 2>"$TEST_TMP/errors" >"$TEST_TMP/lines"
	echo "exit $?" >>"$TEST_TMP/lines"
	sed -E '/^(Building|Running) /d; s/ \([0-9]+ s\)$//' "$TEST_TMP/lines"
}
state() { find . -path ./build -prune -o -path ./.git -prune -o -type f -exec sha256sum {} + | sort; }
running() { find /proc/[0-9]*/exe -printf '%l\n' 2>/dev/null | grep -F "$project/"; }

mutant a-caught answers 'return 1;' 'Run: ci'
mutant b-same answers 'return 0 + 0;'
mutant c-broken answers 'return nothing;'
mutant d-moved answers 'return 2;'
sed -i 's/int main(void)/int main()/' tests/mutants/d-moved.patch
mutant e-no-test nowhere 'return 1;'
mutant f-fails always_fails 'return 1;'
mutant g-skips skips 'return 77;'
mutant h-must-run skips 'return 78;'
mutant i-hangs answers 'return pause();'
mutant j-one-of-two 'answers skips' 'return 3;'
mutant k-caught answers 'abort();' 'Run: ci'
mutant l-leaves answers 'close(1); close(2); return fork() ? 1 : pause();'
before=$(state)

export NSVIEW_MUTANTS_TIMEOUT=2
check_eq "each of them" "$(after --keep-going)" "caught  a-caught by answers
SURVIVED b-same: answers passed
error c-broken: does not build
error d-moved: does not apply
error e-no-test: nowhere: no such test
error f-fails: always_fails fails without the fault too
error g-skips: skips: was skipped
error h-must-run: skips: was skipped
caught (time-out) i-hangs by answers
SURVIVED j-one-of-two: skips passed
caught  k-caught by answers
caught  l-leaves by answers
4 passed, 8 failed
exit 1"
check "why it does not build" grep -q "nothing.* undeclared" "$TEST_TMP/errors"
check "what a test left is ended" grep -q "SIGTERM for what a test left running" "$TEST_TMP/errors"
check_not "nothing runs any more" running
check_eq "the working tree" "$(state)" "$before"
check_eq "what CI runs" "$(after --ci)" "caught  a-caught by answers
caught  k-caught by answers
2 passed, 0 failed
exit 0"
check_eq "without --keep-going" "$(after b-same tests/mutants/a-caught.patch)" \
	"SURVIVED b-same: answers passed
Stopped here; --keep-going goes on.
0 passed, 1 failed
exit 1"

# Interrupted while a test hangs: that ends, and the next run is as good as any.
NSVIEW_MUTANTS_TIMEOUT=1000 scripts/mutants i-hangs >"$TEST_TMP/out" 2>&1 &
hanging=$!
on_exit eval '[ -z "$hanging" ] || kill "$hanging"'
wait_for "the test that hangs" running
kill "$hanging"
wait "$hanging"
check_eq "exit code after SIGTERM" $? 143
hanging=
check_not "nothing runs any more" running
check "the copy is as it was" cmp answer.c build/mutants/tree/answer.c

# A change in the working tree gets into the copy, though the copy's build is younger.
touch -d '2020-01-01' answer.c
program 'return 1;'
touch -d '2020-01-01' answer.c
check_eq "a tree that fails" "$(after b-same)" "error b-same: answers fails without the fault too
0 passed, 1 failed
exit 1"
program 'return none;'
check_eq "a tree that does not build" "$(after b-same)" "exit 1"
check "says so" grep -q "the build failed" "$TEST_TMP/errors"
program 'return 0;'

says 2 "no such mutant: nothing" scripts/mutants a-caught nothing
says 2 "unknown option '--nothing'" scripts/mutants --nothing
check_eq "the list" "$(scripts/mutants --list --ci | tr -s ' ')" \
	"a-caught answers the program does return 1;
k-caught answers the program does abort();"

# What lint asks.
printf 'Caught-by: answers\n\n' >tests/mutants/m-no-fault.patch
printf 'Fault: one\nCaught-by: answers, skips\n\n' >tests/mutants/n-commas.patch
printf 'Fault: one\nCaught-by: answers\nRun: daily\n\n' >tests/mutants/o-daily.patch
printf 'Fault: one\nCaught-by: answers\n\n' >tests/mutants/p-empty.patch
check_eq "--check" "$(after --check)" "error d-moved: does not apply
error e-no-test: nowhere: no such test
error m-no-fault: wants one line Fault: above the diff
error n-commas: Caught-by: wants names of tests with blanks between them
error o-daily: Run: may only say ci
error p-empty: does not apply
exit 1"
check_eq "--check of what is right" "$(after --check a-caught k-caught)" "exit 0"
test_done
