/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_look.c - the attributes of one entry: no more of them than are printed or sorted by.
 *
 * Defends against: links out of the container (nsls_links.c), labels without end.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "base/util.h"
#include "nsls.h"
#include "nsls_colors.h"

#define LABEL_MAX 4096

/* An entry that is looked at: @at/@name of an open directory, or with "" the fd itself. */
struct place {
	int at;
	const char *name;
};

typedef ssize_t get_xattr(const char *path, const char *key, void *value, size_t size);

/*
 * No call takes an O_PATH fd or a directory and a name, so the path goes through our own
 * /proc/self/fd; its last part is not followed. -1 with errno set.
 */
static ssize_t xattr(const struct place *p, const char *key, void *value, size_t size)
{
	char path[sizeof("/proc/self/fd/") + 12 + NAME_MAX + 1];
	get_xattr *get = *p->name ? lgetxattr : getxattr;

	if (strlen(p->name) > NAME_MAX) {
		errno = ENAMETOOLONG;
		return -1;
	}
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d%s%s", p->at, *p->name ? "/" : "",
		       p->name);
	return get(path, key, value, size);
}

/* Whether ls(1) would show a "+". */
static bool has_acl(const struct place *p, const struct ls_entry *entry)
{
	if (S_ISLNK(entry->st.st_mode))
		return false;
	if (xattr(p, "system.posix_acl_access", NULL, 0) > 0)
		return true;
	if (errno == EOPNOTSUPP || !S_ISDIR(entry->st.st_mode))
		return false;
	return xattr(p, "system.posix_acl_default", NULL, 0) > 0;
}

/* The label of SELinux or, where there is none, of Smack. */
static char *read_label(const struct place *p)
{
	char text[LABEL_MAX + 1];
	ssize_t n = xattr(p, "security.selinux", text, LABEL_MAX);
	char *label;

	if (n <= 0)
		n = xattr(p, "security.SMACK64", text, LABEL_MAX);
	if (n <= 0)
		return NULL;
	text[n] = '\0';
	/* SELinux's word for a file without a label. */
	if (!*text || strcmp(text, "unlabeled") == 0)
		return NULL;
	label = strdup(text);
	if (!label)
		cli_no_memory();
	return label;
}

/* {-1, -1} where the file system keeps no such time. */
static struct timespec birth_of(const struct place *p)
{
	struct timespec none = { -1, -1 };
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*p->name ? 0 : AT_EMPTY_PATH);
	struct statx sx;

	if (statx(p->at, p->name, flags, STATX_BTIME, &sx) < 0 || !(sx.stx_mask & STATX_BTIME))
		return none;
	return (struct timespec){ sx.stx_btime.tv_sec, sx.stx_btime.tv_nsec };
}

static struct timespec time_of(const struct ls_options *o, const struct place *p,
			       const struct stat *st)
{
	switch (o->time) {
	case LS_CTIME:
		return st->st_ctim;
	case LS_ATIME:
		return st->st_atim;
	case LS_BIRTH:
		return birth_of(p);
	default:
		return st->st_mtim;
	}
}

static bool wants_capability(const struct ls_options *o, const struct ls_entry *entry)
{
	return o->colors && entry->type == S_IFREG && ls_is_colored(o->colors, LS_CAPABLE);
}

static void look_at_link(struct ls *ls, const char *path, const struct place *p,
			 struct ls_entry *entry)
{
	struct stat st;

	if (ls->o.format == LS_LONG || ls->o.format == LS_JSON)
		ls_read_target(ls, path, p->at, p->name, entry);
	if (ls_wants_link_modes(&ls->o)) {
		nsv_autofd int fd = ls_follow(ls, path, &st);

		entry->link_ok = fd >= 0;
		entry->link_mode = fd >= 0 ? st.st_mode : 0;
	}
}

/* What is wanted beside stat(2) and @path, which only a link needs. */
static void look_closer(struct ls *ls, const char *path, const struct place *p,
			struct ls_entry *entry)
{
	const struct ls_options *o = &ls->o;

	entry->when = time_of(o, p, &entry->st);
	if (S_ISLNK(entry->st.st_mode))
		look_at_link(ls, path, p, entry);
	if (o->format == LS_LONG)
		entry->acl = has_acl(p, entry);
	if (o->label)
		entry->label = read_label(p);
	if (wants_capability(o, entry))
		entry->capable = xattr(p, "security.capability", NULL, 0) > 0;
}

int ls_look(struct ls *ls, const char *dir, int at, const char *name, struct ls_entry *entry)
{
	int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | (*name ? 0 : AT_EMPTY_PATH);
	struct place p = { at, name };
	nsv_autofree char *path = NULL;
	nsv_autofd int fd = NSV_FD_NONE;

	if (fstatat(at, name, &entry->st, flags) < 0)
		return -errno;
	if (S_ISLNK(entry->st.st_mode)) {
		path = *name ? ls_join(dir, name) : strdup(dir);
		if (!path)
			cli_no_memory();
	}
	if (path && ls->o.follow) {
		entry->type = S_IFLNK;
		fd = ls_follow(ls, path, &entry->st);
		if (fd < 0)
			return fd;
		p = (struct place){ fd, "" };
	}
	entry->stat_ok = true;
	entry->type = entry->st.st_mode & S_IFMT;
	look_closer(ls, path, &p, entry);
	return 0;
}

static bool wants_stat(const struct ls_options *o)
{
	return o->format == LS_LONG || o->format == LS_JSON || o->inode || o->blocks || o->label ||
	       o->colors || o->sort == LS_BY_TIME || o->sort == LS_BY_SIZE;
}

bool ls_wants_look(const struct ls_options *o, const struct ls_entry *entry)
{
	if (wants_stat(o))
		return true;
	/* Some file systems don't tell the type. */
	if (!o->recursive && !o->classify && !o->dirs_first)
		return false;
	if (entry->type == S_IFLNK)
		return o->follow || o->dirs_first;
	return !entry->type || (entry->type == S_IFREG && o->classify);
}
