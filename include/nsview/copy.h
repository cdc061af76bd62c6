/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/copy.h - copies files and trees out of a container, into a container,
 * between containers, and to and from tar streams.
 *
 * One struct nsv_copy is one run. The caller makes it with options, sets a
 * destination (nsv_copy_to_path() or nsv_copy_to_tar()), adds sources
 * (nsv_copy_add(), nsv_copy_add_tar()), and ends it with nsv_copy_finish(). The
 * library prints nothing: messages for people arrive through the event function.
 *
 * Sources. A source path is resolved once, confined below its root (root.h). Below
 * it the run uses single names relative to open directories and follows no link
 * (but see NSV_COPY_FOLLOW_ALL). Only regular files and directories are opened, so a
 * FIFO never blocks and a device is never touched. One exception: a pipe of the host that
 * is itself the source (/dev/stdin, a FIFO) is read to its end and becomes a regular file,
 * with NSV_COPY_FOLLOW_ARG and without NSV_COPY_RECURSIVE, NSV_COPY_FIFOS and
 * NSV_COPY_SPECIAL. A file is read to its end, but no further than its size; if it has
 * more bytes than that, its size is read once more and then limits the copy, since a
 * container's FUSE server may say 10 bytes and never end. Files of kernel file systems
 * (procfs), whose st_size is not true, are read to their end.
 *
 * Destinations. DEST is resolved once: confined below the container's root, or on
 * the host as any path, links in DEST included. Everything beneath DEST is made by
 * single names relative to open directories. A link beneath it is never followed: a
 * file of its name replaces it, and where a directory is needed it is an error. On the
 * host another user's link in a sticky, world-writable directory (/tmp) is not followed
 * either, as the last component of DEST. What a link of procfs leads to (/dev/stdout) is
 * written to; an fd of the caller is used as it is, with its offset and O_APPEND.
 *
 * A regular file is written under a temporary name (".nscp." and twelve letters)
 * beside its place, gets its metadata, and is renamed when it is complete, so that
 * its own name never shows half a file. A run that fails or is cancelled removes its
 * temporary files; a note names one that can't be removed. The new file takes over
 * owner, mode, ACL and extended attributes of the file that it replaces, as if that had
 * been written into, but never set-id bits or capabilities.
 *
 * A file is written under its own name, with a note (NSV_COPY_EVENT_NOTE, once a run), where
 * no other file can get that name: in an append-only directory, in a sticky one for
 * another user's file, where the caller may write to the file but not to its directory,
 * and where the caller can't give a file to its owner. Mount points are never renamed
 * over, unlinked or replaced, because a rename(2) from another mount namespace detaches
 * them without an error (Linux 3.18): a regular file is written in place, without a note,
 * and anything else fails with -EBUSY. A container that mounts something between look
 * and rename can lose that mount.
 *
 * Backups. The new file and the one that it replaces exchange their names (renameat2(2)), then
 * the old one gets the backup's name: a name always shows a whole file. Where a file system can't
 * exchange, the old file is renamed first. A file that can only be written in place, a mount point
 * above all, is copied to the backup's name instead. The new file keeps nothing of the old one's
 * metadata. -EBUSY: the backup's name is a mount point, -EISDIR: a directory; then the file stays
 * as it was. DEST itself, if it is a link to a file, is replaced and backed up, not followed.
 *
 * New files and directories follow their directory: its default ACL, or else the umask;
 * and if it is setgid, its group, for directories its setgid bit too.
 *
 * Races: a container may change both trees meanwhile. It can cause files to be
 * missing, mixed or reported as changed; it can't lead the copy to read or write
 * outside its root. A file whose size, mtime or ctime changed while it was read is
 * copied and reported (NSV_COPY_EVENT_CHANGED), and so is a file that has more than its size
 * says. A file that has only grown, and still begins with what was copied, is noted
 * (NSV_COPY_EVENT_NOTE).
 *
 * Metadata. Owners keep the number that the container sees: its UID N becomes the
 * host's UID N on the way out, and the reverse on the way in, so root in a user
 * namespace becomes root and not 100000. NSV_COPY_HOST_IDS keeps the host's numbers.
 * IDs in ACLs and the root ID of file capabilities are translated likewise. On a
 * host, without NSV_COPY_SPECIAL, capabilities that were given in a user namespace
 * stay valid in that namespace only (capabilities(7), Linux 4.14), and those in an
 * archive are dropped. In a container with a user namespace the run changes no file
 * of a user that the namespace does not map (-EPERM): the container's own root could
 * not change it either. Of extended attributes, user.*, the ACLs and
 * security.capability are copied; NSV_COPY_SPECIAL adds all others that the destination
 * takes (trusted.*, security.NTACL). The attributes of overlayfs (trusted.overlay.*) and
 * the labels and hashes of one host's policy (SELinux, AppArmor, Smack, IMA, EVM) are
 * copied only if nsv_copy_options.xattrs names them. nsv_copy_xattr_left_get() counts the
 * attributes that were not copied. A directory has mode 0700 until its contents are
 * complete, then gets its metadata.
 *
 * Kernel file systems (proc, sysfs, cgroup...) below a source are left out with
 * a note, unless the source itself lies on one.
 *
 * Memory is bounded: about 5 MiB, a buffer of 256 KiB for each thread, and about 200
 * bytes for each level of the current path. The list of names and hard links moves
 * to an unlinked temporary file when it passes a megabyte. Depth and path length
 * have no limit; at most about 600 fds are open (fewer when RLIMIT_NOFILE is lower).
 *
 * Privilege: what the file systems require. Setting owners needs CAP_CHOWN; without
 * it they are set as far as permitted, without an error, as cp does.
 *
 * Kernel: Linux 5.8.
 *
 * Threads: one thread makes the calls on a run. Any thread may call
 * nsv_copy_stats_get() and set the cancel flag. A run starts its own threads at the
 * first source: open roots before that (root.h forks). Where the destination's root
 * user is not the caller, all threads of the run have the fsuid and fsgid of that
 * user (setfsuid(2)), the calling thread during each call. Its signal mask stays as it is.
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
	NSV_COPY_RECURSIVE = 1 << 0, /* directories and everything below them */
	NSV_COPY_MODE = 1 << 1,	     /* permission bits and ACLs; else the umask decides */
	NSV_COPY_OWNER = 1 << 2,     /* else the caller, or in a container its root */
	NSV_COPY_TIMES = 1 << 3,     /* access and modification time, to the nanosecond */
	NSV_COPY_XATTRS = 1 << 4,    /* user.* and file capabilities */
	NSV_COPY_LINKS = 1 << 5,     /* names of one file stay names of one file */
	NSV_COPY_FIFOS = 1 << 6,     /* make FIFOs and sockets anew; else leave them out */
	/*
	 * setuid and setgid bits and device nodes. Without it the run drops the bits,
	 * leaves out the nodes and counts both: a container's setuid program would give
	 * its rights to any user of the host.
	 */
	NSV_COPY_SPECIAL = 1 << 7,
	NSV_COPY_FOLLOW_ARG = 1 << 8,  /* follow a source that is a link */
	NSV_COPY_FOLLOW_ALL = 1 << 9,  /* also every link below it; confined, at most 40 deep */
	NSV_COPY_NO_CLOBBER = 1 << 10, /* leave existing files at the destination alone */
	NSV_COPY_FORCE = 1 << 11, /* also replace unwritable files, FIFOs, sockets and devices */
	/* Leave out other mounts below a source, bind mounts and btrfs subvolumes too. */
	NSV_COPY_ONE_MOUNT = 1 << 12,
	NSV_COPY_HOST_IDS = 1 << 13, /* owners keep the numbers that the caller sees */
	/*
	 * Don't try to keep owners: for an ordinary user who has joined a container's user
	 * namespace and copies out to files of their own.
	 */
	NSV_COPY_OWN_IDS = 1 << 14,
	/* An archive's entry "./" gives its attributes to DEST; else DEST keeps its own. */
	NSV_COPY_DEST_ATTRIBUTES = 1 << 15,
	NSV_COPY_UPDATE = 1 << 16, /* leave files that are as new as the source, or newer */
	/* DEST has to be a directory, or must not be taken for one: cp's -t and -T. */
	NSV_COPY_TARGET_DIR = 1 << 17,
	NSV_COPY_NO_TARGET_DIR = 1 << 18,
	/* Sources keep their whole path below DEST. A source with ".." is refused. */
	NSV_COPY_PARENTS = 1 << 19,
	NSV_COPY_MKDIR = 1 << 20, /* make missing directories on the way to DEST */
	/*
	 * Look at both sides and report, as NSV_COPY_EVENT_DONE, what would be copied; make, change
	 * and read nothing. Not for tar streams.
	 */
	NSV_COPY_DRY_RUN = 1 << 21,
	/* New files have mode 0666, directories 0777, less the umask; NSV_COPY_MODE wins. */
	NSV_COPY_PLAIN_MODE = 1 << 22,
	/* Owner and group are nsv_copy_options.uid and .gid, whatever the other flags say. */
	NSV_COPY_GIVE_UID = 1 << 23,
	NSV_COPY_GIVE_GID = 1 << 24,
	NSV_COPY_TELL_STARTS = 1 << 25, /* send NSV_COPY_EVENT_STARTED events */
};

