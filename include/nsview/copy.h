/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/copy.h - copies files and trees out of a container, into one, from one
 * to another, and to and from tar streams.
 *
 * One struct nsv_copy is one run: made with options, pointed at a destination
 * (nsv_copy_to_path() or nsv_copy_to_tar()), fed with sources (nsv_copy_add(),
 * nsv_copy_add_tar()), ended with nsv_copy_finish(). The library prints nothing:
 * what a person should know arrives through the event function.
 *
 * Sources. A source path is resolved once, confined below its root (root.h);
 * everything below it is reached by single names relative to open directories,
 * and no link below it is followed (but see NSV_COPY_FOLLOW_ALL). Only regular
 * files and directories are ever opened: a FIFO never blocks, a device is never
 * touched. Bytes are read to the end of the file, whatever st_size says.
 *
 * Destinations. DEST is resolved once: confined below the container's root, or
 * on the host as the person who typed it sees it, links in DEST included.
 * Everything beneath it is made by single names relative to open directories; a
 * link that lies there is replaced by a file that wants its name, and is an error
 * where a directory is wanted. It is never followed. A regular file is written
 * under a temporary name (".nscp." and twelve letters) beside its place, gets its
 * metadata, and is renamed when it is complete, so that its own name never shows
 * half a file. A run that fails or is cancelled removes its temporary files.
 *
 * Races. A container may change both trees meanwhile. It can make files be
 * missing, mixed or reported as changed; it can't make the copy read or write
 * outside its root. A file whose size, mtime or ctime changed while it was read
 * is delivered and reported (NSV_COPY_CHANGED).
 *
 * Metadata. Owners follow the numbers the container sees: its uid N becomes the
 * host's uid N on the way out, and the other way in, so root in a user namespace
 * becomes root and not 100000; NSV_COPY_HOST_IDS keeps the host's numbers. IDs in
 * ACLs and the root ID of file capabilities are translated likewise; but on a host,
 * without NSV_COPY_SPECIAL, capabilities that a container's root gave in a user
 * namespace go on counting there only, and those in an archive are dropped.
 * In a container with a user namespace nothing is changed that belongs to a user
 * whom it does not have (-EPERM): its own root could not do it either. Of extended
 * attributes user.*, the ACLs and security.capability are copied. trusted.* is
 * not (overlayfs keeps its own state there), nor the rest of security.*: labels
 * and hashes (SELinux, IMA) belong to the policy of one host.
 * Directories are 0700 until everything in them is there, then get their metadata.
 *
 * Kernel file systems (proc, sysfs, cgroup...) below a source are left out with
 * a note, unless the source itself lies on one.
 *
 * Memory is bounded: about 5 MiB and a buffer of 256 KiB a thread, plus some 200
 * bytes for each level of the path being worked at. Names and hard links that are
 * remembered go to an unlinked temporary file once they pass a megabyte. Depth and
 * path length have no limit; at most about 600 fds are open (fewer when
 * RLIMIT_NOFILE is lower).
 *
 * Privilege: what the file systems ask for. Owners are set by CAP_CHOWN, or as
 * far as the caller may (no error, as cp does it).
 *
 * Threads: calls on one run come from one thread. nsv_copy_stats_get() and setting
 * the cancel flag are free for all. A run starts its own threads when it is fed
 * first: open roots (root.h forks) before that. Where the destination's root user
 * is not the caller, the threads of the run, the calling one until
 * nsv_copy_free(), work with fsuid and fsgid of that user.
 */
#ifndef NSVIEW_COPY_H
#define NSVIEW_COPY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/error.h>
#include <nsview/root.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsv_copy;

