/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_list.c - one directory, read whole, closed, and sorted.
 *
 * Names are single components looked up without following in a directory that is
 * open already, so no link of the container takes part; nsls_links.c follows those that -L or a
 * colour asks for. The directory is closed before anything is printed: an fd held open would keep
 * the container from unmounting.
 */
#include <dirent.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/util.h"
#include "nsls.h"

struct ls_entry *ls_list_add(struct ls_list *list, const char *name)
{
	struct ls_entry *entry;

	if (list->count == list->size) {
		size_t size = list->size ? list->size * 2 : 64;

		entry = reallocarray(list->entries, size, sizeof(*entry));
		if (!entry)
			cli_no_memory();
		list->entries = entry;
		list->size = size;
	}
	entry = &list->entries[list->count];
	memset(entry, 0, sizeof(*entry));
	entry->name = strdup(name);
	if (!entry->name)
		cli_no_memory();
	list->memory += sizeof(*entry) + ls_memory(strlen(name) + 1);
	list->shown = ++list->count;
	return entry;
}

void ls_list_free(struct ls_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		free(list->entries[i].name);
		free(list->entries[i].target);
		free(list->entries[i].label);
	}
	free(list->entries);
	*list = (struct ls_list){ 0 };
}

static bool is_wanted(const struct ls_options *o, const char *name)
{
	if (o->hidden == LS_ALL || *name != '.')
		return true;
	return o->hidden == LS_ALMOST_ALL && strcmp(name, ".") != 0 && strcmp(name, "..") != 0;
}

/* The names and their types, in the file system's order. */
static int read_names(const struct ls_options *o, DIR *dir, struct ls_list *list)
{
	for (;;) {
		const struct dirent *d;

		errno = 0;
		d = readdir(dir);
		if (!d)
			return -errno;
		if (list->memory > LS_MEMORY_MAX)
			return -E2BIG;
		if (is_wanted(o, d->d_name))
			ls_list_add(list, d->d_name)->type = DTTOIF(d->d_type);
	}
}

/* ".." of the container's "/" is "/" itself, whatever lies above it on the host. */
static int look_at_parent(struct ls *ls, const char *path, struct ls_entry *entry)
{
	nsv_autofree char *parent = ls_join(path, "..");
	nsv_autofd int fd = nsv_root_open_path(ls->root, parent, 0, NULL);

	return fd < 0 ? fd : ls_look(ls, parent, fd, "", entry);
}

/* Says that the folder is listed as far as its first @count names, and leaves out the others. */
static void cut_off(struct ls *ls, const char *path, struct ls_list *list, size_t count)
{
	char text[80];

	while (list->count > count)
		free(list->entries[--list->count].name);
	list->shown = list->count;
	(void)snprintf(text, sizeof(text), "too many names: no more than %zu are listed", count);
	ls_fail(ls, path, text, 0, NULL);
}

static void look_at_all(struct ls *ls, const char *path, int fd, struct ls_list *list)
{
	for (size_t i = 0; i < list->count; i++) {
		struct ls_entry *entry = &list->entries[i];
		nsv_autofree char *full = NULL;
		int r;

		if (!ls_wants_look(&ls->o, entry))
			continue;
		if (list->memory > LS_MEMORY_MAX) {
			cut_off(ls, path, list, i);
			return;
		}
		r = strcmp(entry->name, "..") == 0 ? look_at_parent(ls, path, entry)
						   : ls_look(ls, path, fd, entry->name, entry);
		if (entry->target)
			list->memory += ls_memory(entry->target_len + 1);
		if (entry->label)
			list->memory += ls_memory(strlen(entry->label) + 1);
		if (r == 0)
			continue;
		full = ls_join(path, entry->name);
		ls_fail(ls, full, "", r, NULL);
	}
}

int ls_read_dir(struct ls *ls, const char *path, bool follow, struct ls_list *list)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int fd = nsv_root_open_dir(ls->root, path, follow ? 0 : NSV_ROOT_NOFOLLOW, &e);
	DIR *dir;
	int r;

	if (fd < 0) {
		ls_fail(ls, path, "cannot open directory: ", fd, &e);
		return fd;
	}
	dir = fdopendir(fd);
	if (!dir) {
		r = -errno;
		nsv_close(fd);
		ls_fail(ls, path, "cannot open directory: ", r, NULL);
		return r;
	}
	r = read_names(&ls->o, dir, list);
	if (r == -E2BIG)
		cut_off(ls, path, list, list->count);
	else if (r < 0) /* what was read is listed all the same */
		ls_fail(ls, path, "reading directory: ", r, NULL);
	look_at_all(ls, path, fd, list);
	(void)closedir(dir);
	ls_list_sort(&ls->o, list);
	return 0;
}
