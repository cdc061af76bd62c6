/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * names.h - what a container's folder is called. A hostname is the container's own choice: any
 * bytes, the same as another's, "..", a name with a slash.
 */
#ifndef NSV_FUSE_NAMES_H
#define NSV_FUSE_NAMES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <nsview/discover.h>

/* With its end: 3 letters for each of 64 bytes, "~" and 36 more. */
#define NAME_SIZE 256

/*
 * Escapes a name: anything but A-Z a-z 0-9 . _ - becomes %XX, and so does a dot at its start. An
 * empty one is "%". What does not fit in @size is cut at a whole letter.
 */
void name_escape(const char *text, char *buf, size_t size);

/* Whether another container has a name already. */
typedef bool (*name_taken_fn)(const char *name, void *data);

/*
 * Chooses: the hostname, else the engine's name, else the ID's first 12 letters, else "pid-N". One
 * that is taken gets "~" and the first 12 letters of the ID, and at last "~" and the number of the
 * mount namespace, which no other container has. "~" is never in an escaped name: nobody can choose
 * it.
 */
void name_choose(const struct nsv_container *c, name_taken_fn taken, void *data,
		 char ret_name[static NAME_SIZE]);

/*
 * Whether the hostname of @c may be not its own yet: it has a UTS namespace, but the host's name in
 * it. Engines set the name when the root is there, and who looks in between finds the host's.
 */
bool name_is_unset(const struct nsv_container *c, uint64_t host_utsns);
/* Whether @c is so young that its engine may still be at it. */
bool name_is_young(const struct nsv_container *c);

#endif