/* What to copy and what to keep. Unknown flags are refused with -EINVAL. */
enum nsv_copy_flags {
	NSV_COPY_RECURSIVE = 1 << 0, /* directories with all that is in them */
	NSV_COPY_MODE = 1 << 1,	     /* permission bits and ACLs; else as the umask has it */
	NSV_COPY_OWNER = 1 << 2,     /* else: the caller, or the container's root on the way in */
	NSV_COPY_TIMES = 1 << 3,     /* access and modification time, to the nanosecond */
	NSV_COPY_XATTRS = 1 << 4,    /* user.* and file capabilities */
	NSV_COPY_LINKS = 1 << 5,     /* names of one file stay names of one file */
	NSV_COPY_FIFOS = 1 << 6,     /* FIFOs and sockets are made anew; else left out */
	/*
	 * setuid and setgid bits and device nodes. Without it the bits are dropped
	 * and the nodes left out, and counted: a container's setuid program has no
	 * business on a host.
	 */
	NSV_COPY_SPECIAL = 1 << 7,
	NSV_COPY_FOLLOW_ARG = 1 << 8,  /* a source that is a link means what it points to */
	NSV_COPY_FOLLOW_ALL = 1 << 9,  /* so does every link below it; confined, at most 40 deep */
	NSV_COPY_NO_CLOBBER = 1 << 10, /* what exists at the destination stays */
	NSV_COPY_FORCE = 1 << 11, /* also replace unwritable files, FIFOs, sockets and devices */
	NSV_COPY_ONE_MOUNT =
	    1 << 12,		     /* other mounts below a source are left out, bind mounts too */
	NSV_COPY_HOST_IDS = 1 << 13, /* owners keep the numbers that the caller sees */
	/*
	 * Owners can't be kept and are not tried: for an ordinary user who has joined a
	 * container's user namespace and copies out to files of their own.
	 */
	NSV_COPY_OWN_IDS = 1 << 14,
};

#define NSV_COPY_PRESERVE (NSV_COPY_MODE | NSV_COPY_OWNER | NSV_COPY_TIMES)
#define NSV_COPY_ARCHIVE \
	(NSV_COPY_RECURSIVE | NSV_COPY_PRESERVE | NSV_COPY_XATTRS | NSV_COPY_LINKS | NSV_COPY_FIFOS)

enum nsv_copy_event_kind {
	NSV_COPY_DONE,	  /* a file, link, node or directory is in its place (if verbose) */
	NSV_COPY_FAILED,  /* @path could not be copied: err and msg say why */
	NSV_COPY_CHANGED, /* @path changed while it was read; what was read is delivered */
	NSV_COPY_SKIPPED, /* a kernel file system, see msg */
	NSV_COPY_NOTE,	  /* something else to know, see msg */
};

struct nsv_copy_event {
	enum nsv_copy_event_kind kind;
	/*
	 * The path it is about: as the caller named it, plus what lies below. Bytes a
	 * container chose: escape it before a terminal. @on_dest: a path at the
	 * destination, else at the source (the root given to nsv_copy_add()).
	 */
	const char *path;
	bool on_dest;
	const char *dest; /* NSV_COPY_DONE: where it went, else NULL */
	int err;	  /* a positive errno, or 0 */
	const char *msg;  /* one line, or NULL: strerror(err) says it */
};

/* Never called by two threads at once; may be called by any. It must not call back. */
typedef void (*nsv_copy_event_fn)(const struct nsv_copy_event *event, void *data);

struct nsv_copy_options {
	size_t size;	/* of this struct, set by NSV_COPY_OPTIONS_INIT */
	unsigned flags; /* enum nsv_copy_flags */
	/* Threads that copy, the caller's included; 0: the number of CPUs, at most 4. */
	unsigned threads;
	/* The side of DEST, borrowed: NULL is the host, as this process sees it. */
	struct nsv_root *to;
	unsigned umask; /* for what is made without NSV_COPY_MODE */
	/*
	 * Shell patterns (fnmatch(3)), borrowed. One without a slash is matched with the
	 * name of each file below a source, one with a slash with its path relative to
	 * the source ("lib/x" or "/lib/x"), where * does not match a slash. A directory
	 * that matches is left out with all that is in it.
	 */
	const char *const *exclude;
	size_t n_exclude;
	bool verbose; /* NSV_COPY_DONE events are wanted */
	nsv_copy_event_fn event;
	void *data;
	/*
	 * Not 0 ends the run with -ECANCELED. It is read by all threads: set it by
	 * __atomic_store_n() or C11's atomics, from a signal handler if you like. May be NULL.
	 */
	const int *cancel;
};

#define NSV_COPY_OPTIONS_INIT                                         \
	{                                                             \
		.size = sizeof(struct nsv_copy_options), .umask = 022 \
	}

