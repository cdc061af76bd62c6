/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hints.h - what the readers of the engines' state files share; for hint*.c. One
 * struct nsv_hints lives as long as one nsv_hints_fill(). No locks: one thread.
 *
 * A hint is believed where (a) the PID that it records is a process of the
 * container, or the container's monitor (shim, conmon) is its parent; and (b) it
 * was read from a place that only root, the caller, or the container's owner can write to.
 * Whoever owns a container may call it what he likes; he can't name another's.
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

#define NSV_HINT_FILE_MAX   ((size_t)1 << 20) /* no state file is read beyond */
#define NSV_HINT_TEXT_MAX   4096	      /* no name is longer */
#define NSV_HINT_LABELS_MAX 1024
#define NSV_HINT_ARGS_MAX   65536
#define NSV_HINT_ROOTS_MAX  16
#define NSV_HINT_LISTS	    4
/* A megabyte takes some 20 ms to parse, and a user may have thousands of containers with one each.
 */
#define NSV_HINT_QUOTA	    ((uint64_t)16 << 20) /* of the files of one user in a scan */
#define NSV_HINT_QUOTA_ROOT ((uint64_t)64 << 20)
#define NSV_HINT_QUOTAS	    16

/* The host's process that holds a container: parent of its lead. */
struct nsv_monitor {
	pid_t pid; /* 0: none that is known */
	uint32_t uid;
	char comm[64];
	size_t args_len; /* of nsv_hints.args, which hold this monitor's */
};

/* A folder "containers" of Docker, found once. */
struct nsv_docker_root {
	int fd;
	bool strict; /* learned from a process or a mount: owners are checked below it too */
};

/* Whether a mount may be entered, once found out. */
struct nsv_hint_mount {
	uint64_t mnt_id;
	bool known, served;
};

struct nsv_hint_list {
	struct json_object *json;
	uint64_t dev, ino;
};

/* What was read of one user's files. */
struct nsv_hint_quota {
	uint32_t uid;
	uint64_t bytes;
};

struct nsv_hints {
	struct nsv_scan *scan;
	int files;  /* O_PATH of "/", or of a test's folder in place of it */
	int procfs; /* the host's own, to reopen O_PATH fds through */
	char *args; /* command line of the monitor at hand, NUL between arguments */
	struct nsv_cmdlines cmdlines;
	char *file;   /* the state file at hand */
	char *mounts; /* our own mountinfo, NULL until asked for */
	struct nsv_hint_mount mount_cache[16];
	struct nsv_docker_root docker[NSV_HINT_ROOTS_MAX];
	size_t n_docker;
	bool docker_defaults_done, docker_daemons_done; /* already looked for */
	/* Podman's lists of containers, kept for the next ones: many share them. */
	struct nsv_hint_list lists[NSV_HINT_LISTS];
	size_t next_list;
	struct nsv_hint_quota quotas[NSV_HINT_QUOTAS];
	size_t n_quotas;
};

/* The whole, with the files of @files instead of the host's: for tests. */
void nsv_hints_fill_below(struct nsv_scan *scan, int files, int procfs);

/* ---- evidence.c ---- */

/* Whether @pid, as a state file of the host's records it, is a process of @c. */
bool nsv_hint_has_pid(const struct nsv_hints *h, const struct nsv_container *c, int64_t pid);
/* Who made the container's user namespace: 0 for those in the caller's own. */
uint32_t nsv_hint_owner(const struct nsv_hints *h, const struct nsv_container *c);
/* The one user ID of a process; false where it has several, or can't be read. */
bool nsv_hint_uid(const struct nsv_hints *h, pid_t pid, uint32_t *ret_uid);
/* The value of an option: "-b X", "--bundle X" or "--bundle=X". NULL: not there. */
const char *nsv_hint_option(const struct nsv_hints *h, size_t args_len, const char *short_name,
			    const char *long_name);
/* A text that ends up in the container, bounded; NULL stays NULL. */
const char *nsv_hint_keep(struct nsv_hints *h, const char *text);
/* 64 hex digits. */
bool nsv_hint_is_hex_id(const char *id);
/* One component of a path, and not "." or "..". */
bool nsv_hint_is_component(const char *name);

/* ---- hint_file.c: opening and reading ---- */

/* O_PATH of a folder; every component a folder that nobody but root, @owner or
 * the caller can replace. */
int nsv_hint_walk(struct nsv_hints *h, const char *path, uint32_t owner);
/* One component below @dirfd, checked likewise if @strict. */
int nsv_hint_step(struct nsv_hints *h, int dirfd, const char *name, bool strict, uint32_t owner);
/* A regular file below @dirfd, read whole into h->file. Length or -errno. */
ssize_t nsv_hint_read(struct nsv_hints *h, int dirfd, const char *name, bool strict,
		      uint32_t owner);
/* The same as JSON; NULL: it is none. To be given to nsv_json_done(). */
struct json_object *nsv_hint_read_json(struct nsv_hints *h, int dirfd, const char *name,
				       bool strict, uint32_t owner);
/* A file that holds a number. -1: it does not. */
int64_t nsv_hint_read_pid(struct nsv_hints *h, int dirfd, const char *name, bool strict,
			  uint32_t owner);

/* ---- hint_json.c ---- */

struct json_object *nsv_json_parse(const char *text, size_t len);
void nsv_json_done(struct json_object **p);
#define nsv_autojson __attribute__((cleanup(nsv_json_done)))
/* A member of that name and type, else NULL (-1 for a number). */
struct json_object *nsv_json_object(struct json_object *o, const char *key);
struct json_object *nsv_json_array(struct json_object *o, const char *key);
const char *nsv_json_text(struct json_object *o, const char *key);
int64_t nsv_json_number(struct json_object *o, const char *key);
/* Text members become the container's labels. */
void nsv_hint_labels(struct nsv_hints *h, struct nsv_container *c, struct json_object *o);

/* ---- hint_mounts.c: where on the host a container's files lie, by its mountinfo ---- */

/*
 * The host's path of what is mounted on @target in @c, malloc'd; NULL: unknown. It is the
 * container's to influence.
 */
char *nsv_hint_mounted_from(struct nsv_hints *h, const struct nsv_container *c, const char *target);
/* Whether a mount of ours, by its ID, is of a file system that a server may leave unanswered. */
bool nsv_hint_is_served(struct nsv_hints *h, uint64_t mnt_id);
/* The upper directory of the overlay that is its root. */
char *nsv_hint_upper(struct nsv_hints *h, const struct nsv_container *c);

/* ---- one file an engine ---- */

void nsv_hint_docker(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
void nsv_hint_podman(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
void nsv_hint_crio(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
void nsv_hint_containerd(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);
/* Engines whose ID is the name: LXC, nspawn. */
void nsv_hint_named(struct nsv_hints *h, struct nsv_container *c, const struct nsv_monitor *m);

void nsv_hint_docker_done(struct nsv_hints *h);

#endif
