#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Run by sudo, no script leaves a file to root in the build folder, whether it succeeds, fails or is interrupted. In
# a tree of its own, in which cmake and ctest only make files.
. "$(dirname "$0")/../fixtures/base.sh"

[ "$(id -u)" = 0 ] || test_skip "sudo makes one root"
user=54321
tree=$TEST_TMP/tree
fake=$TEST_TMP/fake
mkdir -p "$tree/tests/fuzz" "$tree/tests/abi" "$tree/tests/mutants" "$fake"
cp -r "$NSVIEW_SOURCE/scripts" "$NSVIEW_SOURCE/.ci" "$tree"
printf '#!/bin/sh\n' >"$tree/scripts/deps"
echo /build/ >"$tree/.gitignore"
touch "$tree/tests/fuzz/fuzz_x.c" "$tree/tests/mutants/x.patch"
cat >"$fake/cmake" <<'END'
#!/bin/sh
for word; do last=$word; case $word in dev | asan | clang | fuzz | release) preset=$word ;; esac; done
mkdir -p "build/$preset/bin" "build/cache"
echo made >"build/$preset/cmake-$$"
echo made >"build/cache/file-$$"
[ "${FAKE-}" != fails ] || exit 1
[ "${FAKE-}" != interrupted ] || kill -TERM "$(cat "$FAKE_PID")"
END
cat >"$fake/ctest" <<'END'
#!/bin/sh
mkdir -p build/dev/Testing/Temporary
touch build/dev/Testing/Temporary/LastTest.log
END
for name in clang-format shellcheck clang-tidy clang-tidy-16 abidiff; do
	printf '#!/bin/sh\n' >"$fake/$name"
done
cat >"$fake/abidw" <<'END'
#!/bin/sh
while [ "$1" != --out-file ]; do shift; done
echo made >"$2"
END
chmod +x "$fake"/* "$tree/scripts/deps"
(cd "$tree" && git init -q . && git add . && git -c user.name=T -c user.email=t@example.org commit -q -m all) ||
	test_skip "no git"

# run SCRIPT [ARGUMENT...]: with a new build folder, as sudo would; its exit code does not matter.
run() {
	rm -rf "$tree/build"
	chown -R "$user:$user" "$tree"
	(
		cd "$tree" || exit
		export PATH=$fake:$PATH SUDO_UID=$user SUDO_GID=$user
		export FAKE_PID=$TEST_TMP/pid
		sh -c 'echo $$ >"$FAKE_PID"; exec bash "$@"' sh "$@"
	) >"$TEST_TMP/said" 2>&1 </dev/null
}
made() { # how many files, and how many of them are root's
	printf '%s %s' "$(find "$tree/build" -type f | grep -c .)" "$(find "$tree" -path "$tree/.git" -prune -o -uid 0 -print | wc -l)"
}
is_given_back() { # WHAT
	local files roots

	read -r files roots <<<"$(made)"
	check "$1 makes files" test "$files" -gt 0
	check_eq "$1 leaves none to root" "$roots" 0
}

run scripts/test --no-install
is_given_back "test"
run scripts/quickstart --demo
is_given_back "quickstart"
run scripts/fuzz --no-install 1
is_given_back "fuzz"
run scripts/lint
is_given_back "lint"
run scripts/mutants
is_given_back "mutants"
FAKE=fails run scripts/test --no-install
is_given_back "a test whose build fails"
FAKE=interrupted run scripts/test --no-install
is_given_back "a test that is interrupted"
touch "$tree/library"
run scripts/abi --update library
check "abi --update makes its file" test -f "$tree/tests/abi/libnsview-$(uname -m).abi"
check_eq "and leaves it to the user" "$(stat -c %u "$tree/tests/abi/libnsview-$(uname -m).abi")" "$user"

# Control: without sudo they are root's.
user=0
run scripts/test --no-install
check_not "control: root's files are seen" test "$(made | cut -d' ' -f2)" = 0
test_done
