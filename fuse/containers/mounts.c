/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts.c - reads mountinfo. Its lines hold names that the container chose; the kernel escapes
 * blanks and newlines in them, so a line is a line and " - " is where the type begins.
 */
#include "fuse/containers/mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "reach/util.h"

#define BELIEVE_NS    50000000ULL
#define MOUNTINFO_MAX ((size_t)64 << 20) /* the kernel's limit of 100,000 mounts, and some */

static const char *const pseudo_types[] = {
	"proc",	    "sysfs",	  "cgroup",	  "cgroup2",	"mqueue",    "devpts",
	"debugfs",  "tracefs",	  "securityfs",	  "bpf",	"pstore",    "configfs",
	"efivarfs", "fusectl",	  "binfmt_misc",  "hugetlbfs",	"selinuxfs", "smackfs",
	"nsfs",	    "rpc_pipefs", "nfsd",	  "resctrl",	"binder",    "pidfs",
	"sockfs",   "pipefs",	  "anon_inodefs", "functionfs", "xenfs",     "usbfs",
	"cpuset",   "autofs",	  "openpromfs",	  "ipathfs",	"secretmem",
};

static const char *const remote_types[] = {
	"nfs",	 "nfs4",   "cifs",	"smb3",	   "smbfs",    "9p",	 "ceph",     "afs",
	"coda",	 "fuse",   "ncpfs",	"fuseblk", "virtiofs", "lustre", "orangefs", "gfs2",
	"ocfs2", "beegfs", "glusterfs", "vboxsf",  "prl_fs",   "gpfs",
};

static bool is_one_of(const char *const list[], size_t n, const char *type, size_t len)
{
	for (size_t i = 0; i < n; i++)
		if (strlen(list[i]) == len && !memcmp(list[i], type, len))
			return true;
	return false;
}

enum mount_class mounts_class_of_type(const char *type, size_t len)
{
	static const char view[] = "fuse.nsviewd";

	if (len == sizeof(view) - 1 && !memcmp(type, view, len))
		return MOUNT_VIEW;
	if (is_one_of(pseudo_types, NSV_ARRAY_SIZE(pseudo_types), type, len))
		return MOUNT_PSEUDO;
	if ((len > 5 && !memcmp(type, "fuse.", 5)) ||
	    is_one_of(remote_types, NSV_ARRAY_SIZE(remote_types), type, len))
		return MOUNT_REMOTE;
	return MOUNT_PLAIN;
}

static uint32_t number_at(const char **at, const char *end)
{
	uint32_t n = 0;

	for (; *at < end && **at >= '0' && **at <= '9'; (*at)++)
		n = n * 10 + (uint32_t)(**at - '0');
	return n;
}

/* "36 35 98:0 ...": 0 where it is not so. */
static uint32_t device_of(const char *line, size_t len)
{
	const char *end = line + len, *at = line;
	uint32_t major;

	(void)number_at(&at, end);
	at += at < end;
	(void)number_at(&at, end);
	at += at < end;
	major = number_at(&at, end);
	if (at == end || *at++ != ':')
		return 0;
	return major << 20 | (number_at(&at, end) & 0xfffff);
}

int mounts_parse(const char *line, size_t len, struct mount_entry *ret)
{
	const char *type = memmem(line, len, " - ", 3);
	const char *end;
	uint64_t id = 0;
	size_t i;

	for (i = 0; i < len && i < 10 && line[i] >= '0' && line[i] <= '9'; i++)
		id = id * 10 + (uint64_t)(line[i] - '0');
	if (i == 0 || i == len || line[i] != ' ' || !type)
		return -EBADMSG;
	type += 3;
	end = memchr(type, ' ', len - (size_t)(type - line));
	if (!end || end == type)
		return -EBADMSG;
	*ret = (struct mount_entry){ id, device_of(line, len),
				     mounts_class_of_type(type, (size_t)(end - type)) };
	return 0;
}

