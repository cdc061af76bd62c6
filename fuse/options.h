/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - mount options: the words after -o. Set before the mount, then constant, so any
 * thread reads them without a lock.
 */
#ifndef NSV_FUSE_OPTIONS_H
#define NSV_FUSE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <nsview/error.h>

enum view_cache {
	CACHE_NEVER, /* the kernel caches nothing */
	CACHE_AUTO,  /* the kernel caches names and attributes, and pages as long as opens find them
			unchanged */
	CACHE_ALWAYS, /* the kernel also opens and reads files without a request, and is notified of
			 changes */
};

#define VIEW_MAX_EXCLUDES 64

struct view_options {
	bool allow_other;
	bool nonempty;	    /* the mount point need not be empty */
	bool links_raw;	    /* links=raw: the stored text, for faithful copies; not confined */
	bool pseudo;	    /* show proc, sysfs and other kernel file systems */
	bool remote;	    /* show network and FUSE mounts below the root */
	bool mounts_hidden; /* mounts=root: a mount below a container's root is an empty folder */
	bool names_engine;  /* names=name: folders are called as the engine calls the container */
	bool locks;	    /* locks=container: read locks are taken on the container's files */
	bool ids_inside;    /* ids=container: owners as the container numbers them */
	enum view_cache cache;
	double entry_timeout, attr_timeout; /* in seconds; negative: not given */
	off_t passthrough;     /* the least size for passthrough, in bytes; negative: none */
	unsigned max_inflight; /* the most calls into one container at once */
	char *excludes[VIEW_MAX_EXCLUDES]; /* globs, owned */
	size_t n_excludes;
};

void view_options_init(struct view_options *o);
void view_options_done(struct view_options *o);

/*
 * Parses one argument of -o: words separated by commas; "\," is a comma in a word. Accepts and
 * ignores what mount(8) and fstab(5) add (rw, defaults, noauto, _netdev, x-...). 0; -EINVAL, and
 * @e names the word; or -ENOMEM.
 */
int view_options_parse(struct view_options *o, const char *text, struct nsv_error *e);

/*
 * Call after the last -o: checks for options that exclude each other. 0, or -EINVAL and a message
 * in @e.
 */
int view_options_check(const struct view_options *o, struct nsv_error *e);

/*
 * Whether the kernel checks each access by owner and mode (default_permissions): in root's view,
 * and with allow_other. In an ordinary user's own view it does not, because the files of the
 * user's containers belong to other IDs.
 */
bool view_options_checks_modes(const struct view_options *o);

/* Whether an exclude=GLOB matches this name or path ("/etc/x", in its container). */
bool view_options_excluded(const struct view_options *o, const char *name, const char *path);

#endif
