/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mounts.h - what kind of file system a mount inside a container is, without touching it: asking a
 * hung server what it is would hang too. The answer is in /proc/PID/mountinfo, by mount ID.
 *
 * A mount ID may be used again, so what was read is believed for 50 ms; mount points are few.
 *
 * Threads: any. One lock, held while the host's own procfs is read.
 */
#ifndef NSV_FUSE_MOUNTS_H
#define NSV_FUSE_MOUNTS_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum mount_class {
	MOUNT_PLAIN,
	MOUNT_PSEUDO, /* proc, sysfs, cgroup...: the kernel's, without end */
	MOUNT_REMOTE, /* a server answers, or does not */
	MOUNT_VIEW,   /* a view: never shown in a view */
};

struct mount_entry {
	uint64_t id;
	uint32_t dev; /* as makedev of 12 and 20 bits (place.h) */
	enum mount_class class;
};

struct mounts {
	pthread_mutex_t lock;
	uint64_t read_at;	     /* ns, coarse monotonic clock; 0: never */
	struct mount_entry *entries; /* sorted by ID */
	size_t n;
};

void mounts_init(struct mounts *m);
void mounts_done(struct mounts *m);

/*
 * The class of mount @id, as the process @pid sees it below @procfs. -ESTALE: there is none of that
 * ID, or the process has ended.
 */
int mounts_class(struct mounts *m, int procfs, pid_t pid, uint64_t id, enum mount_class *ret);

/* Something was mounted: what was read is believed no longer. */
void mounts_forget(struct mounts *m);

/*
 * The class of the file system of device @dev, as far as this process has it mounted too: for a
 * root that is no mount point, whose mount is in no table that can be read. -ESTALE: it has not.
 */
int mounts_class_of_device(int procfs, uint32_t dev, enum mount_class *ret);

/* Of a file system type as mountinfo prints it: "ext4", "fuse.sshfs". */
enum mount_class mounts_class_of_type(const char *type, size_t len);

/* For tests: takes one line apart. 0, or -EBADMSG. */
int mounts_parse(const char *line, size_t len, struct mount_entry *ret);

#endif
