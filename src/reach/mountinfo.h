/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mountinfo.h - reads /proc/PID/mountinfo (proc_pid_mountinfo(5)) and classifies file system types.
 *
 * A container chooses the names, sources, options and length of its mount table. So a line is split
 * at single blanks before its fields are unescaped, and a read stops at a given number of bytes. No
 * call here asks a mounted file system, whose server may hang.
 *
 * Threads: one at a time on a reader or a list.
 */
#ifndef NSV_REACH_MOUNTINFO_H
#define NSV_REACH_MOUNTINFO_H

#include <stddef.h>
#include <stdint.h>

/* Bytes; enough for 100,000 mounts, the kernel's default limit (fs.mount-max, proc_sys_fs(5)). */
#define NSV_MOUNTINFO_MAX ((size_t)64 << 20)

/* ---- types ---- */

enum nsv_fs_flags {
	NSV_FS_KERNEL =
	    1, /* files that the kernel makes up, often endless: proc, sysfs, cgroup... */
	NSV_FS_SERVED = 2,  /* each call waits for a server, which may hang: nfs, fuse... */
	NSV_FS_VIEW = 4,    /* a view of nsviewd; NSV_FS_SERVED too */
	NSV_FS_LAYERED = 8, /* an overlay, which lies on other file systems: perhaps served ones */
};

/* Flags of a type as mountinfo prints it ("fuse.sshfs"); 0 for an ordinary one ("ext4"). */
unsigned nsv_fs_flags(const char *type);

/* ---- lines ---- */

/* One mount. Texts are unescaped, except @super: split its options first. */
struct nsv_mount_line {
	uint32_t id, parent; /* mount IDs */
	uint32_t major, minor;
	char *root;    /* within the file system */
	char *point;   /* the mount point, below the root of the table's process */
	char *options; /* of the mount */
	char *type, *source;
	char *super; /* options of the file system, escaped */
};

/* Replaces each \ooo except \000 by its byte, in place. Returns @text. */
char *nsv_mount_unescape(char *text);

/* Splits a line without its newline in place; *ret points into it. 0 or -EBADMSG. */
int nsv_mount_parse(char *line, struct nsv_mount_line *ret);

/* ---- tables ---- */

/* A reader of a table. Only @bad is for callers. */
struct nsv_mountinfo {
	int fd;
	const char *text; /* NULL: @fd is read; else the rest of a text in memory */
	size_t text_left;
	char *buf;
	size_t size, at, used; /* of buf; unread lines start at @at */
	size_t total, max;     /* bytes read, and the limit */
	size_t bad;	       /* malformed lines that were skipped */
};

/* Opens @dir/mountinfo below @procfs; @dir as in proc.h, @max in bytes. 0 or -errno. */
int nsv_mountinfo_open(struct nsv_mountinfo *m, int procfs, const char *dir, size_t max);
/* Reads from @text instead, borrowed until the close. */
void nsv_mountinfo_text(struct nsv_mountinfo *m, const char *text, size_t len);
/*
 * Returns 1 with *ret, valid until the next call; 0 at the end; or -errno, which ends the reading:
 * -E2BIG the table is longer than the limit; -ENOMEM; one of read(2).
 */
int nsv_mountinfo_next(struct nsv_mountinfo *m, struct nsv_mount_line *ret);
/* Fine after a failed open, too. */
void nsv_mountinfo_close(struct nsv_mountinfo *m);

#define nsv_automountinfo __attribute__((cleanup(nsv_mountinfo_close)))

/* ---- a list of mounts, found by mount ID ---- */

struct nsv_mount_entry {
	uint32_t id;
	uint32_t dev;	/* nsv_mount_dev() */
	unsigned flags; /* enum nsv_fs_flags */
	size_t point;	/* offset into the list's points */
};

/* Initialise with zeroes; clear at the end. */
struct nsv_mount_list {
	struct nsv_mount_entry *entries; /* sorted by ID */
	size_t n, room;
	char *points; /* terminated mount points, one after another */
	size_t points_len, points_room;
};

/* A device number in 32 bits, as in the kernel: 12 for the major, 20 for the minor number. */
static inline uint32_t nsv_mount_dev(uint32_t major, uint32_t minor)
{
	return major << 20 | (minor & 0xfffff);
}

/* Reads the rest of a table into an empty list. 0, or -errno of nsv_mountinfo_next(); clear the
 * list in either case. */
int nsv_mount_list_read(struct nsv_mount_list *list, struct nsv_mountinfo *m);
/* NULL: no such ID. */
const struct nsv_mount_entry *nsv_mount_list_find(const struct nsv_mount_list *list, uint64_t id);
void nsv_mount_list_clear(struct nsv_mount_list *list);

#endif
