/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_list.c - one directory, read whole, closed, and sorted.
 *
 * Names are single components looked up without following in a directory that is
 * open already, so no link of the container takes part. The directory is closed
 * before anything is printed: an fd held open would keep the container from unmounting.
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "nsls.h"
#include "reach/util.h"

#define TARGET_MAX (1024L * 1024)

bool ls_wants_stat(const struct ls_options *o)
{
	return o->format == LS_LONG || o->format == LS_JSON || o->inode || o->color ||
	       o->sort != LS_BY_NAME;
}

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
	}
	free(list->entries);
	*list = (struct ls_list){ 0 };
}

/* st_size is a hint: procfs says 0, and the link may change meanwhile. */
static void read_target(int at, const char *name, struct ls_entry *entry)
{
	size_t size = entry->st.st_size > 0 && entry->st.st_size < TARGET_MAX
			  ? (size_t)entry->st.st_size + 1
			  : 256;

	for (; size <= 2UL * TARGET_MAX; size *= 2) {
		char *text = malloc(size + 1);
		ssize_t n;

		if (!text)
			cli_no_memory();
		n = readlinkat(at, name, text, size);
		if (n >= 0 && (size_t)n < size) {
			char *exact = realloc(text, (size_t)n + 1);

			if (!exact)
				cli_no_memory();
			exact[n] = '\0';
			entry->target = exact;
			entry->target_len = (size_t)n;
			return;
		}
		free(text);
		if (n < 0)
			return;
	}
}

/*
 * Whether ls(1) would show a "+". There is no call that takes an O_PATH fd or a directory
 * and a name, so the path goes through our own /proc/self/fd; its last part is not followed.
 */
static bool has_acl(int at, const char *name, const struct ls_entry *entry)
{
	char path[sizeof("/proc/self/fd/") + 12 + NAME_MAX + 1];
	ssize_t (*get)(const char *, const char *, void *, size_t) = *name ? lgetxattr : getxattr;

	if (S_ISLNK(entry->st.st_mode) || strlen(name) > NAME_MAX)
		return false;
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d%s%s", at, *name ? "/" : "", name);
	if (get(path, "system.posix_acl_access", NULL, 0) > 0)
		return true;
	if (errno == EOPNOTSUPP || !S_ISDIR(entry->st.st_mode))
		return false;
	return get(path, "system.posix_acl_default", NULL, 0) > 0;
}

int ls_look(const struct ls_options *o, int at, const char *name, struct ls_entry *entry)
{
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);

	if (fstatat(at, name, &entry->st, flags) < 0)
		return -errno;
	entry->stat_ok = true;
	entry->type = entry->st.st_mode & S_IFMT;
	if (o->format != LS_LONG && o->format != LS_JSON)
		return 0;
	if (S_ISLNK(entry->st.st_mode))
		read_target(at, name, entry);
	if (o->format == LS_LONG)
		entry->acl = has_acl(at, name, entry);
	return 0;
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

	return fd < 0 ? fd : ls_look(&ls->o, fd, "", entry);
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
	bool all = ls_wants_stat(&ls->o);

	for (size_t i = 0; i < list->count; i++) {
		struct ls_entry *entry = &list->entries[i];
		nsv_autofree char *full = NULL;
		int r;

		/* Some file systems don't tell the type; -R has to know. */
		if (!all && (entry->type || !ls->o.recursive))
			continue;
		if (list->memory > LS_MEMORY_MAX) {
			cut_off(ls, path, list, i);
			return;
		}
		r = strcmp(entry->name, "..") == 0 ? look_at_parent(ls, path, entry)
						   : ls_look(&ls->o, fd, entry->name, entry);
		if (entry->target)
			list->memory += ls_memory(entry->target_len + 1);
		if (r == 0)
			continue;
		full = ls_join(path, entry->name);
		ls_fail(ls, full, "", r, NULL);
	}
}

int ls_read_dir(struct ls *ls, const char *path, bool follow, struct ls_list *list)
{
	struct nsv_error e = NSV_ERROR_INIT;
	int fd = nsv_root_open_dir(ls->root, path, follow ? 0 : NSV_NOFOLLOW, &e);
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

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct ls_entry *)a)->name, ((const struct ls_entry *)b)->name);
}

static int by_time(const void *a, const void *b)
{
	const struct timespec *x = &((const struct ls_entry *)a)->st.st_mtim;
	const struct timespec *y = &((const struct ls_entry *)b)->st.st_mtim;

	if (x->tv_sec != y->tv_sec)
		return x->tv_sec > y->tv_sec ? -1 : 1;
	if (x->tv_nsec != y->tv_nsec)
		return x->tv_nsec > y->tv_nsec ? -1 : 1;
	return by_name(a, b);
}

static int by_size(const void *a, const void *b)
{
	off_t x = ((const struct ls_entry *)a)->st.st_size;
	off_t y = ((const struct ls_entry *)b)->st.st_size;

	return x != y ? (x > y ? -1 : 1) : by_name(a, b);
}

void ls_list_sort(const struct ls_options *o, struct ls_list *list)
{
	static int (*const orders[])(const void *, const void *) = {
		[LS_BY_NAME] = by_name,
		[LS_BY_TIME] = by_time,
		[LS_BY_SIZE] = by_size,
	};

	if (!list->count)
		return;
	qsort(list->entries, list->count, sizeof(*list->entries), orders[o->sort]);
	for (size_t i = 0, j = list->count - 1; o->reverse && i < j; i++, j--) {
		struct ls_entry swap = list->entries[i];

		list->entries[i] = list->entries[j];
		list->entries[j] = swap;
	}
}
