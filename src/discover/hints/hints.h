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
#include "discover/hints/json_walk.h"
#include "discover/hints/quota.h"
#include "discover/internal.h"

#define NSV_HINT_FILE_MAX ((size_t)1 << 20) /* bytes; a larger state file is ignored */
/* Podman's list has 1 to 2 KiB for each container. */
#define NSV_HINT_LIST_MAX   ((size_t)4 << 20)
#define NSV_HINT_TEXT_MAX   4096 /* bytes; a longer name is ignored */
#define NSV_HINT_LABELS_MAX 1024
#define NSV_HINT_ARGS_MAX   65536
#define NSV_HINT_ID_LEN	    64
#define NSV_HINT_ROOTS_MAX  16
#define NSV_HINT_LISTS_ROOT 2
#define NSV_HINT_LISTS	    6 /* with those of root */

/* The host process that supervises a container: the parent of its lead. */
struct nsv_monitor {
	pid_t pid; /* 0: none found */
	uint32_t uid;
	char comm[64];
	size_t args_len; /* length of its command line, in nsv_hints.args */
};

/* Program names of monitors, and the engine to assume where the cgroup path names none. */
struct nsv_monitor_kind {
	const char *comm;
	bool prefix;
	const char *engine;
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

/* One entry of a list of containers. */
struct nsv_hint_entry {
	const char *id; /* NSV_HINT_ID_LEN bytes, not terminated */
	struct nsv_json json;
};

/* A list of Podman's: the text, and where each container is in it. */
struct nsv_hint_list {
	uint64_t dev, ino;
	char *text;
	struct nsv_hint_entry *entries; /* sorted by ID; of two with one ID the first counts */
	size_t n;
};

struct nsv_hints {
	struct nsv_scan *scan;
	int files;  /* borrowed, O_PATH of "/", or of a test's folder in its place */
	int procfs; /* borrowed, the host's /proc, to reopen O_PATH fds through */
	char *args; /* command line of the current monitor or daemon, NUL between arguments */
	struct nsv_cmdlines cmdlines;
	char *file; /* the current state file, terminated */
	size_t file_size;
	char text[NSV_HINT_TEXT_MAX + 1]; /* the string that was decoded last */
	char *mounts;			  /* our own mountinfo, NULL until needed */
	size_t mounts_len;
	struct nsv_hint_mount mount_cache[16];
	struct nsv_docker_root docker[NSV_HINT_ROOTS_MAX];
	size_t n_docker;
	bool docker_defaults_done, docker_daemons_done; /* these places were searched */
	/* Podman's lists of containers: many containers share one. The first ones are for
	 * containers of root, so that no user can push them out. */
	struct nsv_hint_list lists[NSV_HINT_LISTS];
	size_t next_list, next_root_list;
	/* The container that is being filled: its owner, and the user whose quota pays for it. */
	uint32_t owner, payer;
	struct nsv_hint_quotas quotas;
};

/* nsv_hints_fill() with @files in place of the host's "/", for tests. Borrows both fds. */
void nsv_hints_fill_below(struct nsv_scan *scan, int files, int procfs);

/* ---- evidence.c ---- */

/* Whether @pid, the host's number from a state file, is a process of @c. */
bool nsv_hint_has_pid(const struct nsv_hints *h, const struct nsv_container *c, int64_t pid);
/*
 * Sets h->owner and h->payer for @c. The owner is the user that created the container's user
 * namespace (NS_GET_OWNER_UID, ioctl_nsfs(2), Linux 4.11); 0 for the caller's own namespace, or
 * where it can't be read. The same user pays, but root for no container whose owner is unknown.
 */
void nsv_hint_find_owner(struct nsv_hints *h, const struct nsv_container *c);
/* The user ID of a process; false if its real, effective, saved and fs UID differ or can't be read.
 */
bool nsv_hint_uid(const struct nsv_hints *h, pid_t pid, uint32_t *ret_uid);
/* The value of an option: "-b X", "--bundle X" or "--bundle=X". NULL: not there. */
const char *nsv_hint_option(const struct nsv_hints *h, size_t args_len, const char *short_name,
			    const char *long_name);
/* Notes the path of the folder that is open at @dirfd as the engine's folder of @c. */
void nsv_hint_keep_dir(struct nsv_hints *h, struct nsv_container *c, int dirfd);
/* Copies a text into the scan's arena. NULL for NULL, an empty or too long text, no memory, or a
 * user whose quota is used up. */
const char *nsv_hint_keep(struct nsv_hints *h, const char *text);
/* Whether @id is 64 lower-case hex digits. */
bool nsv_hint_is_hex_id(const char *id);
/* Whether @name is one component of a path, and not "." or "..". */
bool nsv_hint_is_component(const char *name);

/* ---- monitor.c ---- */

/* Whether the lead's parent is a process outside of the container, other than init. */
bool nsv_hint_may_have_monitor(const struct nsv_container *c);
/* The container's monitor, whose command line is in h->args then, and its kind; or NULL. After
 * nsv_hint_find_owner(). */
const struct nsv_monitor_kind *
nsv_hint_find_monitor(struct nsv_hints *h, const struct nsv_container *c, struct nsv_monitor *ret);

/* ---- hint_file.c: opens and reads state files ---- */

/* Opens a folder with O_PATH. -EPERM where a user other than root, @owner and the caller could
 * replace a component of @path; -EREMOTE on a mount whose server may hang; or another -errno. */
int nsv_hint_walk(struct nsv_hints *h, const char *path, uint32_t owner);
/* Opens one component below @dirfd; @strict: with the same checks. */
int nsv_hint_step(struct nsv_hints *h, int dirfd, const char *name, bool strict, uint32_t owner);
/* Reads a regular file of up to @max bytes below @dirfd whole into h->file. The length or -errno;
 * -EDQUOT: the quota of h->payer is used up. */
ssize_t nsv_hint_read(struct nsv_hints *h, int dirfd, const char *name, size_t max, bool strict,
		      uint32_t owner);
/* Reads such a file, which must be JSON. The value is a part of h->file, which the next read
 * overwrites. Without a value: it can't. */
struct nsv_json nsv_hint_read_json(struct nsv_hints *h, int dirfd, const char *name, bool strict,
				   uint32_t owner);
/* Reads a file that holds a PID; -1 if it does not. */
int64_t nsv_hint_read_pid(struct nsv_hints *h, int dirfd, const char *name, bool strict,
			  uint32_t owner);

/* ---- hint_json.c ---- */

/* nsv_json_members() at the expense of h->payer; past the quota all are missing. */
void nsv_hint_members(struct nsv_hints *h, struct nsv_json o, struct nsv_json_member *members,
		      size_t n);
/* The string @v in h->text; NULL for an empty one or one that is longer than NSV_HINT_TEXT_MAX. */
const char *nsv_hint_text(struct nsv_hints *h, struct nsv_json v);
/* The same, kept in the scan's arena. */
const char *nsv_hint_keep_json(struct nsv_hints *h, struct nsv_json v);
/* A JSON text within the string @v, which is copied to @buf of NSV_HINT_TEXT_MAX + 1 bytes. */
struct nsv_json nsv_hint_inner(struct nsv_hints *h, struct nsv_json v, char *buf);
/* Copies the text members of @o into the container's labels. */
void nsv_hint_labels(struct nsv_hints *h, struct nsv_container *c, struct nsv_json o);

/* ---- hint_list.c ---- */

/* The entry of the container @id, NSV_HINT_ID_LEN bytes, in the list @name of containers/storage
 * below @dir. Without a value: there is none. */
struct nsv_json nsv_hint_find_in_list(struct nsv_hints *h, int dir, const char *name,
				      const char *id, uint32_t owner);
void nsv_hint_lists_done(struct nsv_hints *h);

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

/* Looks for Docker's folders wherever they may be. */
void nsv_hint_docker_search(struct nsv_hints *h);
/* Closes the folders that nsv_hint_docker() found. */
void nsv_hint_docker_done(struct nsv_hints *h);

#endif
