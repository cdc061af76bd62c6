/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hints.h - shared state and calls of the readers of engines' state files; private to this folder.
 * One struct nsv_hints lives for one nsv_hints_fill(). No locks: one thread.
 *
 * A hint counts only if (a) the PID that it records is a process of the container, or its source is
 * the container's monitor (shim, conmon), the parent of the lead; and (b) only root, the caller or
 * the container's owner can write where it was read. The owner of a container may give it any name,
 * but can't name another user's container.
 */
#ifndef NSV_DISCOVER_HINTS_H
#define NSV_DISCOVER_HINTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "discover/cmdline.h"
#include "discover/internal.h"

struct json_object;

#define NSV_HINT_FILE_MAX   ((size_t)1 << 20) /* bytes; a larger state file is ignored */
#define NSV_HINT_TEXT_MAX   4096	      /* bytes; a longer name is ignored */
#define NSV_HINT_LABELS_MAX 1024
#define NSV_HINT_ARGS_MAX   65536
#define NSV_HINT_ROOTS_MAX  16
#define NSV_HINT_LISTS	    4
/* Bytes that a scan reads of one user's files. A megabyte takes about 20 ms to parse, and a user
 * may have thousands of containers with a megabyte each. */
#define NSV_HINT_QUOTA	    ((uint64_t)16 << 20)
#define NSV_HINT_QUOTA_ROOT ((uint64_t)64 << 20)
#define NSV_HINT_QUOTAS	    16

/* The host process that supervises a container: the parent of its lead. */
struct nsv_monitor {
	pid_t pid; /* 0: none found */
	uint32_t uid;
	char comm[64];
	size_t args_len; /* length of its command line, in nsv_hints.args */
};

/* A folder "containers" of Docker, found once for a scan. */
struct nsv_docker_root {
	int fd;
	bool strict; /* found through a process or a mount: check owners below it too */
};

/* Caches whether a mount may be entered. */
struct nsv_hint_mount {
	uint64_t mnt_id;
	bool known, served;
};

struct nsv_hint_list {
	struct json_object *json;
	uint64_t dev, ino;
};

/* How much of one user's files was read. */
struct nsv_hint_quota {
	uint32_t uid;
	uint64_t bytes;
};

struct nsv_hints {
	struct nsv_scan *scan;
	int files;  /* borrowed, O_PATH of "/", or of a test's folder in its place */
	int procfs; /* borrowed, the host's /proc, to reopen O_PATH fds through */
	char *args; /* command line of the current monitor or daemon, NUL between arguments */
	struct nsv_cmdlines cmdlines;
	char *file;   /* the current state file, terminated */
	char *mounts; /* our own mountinfo, NULL until needed */
	struct nsv_hint_mount mount_cache[16];
	struct nsv_docker_root docker[NSV_HINT_ROOTS_MAX];
	size_t n_docker;
	bool docker_defaults_done, docker_daemons_done; /* these places were searched */
	/* Podman's lists of containers, parsed: many containers share one. */
	struct nsv_hint_list lists[NSV_HINT_LISTS];
	size_t next_list;
	struct nsv_hint_quota quotas[NSV_HINT_QUOTAS];
	size_t n_quotas;
};

/* nsv_hints_fill() with @files in place of the host's "/", for tests. Borrows both fds. */
void nsv_hints_fill_below(struct nsv_scan *scan, int files, int procfs);

/* ---- evidence.c ---- */

/* Whether @pid, the host's number from a state file, is a process of @c. */
bool nsv_hint_has_pid(const struct nsv_hints *h, const struct nsv_container *c, int64_t pid);
/* The user that created the container's user namespace (NS_GET_OWNER_UID, ioctl_nsfs(2),
 * Linux 4.11); 0 for the caller's own namespace, or where it can't be read. */
uint32_t nsv_hint_owner(const struct nsv_hints *h, const struct nsv_container *c);
/* The user ID of a process; false if its real, effective, saved and fs UID differ or can't be read.
 */
