/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mountinfo.c - parses mount tables.
 *
 * Defends against: mount points, sources and tables of any content and length. The kernel escapes
 * blank, tab, newline and backslash as \ooo, and "#" in types and sources; a name may hold
 * anything else as it is, such as "-" or " (deleted)" (CVE-2021-3995). So fields are split at
 * single blanks first and unescaped afterwards. No locks.
 */
#include "mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "procfs.h"
#include "util.h"

/*
 * Bytes. The kernel formats no more lines than a read has room for, and callers often find what
 * they look for in the first ones.
 */
#define FIRST_READ   512
#define BUFFER_LEAST 8192

/*
 * File systems whose files the kernel makes up: a walk is endless, or shows the host instead of the
 * container. autofs is in both lists: an empty folder, below which a lookup waits for a daemon.
 */
static const char *const kernel_types[] = {
	"proc",	    "sysfs",	  "cgroup",	  "cgroup2",	"mqueue",    "devpts",
	"debugfs",  "tracefs",	  "securityfs",	  "bpf",	"pstore",    "configfs",
	"efivarfs", "fusectl",	  "binfmt_misc",  "hugetlbfs",	"selinuxfs", "smackfs",
	"nsfs",	    "rpc_pipefs", "nfsd",	  "resctrl",	"binder",    "pidfs",
	"sockfs",   "pipefs",	  "anon_inodefs", "functionfs", "xenfs",     "usbfs",
	"cpuset",   "autofs",	  "openpromfs",	  "ipathfs",	"secretmem",
};

/*
 * File systems that wait for a server: a process (FUSE), a machine in the network, a node of a
 * cluster, a hypervisor. A call into one may never return, so a view hides them unless asked to
 * show them, and hints are not read from them.
 */
static const char *const served_types[] = {
	"nfs",	 "nfs4",   "cifs",	"smb3",	   "smbfs",    "9p",	 "ceph",     "afs",
	"coda",	 "fuse",   "ncpfs",	"fuseblk", "virtiofs", "lustre", "orangefs", "gfs2",
	"ocfs2", "beegfs", "glusterfs", "vboxsf",  "prl_fs",   "gpfs",	 "autofs",
};

static bool is_one_of(const char *const list[], size_t n, const char *type)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(list[i], type) == 0)
			return true;
	return false;
}

unsigned nsv_fs_flags(const char *type)
{
	unsigned flags = 0;

	if (is_one_of(kernel_types, NSV_ARRAY_SIZE(kernel_types), type))
		flags |= NSV_FS_KERNEL;
	if (strncmp(type, "fuse.", 5) == 0 ||
	    is_one_of(served_types, NSV_ARRAY_SIZE(served_types), type))
		flags |= NSV_FS_SERVED;
	if (strcmp(type, "fuse.nsviewd") == 0)
		flags |= NSV_FS_VIEW;
	if (strcmp(type, "overlay") == 0)
		flags |= NSV_FS_LAYERED;
	return flags;
}

static bool is_octal(const char *s)
{
	return s[0] == '\\' && s[1] >= '0' && s[1] <= '3' && s[2] >= '0' && s[2] <= '7' &&
	       s[3] >= '0' && s[3] <= '7' && memcmp(s + 1, "000", 3) != 0;
}

