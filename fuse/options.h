/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options.h - what the administrator asked of the view: the words after -o. Set before the mount,
 * never changed after it.
 */
#ifndef NSV_FUSE_OPTIONS_H
#define NSV_FUSE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include <nsview/error.h>

enum view_cache {
	CACHE_NEVER,  /* every look asks the container */
	CACHE_AUTO,   /* opens are answered, what is known to be unchanged is cached */
	CACHE_ALWAYS, /* the kernel opens and reads by itself and is told of changes */
};

#define VIEW_MAX_EXCLUDES 64

struct view_options {
	bool allow_other;
	bool nonempty;	 /* the mount point may hold something */
	bool links_raw;	 /* links=raw: the stored text, for faithful copies; not confined */
	bool pseudo;	 /* show proc, sysfs and other kernel file systems */
	bool remote;	 /* show network and FUSE mounts below the root */
	bool ids_inside; /* ids=container: owners as the container numbers them */
	enum view_cache cache;
	double entry_timeout, attr_timeout; /* seconds; negative: not given */
	off_t passthrough;		    /* files of that size and larger; negative: none */
	unsigned max_inflight;		    /* calls into one container at once */
	char *excludes[VIEW_MAX_EXCLUDES];  /* globs, owned */
	size_t n_excludes;
};

void view_options_init(struct view_options *o);
void view_options_done(struct view_options *o);

/*
 * Takes the words of one -o argument, separated by commas; "\," is a comma in a word. What
 * mount(8) and fstab(5) add (rw, defaults, noauto, _netdev, x-...) is accepted and has no effect.
 * -EINVAL, and @e says which word.
 */
int view_options_parse(struct view_options *o, const char *text, struct nsv_error *e);

/* After the last -o: what does not go together. */
int view_options_check(const struct view_options *o, struct nsv_error *e);

/*
 * Whether the kernel is to check each access by owner and mode: wherever others may come in, and in
 * root's view. In an ordinary user's own it is not: the files of their containers belong to other
 * IDs.
 */
bool view_options_checks_modes(const struct view_options *o);

/* Whether an exclude=GLOB is about a thing of this name and path ("/etc/x") in its container. */
bool view_options_excluded(const struct view_options *o, const char *name, const char *path);

#endif
