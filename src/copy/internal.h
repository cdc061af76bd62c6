/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * internal.h - the types and calls that the files of this room share: the run, its sources, the
 * directories of a walk, reports.
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

/* The resolved DEST: the entry @name of @dirfd, or with an empty name dirfd itself. */
struct nsv_dest {
	int dirfd;
	int stream; /* the fd of a device or FIFO of the host that DEST names, else NSV_FD_NONE */
	char *name;
	char *text;    /* as typed */
	bool is_dir;   /* sources go below it under their own names */
	bool want_dir; /* typed with a trailing slash, and not there yet */
	bool by_link;  /* the directory that a link leads to (only with NO_TARGET_DIR) */
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

/* On further read-only mounts each failure is reported. */
#define NSV_READ_ONLY_MAX 16

/* No owner is given in the run's options. */
#define NSV_NO_ID UINT32_MAX

/* Names of extended attributes that are counted each; further names share one count. */
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
	struct nsv_links *extracted; /* files that a tar stream brought */
	struct nsv_pool *pool;
	struct nsv_tar_writer *tar;
	struct nsv_left left[NSV_LEFT_NAMES]; /* protected by report_lock, with n_left, left_more */
	size_t n_left;
	uint64_t left_more[NSV_XATTR_LEFT_DEST + 1];
	bool to_nothing;		       /* the run only counts */
	bool all_xattrs;		       /* keeps every attribute, for evidence */
	atomic_bool told_long;		       /* noted: a path too long for the table of links */
	atomic_bool told_own_name;	       /* noted: a file written under its own name */
	uint64_t read_only[NSV_READ_ONLY_MAX]; /* reported mounts; protected by report_lock */
	size_t n_read_only;
	unsigned max_fds;
	bool in_userns; /* not the initial one: owners that it lacks show as NSV_ID_NOBODY */
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
	const char *last;	       /* the last name of @base */
	int dstdir;		       /* the directory that gets @last; borrowed */
	uint64_t mnt_id;
	bool on_kernel_fs;	 /* the source lies on a kernel file system, so copy their files */
	_Atomic dev_t plain_dev; /* a device that is known to be no kernel file system */
	dev_t dst_dev;		 /* the directory that the source becomes: never walked into */
	ino_t dst_ino;
	bool has_dst;
	atomic_int first_error; /* -errno, the first of any thread */
};

/*
 * One directory of a walk. @refs keeps the struct, as children need its name. @users counts the
 * walk and the jobs that need its fds: the last nsv_dir_drop() sets its metadata and closes them.
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
	bool created;	     /* this run made dst, so dst holds nothing else */
	bool set_meta;	     /* set dst's metadata at the end */
	bool acl_default;    /* new files in dst inherit ACLs */
	bool append_only;    /* no name in dst can be changed (chattr +a) */
	bool sticky;	     /* only owners may change names in dst */
	uid_t dst_uid;	     /* dst's owner */
	mode_t allow;	     /* permission bits that dst's ACL or the umask leaves to new files */
	uint64_t dst_mnt;    /* of a dir without dst, for messages only; 0: unknown */
	bool by_link;	     /* the walk followed a link to src, so its ".." is elsewhere */
	bool src_opath;	     /* src is an O_PATH fd */
	bool closed;	     /* the walk closed src and will open it again */
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

/* 0, or -ECANCELED if the run is to end for any reason, which has been reported already. */
int nsv_stopped(const struct nsv_copy *c);
/* 0, -ECANCELED, or the -errno that ended the run. */
int nsv_ended(const struct nsv_copy *c);

/*
 * Reports a failure of @name in @dir (NULL: the directory itself): counts it, makes it the source's
 * result, calls the event function. @e's stage names the side. A full disk ends the run; a
 * read-only mount is reported once, further failures there only counted. Returns -e->err.
 */
int nsv_fail(struct nsv_dir *dir, const char *name, const struct nsv_error *e);
/* The same with an errno and a text (NULL: strerror). */
int nsv_fail_text(struct nsv_dir *dir, const char *name, int err, enum nsv_stage stage,
		  const char *text);
/* Reports any other event about @name in @dir. */
void nsv_tell(struct nsv_dir *dir, const char *name, enum nsv_copy_event_kind kind,
	      const char *msg);