char *nsv_mount_unescape(char *text)
{
	char *to = strchrnul(text, '\\');

	for (const char *from = to; *from;) {
		if (is_octal(from)) {
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

static int number(const char *text, uint32_t *ret)
{
	uint64_t n;

	if (nsv_parse_u64(text, UINT32_MAX, &n) < 0)
		return -EBADMSG;
	*ret = (uint32_t)n;
	return 0;
}

/* ID PARENT MAJOR:MINOR ROOT POINT OPTIONS [TAG...] - TYPE SOURCE SUPER */
int nsv_mount_parse(char *line, struct nsv_mount_line *ret)
{
	struct nsv_mount_line out;
	char *fields[6], *tag, *minor;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(fields); i++) {
		fields[i] = strsep(&line, " ");
		if (!fields[i])
			return -EBADMSG;
	}
	do
		tag = strsep(&line, " ");
	while (tag && strcmp(tag, "-") != 0);
	out.type = strsep(&line, " ");
	out.source = strsep(&line, " ");
	out.super = line;
	minor = fields[2];
	(void)strsep(&minor, ":");
	if (!out.super || !*out.type || !minor || number(fields[0], &out.id) < 0 ||
	    number(fields[1], &out.parent) < 0 || number(fields[2], &out.major) < 0 ||
	    number(minor, &out.minor) < 0)
		return -EBADMSG;
	out.root = nsv_mount_unescape(fields[3]);
	out.point = nsv_mount_unescape(fields[4]);
	out.options = nsv_mount_unescape(fields[5]);
	(void)nsv_mount_unescape(out.type);
	(void)nsv_mount_unescape(out.source);
	*ret = out;
	return 0;
}

int nsv_mountinfo_open(struct nsv_mountinfo *m, int procfs, const char *dir, size_t max)
{
	char path[64];
	int fd;

	*m = (struct nsv_mountinfo){ .fd = NSV_FD_NONE };
	(void)snprintf(path, sizeof(path), "%s/mountinfo", dir);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	*m = (struct nsv_mountinfo){ .fd = fd, .max = max };
	return 0;
}

void nsv_mountinfo_text(struct nsv_mountinfo *m, const char *text, size_t len)
{
	*m = (struct nsv_mountinfo){
		.fd = NSV_FD_NONE, .text = text, .text_left = len, .max = SIZE_MAX
	};
}

void nsv_mountinfo_close(struct nsv_mountinfo *m)
{
	nsv_close_p(&m->fd);
	nsv_free_p(&m->buf);
}

static ssize_t read_some(struct nsv_mountinfo *m, char *to, size_t room)
{
	ssize_t n;

	if (m->text) {
		size_t len = nsv_min(room, m->text_left);

		memcpy(to, m->text, len);
		m->text += len;
		m->text_left -= len;
		return (ssize_t)len;
	}
	do
		n = read(m->fd, to, room);
	while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

/* Reads more behind the incomplete line at @at. Returns the number of bytes, 0 at the end, or
 * -errno. */
static ssize_t fill(struct nsv_mountinfo *m)
{
	ssize_t n;

	if (m->at) {
		m->used -= m->at;
		memmove(m->buf, m->buf + m->at, m->used);
		m->at = 0;
	}
	if (m->size - m->used < BUFFER_LEAST / 2) {
		size_t size = m->size ? 2 * m->size : BUFFER_LEAST;
		char *bigger = realloc(m->buf, size);

		if (!bigger)
			return -ENOMEM;
		m->buf = bigger;
		m->size = size;
	}
	/* One byte stays free to terminate a last line that has no newline. */
	n = read_some(m, m->buf + m->used, m->total ? m->size - m->used - 1 : FIRST_READ);
	if (n > 0)
		m->total += (size_t)n;
	if (m->total > m->max)
		return -E2BIG;
	m->used += n > 0 ? (size_t)n : 0;
	return n;
}

/* The next line that is not empty, without its newline. 1, 0 at the end, or -errno. */
static int next_line(struct nsv_mountinfo *m, char **ret_line)
{
	size_t seen = 0; /* bytes of the line that hold no newline */

	for (;;) {
		char *end = NULL;
		ssize_t n;

		if (m->used - m->at > seen)
			end = memchr(m->buf + m->at + seen, '\n', m->used - m->at - seen);
		if (!end) {
			seen = m->used - m->at;
			n = fill(m);
			if (n < 0 || (n == 0 && seen == 0))
				return (int)n;
			if (n > 0)
				continue;
			end = m->buf + m->used;
		}
		*end = '\0';
		*ret_line = m->buf + m->at;
		m->at = nsv_min((size_t)(end - m->buf) + 1, m->used);
		seen = 0;
		if (**ret_line)
			return 1;
	}
}

int nsv_mountinfo_next(struct nsv_mountinfo *m, struct nsv_mount_line *ret)
{
	char *line = NULL;
	int r;

	while ((r = next_line(m, &line)) > 0 && nsv_mount_parse(line, ret) < 0)
		m->bad++;
	return r;
}

static int by_id(const void *a, const void *b)
{
	const struct nsv_mount_entry *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

/* Makes room for @more elements of @size bytes behind @len. */
static int grow(void **array, size_t len, size_t more, size_t *room, size_t size)
{
	size_t want = len + more > 2 * *room ? len + more : 2 * *room;
	void *bigger;

	if (len + more <= *room)
		return 0;
	bigger = reallocarray(*array, want, size);
	if (!bigger)
		return -ENOMEM;
	*array = bigger;
	*room = want;
	return 0;
}

static int list_add(struct nsv_mount_list *list, const struct nsv_mount_line *line)
{
	size_t len = strlen(line->point) + 1;
	int r = grow((void **)&list->entries, list->n, 1, &list->room, sizeof(*list->entries));

	if (r == 0)
		r = grow((void **)&list->points, list->points_len, len, &list->points_room, 1);
	if (r < 0)
		return r;
	list->entries[list->n++] = (struct nsv_mount_entry){
		.id = line->id,
		.dev = nsv_mount_dev(line->major, line->minor),
		.flags = nsv_fs_flags(line->type),
		.point = list->points_len,
	};
	memcpy(list->points + list->points_len, line->point, len);
	list->points_len += len;
	return 0;
}

int nsv_mount_list_read(struct nsv_mount_list *list, struct nsv_mountinfo *m)
{
	struct nsv_mount_line line;
	int r;

	while ((r = nsv_mountinfo_next(m, &line)) > 0 && (r = list_add(list, &line)) == 0)
		;
	if (list->n > 1)
		qsort(list->entries, list->n, sizeof(*list->entries), by_id);
	return r;
}

const struct nsv_mount_entry *nsv_mount_list_find(const struct nsv_mount_list *list, uint64_t id)
{
	const struct nsv_mount_entry key = { .id = (uint32_t)id };

	return list->n && id <= UINT32_MAX
		   ? bsearch(&key, list->entries, list->n, sizeof(key), by_id)
		   : NULL;
}

void nsv_mount_list_clear(struct nsv_mount_list *list)
{
	free(list->entries);
	free(list->points);
	*list = (struct nsv_mount_list){ 0 };
}
