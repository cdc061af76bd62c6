/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * name_spec.c - makes a text that means one container and is safe to type and to paste.
 *
 * Defends against hostile names. A name with bytes other than letters, digits, ".", "_" and "-", or
 * with "." or "-" at its start, is never used: a shell could expand it, a command could take it for
 * an option. Each text is looked up first, so that it means this container alone. No state, no
 * locks.
 */
#include <stdio.h>
#include <string.h>

#include "discover/names/name_match.h"
#include "reach/util.h"

#define LETTERS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_"

static bool is_plain(const char *text)
{
	return text && *text && strchr(LETTERS, *text) && !text[strspn(text, LETTERS ".-")];
}

struct spec {
	const struct nsv_scan *scan;
	const struct nsv_container *c;
	char text[512];
};

/* Whether PREFIX A[/B/C] is safe and means the container alone. @parts ends with NULL. */
static bool try(struct spec *s, const char *prefix, const char *const parts[])
{
	size_t len = strlen(prefix);
	struct nsv_name name;

	if (len >= sizeof(s->text))
		return false;
	memcpy(s->text, prefix, len);
	for (size_t i = 0; parts[i]; i++) {
		size_t n = strlen(parts[i]);

		if (!is_plain(parts[i]) || len + n + 2 > sizeof(s->text))
			return false;
		if (i)
			s->text[len++] = '/';
		memcpy(s->text + len, parts[i], n);
		len += n;
	}
	s->text[len] = '\0';
	return nsv_name_parse(s->text, &name) && nsv_name_is_only(s->scan, &name, s->c);
}

static bool try_one(struct spec *s, const char *prefix, const char *name)
{
	const char *const parts[] = { name, NULL };

	return name && try(s, prefix, parts);
}

static bool find_spec(struct spec *s, const char *engine, bool qualified)
{
	const struct nsv_container *c = s->c;
	const char *const pod[] = { c->pod_namespace, c->pod_name, c->pod_container, NULL };
	/* People know a container by its engine's name rather than by its hostname. */
	const char *name = c->engine_name ? c->engine_name : c->hostname;

	return (qualified && try_one(s, engine, name)) || try_one(s, "", name) ||
	       try_one(s, engine, name) || (pod[0] && pod[1] && pod[2] && try(s, "pod:", pod)) ||
	       try_one(s, "", c->hostname) || try_one(s, "host:", c->hostname) ||
	       try_one(s, "", c->short_id) || try_one(s, engine, c->short_id) ||
	       try_one(s, engine, c->id);
}

bool nsv_name_spec(const struct nsv_scan *scan, const struct nsv_container *c, bool qualified,
		   char **ret)
{
	struct spec s = { .scan = scan, .c = c };
	char engine[64];
	char *text;

	/* "-:NAME" looks like an option. */
	if (c->engine && is_plain(c->engine))
		(void)snprintf(engine, sizeof(engine), "%.32s:", c->engine);
	else
		engine[0] = '\0';
	if (!find_spec(&s, engine, qualified))
		(void)snprintf(s.text, sizeof(s.text), "%d", (int)c->pid);
	text = strdup(s.text);
	if (text)
		*ret = text;
	return text;
}
