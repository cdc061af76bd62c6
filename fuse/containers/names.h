/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.h - chooses the name of a container's folder. A container chooses its own hostname: any
 * bytes, that of another container, "..", a name with a slash. No state.
 */
#ifndef NSV_FUSE_NAMES_H
#define NSV_FUSE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/discover.h>

/* Bytes with the final zero: 3 for each of 64 bytes of a hostname, "~", and 36 for an ID. */
#define NAME_SIZE 256

/*
 * Escapes a name: each byte but A-Z a-z 0-9 . _ - becomes %XX, and so does a dot at the start. An
 * empty name becomes "%". Output longer than @size is cut, never within an escape.
 */
void name_escape(const char *text, char *buf, size_t size);

/* Whether another container has this name. */
typedef bool (*name_taken_fn)(const char *name, void *data);

/*
 * Chooses the hostname, else the engine's name, else the first 12 characters of the ID, else
 * "pid-N"; with @engine_first the engine's name before the hostname. If that is taken, appends "~"
 * and the first 12 characters of the ID; if that is taken too, "~" and the number of the mount
 * namespace, which is unique. An escaped name has no "~", so a container can't choose such a name.
 */
void name_choose(const struct nsv_container *c, bool engine_first, name_taken_fn taken, void *data,
		 char ret_name[static NAME_SIZE]);

/*
 * Whether the hostname of @c may not be set yet: its UTS namespace is its own, with the host's
 * name in it. Engines set the hostname after the root is there.
 */
bool name_is_unset(const struct nsv_container *c, uint64_t host_utsns);
/* Whether @c started in the last seconds, so that its engine may still be setting it up. */
bool name_is_young(const struct nsv_container *c);

#endif