bool nsv_hint_uid(const struct nsv_hints *h, pid_t pid, uint32_t *ret_uid);
/* The value of an option: "-b X", "--bundle X" or "--bundle=X". NULL: not there. */
const char *nsv_hint_option(const struct nsv_hints *h, size_t args_len, const char *short_name,
			    const char *long_name);
/* Notes the path of the folder that is open at @dirfd as the engine's folder of @c. */
void nsv_hint_keep_dir(struct nsv_hints *h, struct nsv_container *c, int dirfd);
/* Copies a text into the scan's arena. NULL for NULL, an empty or too long text, or no memory. */
const char *nsv_hint_keep(struct nsv_hints *h, const char *text);
/* Whether @id is 64 lower-case hex digits. */
bool nsv_hint_is_hex_id(const char *id);
/* Whether @name is one component of a path, and not "." or "..". */
bool nsv_hint_is_component(const char *name);

/* ---- hint_file.c: opens and reads state files ---- */

/* Opens a folder with O_PATH. -EPERM where a user other than root, @owner and the caller could
 * replace a component of @path; -EREMOTE on a mount whose server may hang; or another -errno. */
int nsv_hint_walk(struct nsv_hints *h, const char *path, uint32_t owner);
/* Opens one component below @dirfd; @strict: with the same checks. */
int nsv_hint_step(struct nsv_hints *h, int dirfd, const char *name, bool strict, uint32_t owner);
/* Reads a regular file below @dirfd whole into h->file. The length or -errno; -EDQUOT: its owner's
 * quota is used up. */
ssize_t nsv_hint_read(struct nsv_hints *h, int dirfd, const char *name, bool strict,
		      uint32_t owner);
/* Reads and parses such a file; NULL if it can't. The caller frees it with nsv_json_done(). */
struct json_object *nsv_hint_read_json(struct nsv_hints *h, int dirfd, const char *name,
				       bool strict, uint32_t owner);
/* Reads a file that holds a PID; -1 if it does not. */
int64_t nsv_hint_read_pid(struct nsv_hints *h, int dirfd, const char *name, bool strict,
			  uint32_t owner);

/* ---- hint_json.c ---- */

/* NULL for a text that is no JSON. The caller frees the object with nsv_json_done(). */
struct json_object *nsv_json_parse(const char *text, size_t len);
void nsv_json_done(struct json_object **p);
#define nsv_autojson __attribute__((cleanup(nsv_json_done)))
/* The member @key, borrowed, if it has the type in the call's name; else NULL (-1 for a number). */
struct json_object *nsv_json_object(struct json_object *o, const char *key);
struct json_object *nsv_json_array(struct json_object *o, const char *key);
const char *nsv_json_text(struct json_object *o, const char *key);
int64_t nsv_json_number(struct json_object *o, const char *key);
/* Copies the text members of @o into the container's labels. */
void nsv_hint_labels(struct nsv_hints *h, struct nsv_container *c, struct json_object *o);

/* ---- hint_mounts.c: finds the host's paths of a container's mounts ---- */

/*
 * The host's path of the mount on @target in @c, malloc'd, the caller's; NULL: unknown. The
 * container can influence the answer.
 */
char *nsv_hint_mounted_from(struct nsv_hints *h, const struct nsv_container *c, const char *target);
/* Whether the mount with ID @mnt_id in our namespace depends on a server that may hang (FUSE, NFS).
 */
bool nsv_hint_is_served(struct nsv_hints *h, uint64_t mnt_id);
/* The upperdir of the overlay at the container's root, malloc'd, the caller's; NULL: no overlay. */
char *nsv_hint_upper(struct nsv_hints *h, const struct nsv_container *c);

/* ---- one reader for each engine ---- */

void nsv_hint_docker(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
void nsv_hint_podman(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
void nsv_hint_crio(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
void nsv_hint_containerd(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
/* Engines whose ID is the name: LXC, nspawn. */
void nsv_hint_named(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);

/* Closes the folders that nsv_hint_docker() found. */
void nsv_hint_docker_done(struct nsv_hints *h);

#endif
