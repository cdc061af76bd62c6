/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* rootfs.c - see rootfs.h. */
#include "discover/scan/rootfs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "discover/scan/process.h"
#include "reach/util.h"

/* A container may have 100,000 mounts (fs.mount-max); its root is among the first. */
#define LINES_MAX 4096

int nsv_rootfs_look(int procfs, const char *dir, struct nsv_rootfs *ret)
{
	const int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
	char path[NSV_PROCESS_DIR + 8];
	struct statx st;
	int r;

	(void)snprintf(path, sizeof(path), "%s/root", dir);
	r = statx(procfs, path, flags, STATX_INO | STATX_MNT_ID, &st);
	/* FUSE without allow_other: who asks for nothing gets the device all the same. */
	if (r < 0 && errno == EACCES)
		r = statx(procfs, path, flags, 0, &st);
	if (r < 0) {
		if (nsv_process_gone(-errno) || errno == EACCES || errno == EPERM)
			return -errno;
		*ret = (struct nsv_rootfs){ 0 };
		return 0;
	}
	*ret = (struct nsv_rootfs){
		.dev = makedev(st.stx_dev_major, st.stx_dev_minor),
		.ino = st.stx_mask & STATX_INO ? st.stx_ino : 0,
		.mnt_id = st.stx_mask & STATX_MNT_ID ? st.stx_mnt_id : 0,
		.known = true,
	};
	return 0;
}

bool nsv_rootfs_same(const struct nsv_rootfs *a, const struct nsv_rootfs *b)
{
	return a->known && b->known && a->dev == b->dev && a->ino == b->ino;
}

struct wanted {
	uint64_t mnt_id; /* this one, or else */
	uint64_t dev;	 /* any of this device, or else */
	bool slash;	 /* the last one on "/" */
};

/* The type in a line of mountinfo, if it is the mount wanted: fields are split by single blanks. */
static bool line_type(const char *line, const struct wanted *w, char *buf, unsigned size)
{
	unsigned long long id;
	unsigned major, minor;
	char point[8], type[64];
	const char *dash = strstr(line, " - ");

	if (!dash || sscanf(line, "%llu %*u %u:%u %*s %7s", &id, &major, &minor, point) != 4 ||
	    sscanf(dash + 3, "%63s", type) != 1)
		return false;
	if (!(w->mnt_id && id == w->mnt_id) && !(w->dev && makedev(major, minor) == w->dev) &&
	    !(w->slash && strcmp(point, "/") == 0))
		return false;
	(void)snprintf(buf, size, "%s", type);
	return true;
}

/* Looks at the whole lines of @text; *ret_used: how much that was. */
static bool find_in_lines(char *text, const struct wanted *w, char *buf, unsigned size,
			  unsigned *lines, size_t *ret_used)
{
	bool found = false;
	char *line = text;

	for (char *end; !(found && !w->slash) && (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		found |= line_type(line, w, buf, size);
		++*lines;
	}
	*ret_used = (size_t)(line - text);
	return found;
}

static bool find_type(int procfs, const char *dir, const struct wanted *w, char *buf, unsigned size)
{
	nsv_autofd int fd = NSV_FD_NONE;
	char path[NSV_PROCESS_DIR + 16], text[16384]; /* a line is shorter: options are a page */
	size_t used = 0, done;
	unsigned lines = 0;
	bool found = false;

	(void)snprintf(path, sizeof(path), "%s/mountinfo", dir);
	fd = openat(procfs, path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	while (fd >= 0 && lines < LINES_MAX && !(found && !w->slash)) {
		/* The kernel makes only as many lines as are asked for, and the first ones do. */
		size_t room = nsv_min(sizeof(text) - 1 - used, lines ? (size_t)4096 : 512);
		ssize_t n = room ? read(fd, text + used, room) : 0;

		if (n <= 0)
			break;
		used += (size_t)n;
		text[used] = '\0';
		found |= find_in_lines(text, w, buf, size, &lines, &done);
		used -= done;
		memmove(text, text + done, used);
	}
	return found;
}

void nsv_rootfs_type(int procfs, const char *dir, const struct nsv_rootfs *root, bool by_id,
		     char *buf, unsigned size)
{
	struct wanted id = { .mnt_id = root->mnt_id };
	struct wanted slash = { .slash = true };
	struct wanted dev = { .dev = root->dev };

	buf[0] = '\0';
	if (by_id && id.mnt_id && find_type(procfs, dir, &id, buf, size))
		return;
	/* A chroot(2) into a folder that is no mount: its mount has no line there, but one here. */
	if (!by_id && find_type(procfs, dir, &slash, buf, size))
		return;
	if (root->known)
		(void)find_type(procfs, "self", &dev, buf, size);
}
