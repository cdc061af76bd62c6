/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - what the files of this room share: the run, the directories of a
 * walk, reporting.
 *
 * Locks: report_lock is held while the event function runs and while nothing else
 * is done. Counters are atomic. The rest of struct nsv_copy is written by the
 * run's one caller, before threads see it.
 */
#ifndef NSV_COPY_INTERNAL_H
#define NSV_COPY_INTERNAL_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/stat.h>

#include <nsview/copy.h>

#include "links.h"
#include "reach/util.h"

struct nsv_pool;
struct nsv_tar_writer;

/* Where things go: an entry @name of @dirfd, or with an empty name dirfd itself. */
struct nsv_dest {
	int dirfd;
	int stream; /* DEST is a device or FIFO of the host: bytes go there */
	char *name;
	char *text;    /* as typed */
	bool is_dir;   /* sources go below it under their own names */
	bool want_dir; /* typed with a trailing slash, and not there yet */
};

/* The counters of struct nsv_copy_stats. */
enum nsv_count {
	NSV_N_FILES,
	NSV_N_DIRS,
	NSV_N_BYTES,
	NSV_N_BYTES_TOTAL,
	NSV_N_FAILED,
	NSV_N_CHANGED,
	NSV_N_EXCLUDED,
	NSV_N_SETUID,
	NSV_N_NODES,
	NSV_N_XATTRS,
	NSV_N_XATTRS_LEFT,
	NSV_N_IDS,
	NSV_N_COUNTS
};

/* Further read-only mounts are told of again for each file. */
#define NSV_READ_ONLY_MAX 16

/* Names of extended attributes that are told apart; the rest is counted only. */
#define NSV_LEFT_NAMES 24

struct nsv_left {
	enum nsv_xattr_left_why why;
	uint64_t count;
	char name[256]; /* XATTR_NAME_MAX, and a zero */
};

struct nsv_copy {
	struct nsv_copy_options o;
	_Atomic uint64_t count[NSV_N_COUNTS];
	atomic_int fatal; /* -errno that ends the run: a full disk, a closed pipe */
	pthread_mutex_t report_lock;

	const struct nsv_target *to; /* NULL: the host */
	struct nsv_dest dest;
	char **made; /* names below DEST that sources of this run took, not directories */
	size_t n_made;
	struct nsv_links *links;     /* source -> copy */
	struct nsv_links *extracted; /* what a tar stream brought */
	struct nsv_pool *pool;
	struct nsv_tar_writer *tar;
	struct nsv_left left[NSV_LEFT_NAMES]; /* report_lock's */
	size_t n_left;
	uint64_t left_more[NSV_XATTR_LEFT_DEST + 1];
	bool to_nothing;	   /* only counts */
	bool all_xattrs;	   /* whatever they mean: for evidence */
	atomic_bool told_long;	   /* of links, that they are copied as files */
	atomic_bool told_own_name; /* of a file that is not written under a temporary name */
	uint64_t read_only[NSV_READ_ONLY_MAX]; /* mounts that were told of; report_lock */
	size_t n_read_only;
	unsigned max_fds;
	bool creds_changed; /* of the calling thread */
	bool in_userns;	    /* not the initial one: owners that it lacks show as NSV_ID_NOBODY */
};

/* One source of a run. */
struct nsv_source {
	struct nsv_copy *c;
	struct nsv_root *root;	       /* NULL: the host */
	const struct nsv_target *from; /* NULL: the host */
	char *text;		       /* as named, for messages; no slash at its end */
	char *dest;		       /* the destination's text, likewise */
	char *canon;		       /* FOLLOW_ALL below a root: the source's path there */
	const char *base;	       /* its path below the destination's base, "" for the base */
	uint64_t mnt_id;
	bool on_kernel_fs;	 /* it lies on one itself, so they are wanted */
	_Atomic dev_t plain_dev; /* a device that was found to be no kernel's */
	dev_t dst_dev;		 /* the directory it becomes: not to be walked into */
	ino_t dst_ino;
	bool has_dst;
	atomic_int first_error; /* -errno, the first of any thread */
};

/*
 * One directory of a walk. @refs keeps the struct (children need its name); @users
 * counts the walker and the jobs that need its fds: the last one to let go sets its
 * metadata and closes them.
 */
struct nsv_dir {
	struct nsv_source *s;
	struct nsv_dir *up;
	void (*leave)(struct nsv_dir *dir); /* when the last user goes; may be NULL */
	atomic_uint refs, users;
	int src, dst;
	dev_t src_dev, dst_dev;
	ino_t src_ino, dst_ino;
	mode_t mode;
	uid_t uid;
	gid_t gid;
	struct timespec times[2];
	unsigned depth;
	bool is_arg;	     /* not a directory: stands for the argument itself */
	bool created;	     /* by this run: nothing else is in it */
	bool set_meta;	     /* at the end */
	bool acl_default;    /* dst hands ACLs down to what is made in it */
	bool append_only;    /* names in dst are there for good (chattr +a) */
	bool sticky;	     /* dst is: only owners may change names */
	uid_t dst_uid;	     /* dst's owner */
	mode_t allow;	     /* of 0777: what new things in dst may get, by its ACL or the umask */
	uint64_t dst_mnt;    /* of a dir without dst, for messages only; 0: unknown */
	bool by_link;	     /* src was reached through a link, its ".." is elsewhere */
	bool src_opath;	     /* src is an O_PATH fd */
	bool closed;	     /* by the walk, to be opened again */
	uint64_t names_base; /* where its subdirectories start on the walk's stack */
	unsigned len;
	char name[];
};

