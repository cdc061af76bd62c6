/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mountinfo.h - the one reader of /proc/PID/mountinfo (proc_pid_mountinfo(5)), and what the types
 * of file systems in it mean.
 *
 * Names, sources and options in it are a container's to choose, and the table is as long as the
 * container likes. So a line is split at single blanks before anything is unescaped, and no more
 * than a given number of bytes is read. Nothing here asks a mounted file system anything: a hung
 * server would not answer.
 *
 * No global state: a reader or a list belongs to one thread at a time.
 */
#ifndef NSV_REACH_MOUNTINFO_H
#define NSV_REACH_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

/* Bytes: 100,000 mounts, the kernel's limit (sysctl fs.mount-max), with room to spare. */
#define NSV_MOUNTINFO_MAX ((size_t)64 << 20)

/* ---- types ---- */

enum nsv_fs_flags {
	NSV_FS_KERNEL = 1, /* made up by the kernel, often without end: proc, sysfs, cgroup... */
	NSV_FS_SERVED = 2, /* a server answers each question, or leaves the caller waiting */
	NSV_FS_VIEW = 4,   /* a view of nsviewd, which is served too */
};

/* What a type as mountinfo prints it ("ext4", "fuse.sshfs") is: flags. 0: an ordinary one. */
unsigned nsv_fs_flags(const char *type);

/* ---- lines ---- */

/* One mount. The texts are unescaped, but for @super: separate its options before. */
struct nsv_mount_line {
	uint32_t id, parent; /* mount IDs */
	uint32_t major, minor;
	char *root;    /* within the file system */
	char *point;   /* where it is mounted, as the process of the table sees it */
	char *options; /* of the mount */
	char *type, *source;
	char *super; /* options of the file system, escaped */
};

/* Replaces \ooo by the byte, in place; \000 stays as it is. Returns @text. */
char *nsv_mount_unescape(char *text);

/* Takes a line without its newline apart, in place. 0 or -EBADMSG. */
int nsv_mount_parse(char *line, struct nsv_mount_line *ret);

/* ---- tables ---- */

/* A table that is read line by line. Its members are private, but for the last. */
struct nsv_mountinfo {
	int fd; /* or the text in memory that is left */
	const char *text;
	size_t text_left;
	char *buf;
	size_t size, at, used; /* of buf; lines from @at on are still to come */
	size_t total, max;     /* bytes read, and at most */
	size_t bad;	       /* lines passed over, which are none of the kernel's */
};

/* Reads DIR/mountinfo below @procfs, where DIR is "PID" or ".". 0 or -errno; then close. */
int nsv_mountinfo_open(struct nsv_mountinfo *m, int procfs, const char *dir, size_t max);
/* Reads @text, which is borrowed. */
void nsv_mountinfo_text(struct nsv_mountinfo *m, const char *text, size_t len);
/*
 * 1 and *ret, which lasts until the next call; 0 at the end; -E2BIG past the bytes allowed, -ENOMEM
 * or another -errno: there is no more.
 */
int nsv_mountinfo_next(struct nsv_mountinfo *m, struct nsv_mount_line *ret);
/* Also where it could not be opened. */
void nsv_mountinfo_close(struct nsv_mountinfo *m);

#define nsv_automountinfo __attribute__((cleanup(nsv_mountinfo_close)))

/* ---- what is kept of a table ---- */

struct nsv_mount_entry {
	uint32_t id;
	uint32_t dev;	/* nsv_mount_dev() */
	unsigned flags; /* enum nsv_fs_flags */
	size_t point;	/* offset into the list's points */
};

/* Starts as zeroes. */
struct nsv_mount_list {
	struct nsv_mount_entry *entries; /* sorted by ID */
	size_t n, room;
	char *points; /* mount points one after the other, each terminated */
	size_t points_len, points_room;
};

/* A device number as this list keeps it: 12 and 20 bits. */
static inline uint32_t nsv_mount_dev(uint32_t major, uint32_t minor)
{
	return major << 20 | (minor & 0xfffff);
}

/* Reads the rest of the table into an empty list. 0, or -errno as of nsv_mountinfo_next(): the list
 * is to be cleared. */
int nsv_mount_list_read(struct nsv_mount_list *list, struct nsv_mountinfo *m);
/* NULL: there is none of this ID. */
const struct nsv_mount_entry *nsv_mount_list_find(const struct nsv_mount_list *list, uint64_t id);
void nsv_mount_list_clear(struct nsv_mount_list *list);

#endif
