/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_layer_options.c - an overlay's options: the parser keeps its bounds, and the paths that it
 * found, written as overlayfs and the kernel write them, are found again.
 */
#include "fuzz.h"

#include <errno.h>
#include <stdio.h>

#include "changes/internal.h"
#include "changes/layer_options.h"
#include "reach/util.h"

/* A backslash and a comma stand as octal digits; overlayfs puts a backslash before a colon. */
static void put(FILE *out, const char *path, bool list)
{
	for (; *path; path++) {
		unsigned c = (unsigned char)*path;

		if (list && (c == ':' || c == '\\'))
			(void)fputs("\\134", out);
		if (c == ',' || c == '\\')
			(void)fprintf(out, "\\%03o", c);
		else
			(void)fputc((int)c, out);
	}
}

static char *write_again(const struct nsv_layer_options *o)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	FUZZ_CHECK(out);
	(void)fprintf(out, "rw%s%s", o->userxattr ? ",userxattr" : "",
		      o->no_redirect ? ",redirect_dir=nofollow" : "");
	for (size_t i = 0; i < o->n; i++) {
		(void)fputs(i < o->n - o->n_data ? ",lowerdir+=" : ",datadir+=", out);
		put(out, o->lower[i], true);
	}
	if (o->upper) {
		(void)fputs(",upperdir=", out);
		put(out, o->upper, false);
	}
	FUZZ_CHECK(fclose(out) == 0);
	return text;
}

static void check_again(const struct nsv_layer_options *o)
{
	nsv_autofree char *text = write_again(o);
	struct nsv_layer_options again = { 0 };

	FUZZ_CHECK(nsv_layer_options_parse(text, &again) == 0);
	FUZZ_CHECK(again.n == o->n && again.n_data == o->n_data);
	FUZZ_CHECK(again.userxattr == o->userxattr && again.no_redirect == o->no_redirect);
	FUZZ_CHECK(!again.upper == !o->upper);
	FUZZ_CHECK(!o->upper || !strcmp(again.upper, o->upper));
	for (size_t i = 0; i < o->n; i++)
		FUZZ_CHECK(!strcmp(again.lower[i], o->lower[i]));
	nsv_layer_options_free(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *text = fuzz_text(data, size);
	struct nsv_layer_options o = { 0 };
	int r = nsv_layer_options_parse(text, &o);

	FUZZ_CHECK(r == 0 || r == -E2BIG);
	if (r < 0)
		return 0;
	FUZZ_CHECK(o.n <= NSV_LAYERS_MAX && o.n_data <= o.n);
	for (size_t i = 0; i < o.n; i++)
		FUZZ_CHECK(strlen(o.lower[i]) <= size);
	check_again(&o);
	nsv_layer_options_free(&o);
	return 0;
}
