#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# links.sh - links in Markdown files lead somewhere, docs/view.svg is up to date, README.md is short and names the two
# commands.
. "$NSVIEW_SOURCE/tests/fixtures/base.sh"

links=$NSVIEW_SOURCE/tests/docs/links.py
check "links of the documents" python3 "$links" "$NSVIEW_SOURCE"

# Links that lead nowhere are found.
mkdir "$TEST_TMP/docs"
printf '# One two: `three`\n\n[a](docs/b.md#four) [b](#one-two-three)\n' >"$TEST_TMP/a.md"
printf '# Four\n\n[a](../a.md)\n' >"$TEST_TMP/docs/b.md"
check "good links" python3 "$links" "$TEST_TMP"
for bad in 'docs/c.md' 'docs/b.md#five' '#one-two' '../../etc/passwd'; do
	printf '# One two: `three`\n\n[a](%s) [b](docs/b.md)\n' "$bad" >"$TEST_TMP/a.md"
	check_not "$bad" python3 "$links" "$TEST_TMP"
done

check "the picture shows what the tutorial does" cmp "$NSVIEW_SOURCE/docs/view.svg" \
	<(python3 "$NSVIEW_SOURCE/tests/docs/picture.py" "$NSVIEW_SOURCE/docs/tutorial.md" "All containers as folders")

readme=$NSVIEW_SOURCE/README.md
check "README.md is below 200 lines" [ "$(wc -l <"$readme")" -lt 200 ]
for command in 'sudo scripts/quickstart' 'sudo scripts/test'; do
	check "README.md names $command" grep -qF "$command" "$readme"
done
test_done
