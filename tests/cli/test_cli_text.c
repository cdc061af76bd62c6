/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_cli_text.c - what the commands make of bytes, sizes and durations.
 */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command/escape.h"
#include "command/format.h"
#include "command/options.h"
#include "command/progress.h"
#include "fixtures/skip.h"

/* The shared objects want a command's table; this one is none. */
static const struct cli_option no_options[] = { CLI_HELP_OPTIONS };
const struct cli_command cli_command = { .name = "test", .options = no_options };

static void escapes(const char *text, size_t len, bool utf8, const char *wanted)
{
	size_t got_len;
	char *got = cli_escape(text, len, utf8, &got_len);

	assert_string_equal(got, wanted);
	assert_int_equal(got_len, strlen(wanted));
	free(got);
}

static void test_escape(void **state)
{
	(void)state;
	escapes("", 0, true, "");
	escapes("plain name", 10, true, "plain name");
	escapes("a\nb\tc\\d", 7, true, "a\\nb\\tc\\\\d");
	escapes("\a\b\v\f\r", 5, true, "\\a\\b\\v\\f\\r");
	escapes("\0\1\37\177", 4, true, "\\000\\001\\037\\177");
	escapes("\33[2J", 4, true, "\\033[2J");
	escapes("\x9b", 1, true, "\\233");		     /* an 8-bit CSI */
	escapes("\xc2\x9b", 2, true, "\\302\\233");	     /* the same in UTF-8 */
	escapes("\xc3\xa9", 2, true, "\xc3\xa9");	     /* e with acute */
	escapes("\xc3\xa9", 2, false, "\\303\\251");	     /* no UTF-8 terminal */
	escapes("\xe2\x80\xae", 3, true, "\\342\\200\\256"); /* right-to-left override */
	escapes("\xe2\x80\xa8", 3, true, "\\342\\200\\250"); /* line separator */
	escapes("\xf0\x9f\x90\xa7", 4, true, "\xf0\x9f\x90\xa7");
	escapes("a\xe2\x80\x8b", 4, true, "a\\342\\200\\213");	      /* zero width space */
	escapes("\xf3\xa0\x81\x81", 4, true, "\\363\\240\\201\\201"); /* a tag */
}

/* Both ends of what is harmful, and their neighbours. */
static void test_harmful(void **state)
{
	static const struct {
		uint32_t first, last;
	} rows[] = {
		{ 0x7f, 0x9f },	      { 0xad, 0xad },	    { 0x34f, 0x34f },
		{ 0x61c, 0x61c },     { 0x115f, 0x1160 },   { 0x17b4, 0x17b5 },
		{ 0x180b, 0x180f },   { 0x200b, 0x200f },   { 0x2028, 0x202e },
		{ 0x2060, 0x206f },   { 0x3164, 0x3164 },   { 0xfe00, 0xfe0f },
		{ 0xfeff, 0xfeff },   { 0xffa0, 0xffa0 },   { 0xfff0, 0xfffb },
		{ 0x1bca0, 0x1bca3 }, { 0x1d173, 0x1d17a }, { 0xe0000, 0xe0fff },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_false(cli_is_harmful(rows[i].first - 1));
		for (uint32_t code = rows[i].first; code <= rows[i].last; code++)
			assert_true(cli_is_harmful(code));
		assert_false(cli_is_harmful(rows[i].last + 1));
	}
	assert_false(cli_is_harmful(0x10ffff));
}

static void test_bad_utf8(void **state)
{
	static const char *const bad[] = {
		"\x80",		    /* a lone continuation */
		"\xc3",		    /* cut short */
		"\xc0\xaf",	    /* overlong slash */
		"\xe0\x80\xaf",	    /* the same in three */
		"\xed\xa0\x80",	    /* a surrogate */
		"\xf4\x90\x80\x80", /* past U+10FFFF */
		"\xff",
		"\xf8\x88\x80\x80\x80",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		char *got = cli_escape(bad[i], strlen(bad[i]), true, NULL);

		assert_int_equal(cli_utf8_char(bad[i], strlen(bad[i]), NULL), 0);
		assert_int_equal(strlen(got), 4 * strlen(bad[i]));
		free(got);
	}
	assert_int_equal(cli_utf8_char("", 0, NULL), 0);
	/* Bytes past the end are not looked at. */
	assert_int_equal(cli_utf8_char("\xc3\xa9", 1, NULL), 0);
}

