/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * users.c - looks users up in the texts of passwd(5) and group(5).
 *
 * Defends against: texts that a container chose. Lines that are not as they should be are skipped.
 * No locks: no state.
 */
#include "run/inside/users.h"

#include <errno.h>
#include <string.h>

#include "reach/procfs.h"
#include "reach/util.h"

void nsv_users_clear(struct nsv_users *u)
{
	free(u->passwd);
	free(u->group);
	*u = (struct nsv_users){ 0 };
}

/* A part of a text. */
struct part {
	const char *at;
	size_t len;
};

#define FIELDS 7

/* Takes the next line, split at colons. False at the end. *ret_n: fields, at most FIELDS. */
static bool next_line(const char **at, struct part fields[FIELDS], unsigned *ret_n)
{
	const char *end;

	if (!*at || !**at)
		return false;
	end = strchrnul(*at, '\n');
	*ret_n = 0;
	for (const char *p = *at; *ret_n < FIELDS;) {
		const char *stop = memchr(p, ':', (size_t)(end - p));

		stop = stop ? stop : end;
		fields[(*ret_n)++] = (struct part){ p, (size_t)(stop - p) };
		if (stop == end)
			break;
		p = stop + 1;
	}
	*at = *end ? end + 1 : end;
	return true;
}

static bool is(struct part p, const char *text)
{
	return strlen(text) == p.len && memcmp(p.at, text, p.len) == 0;
}

static bool number(struct part p, uint32_t *ret)
{
	char text[16];
	uint64_t n;

	if (p.len == 0 || p.len >= sizeof(text))
		return false;
	memcpy(text, p.at, p.len);
	text[p.len] = '\0';
	if (nsv_parse_u64(text, UINT32_MAX - 1, &n) < 0)
		return false;
	*ret = (uint32_t)n;
	return true;
}

/* name:password:uid:gid:gecos:home:shell. The first line that fits counts. */
static bool find_user(const struct nsv_users *u, const char *name, bool is_number, uint32_t uid,
		      struct part *ret_name, uint32_t *ret_uid, uint32_t *ret_gid,
		      struct part *ret_home)
{
	const char *at = u->passwd;
	struct part f[FIELDS];
	unsigned n;

	while (next_line(&at, f, &n)) {
		uint32_t its_uid, its_gid;

		if (n < 6 || !f[0].len || !number(f[2], &its_uid) || !number(f[3], &its_gid))
			continue;
		if (!(is_number && its_uid == uid) && !(name && is(f[0], name)))
			continue;
		*ret_name = f[0];
		*ret_uid = its_uid;
		*ret_gid = its_gid;
		*ret_home = f[5];
		return true;
	}
	return false;
}

/* name:password:gid:members */
static int find_group(const struct nsv_users *u, const char *text, uint32_t *ret_gid,
		      struct nsv_error *e)
{
	const char *at = u->group;
	struct part f[FIELDS];
	uint32_t wanted = 0;
	bool is_number = number((struct part){ text, strlen(text) }, &wanted);
	unsigned n;

	while (next_line(&at, f, &n)) {
		uint32_t gid;

		if (n < 3 || !number(f[2], &gid) || !(is_number ? gid == wanted : is(f[0], text)))
			continue;
		*ret_gid = gid;
		return 0;
	}
	if (!is_number)
		return nsv_error_set(e, ENOENT, NSV_STAGE_TARGET, "no group '%s' in its /etc/group",
				     text);
	*ret_gid = wanted;
	return 0;
}

static bool is_member(struct part members, struct part user)
{
	const char *at = members.at, *end = members.at + members.len;

	while (at < end) {
		const char *stop = memchr(at, ',', (size_t)(end - at));

		stop = stop ? stop : end;
		if ((size_t)(stop - at) == user.len && memcmp(at, user.at, user.len) == 0)
			return true;
		at = stop + 1;
	}
	return false;
}

static int add_group(struct nsv_inside_settings *s, size_t *room, uint32_t gid)
{
	if (s->n_groups == NSV_INSIDE_GROUPS_MAX)
		return -E2BIG;
	if (s->n_groups == *room) {
		uint32_t *more = reallocarray(s->groups, *room = 2 * *room + 16, sizeof(*more));

		if (!more)
			return -ENOMEM;
		s->groups = more;
	}
	s->groups[s->n_groups++] = gid;
	return 0;
}

static int add_groups_of(const struct nsv_users *u, struct part user, struct nsv_inside_settings *s,
			 size_t *room)
{
	const char *at = u->group;
	struct part f[FIELDS];
	unsigned n;
	int r = 0;

	while (r == 0 && next_line(&at, f, &n)) {
		uint32_t gid;

		if (n >= 4 && number(f[2], &gid) && is_member(f[3], user))
			r = add_group(s, room, gid);
	}
	return r;
}

int nsv_users_apply(const struct nsv_users *u, const char *text, struct nsv_inside_settings *s,
		    struct nsv_error *e)
{
	nsv_autofree char *name = strndup(text, strcspn(text, ":"));
	const char *group = strchr(text, ':');
	struct part found = { 0 }, home;
	uint32_t uid = 0, gid = 0;
	bool is_number, known;
	size_t room = 0;
	int r = 0;

	if (!name)
		return -ENOMEM;
	is_number = number((struct part){ name, strlen(name) }, &uid);
	if (*name)
		known = find_user(u, is_number ? NULL : name, is_number, uid, &found, &uid, &gid,
				  &home);
	else /* ":GROUP" */
		known = find_user(u, NULL, true, s->uid, &found, &uid, &gid, &home);
	if (!known && !is_number && *name)
		return nsv_error_set(e, ENOENT, NSV_STAGE_TARGET, "no user '%s' in its /etc/passwd",
				     name);
	if (group && group[1])
		r = find_group(u, group + 1, &gid, e);
	if (r < 0)
		return r;
	free(s->groups);
	s->groups = NULL;
	s->n_groups = 0;
	if (*name)
		s->uid = uid;
	s->gid = gid;
	if (s->gid_in_groups)
		r = add_group(s, &room, gid);
	if (r == 0 && known && !(group && group[1]))
		r = add_groups_of(u, found, s, &room);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_TARGET, "its /etc/group: %s", strerror(-r))
		     : 0;
}

char *nsv_users_home(const struct nsv_users *u, uint32_t uid)
{
	struct part name, home;
	uint32_t its_uid, gid;

	if (!find_user(u, NULL, true, uid, &name, &its_uid, &gid, &home) || !home.len)
		return strdup("/");
	return strndup(home.at, home.len);
}
