/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * name_match.c - parses names and compares them with the containers of a scan.
 *
 * Defends against hostnames, which the container chooses: a hostname never takes a name away from
 * another container. If it equals another's name or ID, or the beginning of one, both match and the
 * name is ambiguous. A hostname that is a number or has a colon matches only after "host:". No
 * state, no locks.
 */
#include "discover/names/name_match.h"

#include <string.h>
#include <sys/utsname.h>

#include "reach/util.h"

#define MIN_PREFIX 4

/* pod_container of the container that only holds a pod's namespaces. */
#define POD_SANDBOX "POD"

static bool parse_pod(const char *text, struct nsv_name *ret)
{
	const char *slash = strchr(text, '/');
	const char *second;

	if (!slash || slash == text || !slash[1] || slash[1] == '/')
		return false;
	second = strchr(slash + 1, '/');
	if (second && (!second[1] || strchr(second + 1, '/')))
		return false;
	ret->kind = NSV_NAME_POD;
	ret->text = text;
	ret->pod_ns_len = (size_t)(slash - text);
	ret->pod_name = slash + 1;
	ret->pod_name_len = second ? (size_t)(second - slash - 1) : strlen(slash + 1);
	ret->pod_container = second ? second + 1 : NULL;
	return true;
}

bool nsv_name_parse(const char *text, struct nsv_name *ret)
{
	const char *colon = strchr(text, ':');
	size_t len = colon ? (size_t)(colon - text) : 0;

	*ret = (struct nsv_name){ .kind = NSV_NAME_PLAIN, .text = text };
	if (!colon) /* a number is a PID */
		return text[strspn(text, "0123456789")] != '\0';
	ret->text = colon + 1;
	if (len == 0 || !*ret->text)
		return false;
	if (len == 3 && !memcmp(text, "pod", 3))
		return parse_pod(colon + 1, ret);
	if (len == 4 && !memcmp(text, "host", 4)) {
		ret->kind = NSV_NAME_HOST;
		return true;
	}
	ret->kind = NSV_NAME_ENGINE;
	ret->engine = text;
	ret->engine_len = len;
	return true;
}

static bool equal(const char *known, const char *text)
{
	return known && *known && !strcmp(known, text);
}

static bool equal_part(const char *known, const char *text, size_t len)
{
	return known && strlen(known) == len && !memcmp(known, text, len);
}

bool nsv_hostname_is_hosts(const struct nsv_scan *scan, const struct nsv_container *c)
{
	struct utsname own;

	if (c->utsns && c->utsns == scan->utsns)
		return true;
	/* A new UTS namespace starts with a copy of its parent's hostname. */
	if (scan->own_name)
		return c->hostname && !strcmp(scan->own_name, c->hostname);
	return c->hostname && uname(&own) == 0 && !strcmp(own.nodename, c->hostname);
}

static enum nsv_match match_pod(const struct nsv_container *c, const struct nsv_name *n)
{
	bool sandbox = !c->pod_container || !strcmp(c->pod_container, POD_SANDBOX);

	if (!equal_part(c->pod_namespace, n->text, n->pod_ns_len) ||
	    !equal_part(c->pod_name, n->pod_name, n->pod_name_len))
		return NSV_MATCH_NONE;
	if (n->pod_container)
		return equal(c->pod_container, n->pod_container) ? NSV_MATCH_WHOLE : NSV_MATCH_NONE;
	/* "pod:NS/NAME" of a pod with one container means this container, not the pod's sandbox. */
	return sandbox ? NSV_MATCH_PREFIX : NSV_MATCH_WHOLE;
}

static bool is_hex(const char *id)
{
	size_t len = strspn(id, "0123456789abcdef");

	return len >= 32 && !id[len];
}

static enum nsv_match match_id(const struct nsv_container *c, const char *text)
{
	size_t len = strlen(text);