#define NSV_COPY_PRESERVE (NSV_COPY_MODE | NSV_COPY_OWNER | NSV_COPY_TIMES)
#define NSV_COPY_ARCHIVE \
	(NSV_COPY_RECURSIVE | NSV_COPY_PRESERVE | NSV_COPY_XATTRS | NSV_COPY_LINKS | NSV_COPY_FIFOS)

enum nsv_copy_event_kind {
	NSV_COPY_EVENT_DONE,	/* a file, link, node or directory is in its place (if verbose) */
	NSV_COPY_EVENT_FAILED,	/* @path could not be copied: err and msg say why */
	NSV_COPY_EVENT_CHANGED, /* @path changed while it was read; the bytes read are copied */
	NSV_COPY_EVENT_SKIPPED, /* a kernel file system was left out; msg says which kind */
	NSV_COPY_EVENT_NOTE,	/* msg tells something that is no failure */
	NSV_COPY_EVENT_STARTED, /* a file is begun (NSV_COPY_TELL_STARTS) */
};

/* What happens to a file that a copy replaces. */
enum nsv_copy_backup {
	NSV_COPY_BACKUP_NONE,
	NSV_COPY_BACKUP_SIMPLE,	  /* it gets its name and the suffix, in place of an older backup */
	NSV_COPY_BACKUP_NUMBERED, /* NAME.~N~, with the next free N */
	NSV_COPY_BACKUP_EXISTING, /* numbered if there is a numbered one, else simple */
};