/* Whole, malloc'd. */
static int read_mountinfo(int procfs, pid_t pid, char **ret_text, size_t *ret_len)
{
	nsv_autofree char *text = NULL;
	nsv_autofd int fd = NSV_FD_NONE;
	size_t len = 0, size = 0;
	char name[32];
	ssize_t n;

	(void)snprintf(name, sizeof(name), "%d/mountinfo", (int)pid);
	fd = openat(procfs, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return -errno;
	do {
		if (size - len < 4096) {
			char *bigger;

			size = size ? size * 2 : 32768;
			bigger = size > MOUNTINFO_MAX ? NULL : realloc(text, size);
			if (!bigger)
				return -ENOMEM;
			text = bigger;
		}
		n = read(fd, text + len, size - len);
		if (n < 0 && errno != EINTR)
			return -errno;
		len += n > 0 ? (size_t)n : 0;
	} while (n != 0);
	*ret_text = nsv_steal_ptr(text);
	*ret_len = len;
	return 0;
}

static int by_id(const void *a, const void *b)
{
	const struct mount_entry *x = a, *y = b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static int refresh(struct mounts *m, int procfs, pid_t pid)
{
	nsv_autofree char *text = NULL;
	struct mount_entry *entries = NULL;
	size_t len = 0, n = 0, lines = 0;
	int r = read_mountinfo(procfs, pid, &text, &len);

	if (r < 0)
		return r;
	for (size_t i = 0; i < len; i++)
		lines += text[i] == '\n';
	entries = calloc(lines + 1, sizeof(*entries));
	if (!entries)
		return -ENOMEM;
	for (const char *at = text, *end; lines--; at = end + 1) {
		end = memchr(at, '\n', len - (size_t)(at - text));
		if (!end)
			break;
		n += mounts_parse(at, (size_t)(end - at), &entries[n]) == 0;
	}
	qsort(entries, n, sizeof(*entries), by_id);
	free(m->entries);
	m->entries = entries;
	m->n = n;
	return 0;
}

static uint64_t now(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC_COARSE, &t);
	return (uint64_t)t.tv_sec * 1000000000U + (uint64_t)t.tv_nsec;
}

int mounts_class(struct mounts *m, int procfs, pid_t pid, uint64_t id, enum mount_class *ret)
{
	const struct mount_entry key = { .id = id };
	const struct mount_entry *found = NULL;
	uint64_t at = now();
	int r = 0;

	(void)pthread_mutex_lock(&m->lock);
	if (m->n && at - m->read_at < BELIEVE_NS)
		found = bsearch(&key, m->entries, m->n, sizeof(key), by_id);
	if (!found) {
		r = refresh(m, procfs, pid);
		if (r == 0 && m->n) {
			m->read_at = at;
			found = bsearch(&key, m->entries, m->n, sizeof(key), by_id);
		}
	}
	if (found)
		*ret = found->class;
	(void)pthread_mutex_unlock(&m->lock);
	return found ? 0 : -ESTALE;
}

int mounts_class_of_device(int procfs, uint32_t dev, enum mount_class *ret)
{
	struct mounts m;
	int r;

	mounts_init(&m);
	r = refresh(&m, procfs, getpid());
	if (r == 0)
		r = -ESTALE;
	for (size_t i = 0; i < m.n && r < 0; i++)
		if (m.entries[i].dev == dev) {
			*ret = m.entries[i].class;
			r = 0;
		}
	mounts_done(&m);
	return r;
}

void mounts_init(struct mounts *m)
{
	*m = (struct mounts){ 0 };
	(void)pthread_mutex_init(&m->lock, NULL);
}

void mounts_done(struct mounts *m)
{
	free(m->entries);
	(void)pthread_mutex_destroy(&m->lock);
}

void mounts_forget(struct mounts *m)
{
	(void)pthread_mutex_lock(&m->lock);
	m->read_at = 0;
	(void)pthread_mutex_unlock(&m->lock);
}
