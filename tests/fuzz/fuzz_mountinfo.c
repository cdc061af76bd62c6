/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_mountinfo.c - tables of mounts: what is read of a line is what a slow model of proc(5)
 * reads. */
#include "fuzz.h"

#include "reach/mountinfo.h"
#include "reach/util.h"

/* Three octal digits at a time, to another buffer. */
static char *model_unescape(const char *text, size_t len)
{
	char *out = malloc(len + 1), *to = out;

	FUZZ_CHECK(out);
	for (size_t i = 0; i < len; i++) {
		unsigned value = 0;
		size_t digits = 0;

		if (text[i] == '\\')
			for (; digits < 3 && i + 1 + digits < len && text[i + 1 + digits] >= '0' &&
			       text[i + 1 + digits] <= '7';
			     digits++)
				value = value * 8 + (unsigned)(text[i + 1 + digits] - '0');
		if (digits == 3 && value > 0 && value < 256) {
			*to++ = (char)value;
			i += 3;
		} else {
			*to++ = text[i];
		}
	}
	*to = '\0';
	return out;
}

/* The @n-th field of a line. */
static char *model_field(const char *line, size_t n)
{
	for (; n; n--) {
		line = strchr(line, ' ');
		FUZZ_CHECK(line);
		line++;
	}
	return model_unescape(line, strcspn(line, " "));
}

static void check_tail(const char *line, size_t n, const struct nsv_mount_line *m)
{
	nsv_autofree char *type = model_field(line, n), *source = model_field(line, n + 1);

	FUZZ_CHECK(!strcmp(type, m->type) && !strcmp(source, m->source) && *type);
	FUZZ_CHECK(strlen(m->super) <= strlen(line));
	FUZZ_CHECK(!strcmp(m->super, line + strlen(line) - strlen(m->super)));
	FUZZ_CHECK(!(nsv_fs_flags(m->type) & NSV_FS_VIEW) || !strcmp(type, "fuse.nsviewd"));
}

static void check_line(const char *line, const struct nsv_mount_line *m)
{
	nsv_autofree char *root = model_field(line, 3), *point = model_field(line, 4);
	nsv_autofree char *options = model_field(line, 5);
	size_t n = 6;

	FUZZ_CHECK(!strcmp(root, m->root) && !strcmp(point, m->point) &&
		   !strcmp(options, m->options));
	/* Tags, as many as there are, and then "-". */
	for (;; n++) {
		nsv_autofree char *tag = model_field(line, n);

		if (!strcmp(tag, "-"))
			break;
	}
	check_tail(line, n + 1, m);
}

/* The next line that a reader should find: not empty. NULL at the end. */
static char *model_line(const char **at, const char *end)
{
	while (*at < end) {
		const char *newline = memchr(*at, '\n', (size_t)(end - *at));
		size_t len = (size_t)((newline ? newline : end) - *at);
		char *line = fuzz_text(*at, len);

		*at += len + (newline != NULL);
		if (*line)
			return line;
		free(line);
	}
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_automountinfo struct nsv_mountinfo m = { .fd = NSV_FD_NONE };
	const char *at = (const char *)data, *end = at + size;
	struct nsv_mount_list list = { 0 };
	struct nsv_mount_line line;
	size_t n = 0;
	int r;

	if (!size)
		return 0;
	nsv_mountinfo_text(&m, at, size);
	while ((r = nsv_mountinfo_next(&m, &line)) > 0) {
		struct nsv_mount_line same;
		char *text;

		n++;
		for (;;) {
			nsv_autofree char *copy = NULL;

			text = model_line(&at, end);
			FUZZ_CHECK(text);
			copy = fuzz_text(text, strlen(text));
			if (nsv_mount_parse(copy, &same) == 0)
				break;
			free(text);
		}
		check_line(text, &line);
		free(text);
	}
	FUZZ_CHECK(r == 0);
	nsv_mountinfo_close(&m);
	nsv_mountinfo_text(&m, (const char *)data, size);
	FUZZ_CHECK(nsv_mount_list_read(&list, &m) == 0);
	FUZZ_CHECK(list.n == n);
	for (size_t i = 0; i < n; i++) {
		FUZZ_CHECK(list.entries[i].point < list.points_len);
		FUZZ_CHECK(i == 0 || list.entries[i - 1].id <= list.entries[i].id);
		FUZZ_CHECK(nsv_mount_list_find(&list, list.entries[i].id));
	}
	nsv_mount_list_clear(&list);
	return 0;
}