/* Sends a note about the new file @name in @dir->dst. */
void nsv_note_dest(struct nsv_dir *dir, const char *name, const char *msg);
/* Sends an event as it is. */
void nsv_emit(struct nsv_copy *c, const struct nsv_copy_event *event);
/* Asks whether the entry @name of @dir->dst may be replaced; true where nothing asks. */
bool nsv_ask(const struct nsv_dir *dir, const char *name);
/* Sends NSV_COPY_EVENT_DONE if the caller wants such events. */
static inline void nsv_done(struct nsv_dir *dir, const char *name)
{
	if (dir->s->c->o.verbose)
		nsv_tell(dir, name, NSV_COPY_EVENT_DONE, NULL);
}

/* nsv_error_set() with the text of @err. */
static inline int nsv_err(struct nsv_error *e, int err, enum nsv_stage stage)
{
	return nsv_error_set(e, err, stage, "%s", strerrordesc_np(err));
}

/* Notes once a run that @path is too long for the table of links; names the last component only. */
static inline void nsv_tell_long_link(struct nsv_copy *c, const char *path)
{
	if (strrchr(path, '/') && strnlen(path, NSV_LINKS_PATH) == NSV_LINKS_PATH &&
	    !atomic_exchange(&c->told_long, true))
		nsv_emit(c, &(struct nsv_copy_event){
				.kind = NSV_COPY_EVENT_NOTE,
				.path = strrchr(path, '/') + 1,
				.msg = "too long a path: further names of it become files" });
}

/* ---- dirs.c ---- */

struct nsv_dir *nsv_dir_new(struct nsv_source *s, struct nsv_dir *up, const char *name);
void nsv_dir_hold(struct nsv_dir *dir); /* adds a user */
void nsv_dir_drop(struct nsv_dir *dir); /* removes a user */
void nsv_dir_set_stat(struct nsv_dir *dir, const struct stat *st);
/* malloc'd: @base, the directory's path and @name (may be NULL) with slashes between. */
char *nsv_dir_path(const struct nsv_dir *dir, const char *base, const char *name);

/* ---- ids.c: owners from one side to the other ---- */

/* Translates an ID that stat(2) returned for a source to the neutral number (the container's). */
uint32_t nsv_ids_in(const struct nsv_copy *c, const struct nsv_target *from, enum nsv_id_kind kind,
		    uint32_t id);
/* Translates a neutral number to an ID for chown(2); NSV_ID_UNMAPPED: the destination has none. */
uint32_t nsv_ids_out(const struct nsv_copy *c, enum nsv_id_kind kind, uint32_t id);
/* Whether the destination container's root would have power over a file with this owner. */
bool nsv_ids_may_change(const struct nsv_copy *c, const struct stat *st);
/* Whether that root could make files in a directory with the attributes @dir. */
bool nsv_ids_may_make(const struct nsv_copy *c, const struct stat *dir);
/* Whether @st has the true owner: in a user namespace NSV_ID_NOBODY may stand for any other. */
bool nsv_ids_known(const struct nsv_copy *c, const struct stat *st);
/* Gives the new file @fd (O_PATH or not) to the destination container's root. */
void nsv_ids_give_root(const struct nsv_copy *c, int fd);
#define NSV_NOT_THE_CONTAINERS "belongs to a user that the container does not have"
/* Shown for an owner that has no number on a side, as the kernel does it. */
#define NSV_ID_NOBODY 65534

/* ---- dest.c ---- */

/* Resolves DEST. @many: it must be a directory. 0 or -errno. */
int nsv_dest_open(const struct nsv_copy *c, const char *path, bool many, struct nsv_dest *ret,
		  struct nsv_error *e);
void nsv_dest_close(struct nsv_dest *d);
/* dest_host.c: does the same for a path of the host; leaves d->text and d->want_dir alone. */
int nsv_dest_host(const struct nsv_copy *c, const char *path, bool many, struct nsv_dest *d,
		  struct nsv_error *e);
/* The message for a DEST that is missing or no directory but has to be one. */
static inline const char *nsv_dest_no_dir(const struct nsv_copy *c, bool exists)
{
	if (nsv_has(c, NSV_COPY_TARGET_DIR | NSV_COPY_PARENTS))
		return exists ? "is no directory" : "no such directory";
	return exists ? "is no directory, and there are several sources"
		      : "no such directory, and there are several sources";
}
/* Opens the directory of @path with O_PATH, name by name below @base, following no link. *ret_name
 * points to the last name in @path. */
int nsv_open_beneath(int base, const char *path, const char **ret_name);

#endif