static void test_every_character(void **state)
{
	(void)state;
	for (uint32_t code = 0x80; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
		char text[5] = "";
		uint32_t got = 0;
		size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;

		for (size_t i = n - 1, rest = code; i > 0; i--, rest >>= 6)
			text[i] = (char)(0x80 | (rest & 0x3f));
		text[0] = (char)((n == 2 ? 0xc0 : n == 3 ? 0xe0 : 0xf0) | code >> (6 * (n - 1)));
		if (code >= 0xd800 && code <= 0xdfff)
			n = 0;
		assert_int_equal(cli_utf8_char(text, strlen(text), &got), n);
		assert_int_equal(got, n ? code : 0);
	}
}

static void test_size(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *wanted;
	} rows[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 1024, "1.0K" },
		{ 1025, "1.1K" },
		{ 10137, "9.9K" },
		{ 10138, "10K" },
		{ 10240, "10K" },
		{ 10241, "11K" },
		{ 1047552, "1023K" },
		{ 1047553, "1.0M" },
		{ 1048576, "1.0M" },
		{ 123456789012, "115G" },
		{ INT64_MAX, "8.0E" },
		{ UINT64_MAX, "16E" },
	};
	char buf[CLI_SIZE_BUF];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(cli_human_size(rows[i].bytes, buf), rows[i].wanted);
}

static void test_duration(void **state)
{
	char buf[CLI_SIZE_BUF];

	(void)state;
	assert_string_equal(cli_duration(0, buf), "0:00");
	assert_string_equal(cli_duration(59, buf), "0:59");
	assert_string_equal(cli_duration(3599, buf), "59:59");
	assert_string_equal(cli_duration(3600, buf), "1:00:00");
	assert_string_equal(cli_duration(360000, buf), "100:00:00");
	assert_true(strlen(cli_duration(UINT64_MAX, buf)) < CLI_SIZE_BUF);
}

static void test_locale(void **state)
{
	(void)state;
	(void)unsetenv("LC_ALL");
	(void)unsetenv("LC_CTYPE");
	(void)unsetenv("LANG");
	assert_false(cli_locale_is_utf8());
	(void)setenv("LANG", "de_DE.UTF-8", 1);
	assert_true(cli_locale_is_utf8());
	(void)setenv("LC_CTYPE", "C", 1);
	assert_false(cli_locale_is_utf8());
	(void)setenv("LC_ALL", "C.utf8", 1);
	assert_true(cli_locale_is_utf8());
	(void)setenv("LC_ALL", "", 1);
	assert_false(cli_locale_is_utf8());
}

static void test_width(void **state)
{
	(void)state;
	(void)setenv("COLUMNS", "123", 1);
	assert_int_equal(cli_terminal_width(-1), 123);
	(void)setenv("COLUMNS", "0", 1);
	assert_int_equal(cli_terminal_width(-1), 80);
	(void)setenv("COLUMNS", "99999999999999999999", 1);
	assert_int_equal(cli_terminal_width(-1), 80);
	(void)setenv("COLUMNS", "12x", 1);
	assert_int_equal(cli_terminal_width(-1), 80);
	(void)unsetenv("COLUMNS");
	assert_int_equal(cli_terminal_width(-1), 80);
}

static void test_progress(void **state)
{
	struct cli_progress p;
	int saved = dup(STDERR_FILENO);
	int ends[2];

	(void)state;
	assert_true(saved >= 0);
	assert_int_equal(pipe(ends), 0);
	assert_true(dup2(ends[1], STDERR_FILENO) >= 0);
	cli_progress_start(&p, true);
	p.started = p.shown = 0; /* as if it had run since the machine did */
	if (cli_progress_due(&p))
		cli_progress_show(&p, "%s", "half of it");
	cli_progress_end(&p);
	assert_true(dup2(saved, STDERR_FILENO) >= 0);
	assert_int_equal(close(ends[1]), 0);
	/* Only a terminal gets a line that is rewritten. */
	assert_int_equal(read(ends[0], &(char){ 0 }, 1), 0);
	(void)close(ends[0]);
	(void)close(saved);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_escape),	 cmocka_unit_test(test_harmful),
		cmocka_unit_test(test_bad_utf8), cmocka_unit_test(test_every_character),
		cmocka_unit_test(test_size),	 cmocka_unit_test(test_duration),
		cmocka_unit_test(test_locale),	 cmocka_unit_test(test_width),
		cmocka_unit_test(test_progress),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
