/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/collect.h - an evidence package of a running container: what runs in it, what it has
 * open, its files, each byte hashed; and how a package is looked into and checked.
 *
 * A collection reads only. Nothing of the container is executed, no process of it is stopped unless
 * that is asked for, no access time moves: files are read through a detached read-only clone of its
 * mounts (Linux 5.12), or, where that can't be had, with O_NOATIME, which links and folders do not
 * heed; the package says which. No engine is asked. What the engine itself wrote about the
 * container is read from its folder.
 *
 * Order: what is lost first is taken first (RFC 3227): processes, open files that have no name any
 * more, network, mounts, files. docs/package-format.md describes each member.
 *
 * A container is hostile: names, sizes, depth and numbers are its to choose. About 64 MiB are used
 * whatever it holds; what grows with it goes to unlinked files below TMPDIR or /var/tmp. The
 * package holds nothing of the host's but what is listed in the format's description.
 *
 * Privilege: root; or the owner of a rootless container, after nsv_target_join_userns(). Packages
 * are listed and verified without any.
 *
 * Races: the container goes on, and a file that changes while it is read is in the package as it
 * was read, with a word that says so. The target holds the process: another one with the same PID
 * is never collected.
 *
 * Threads: nsv_collect() is for one thread; it starts and ends its own, and forks helpers. One
 * thread at a time uses a package reader.
 *
 * Kernel: Linux 5.8; 5.12 for the clone, 5.13 for Landlock (nsv_package_reader_confine()).
 */
#ifndef NSVIEW_COLLECT_H
#define NSVIEW_COLLECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/artifacts.h>
#include <nsview/error.h>
#include <nsview/root.h>
#include <nsview/sign.h>
#include <nsview/target.h>

