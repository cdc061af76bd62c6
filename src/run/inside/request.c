/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * request.c - user, groups, environment and working directory of an exec. Engines differ in what
 * they keep of the main process's, so each difference names its engine. No locks.
 */
#include "run/inside/request.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "reach/util.h"
#include "run/inside/users.h"

static bool is_engine(const struct nsv_container *c, const char *name)
{
	return c && c->engine && strcmp(c->engine, name) == 0;
}

/* ---- groups ---- */

static bool has_group(const struct nsv_inside_settings *s, uint32_t gid)
{
	for (size_t i = 0; i < s->n_groups; i++)
		if (s->groups[i] == gid)
			return true;
	return false;
}

/*
 * The groups that the main process's user is not in by itself: those of --group-add; and that
 * user's own group.
 */
static int find_extra(const struct nsv_users *u, const struct nsv_inside_settings *main,
		      struct nsv_inside_settings *ret)
{
	struct nsv_inside_settings implied = NSV_INSIDE_SETTINGS_INIT;
	char text[16];
	int r;

	(void)snprintf(text, sizeof(text), "%u", main->uid);
	r = nsv_users_apply(u, text, &implied, NULL);
	ret->groups = main->n_groups ? calloc(main->n_groups, sizeof(*ret->groups)) : NULL;
	if (r == 0 && main->n_groups && !ret->groups)
		r = -ENOMEM;
	ret->gid = implied.gid;
	for (size_t i = 0; r == 0 && i < main->n_groups; i++)
		if (main->groups[i] != main->gid && !has_group(&implied, main->groups[i]))
			ret->groups[ret->n_groups++] = main->groups[i];
	nsv_inside_settings_clear(&implied);
	return r;
}

static int add_groups(struct nsv_inside_settings *s, const struct nsv_inside_settings *extra)
{
	uint32_t *more = reallocarray(s->groups, s->n_groups + extra->n_groups + 1, sizeof(*more));

	if (!more)
		return -ENOMEM;
	s->groups = more;
	for (size_t i = 0; i < extra->n_groups && s->n_groups < NSV_INSIDE_GROUPS_MAX; i++)
		if (!has_group(s, extra->groups[i]))
			s->groups[s->n_groups++] = extra->groups[i];
	return 0;
}

/* ---- user ---- */

static int set_home(const struct nsv_users *u, uint32_t uid, struct nsv_inside_settings *s)
{
	nsv_autofree char *home = nsv_users_home(u, uid);
	nsv_autofree char *text = NULL;

	if (!home || asprintf(&text, "HOME=%s", home) < 0)
		return -ENOMEM;
	return nsv_strings_set(&s->env, text);
}

/* Podman's exec starts from the environment before it added these two for the main process. */
static void drop_podmans(const struct nsv_users *u, struct nsv_inside_settings *s)
{
	nsv_autofree char *home = nsv_users_home(u, s->uid);
	const char *its = nsv_strings_value(&s->env, "HOME");
	const char *name = nsv_strings_value(&s->env, "HOSTNAME");

	if (home && its && strcmp(home, its) == 0)
		nsv_strings_unset(&s->env, "HOME");
	if (name && s->hostname && strcmp(name, s->hostname) == 0)
		nsv_strings_unset(&s->env, "HOSTNAME");
}

static int set_groups(const struct nsv_users *u, struct nsv_inside_settings *s,
		      const struct nsv_container *c, const char *user, struct nsv_error *e)
{
	struct nsv_inside_settings extra = NSV_INSIDE_SETTINGS_INIT;
	bool podman = is_engine(c, "podman");
	int r = s->from_bundle ? find_extra(u, s, &extra) : 0;

	/* Podman does not list the group twice. */
	s->gid_in_groups = s->gid_in_groups && !podman;
	if (r == 0 && user) {
		r = nsv_users_apply(u, user, s, e);
		/* Docker gives the added groups to each exec. */
		if (r == 0 && !podman)
			r = add_groups(s, &extra);
	} else if (r == 0 && podman && (s->uid == 0 || s->gid != extra.gid)) {
		/* Podman's exec as root, or as a user with another group than the user's own, has
		 * only those. */
		s->n_groups = 0;
		r = add_groups(s, &extra);
	}
	nsv_inside_settings_clear(&extra);
	return r;
}

/* As Podman: its exec gives root the bounding set, and other users nothing ambient. */
static void adjust_capabilities(struct nsv_inside_settings *s, uint32_t was, bool chosen,
				const struct nsv_container *c)
{
	if (s->from_bundle && !is_engine(c, "podman"))
		return;
	if (s->uid == 0)
		s->caps[NSV_CAPS_EFFECTIVE] = s->caps[NSV_CAPS_PERMITTED] =
		    s->caps[NSV_CAPS_BOUNDING];
	else if (chosen && s->uid != was)
		s->caps[NSV_CAPS_EFFECTIVE] = s->caps[NSV_CAPS_PERMITTED] = 0;
	if (s->uid == 0 || (chosen && s->uid != was))
		s->caps[NSV_CAPS_INHERITABLE] = s->caps[NSV_CAPS_AMBIENT] = 0;
}

static int set_user(struct nsv_inside_settings *s, struct nsv_target *target,
		    const struct nsv_container *c, const struct nsv_inside_options *o,
		    struct nsv_error *e)
{
	struct nsv_users users = { 0 };
	uint32_t was = s->uid;
	int r = nsv_users_read(target, &users, e);

	if (r == 0 && s->from_bundle && is_engine(c, "podman"))
		drop_podmans(&users, s);
	if (r == 0)
		r = set_groups(&users, s, c, o->user, e);
	adjust_capabilities(s, was, o->user, c);
	if (r == 0 && !nsv_strings_value(&s->env, "HOME"))
		r = set_home(&users, s->uid, s);
	nsv_users_clear(&users);
	return r;
}

static int set_environment(struct nsv_inside_settings *s, const struct nsv_container *c,
			   const struct nsv_inside_options *o)
{
	const char *term = nsv_strings_value(&s->env, "TERM");
	int r = 0;

	/* Docker sets it for a container's terminal, and for an exec's own only. */
	if (!o->tty && s->terminal && is_engine(c, "docker") && term && !strcmp(term, "xterm"))
		nsv_strings_unset(&s->env, "TERM");
	if (o->tty && !term)
		r = nsv_strings_set(&s->env, "TERM=xterm");
	for (size_t i = 0; r == 0 && o->env && o->env[i]; i++)
		r = nsv_strings_set(&s->env, o->env[i]);
	return r;
}

int nsv_inside_request(struct nsv_inside_settings *s, struct nsv_target *target,
		       const struct nsv_container *c, const struct nsv_inside_options *o,
		       struct nsv_error *e)
{
	int r = set_user(s, target, c, o, e);

	if (r < 0)
		return r;
	r = set_environment(s, c, o);
	if (r == 0 && o->dir) {
		free(s->cwd);
		s->cwd = strdup(o->dir);
		s->cwd_guessed = false;
		r = s->cwd ? 0 : -ENOMEM;
	}
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_ENTER, "%s", strerror(-r)) : 0;
}