/* ---- report.c ---- */

static inline void nsv_count(struct nsv_copy *c, enum nsv_count n, uint64_t by)
{
	(void)atomic_fetch_add_explicit(&c->count[n], by, memory_order_relaxed);
}

static inline bool nsv_has(const struct nsv_copy *c, unsigned flags)
{
	return (c->o.flags & flags) != 0;
}

/* 0, or -ECANCELED when the run is to end, whatever ended it: that was told where it happened. */
int nsv_stopped(const struct nsv_copy *c);
/* 0, -ECANCELED, or the -errno that ended the run. */
int nsv_ended(const struct nsv_copy *c);

/*
 * Reports a failure of @name in @dir (NULL: the directory itself): counts it, remembers
 * it as the source's result, calls the event function. @e's stage tells which side it
 * was on. A full disk ends the run; a read-only mount is told of once, whatever was to be
 * made on it. Returns -e->err.
 */
int nsv_fail(struct nsv_dir *dir, const char *name, const struct nsv_error *e);
/* The same with an errno and a text (NULL: strerror). */
int nsv_fail_text(struct nsv_dir *dir, const char *name, int err, enum nsv_stage stage,
		  const char *text);
/* Any other event about @name in @dir. */
void nsv_tell(struct nsv_dir *dir, const char *name, enum nsv_copy_event_kind kind,
	      const char *msg);
/* A note about what is made as @name in @dir->dst. */
void nsv_note_dest(struct nsv_dir *dir, const char *name, const char *msg);
/* An event whose path is at hand. */
void nsv_emit(struct nsv_copy *c, const struct nsv_copy_event *event);
/* NSV_COPY_DONE, if the caller wants these. */
static inline void nsv_done(struct nsv_dir *dir, const char *name)
{
	if (dir->s->c->o.verbose)
		nsv_tell(dir, name, NSV_COPY_DONE, NULL);
}

/* nsv_error_set() from errno values, for steps without more to say. */
static inline int nsv_err(struct nsv_error *e, int err, enum nsv_stage stage)
{
	return nsv_error_set(e, err, stage, "%s", strerrordesc_np(err));
}

/* Once a run, by its last name: a file whose @path is too long for the table of links. */
static inline void nsv_tell_long_link(struct nsv_copy *c, const char *path)
{
	if (strrchr(path, '/') && strnlen(path, NSV_LINKS_PATH) == NSV_LINKS_PATH &&
	    !atomic_exchange(&c->told_long, true))
		nsv_emit(c, &(struct nsv_copy_event){
				.kind = NSV_COPY_NOTE,
				.path = strrchr(path, '/') + 1,
				.msg = "too long a path: further names of it become files" });
}

/* ---- dirs.c ---- */

struct nsv_dir *nsv_dir_new(struct nsv_source *s, struct nsv_dir *up, const char *name);
void nsv_dir_hold(struct nsv_dir *dir); /* one more user */
void nsv_dir_drop(struct nsv_dir *dir); /* one user less */
void nsv_dir_set_stat(struct nsv_dir *dir, const struct stat *st);
/* malloc'd: @base, the directory's path and @name (may be NULL) with slashes between. */
char *nsv_dir_path(const struct nsv_dir *dir, const char *base, const char *name);

/* ---- ids.c: owners from one side to the other ---- */

/* From what stat(2) answered on the source's side to the neutral number (a container's own). */
uint32_t nsv_ids_in(const struct nsv_copy *c, const struct nsv_target *from, enum nsv_id_kind kind,
		    uint32_t id);
/* From the neutral number to what chown(2) is to be given; NSV_ID_UNMAPPED: there is none. */
uint32_t nsv_ids_out(const struct nsv_copy *c, enum nsv_id_kind kind, uint32_t id);
/* Whether the destination container's root would have power over a file with this owner. */
bool nsv_ids_may_change(const struct nsv_copy *c, const struct stat *st);
/* Whether it could make files in such a directory. */
bool nsv_ids_may_make(const struct nsv_copy *c, const struct stat *dir);
/* Whether its owner is known: in a user namespace NSV_ID_NOBODY may stand for any other. */
bool nsv_ids_known(const struct nsv_copy *c, const struct stat *st);
/* Gives the thing that was made, @fd (O_PATH or not), to the destination container's root. */
void nsv_ids_give_root(const struct nsv_copy *c, int fd);
#define NSV_NOT_THE_CONTAINERS "belongs to a user that the container does not have"
/* Shown for an owner that has no number on a side, as the kernel does it. */
#define NSV_ID_NOBODY 65534
/* For this thread: fsuid and fsgid of the destination's root user, capabilities kept. */
void nsv_creds_take(const struct nsv_copy *c);
void nsv_creds_back(void);
/* Whether this thread may act as the owner of any file (CAP_FOWNER). */
bool nsv_creds_own_any(void);

/* ---- dest.c ---- */

/* @force: a FIFO or socket is a name to be replaced, in a container a device too. */
int nsv_dest_open(struct nsv_root *to, const char *path, bool many, bool force,
		  struct nsv_dest *ret, struct nsv_error *e);
void nsv_dest_close(struct nsv_dest *d);
/* dest_host.c: the same for a path of the host, but for d->text and d->want_dir. */
int nsv_dest_host(const char *path, bool many, bool force, struct nsv_dest *d, struct nsv_error *e);
/* Opens the directory of @path (single names below @base, no links), O_PATH; @ret_name: its last.
 */
int nsv_open_beneath(int base, const char *path, const char **ret_name);

#endif