/* How far a run is, and what it left out. Counters only grow. */
struct nsv_copy_stats {
	uint64_t files; /* everything but directories that is in its place */
	uint64_t dirs;
	uint64_t bytes;		     /* of content, holes not counted */
	uint64_t bytes_total;	     /* only with nsv_copy_to_nothing() */
	uint64_t failed;	     /* NSV_COPY_FAILED events */
	uint64_t changed;	     /* NSV_COPY_CHANGED events */
	uint64_t excluded;	     /* left out by a pattern, NO_CLOBBER or ONE_MOUNT */
	uint64_t setuid_dropped;     /* files that lost setuid or setgid bits */
	uint64_t nodes_left_out;     /* FIFOs, sockets and devices */
	uint64_t xattrs_unsupported; /* attributes the destination can't hold */
	uint64_t ids_unmapped;	     /* owners without a number on the other side */
};

/*
 * Makes a run. On success *ret_copy is the caller's, to be given to
 * nsv_copy_free(). -EINVAL: size or flags that this version does not know.
 */
int nsv_copy_new(const struct nsv_copy_options *options, struct nsv_copy **ret_copy,
		 struct nsv_error *e);

/*
 * Sets DEST by cp's rules: an existing directory takes each source under its own
 * name; else DEST is the name for the one source. @many: there are several
 * sources, so it must be a directory (-ENOTDIR otherwise). With a trailing slash it must
 * be one too, or the source must be a directory. A device, FIFO or socket on the host
 * is written to, as cp does; in a container it is refused (-ENODEV).
 * -EINVAL: DEST was set already.
 */
int nsv_copy_to_path(struct nsv_copy *copy, const char *path, bool many, struct nsv_error *e);

/* Writes a pax archive to @fd (borrowed): all metadata whatever the flags, names relative. */
int nsv_copy_to_tar(struct nsv_copy *copy, int fd, struct nsv_error *e);

/*
 * Makes nothing: nsv_copy_add() only counts what a copy with these options would find, into
 * files, dirs and bytes_total (holes and further names of a file left out). For telling
 * meanwhile, in a run and a thread of its own, how long the copy will take.
 */
int nsv_copy_to_nothing(struct nsv_copy *copy);

/*
 * With nsv_copy_to_tar(): the name for the next source in the archive, instead of
 * its own. NULL: its own again.
 */
int nsv_copy_tar_name(struct nsv_copy *copy, const char *name);

/*
 * Copies one source: a path below @from (borrowed until the run is freed), or on the
 * host with NULL. Returns when all of it is done: 0, or -errno of the first failure
 * (each was an event; @e has a stage only for what was none: a failed write to a
 * tar stream, no memory). Other sources may follow a failure, unless it ended the run:
 * -ECANCELED, and at the destination -ENOSPC, -EDQUOT, -EROFS and -EPIPE.
 */
int nsv_copy_add(struct nsv_copy *copy, struct nsv_root *from, const char *path,
		 struct nsv_error *e);

/*
 * Extracts a tar stream (ustar, GNU, pax; gzip, xz, zstd, bzip2 where libarchive has
 * them built in, no program is ever run) beneath DEST, an existing directory.
 * A leading slash is taken off with a note, a name with ".." is a failure, a
 * link extracted before is never followed, hard links go only to what was extracted before.
 * Owners in the stream are the container's numbers. @named: DEST need not be a directory;
 * the first component of every name must be nsv_copy_dest_name(). An archive that ends too early is
 * a failure and leaves no half file.
 */
int nsv_copy_add_tar(struct nsv_copy *copy, int fd, bool named, struct nsv_error *e);

/* The directory entry that DEST names for a single source ("" if it is a directory). */
const char *nsv_copy_dest_name(const struct nsv_copy *copy);

/* Ends the run: the end of the archive is written, threads end. 0 or the first error. */
int nsv_copy_finish(struct nsv_copy *copy, struct nsv_error *e);

/* Whatever came before: removes temporary files, frees all. NULL is fine. Returns NULL. */
struct nsv_copy *nsv_copy_free(struct nsv_copy *copy);

void nsv_copy_stats_get(const struct nsv_copy *copy, struct nsv_copy_stats *ret_stats);

#ifdef __cplusplus
}
#endif
#endif
