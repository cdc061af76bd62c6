/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/changes.h - what a running container's files have become since its image: added, changed
 * and deleted ones, by the upper folder of its overlay; or what two containers differ in.
 *
 * No engine is asked, and nothing in the container is run or changed. The kernel keeps what a
 * container changed in an upper folder on the host, above the read-only folders of its image
 * (overlayfs, or fuse-overlayfs). Only the upper folder is gone through, so the time depends on
 * what was changed and not on the image.
 *
 * Trust: the table of mounts says which folders these are, and its text is the mounter's claim: a
 * user can name "upperdir=/root/u" in a namespace of their own, where that is another folder than
 * on the host. So the folders are believed only
 *   - below the storage of the engine that provably runs the container, or its owner's own; on the
 *     way to them there is no link and no folder that another user may change; and nothing is
 *     entered there that the container's user namespace has no number for;
 *   - and when the upper folder is the one that the container's "/" shows: the kernel's file handle
 *     (Linux 6.6), else inode number and times are compared.
 * Otherwise the changes are unknown, and a text says why.
 *
 * Races: the container goes on. A file that it replaces meanwhile is told of as it was or as it is;
 * it can't lead a call out of the folders, since each name is opened without following links and
 * without entering mounts.
 *
 * Privilege: root; or the owner of a rootless container, after nsv_target_join_userns().
 *
 * Memory: 32 MiB at most for names, and one fd for each folder on the way and each layer in which
 * it is. Deeper than NSV_CHANGES_DEPTH folders is not entered, and that is told.
 *
 * Threads: one thread at a time uses a struct nsv_changes, or its target and roots. Nothing is
 * forked.
 *
 * Kernel: Linux 5.8; 6.6 to tell the upper folder by its file handle.
 */
#ifndef NSVIEW_CHANGES_H
#define NSVIEW_CHANGES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#include <nsview/error.h>
#include <nsview/root.h>
#include <nsview/target.h>