struct nsv_copy_event {
	enum nsv_copy_event_kind kind;
	/*
	 * The path that the event is about: the source or DEST as the caller named it, plus
	 * the names below. A container chose these bytes: escape them before a terminal.
	 * @on_dest: a path at the destination, else at the source.
	 */
	const char *path;
	bool on_dest;
	const char *dest; /* NSV_COPY_EVENT_DONE: the new path; else NULL */
	int err;	  /* a positive errno, or 0 */
	const char *msg;  /* one line, or NULL: strerror(err) is the message */
};

/* Any thread of the run calls this function, one at a time; the event is valid during the call.
 * The function must not make calls on the run. */
typedef void (*nsv_copy_event_fn)(const struct nsv_copy_event *event, void *data);

struct nsv_copy_options {
	size_t size;	/* of this struct, set by NSV_COPY_OPTIONS_INIT */
	unsigned flags; /* enum nsv_copy_flags */
	/* Threads that copy, the calling thread included; 0: the number of CPUs, at most 4. */
	unsigned threads;
	/* The root below which DEST lies, borrowed; NULL: the host, as this process sees it. */
	struct nsv_root *to;
	unsigned umask; /* for files made without NSV_COPY_MODE, where there is no default ACL */
	/*
	 * Shell patterns (fnmatch(3)), borrowed. A pattern without a slash is matched against
	 * the name of each file below a source; one with a slash against its path relative to
	 * the source ("lib/x" or "/lib/x"), where * does not match a slash. A directory that
	 * matches is left out with everything below it.
	 */
	const char *const *exclude;
	size_t n_exclude;
	/*
	 * Shell patterns, borrowed, of extended attributes that are copied whatever the flags say,
	 * labels, hashes and trusted.overlay.* included.
	 */
	const char *const *xattrs;
	size_t n_xattrs;
	bool verbose; /* send NSV_COPY_EVENT_DONE events */
	nsv_copy_event_fn event;
	void *data;
	/*
	 * A value other than 0 ends the run with -ECANCELED. All threads read it: set it with
	 * __atomic_store_n() or C11's atomics, from a signal handler if you like. Borrowed; may
	 * be NULL.
	 */
	const int *cancel;
	/*
	 * Backups, see below; with NSV_COPY_NO_CLOBBER -EINVAL. @suffix, borrowed: not empty,
	 * without a slash; NULL: "~".
	 */
	enum nsv_copy_backup backup;
	const char *suffix;
	/*
	 * Called before a file is replaced, with its path at the destination; false: the file
	 * stays. NULL: nothing is asked. Any thread of the run calls it, one at a time, and never
	 * while @event runs.
	 */
	bool (*ask)(const char *path, void *data);
	/*
	 * NSV_COPY_GIVE_UID, NSV_COPY_GIVE_GID: the owner of all that the run makes or replaces, by
	 * the numbers that the destination container or the host uses. A file that gets another
	 * owner than the source's loses its set-id bits.
	 */
	uint32_t uid, gid;
};

