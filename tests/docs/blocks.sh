#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# blocks.sh - blocks.py finds commands that fail, and output that is not what the document shows.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"

# blocks NOTE COMMAND OUTPUT: runs a document with one block.
blocks() {
	printf '<!-- %s -->\n```console\n$ %s\n%s\n```\n' "$1" "$2" "$3" >"$TEST_TMP/a.md"
	timeout 60 python3 "$NSVIEW_SOURCE/tests/docs/blocks.py" "$TEST_TMP/a.md"
}

check "the same output" blocks 'text' 'echo a b' 'a b'
check_not "another output" blocks 'text' 'echo a b' 'a c'
check_not "more output" blocks 'text' 'echo a; echo b' 'a'
check_not "a failure" blocks 'text' 'echo a; false' 'a'
check_not "a failure, with any output" blocks 'an example' 'echo a; false' 'b'
check "a failure that is expected" blocks 'exit 1' 'echo a; false' 'a'
check_not "another failure" blocks 'exit 1' 'echo a; (exit 2)' 'a'
check "numbers" blocks 'numbers vary' 'echo a  12 4f1c4f1c4f1c Dec  1 10:22' 'a 7 883f1bc9ec0d Nov 26 00:21'
check_not "numbers that do not vary" blocks 'text' 'echo 12' '13'
check_not "words among numbers" blocks 'numbers vary' 'echo a 12' 'b 12'
check "lines left out" blocks 'text' 'seq 9' $'1\n...\n9'
check_not "a last line that is missing" blocks 'text' 'seq 9' $'1\n...\n10'
check "a command of two lines" blocks 'text' $'cat <<END\n> a\n> END' 'a'
check "one shell for all" blocks 'text' $'cd /usr; a=b\n$ echo $PWD $a' '/usr b'
check_not "a shell that ends" blocks 'text' 'exit 0' ''
check_not "no command" blocks 'not run: why' 'echo a' 'a'
test_done
