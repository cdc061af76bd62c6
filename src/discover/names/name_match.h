/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* name_match.h - tells which containers a typed name means, and how surely. No state, no locks. */
#ifndef NSV_DISCOVER_NAME_MATCH_H
#define NSV_DISCOVER_NAME_MATCH_H

#include "discover/internal.h"

enum nsv_name_kind {
	NSV_NAME_PLAIN,	 /* web1 */
	NSV_NAME_HOST,	 /* host:web1 */
	NSV_NAME_POD,	 /* pod:default/web/nginx */
	NSV_NAME_ENGINE, /* docker:web1 */
};

/* A parsed name; its members point into the text. */
struct nsv_name {
	enum nsv_name_kind kind;
	const char *engine; /* ENGINE: with its length */
	size_t engine_len;
	const char *text;	   /* the part after the first colon, or the whole text */
	const char *pod_name;	   /* POD: @text is the namespace, pod_ns_len long */
	const char *pod_container; /* or NULL */
	size_t pod_ns_len, pod_name_len;
};

/* How surely a name means a container, weakest first. */
enum nsv_match {
	NSV_MATCH_NONE,
	NSV_MATCH_PREFIX,   /* the beginning of an ID that is a name, or a pod's sandbox */
	NSV_MATCH_DIGITS,   /* the beginning of an ID in hex, as engines print it */
	NSV_MATCH_HOSTNAME, /* the hostname, which the container chooses */
	NSV_MATCH_WHOLE,    /* the name or ID that the engine gave */
	NSV_MATCH_KINDS,
};

/* False: no container can have such a name. Never fails otherwise. */
bool nsv_name_parse(const char *text, struct nsv_name *ret);

enum nsv_match nsv_name_match(const struct nsv_scan *scan, const struct nsv_container *c,
			      const struct nsv_name *name);

/* All containers that a name means. */
struct nsv_found {
	size_t total;
	const struct nsv_container *one; /* one of them; NULL for none */
	bool kinds[NSV_MATCH_KINDS];	 /* the kinds of match that count */
};

void nsv_name_find(const struct nsv_scan *scan, const struct nsv_name *name, struct nsv_found *ret);

/* Whether nsv_name_find() would find @c alone; stops early where several match. */
bool nsv_name_is_only(const struct nsv_scan *scan, const struct nsv_name *name,
		      const struct nsv_container *c);

/* Whether @c has the host's own hostname, which names no container. */
bool nsv_hostname_is_hosts(const struct nsv_scan *scan, const struct nsv_container *c);

/*
 * Makes a text that means @c and no other container, and is safe to type into a shell and to print
 * on a terminal; the PID where no name is. malloc'd, the caller's. @qualified: prefer "docker:web1"
 * to "web1". False: out of memory.
 */
bool nsv_name_spec(const struct nsv_scan *scan, const struct nsv_container *c, bool qualified,
		   char **ret);

#endif
