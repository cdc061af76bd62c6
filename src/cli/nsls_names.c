/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_names.c - names of users and groups, by the container's own passwd and group.
 *
 * NSS is never asked: it would answer for the host, or load what the container
 * planted. The two files belong to the container, so they may be anything: what is no
 * regular file is not opened, nothing of a kernel file system is read (/proc/kmsg
 * is a regular file that blocks, /proc/kcore one without end), at most 1 MiB
 * is, and a name that a terminal or a column could stumble over is left out.
 */
#include <linux/magic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "base/util.h"
#include "nsls.h"

#define FILE_MAX (1024L * 1024)
#define NAME_LEN 255

struct id_name {
	uint32_t id;
	uint32_t order; /* position in the file: the first line of an id counts */
	const char *name;
};

struct ls_names {
	char *text;
	struct id_name *items;
	size_t count, size;
};

static bool has_plain_bytes(int fd, const struct stat *st)
{
	static const long kernels_own[] = { PROC_SUPER_MAGIC,	SYSFS_MAGIC,
					    DEBUGFS_MAGIC,	TRACEFS_MAGIC,
					    SECURITYFS_MAGIC,	CGROUP_SUPER_MAGIC,
					    CGROUP2_SUPER_MAGIC };
	struct statfs fs;

	if (st->st_size <= 0 || fstatfs(fd, &fs) < 0)
		return false;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(kernels_own); i++)
		if ((long)fs.f_type == kernels_own[i])
			return false;
	return true;
}

static size_t read_text(int fd, char *buf, size_t size)
{
	size_t len = 0;

	while (len < size) {
		ssize_t n = read(fd, buf + len, size - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	return len;
}

/* What is printed as it is must not look like a number, split a column or hold escapes. */
static bool is_good_name(const char *name)
{
	size_t len = strlen(name);
	nsv_autofree char *escaped = NULL;

	if (!len || len > NAME_LEN || strspn(name, "0123456789") == len || strchr(name, ' '))
		return false;
	escaped = cli_escape(name, len, true, NULL);
	return strcmp(name, escaped) == 0;
}

static bool parse_id(const char *text, uint32_t *ret_id)
{
	unsigned long value;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	value = strtoul(text, &end, 10);
	if (errno || *end || value >= UINT32_MAX)
		return false;
	*ret_id = (uint32_t)value;
	return true;
}

/* passwd and group agree in what is wanted: the name first, the number third. */
static void take_line(struct ls_names *names, char *line)
{
	char *name = strsep(&line, ":");
	char *id_text = strsep(&line, ":") ? strsep(&line, ":") : NULL;
	uint32_t id;

	if (!id_text || !parse_id(id_text, &id) || !is_good_name(name))
		return;
	if (names->count == names->size) {
		size_t size = names->size ? names->size * 2 : 64;
		struct id_name *items = reallocarray(names->items, size, sizeof(*items));

		if (!items)
			cli_no_memory();
		names->items = items;
		names->size = size;
	}
	names->items[names->count] = (struct id_name){ id, (uint32_t)names->count, name };
	names->count++;
}

static int by_id(const void *a, const void *b)
{
	const struct id_name *x = a, *y = b;

	if (x->id != y->id)
		return x->id < y->id ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

struct ls_names *ls_names_parse(char *text_take, bool cut)
{
	struct ls_names *names = calloc(1, sizeof(*names));
	char *rest = text_take, *line;

	if (!names)
		cli_no_memory();
	names->text = text_take;
	while ((line = strsep(&rest, "\n")))
		/* A last line without its end counts too, unless it was cut. */
		if (rest || !cut)
			take_line(names, line);
	if (names->count)
		qsort(names->items, names->count, sizeof(*names->items), by_id);
	return names;
}

struct ls_names *ls_names_read(struct nsv_root *root, const char *path)
{
	struct stat st;
	nsv_autofd int fd = nsv_root_open_file(root, path, 0, &st, NULL);
	size_t size, len;
	char *text;

	if (fd < 0 || !has_plain_bytes(fd, &st))
		return NULL;
	size = st.st_size < FILE_MAX ? (size_t)st.st_size : (size_t)FILE_MAX;
	text = malloc(size + 1);
	if (!text)
		cli_no_memory();
	len = read_text(fd, text, size);
	text[len] = '\0';
	return ls_names_parse(text, len == (size_t)FILE_MAX);
}

struct ls_names *ls_names_free(struct ls_names *names)
{
	if (names) {
		free(names->items);
		free(names->text);
		free(names);
	}
	return NULL;
}

const char *ls_name_of(const struct ls_names *names, uint32_t id)
{
	size_t low = 0, high = names ? names->count : 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (names->items[middle].id < id)
			low = middle + 1;
		else
			high = middle;
	}
	return names && low < names->count && names->items[low].id == id ? names->items[low].name
									 : NULL;
}

uint32_t ls_id(const struct ls *ls, enum nsv_id_kind kind, uint32_t id)
{
	uint32_t shown = ls->o.host_ids ? nsv_target_id_host(ls->target, kind, id)
					: nsv_target_id_inside(ls->target, kind, id);

	return shown == NSV_ID_UNMAPPED ? 65534 : shown;
}
