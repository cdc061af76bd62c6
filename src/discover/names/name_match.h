/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* name_match.h - whether a name that somebody typed means a container, and how surely. */
#ifndef NSV_DISCOVER_NAME_MATCH_H
#define NSV_DISCOVER_NAME_MATCH_H

#include "discover/internal.h"

enum nsv_name_kind {
	NSV_NAME_PLAIN,	 /* web1 */
	NSV_NAME_HOST,	 /* host:web1 */
	NSV_NAME_POD,	 /* pod:default/web/nginx */
	NSV_NAME_ENGINE, /* docker:web1 */
};

/* A parsed name; the parts point into the text. */
struct nsv_name {
	enum nsv_name_kind kind;
	const char *engine; /* ENGINE: with its length */
	size_t engine_len;
	const char *text;	   /* what is behind the colon, or all */
	const char *pod_name;	   /* POD: @text is the namespace, pod_ns_len long */
	const char *pod_container; /* or NULL */
	size_t pod_ns_len, pod_name_len;
};

/* How surely a name means a container, weakest first. */
enum nsv_match {
	NSV_MATCH_NONE,
	NSV_MATCH_PREFIX,   /* the beginning of its ID, where that is a name */
	NSV_MATCH_DIGITS,   /* the beginning of its ID in hex: what engines print for the ID */
	NSV_MATCH_HOSTNAME, /* the name that it gave itself */
	NSV_MATCH_WHOLE,    /* the name or the ID that its engine gave it */
	NSV_MATCH_KINDS,
};

/* False: no container can be called so. */
bool nsv_name_parse(const char *text, struct nsv_name *ret);

enum nsv_match nsv_name_match(const struct nsv_scan *scan, const struct nsv_container *c,
			      const struct nsv_name *name);

/* All that a name means: those that match as one of the two. */
struct nsv_found {
	size_t total;
	const struct nsv_container *one; /* of them; NULL for none */
	bool kinds[NSV_MATCH_KINDS];	 /* which matches count */
};

void nsv_name_find(const struct nsv_scan *scan, const struct nsv_name *name, struct nsv_found *ret);

/* The same as total == 1 and one == @c, and quicker where it is not so. */
bool nsv_name_is_only(const struct nsv_scan *scan, const struct nsv_name *name,
		      const struct nsv_container *c);

/* Whether its hostname is the host's own: no name for it, then. */
bool nsv_hostname_is_hosts(const struct nsv_scan *scan, const struct nsv_container *c);

/*
 * Writes a text that can be typed to mean @c and nothing else, without anything that a shell or a
 * terminal would take for more than text; the PID when no name will do. @qualified: rather
 * "docker:web1" than "web1". False: memory.
 */
bool nsv_name_spec(const struct nsv_scan *scan, const struct nsv_container *c, bool qualified,
		   char **ret);

#endif