#ifdef __cplusplus
#define NSV_COPY_OPTIONS_INIT                          \
	[] {                                           \
		struct nsv_copy_options nsv_init = {}; \
		nsv_init.size = sizeof(nsv_init);      \
		nsv_init.umask = 022;                  \
		return nsv_init;                       \
	}()
#else
#define NSV_COPY_OPTIONS_INIT                                         \
	{                                                             \
		.size = sizeof(struct nsv_copy_options), .umask = 022 \
	}
#endif

/* The progress of a run, and counts of what it left out. Counters only grow. */
struct nsv_copy_stats {
	size_t size;	/* of this struct, set by the caller */
	uint64_t files; /* files, links and nodes that are in their place */
	uint64_t dirs;
	uint64_t bytes;		 /* content without holes */
	uint64_t bytes_total;	 /* only with nsv_copy_to_nothing() */
	uint64_t failed;	 /* NSV_COPY_EVENT_FAILED events, and -EROFS without one */
	uint64_t changed;	 /* NSV_COPY_EVENT_CHANGED events */
	uint64_t excluded;	 /* left out: by a pattern, NO_CLOBBER, ONE_MOUNT, UPDATE, ask() */
	uint64_t setuid_dropped; /* files that lost setuid or setgid bits */
	uint64_t nodes_left_out; /* FIFOs, sockets and devices */
	uint64_t xattrs_unsupported; /* attributes that the destination can't hold */
	uint64_t xattrs_left;	     /* attributes that the flags and patterns leave out */
	uint64_t ids_unmapped;	     /* owners without a number on the other side */
};

/*
 * Makes a run. The options are copied; what they point to is borrowed until
 * nsv_copy_free(). On success the caller owns *ret_copy and frees it with
 * nsv_copy_free(). -EINVAL: size or flags that this version does not know.
 */
int nsv_copy_new(const struct nsv_copy_options *options, struct nsv_copy **ret_copy,
		 struct nsv_error *e);

/*
 * Sets DEST by cp's rules, and with NSV_COPY_MKDIR makes the directories that are missing on the
 * way to it; DEST itself, too, if it has to be a directory. An existing directory takes each source
 * under its own name; otherwise DEST is the name for the one source. @many: there are several
 * sources, so DEST must be a directory (-ENOTDIR otherwise). With a trailing slash
 * DEST or the source must be a directory. The run writes to a device, FIFO or socket
 * on the host, as cp does, and refuses one in a container (-ENODEV). NSV_COPY_FORCE
 * replaces them instead, except for a device on the host.
 * -EINVAL: DEST was set already, or the owner in the options has no number at the destination;
 * other errors: what opening DEST says (nsv_root_open_path()).
 */
int nsv_copy_to_path(struct nsv_copy *copy, const char *path, bool many, struct nsv_error *e);

/* Makes the run write a pax archive to @fd (borrowed), with all metadata whatever the flags say,
 * and with relative names. -EINVAL: DEST was set already; -ENOMEM. */