#ifdef __cplusplus
extern "C" {
#endif

enum nsv_collect_flags {
	NSV_COLLECT_OPEN = 1 << 0,	 /* contents of open files without a name */
	NSV_COLLECT_FULL = 1 << 1,	 /* all files, other mounts too */
	NSV_COLLECT_ONE_MOUNT = 1 << 2,	 /* of other mounts the mount points only */
	NSV_COLLECT_NO_ENV = 1 << 3,	 /* values of environment variables are masked */
	NSV_COLLECT_NO_SECRETS = 1 << 4, /* Kubernetes' tokens and secret volumes are left out */
	NSV_COLLECT_CHANGES = 1 << 5,	 /* what changed since the image (changes.h) */
	/* With it: a failure where that can't be known, as for containers without an image. */
	NSV_COLLECT_CHANGES_NEEDED = 1 << 6,
	NSV_COLLECT_FREEZE = 1 << 7,  /* the container is stopped meanwhile, by its cgroup */
	NSV_COLLECT_MEMORY = 1 << 8,  /* ELF cores; not together with NSV_COLLECT_NO_ENV */
	NSV_COLLECT_NO_ROOM = 1 << 9, /* goes on where there seems to be too little room */
};

/* What of a process's memory; 0: the first three. */
enum nsv_memory_filter {
	NSV_MEMORY_ANON = 1 << 0,  /* no file's: private, shared, and changed pages of files */
	NSV_MEMORY_HEAP = 1 << 1,  /* the program's data segment (brk(2)) */
	NSV_MEMORY_STACK = 1 << 2, /* of the main thread, and where a waiting thread's stack is */
	NSV_MEMORY_EXEC = 1 << 3,  /* executable mappings, files' pages too as far as they are in
				      memory */
};

enum nsv_collect_event_kind {
	NSV_COLLECT_EVENT_PHASE,   /* something begins; @name says what */
	NSV_COLLECT_EVENT_ITEM,	   /* @name is being read */
	NSV_COLLECT_EVENT_PROBLEM, /* @name could not be taken as it is; @text says why */
};

struct nsv_collect_event {
	enum nsv_collect_event_kind kind;
	const char *name; /* bytes that a container chose: escape them before a terminal */
	const char *text;
	const char *outcome; /* of a problem: "skipped", "failed", ... */
	uint64_t bytes;	     /* that were read so far */
	/* How far the phase is, in bytes or processes; total 0: that can't be known. */
	uint64_t done, total;
};

struct nsv_collect_options {
	size_t size;	     /* of this struct, set by NSV_COLLECT_OPTIONS_INIT */
	unsigned flags;	     /* enum nsv_collect_flags */
	const char *package; /* its path; "-" is standard output, as .tar */
	/* Files to take by shell patterns of whole paths, "**" for any number of folders. */
	const char *const *paths;
	size_t n_paths;
	/* Files to take by definitions (artifacts.h), which have to outlive the collection. A name
	 * that has no definition is an outcome, no error. */
	const struct nsv_artifacts *artifacts;
	const char *const *artifact_names;
	size_t n_artifacts;
	const char *const *exclude; /* as of nsv_copy_options */
	size_t n_exclude;
	uint64_t max_file_size;	 /* larger files are cut there; 0: no limit */
	uint64_t per_second;	 /* bytes of the archive; 0: no limit */
	unsigned freeze_seconds; /* after which it is thawed in any case; 0: 30 */
	/*
	 * With NSV_COLLECT_MEMORY the processes, "N", "host:N" or "inside:N"; none: all. Bytes of
	 * all their memory together, 0: no limit; max_file_size is for each.
	 */
	const char *const *memory;
	size_t n_memory;
	unsigned memory_filter; /* enum nsv_memory_filter */
	uint64_t memory_limit;
	/* How long a file that may never answer is waited for; 0: 10 s. */
	unsigned timeout_ms;
	/* For collection.json; NULL: none. */
	const char *case_id, *examiner, *note, *command_line, *spec;
	const char *container_json; /* becomes container.json; NULL: none */
	/* The engine, its ID of this container, and its folder of it on the host; NULL: none known.
	 */
	const char *engine, *engine_id, *engine_dir;
	/* As of nsv_container: with these the kubelet's logs, and the image, are found. */
	const char *image, *pod_namespace, *pod_name, *pod_uid, *pod_container;
	/* May be called by another thread than the caller's; never by two at a time. */
	void (*event)(const struct nsv_collect_event *event, void *data);
	void *data;
	/* Not 0 ends the collection early, with a package that says so. May be NULL. */
	const int *cancel;
	/* Signs SHA256SUMS, and so all (sign.h). Borrowed; NULL: unsigned. */
	const struct nsv_sign_key *sign;
};

#ifdef __cplusplus
#define NSV_COLLECT_OPTIONS_INIT                          \
	[] {                                              \
		struct nsv_collect_options nsv_init = {}; \
		nsv_init.size = sizeof(nsv_init);         \
		return nsv_init;                          \
	}()
#else
#define NSV_COLLECT_OPTIONS_INIT                           \
	{                                                  \
		.size = sizeof(struct nsv_collect_options) \
	}
#endif

struct nsv_collect_result {
	size_t size; /* of this struct, set by the caller */
	bool complete;
	char root_hash[65]; /* SHA-256 of SHA256SUMS, in hex */
	uint64_t processes, files, bytes;
	uint64_t taken, empty, missing, failed, changed, truncated, skipped;
};

/*
 * Collects. @target and @root, the target's (root.h), are borrowed. Looks at the free space first:
 * -ENOSPC where that is less than 32 MiB, or, for an archive that is not compressed or a folder,
 * less than what the file systems hold of which all is asked for. 0: there is a package,
 * ret->complete tells whether it has all that was asked for. After any error there is none, or one
 * that was not closed (PACKAGE.partial): -EINVAL options that this version does not know or that
 * exclude each other, or a target without a process; -EEXIST the package is there; -ENOMEM; or what
 * writing says.
 */
int nsv_collect(struct nsv_target *target, struct nsv_root *root,
		const struct nsv_collect_options *options, struct nsv_collect_result *ret,
		struct nsv_error *e);

/* ---- looking into a package ---- */

enum nsv_package_event_kind {
	NSV_PACKAGE_MEMBER,	/* listing: one that is there */
	NSV_PACKAGE_MISSING,	/* it is listed, and not there */
	NSV_PACKAGE_EXTRA,	/* it is there, and not listed */
	NSV_PACKAGE_ALTERED,	/* its bytes or its metadata are not what they were */
	NSV_PACKAGE_DAMAGED,	/* the package can't be read further */
	NSV_PACKAGE_INCOMPLETE, /* the collection was, or the package ends early; text says why */
};

/* The text of the event NSV_PACKAGE_DAMAGED that is the whole verdict. */
#define NSV_PACKAGE_FOREIGN "not a package of nscollect"

/* "missing", "altered"...: what a person is told of a difference; a constant. */
const char *nsv_package_event_word(enum nsv_package_event_kind kind);

struct nsv_package_event {
	enum nsv_package_event_kind kind;
	const char *name; /* hostile bytes: escape them before a terminal */
	const char *text;
	/* Of a member. */
	unsigned mode; /* with the type */
	uint64_t uid, gid, size;
	int64_t mtime;
	const char *link;
};

typedef void nsv_package_event_fn(const struct nsv_package_event *event, void *data);

/* Of SHA256SUMS as it is in the package, the root hash's; whether the rest is as listed there is
 * @whole's to say. */
enum nsv_signature {
	NSV_SIGNATURE_NONE,
	NSV_SIGNATURE_UNCHECKED, /* there is one, and no key */
	NSV_SIGNATURE_VALID,	 /* each that is there is the key's */
	NSV_SIGNATURE_INVALID,
	NSV_SIGNATURE_OTHER_KEY, /* it says itself that it is by another key */
};

struct nsv_verify_result {
	size_t size;	    /* of this struct, set by the caller */
	bool whole;	    /* all that is listed is there as it was, and nothing else */
	bool complete;	    /* the collection had all that was asked for */
	char root_hash[65]; /* of SHA256SUMS; "" where it is missing */
	enum nsv_signature signature;
	uint64_t members, missing, extra, altered;
};

/*
 * Opens a package, an archive or a folder, for nsv_package_verify() or nsv_package_list(). On
 * success the caller owns *ret and gives it to nsv_package_reader_free() (NULL is fine; returns
 * NULL). Errors: those of open(2); -EINVAL neither a file nor a folder; -ENOMEM.
 */
struct nsv_package_reader;
int nsv_package_reader_new(const char *path, nsv_package_event_fn *event, void *data,
			   struct nsv_package_reader **ret, struct nsv_error *e);
struct nsv_package_reader *nsv_package_reader_free(struct nsv_package_reader *r);
/* Checks signatures with @key (borrowed) when the package is verified. */
void nsv_package_reader_set_key(struct nsv_package_reader *r, const struct nsv_public_key *key);
/*
 * Gives up, for the calling process and for good, nearly everything but reading this package:
 * opening and making files, processes and sockets (Landlock, seccomp). To be called before the
 * package is read, for it is hostile input; in a child, where the process has more to do. Errors:
 * those of seccomp(2); -ENOMEM. A kernel without Landlock is none.
 */
int nsv_package_reader_confine(struct nsv_package_reader *r, struct nsv_error *e);
/*
 * Reads all of it, hashes it anew, and compares bytes and metadata with its lists. Tells of each
 * difference. 0, whatever was found. -EINVAL: ret->size was not set; -ENOMEM, or what reading says.
 */
int nsv_package_verify(struct nsv_package_reader *r, struct nsv_verify_result *ret,
		       struct nsv_error *e);
/* Tells of each member. -EBADMSG: it is damaged or ends early; or what reading says. */
int nsv_package_list(struct nsv_package_reader *r, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
