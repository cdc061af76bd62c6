/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.c - /proc/PID/mountinfo (proc_pid_mountinfo(5)), whose paths, sources and options a
 * container chooses. The kernel escapes blank, tab, newline and backslash as \ooo, and "#" in
 * sources; everything else may stand there as it is, also " (deleted)" as a part of a name. So
 * fields are split at single blanks first and unescaped after. Control: CVE-2021-3995.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "discover/inspect/inspector.h"
#include "reach/util.h"

/* 100,000 mounts (sysctl fs.mount-max) of ordinary length. */
#define MOUNTINFO_MAX ((size_t)32 * 1024 * 1024)

static bool is_octal(const char *s)
{
	return s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
	       s[3] >= '0' && s[3] <= '7';
}

/* In place. */
static char *unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from;) {
		if (is_octal(from) && memcmp(from, "\\000", 4) != 0) {
			*to++ =
			    (char)((from[1] - '0') << 6 | (from[2] - '0') << 3 | (from[3] - '0'));
			from += 4;
		} else {
			*to++ = *from++;
		}
	}
	*to = '\0';
	return text;
}

/* An unescaped copy in the arena. */
static const char *keep(struct nsv_inspector *in, const char *text, size_t len)
{
	char *copy = nsv_arena_strn(&in->arena, text, len);

	return copy ? unescape(copy) : NULL;
}

/* The value of @key in an option, or NULL. */
static const char *value_of(const char *option, size_t len, const char *key, size_t *ret_len)
{
	size_t key_len = strlen(key);

	if (len < key_len || memcmp(option, key, key_len) != 0)
		return NULL;
	*ret_len = len - key_len;
	return option + key_len;
}

/*
 * The layers of an overlay. Newer kernels print the lower ones one by one: they are joined
 * by ":" in a text as long as all options, so that the work is linear in what was read.
 */
static int take_layers(struct nsv_inspector *in, struct nsv_mount *m, const char *options)
{
	char *lower = nsv_arena_alloc(&in->arena, strlen(options) + 1), *end = lower;
	size_t len, n;

	if (!lower)
		return -ENOMEM;
	for (; *options; options += len, options += *options == ',') {
		const char *value;

		len = strcspn(options, ",");
		if ((value = value_of(options, len, "upperdir=", &n))) {
			m->upper = keep(in, value, n);
		} else if ((value = value_of(options, len, "workdir=", &n))) {
			m->work = keep(in, value, n);
		} else if ((value = value_of(options, len, "lowerdir=", &n)) ||
			   (value = value_of(options, len, "lowerdir+=", &n))) {
			if (end != lower)
				*end++ = ':';
			memcpy(end, value, n);
			end += n;
		}
	}
	*end = '\0';
	m->lower = end != lower ? unescape(lower) : NULL;
	return 0;
}

/*
 * ID PARENT MAJOR:MINOR ROOT TARGET OPTIONS [TAG...] - TYPE SOURCE SUPER
 * -EBADMSG: not a line of the kernel's.
 */
static int parse_line(struct nsv_inspector *in, char *line, struct nsv_mount *ret)
{
	struct nsv_mount m = { 0 };
	char *fields[9] = { NULL };
	char *end, *tags;
	int r;

	for (size_t n = 0; n < 6; n++) {
		fields[n] = strsep(&line, " ");
		if (!fields[n] || !line)
			return -EBADMSG;
	}
	do
		tags = strsep(&line, " ");
	while (tags && strcmp(tags, "-") != 0);
	for (size_t n = 6; n < 9; n++)
		fields[n] = strsep(&line, " ");
	if (!tags || !fields[8])
		return -EBADMSG;
	m.root = keep(in, fields[3], strlen(fields[3]));
	m.target = keep(in, fields[4], strlen(fields[4]));
	m.options = keep(in, fields[5], strlen(fields[5]));
	m.type = keep(in, fields[6], strlen(fields[6]));
	m.source = keep(in, fields[7], strlen(fields[7]));
	end = fields[8];
	m.super_options = keep(in, end, strlen(end));
	if (!m.root || !m.target || !m.options || !m.type || !m.source || !m.super_options)
		return -ENOMEM;
	if (strcmp(m.type, "overlay") == 0) {
		r = take_layers(in, &m, end);
		if (r < 0)
			return r;
	}
	*ret = m;
	return 0;
}

int nsv_mounts_parse(struct nsv_inspector *in, char *text)
{
	struct nsv_mount *list = NULL;
	size_t room = 0;
	char *line;

	while ((line = strsep(&text, "\n"))) {
		int r;

		if (!*line)
			continue;
		list = nsv_inspect_grow(in, list, in->i.n_mounts, &room, sizeof(*list));
		if (!list)
			return -ENOMEM;
		r = parse_line(in, line, &list[in->i.n_mounts]);
		if (r == -EBADMSG)
			r = nsv_inspect_missing(in, "mounts", 0, "a line that was not understood");
		else if (r == 0)
			in->i.n_mounts++;
		if (r < 0)
			return r;
		in->i.mounts = list;
	}
	return 0;
}

int nsv_inspect_mounts(struct nsv_inspector *in)
{
	nsv_autofree char *text = NULL;
	bool cut = false;
	int r = nsv_slurp(in->target->procdir, "mountinfo", MOUNTINFO_MAX, &text, NULL, &cut);

	if (r < 0)
		return nsv_inspect_missing(in, "mounts", r, NULL);
	if (cut) {
		char *end = strrchr(text, '\n');

		if (end)
			*end = '\0';
		r = nsv_inspect_missing(in, "mounts", 0,
					"more than 32 MiB of them: the rest is left out");
	}
	return r < 0 ? r : nsv_mounts_parse(in, text);
}