int nsv_copy_to_tar(struct nsv_copy *copy, int fd, struct nsv_error *e);

/*
 * Makes a run that writes nothing: nsv_copy_add() only counts what a copy with these options
 * would find, into files, dirs and bytes_total (without holes and further names of a file).
 * With a run and a thread of its own, a caller can estimate how long the copy will take.
 * -EINVAL: DEST was set already.
 */
int nsv_copy_to_nothing(struct nsv_copy *copy);

/*
 * With nsv_copy_to_tar(): sets the name of the next source in the archive. NULL: the
 * source's own name again. @name is copied. -EINVAL: the run writes no archive; -ENOMEM.
 */
int nsv_copy_tar_name(struct nsv_copy *copy, const char *name);

/*
 * Copies one source: a path below @from (borrowed until the run is freed), or with NULL
 * on the host. Returns when the source is done: 0, or -errno of the first failure. Most
 * failures are events; @e has a stage only for a failure without one (a failed write to a
 * tar stream, no memory). More sources may follow a failure, unless the failure ended the
 * run: -ECANCELED, and at the destination -ENOSPC, -EDQUOT and -EPIPE. -EROFS is one event
 * for each mount; further failures there are only counted (nsv_copy_stats.failed).
 */
int nsv_copy_add(struct nsv_copy *copy, struct nsv_root *from, const char *path,
		 struct nsv_error *e);

/*
 * Extracts a tar stream (ustar, GNU, pax; gzip, xz, zstd, bzip2 as far as libarchive has
 * them built in: no program is run) from @fd, borrowed, beneath DEST, an existing directory.
 * A leading slash is cut off with a note; a name with ".." is a failure; a link from the
 * archive is never followed; a hard link may only go to a file extracted before.
 * Owners in the stream are the container's numbers. @named: DEST need not be a directory;
 * the first component of each name must be nsv_copy_dest_name(). An archive that ends too
 * early is a failure and leaves no half file. Returns and errors as of nsv_copy_add(); -EINVAL: no
 * DEST, or an archive as DEST; -EIO, or what libarchive says: no archive that is known, or a
 * damaged one.
 */
int nsv_copy_add_tar(struct nsv_copy *copy, int fd, bool named, struct nsv_error *e);

/* Why an extended attribute was not copied. */
enum nsv_xattr_left_why {
	NSV_XATTR_LEFT_SPECIAL, /* needs NSV_COPY_SPECIAL */
	NSV_XATTR_LEFT_UNNAMED, /* has to be named in nsv_copy_options.xattrs */
	NSV_XATTR_LEFT_DEST,	/* the destination can't hold it, or this user may not set it */
};

struct nsv_copy_xattr_left {
	size_t size; /* of this struct, set by the caller */
	/* A container chose the bytes; the run owns them. NULL: all names after the first 24. */
	const char *name;
	enum nsv_xattr_left_why why;
	uint64_t count;
};

/*
 * Fills @ret with the @i-th record of attributes that were not copied; false after the last record.
 * Also false if ret->size was not set. A count may be 0. Without NSV_COPY_XATTRS only records of
 * NSV_XATTR_LEFT_DEST count. Call between copies: not while nsv_copy_add() runs.
 */
bool nsv_copy_xattr_left_get(const struct nsv_copy *copy, size_t i,
			     struct nsv_copy_xattr_left *ret);

/* The directory entry that DEST names for a single source ("" if DEST is a directory). The run owns
 * it. */
const char *nsv_copy_dest_name(const struct nsv_copy *copy);

/* Ends the run: writes the end of the archive, ends the threads. 0, or the first error of the run:
 * -ECANCELED, -ENOSPC, -EPIPE and others as of nsv_copy_add(). */
int nsv_copy_finish(struct nsv_copy *copy, struct nsv_error *e);

/* Removes temporary files and frees the run, also after a failure. NULL is fine. Returns NULL. */
struct nsv_copy *nsv_copy_free(struct nsv_copy *copy);

/* Copies the counters. Any thread may call it during the run. -EINVAL: ret_stats->size was not set.
 */
int nsv_copy_stats_get(const struct nsv_copy *copy, struct nsv_copy_stats *ret_stats);

#ifdef __cplusplus
}
#endif
#endif