#ifdef __cplusplus
extern "C" {
#endif

#define NSV_CHANGES_DEPTH 1024

enum nsv_changes_flags {
	NSV_CHANGES_CONTENT = 1 << 0, /* compares contents, and hashes them */
	NSV_CHANGES_VOLUMES = 1 << 1, /* tells of files on other mounts, too */
};

struct nsv_changes_options {
	size_t size;	/* of this struct, set by NSV_CHANGES_OPTIONS_INIT */
	unsigned flags; /* enum nsv_changes_flags */
	/* As of struct nsv_container (discover.h); NULL: unknown. */
	const char *engine, *id, *engine_dir;
	/* Not 0 ends the walk early, with -ECANCELED. May be NULL. */
	const int *cancel;
	/* Whether a volume of that device is left out, as one that may hang; NULL: none is. */
	bool (*leave_out)(unsigned major, unsigned minor, void *data);
	void *data;
};

#ifdef __cplusplus
#define NSV_CHANGES_OPTIONS_INIT                          \
	[] {                                              \
		struct nsv_changes_options nsv_init = {}; \
		nsv_init.size = sizeof(nsv_init);         \
		return nsv_init;                          \
	}()
#else
#define NSV_CHANGES_OPTIONS_INIT                           \
	{                                                  \
		.size = sizeof(struct nsv_changes_options) \
	}
#endif

enum nsv_changes_state {
	NSV_CHANGES_STATE_KNOWN,
	NSV_CHANGES_STATE_NO_UPPER, /* read-only layers alone: nothing can have changed */
	NSV_CHANGES_STATE_UNKNOWN,  /* no overlay, or one whose folders are not believed */
};

enum nsv_change_kind {
	NSV_CHANGE_ADDED = 'A',
	NSV_CHANGE_CHANGED = 'C',
	NSV_CHANGE_DELETED = 'D',
	NSV_CHANGE_VOLUME = 'V',  /* on another mount: no part of the image */
	NSV_CHANGE_PROBLEM = '!', /* could not be looked at; text says why */
	NSV_CHANGE_IMAGE = 'I',	  /* of nsv_changes_walk_image(): only @old is there */
};

/* What differs; nothing: it was opened for writing, and is as before. */
enum nsv_change_what {
	NSV_DIFFERS_CONTENT = 1 << 0,  /* only compared with NSV_CHANGES_CONTENT, but for sizes */
	NSV_DIFFERS_METADATA = 1 << 1, /* mode, owner, device, attributes */
	NSV_DIFFERS_TYPE = 1 << 2,
	NSV_DIFFERS_TIME = 1 << 3,    /* of modification */
	NSV_DIFFERS_ENTRIES = 1 << 4, /* of a folder */
};

/* A file as it was, or as it is. Later versions append members, here and to struct nsv_change. */
struct nsv_change_side {
	bool exists;
	unsigned mode;	   /* with the type */
	uint32_t uid, gid; /* as the container numbers them */
	uint64_t size, nlink, inode;
	uint32_t rdev_major, rdev_minor;
	struct timespec mtime, ctime;
	const char *link; /* of a symbolic link; NULL: none, or it could not be read */
	bool hashed;
	unsigned char sha256[32];
	int fd; /* O_PATH, borrowed; that of the content, for a regular file. Negative: none */
	/* The same of what has the file's attributes: another, where overlayfs copied only these.
	 */
	int attributes_fd;
};

struct nsv_change {
	enum nsv_change_kind kind;
	unsigned what;				 /* enum nsv_change_what, of a changed one */
	const char *path;			 /* begins with "/"; bytes that a container chose */
	const struct nsv_change_side *old, *now; /* never NULL */
	const char *text;  /* of a problem; of a volume's top its file system's type */
	const char *mount; /* of a file on another mount: where that is mounted */
};

/* Everything is borrowed for the call, the sides too. Not 0 ends the walk, and is its result. */
typedef int nsv_change_fn(const struct nsv_change *change, void *data);

struct nsv_changes;

/*
 * Finds and opens the folders. The target and the root are borrowed and must outlive *ret, which
 * the caller owns and gives to nsv_changes_free(). 0, also where the changes are unknown. -EINVAL:
 * size or flags that this version does not know; -ESRCH: the container has ended; -ENOMEM.
 */
int nsv_changes_open(struct nsv_target *target, struct nsv_root *root,
		     const struct nsv_changes_options *options, struct nsv_changes **ret,
		     struct nsv_error *e);
/*
 * The same for what @path is in one container and in another. The caller owns *ret. Errors: the
 * same, and those of nsv_root_open_path(), if it can't be opened.
 */
int nsv_changes_between(struct nsv_root *old, struct nsv_root *now, const char *path,
			const struct nsv_changes_options *options, struct nsv_changes **ret,
			struct nsv_error *e);
/* @ret_why: a sentence unless it is NSV_CHANGES_STATE_KNOWN, borrowed; may be NULL. */
enum nsv_changes_state nsv_changes_state(const struct nsv_changes *c, const char **ret_why);
/*
 * Tells of each change: a folder before what is in it, names in a folder sorted by their bytes (a
 * folder whose names take more than some MiB in parts). Volumes come last. 0; what @fn returned;
 * -ECANCELED: options.cancel was set; -ENOMEM. Problems of single files are told.
 */
int nsv_changes_walk(struct nsv_changes *c, nsv_change_fn *fn, void *data, struct nsv_error *e);
/* Tells of each file of the image, "/" first, in the same order; nothing unless
 * NSV_CHANGES_STATE_KNOWN. Errors as of nsv_changes_walk(). */
int nsv_changes_walk_image(struct nsv_changes *c, nsv_change_fn *fn, void *data,
			   struct nsv_error *e);
/* Closes the folders and frees @c. NULL is fine. Returns NULL. */
struct nsv_changes *nsv_changes_free(struct nsv_changes *c);

#ifdef __cplusplus
}
#endif
#endif
