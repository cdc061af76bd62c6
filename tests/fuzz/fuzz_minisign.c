/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_minisign.c - signatures and public keys: what is taken has one spelling, that of the writer.
 */
#include "fuzz.h"

#include "collect/sign/minisign.h"
#include "reach/util.h"

#define UNTRUSTED "untrusted comment: "

static void check_signature(const char *text, size_t size)
{
	struct nsv_minisign m;
	nsv_autofree char *comment = NULL, *again = NULL;
	size_t len;

	if (nsv_minisign_parse(text, size, &m) < 0)
		return;
	FUZZ_CHECK(m.comment >= text && m.comment + m.comment_len < text + size);
	len = (size_t)((const char *)memchr(text, '\n', size) - text);
	comment = strndup(text + strlen(UNTRUSTED), len - strlen(UNTRUSTED));
	again = malloc(NSV_MINISIGN_MAX + 1);
	FUZZ_CHECK(comment && again);
	if (size < NSV_MINISIGN_MAX) {
		FUZZ_CHECK(nsv_minisign_write(&m, comment, again) == size);
		FUZZ_CHECK(!memcmp(again, text, size));
	}
}

static void check_key(const char *text, size_t size)
{
	struct nsv_minisign_key k;
	char line[57];
	const char *second;

	if (nsv_minisign_parse_key(text, size, &k) < 0)
		return;
	second = (const char *)memchr(text, '\n', size) + 1;
	nsv_minisign_key_text(&k, line);
	FUZZ_CHECK(strlen(line) == 56 && !memcmp(second, line, 56));
	FUZZ_CHECK(second + 57 == text + size && second[56] == '\n');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	/* Of its exact size, so that a byte too far is seen. */
	nsv_autofree char *text = malloc(size ? size : 1);

	FUZZ_CHECK(text);
	memcpy(text, data, size);
	check_signature(text, size);
	check_key(text, size);
	return 0;
}