	if (equal(c->engine_name, text) || equal(c->id, text))
		return NSV_MATCH_WHOLE;
	if (c->id && len >= MIN_PREFIX && !strncmp(c->id, text, len))
		return is_hex(c->id) ? NSV_MATCH_DIGITS : NSV_MATCH_PREFIX;
	return NSV_MATCH_NONE;
}

/* Matches the engine's name or ID, else the hostname. */
static enum nsv_match match_any(const struct nsv_scan *scan, const struct nsv_container *c,
				const char *text)
{
	enum nsv_match m = match_id(c, text);

	if (m < NSV_MATCH_HOSTNAME && equal(c->hostname, text) && !nsv_hostname_is_hosts(scan, c))
		return NSV_MATCH_HOSTNAME;
	return m;
}

enum nsv_match nsv_name_match(const struct nsv_scan *scan, const struct nsv_container *c,
			      const struct nsv_name *n)
{
	if (c->kind != NSV_KIND_CONTAINER)
		return NSV_MATCH_NONE;
	switch (n->kind) {
	case NSV_NAME_HOST:
		return equal(c->hostname, n->text) ? NSV_MATCH_HOSTNAME : NSV_MATCH_NONE;
	case NSV_NAME_POD:
		return match_pod(c, n);
	case NSV_NAME_ENGINE:
		if (!c->engine)
			return n->engine_len == 1 && *n->engine == '-' ? match_any(scan, c, n->text)
								       : NSV_MATCH_NONE;
		return equal_part(c->engine, n->engine, n->engine_len) ? match_id(c, n->text)
								       : NSV_MATCH_NONE;
	default:
		return match_any(scan, c, n->text);
	}
}

bool nsv_name_is_only(const struct nsv_scan *scan, const struct nsv_name *name,
		      const struct nsv_container *c)
{
	size_t n[NSV_MATCH_KINDS] = { 0 };
	enum nsv_match mine = NSV_MATCH_NONE;

	for (size_t i = 0; i < scan->n; i++) {
		enum nsv_match is = nsv_name_match(scan, &scan->containers[i], name);

		n[is]++;
		if (&scan->containers[i] == c)
			mine = is;
		/* Ambiguous already. Stop: thousands of containers may claim one name. */
		if (n[NSV_MATCH_WHOLE] + n[NSV_MATCH_HOSTNAME] + n[NSV_MATCH_DIGITS] > 1)
			return false;
	}
	if (mine == NSV_MATCH_PREFIX)
		return n[NSV_MATCH_PREFIX] == 1 &&
		       !(n[NSV_MATCH_WHOLE] + n[NSV_MATCH_HOSTNAME] + n[NSV_MATCH_DIGITS]);
	return mine != NSV_MATCH_NONE && (mine == NSV_MATCH_WHOLE || n[NSV_MATCH_PREFIX] == 0);
}

void nsv_name_find(const struct nsv_scan *scan, const struct nsv_name *name, struct nsv_found *ret)
{
	size_t n[NSV_MATCH_KINDS] = { 0 };
	const struct nsv_container *one[NSV_MATCH_KINDS] = { NULL };
	struct nsv_found f = { 0 };

	for (size_t i = 0; i < scan->n; i++) {
		enum nsv_match is = nsv_name_match(scan, &scan->containers[i], name);

		n[is]++;
		one[is] = &scan->containers[i];
	}
	/*
	 * A whole match outranks prefixes of names. It does not outrank the beginning of a hex ID,
	 * which engines print as the ID: any user may give these digits to their own container as
	 * its name, and a container may take them as its hostname.
	 */
	f.kinds[NSV_MATCH_HOSTNAME] = f.kinds[NSV_MATCH_DIGITS] = true;
	f.kinds[n[NSV_MATCH_WHOLE] ? NSV_MATCH_WHOLE : NSV_MATCH_PREFIX] = true;
	for (size_t k = 0; k < NSV_MATCH_KINDS; k++) {
		if (!f.kinds[k] || !n[k])
			continue;
		f.total += n[k];
		f.one = one[k];
	}
	*ret = f;
}
