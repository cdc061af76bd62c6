/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mount_table.c - parses mountinfo. Mount points are whatever a container chose: blanks, newlines
 * and backslashes come as three octal digits.
 */
#include "fuse/containers/mount_table.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

static int octal(const char *s)
{
	int value = 0;

	for (int i = 0; i < 3; i++) {
		if (s[i] < '0' || s[i] > '7')
			return -1;
		value = value * 8 + (s[i] - '0');
	}
	return value;
}

static void unescape(char *s)
{
	char *to = s;

	while (*s) {
		int value = *s == '\\' ? octal(s + 1) : -1;

		if (value > 0 && value < 256) {
			*to++ = (char)value;
			s += 4;
		} else {
			*to++ = *s++;
		}
	}
	*to = '\0';
}

/* 36 35 98:0 /root /point options [optional...] - type source superoptions */
int mount_line_parse(char *line, struct mount_line *ret_line)
{
	struct mount_line out;
	char *separator = strstr(line, " - "), *rest, *end;
	int at = 0;

	if (!separator ||
	    sscanf(line, "%u %u %u:%u %n", &out.id, &out.parent, &out.major, &out.minor, &at) < 4 ||
	    at == 0)
		return -EBADMSG;
	rest = line + at;
	end = strchr(rest, ' ');
	if (!end || end >= separator)
		return -EBADMSG;
	out.point = end + 1;
	end = strchr(out.point, ' ');
	if (!end || end > separator)
		return -EBADMSG;
	*end = '\0';
	out.type = separator + 3;
	end = strchr(out.type, ' ');
	if (!end)
		return -EBADMSG;
	*end = '\0';
	unescape(out.point);
	*ret_line = out;
	return 0;
}

int mount_table_each(FILE *table, int (*fn)(void *data, const struct mount_line *line), void *data)
{
	nsv_autofree char *text = NULL;
	struct mount_line line;
	size_t size = 0;
	int r = 0;

	while (r == 0 && getline(&text, &size, table) > 0)
		if (mount_line_parse(text, &line) == 0)
			r = fn(data, &line);
	return r == 0 && ferror(table) ? -EIO : r;
}

struct wanted {
	const char *point, *type; /* NULL: by the device */
	unsigned major, minor;
	int found;
};

/* The last line about it is the topmost mount. */
static int look(void *data, const struct mount_line *line)
{
	struct wanted *wanted = data;

	if (strcmp(line->point, wanted->point) != 0)
		return 0;
	wanted->found = wanted->type ? strcmp(line->type, wanted->type) == 0
				     : line->major == wanted->major && line->minor == wanted->minor;
	return 0;
}

static int look_for(struct wanted *wanted)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	int r;

	if (!table)
		return -errno;
	r = mount_table_each(table, look, wanted);
	(void)fclose(table);
	return r < 0 ? r : wanted->found;
}

int mount_table_has(const char *point, const char *type)
{
	struct wanted wanted = { .point = point, .type = type };

	return look_for(&wanted);
}

int mount_table_is(const char *point, unsigned major, unsigned minor)
{
	struct wanted wanted = { .point = point, .major = major, .minor = minor };

	return look_for(&wanted);
}
