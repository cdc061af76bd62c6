/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * selection.c - options to patterns, counts to outcomes.
 *
 * Links on the way of a pattern are resolved as far as it names one place: /bin/x* is looked for in
 * /usr/bin. A link in the last place is taken itself, and what it leads to within the container.
 */
#include "collect/selection.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "collect/artifacts/expand.h"

struct nsv_selection {
	struct nsv_collection *c;
	const struct nsv_path_set *changed;
	struct nsv_patterns patterns;
	size_t n_paths; /* the first patterns, each with a tally of its own */
	bool all;
	struct nsv_artifact_users users;
	struct nsv_wishes wishes;
	size_t first_tally; /* of the first wish */
};

/* Readers tell an operating system by these, also when they are empty. */
static bool is_marker(const char *path)
{
	static const char *const names[] = { "etc", "var", "opt", "run", "sys" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(names); i++)
		if (strcmp(path, names[i]) == 0)
			return true;
	return false;
}

/* ---- patterns ---- */

/* The pattern with the links of its plain beginning resolved. *ret_target: what a link in the last
 * place leads to, or NULL. */
static int resolve(struct nsv_selection *s, const char *pattern, char **ret, char **ret_target)
{
	size_t plain = strcspn(pattern, "*?[\\");
	struct nsv_root *root = s->c->root;
	nsv_autofree char *head = NULL, *canonical = NULL, *target = NULL;
	const char *rest = "";

	if (pattern[plain]) {
		while (plain > 0 && pattern[plain - 1] != '/')
			plain--;
		rest = pattern + plain;
	}
	head = strndup(pattern, plain);
	if (!head)
		return -ENOMEM;
	*ret_target = NULL;
	if (nsv_root_canonical(root, *head ? head : "/", *rest ? 0 : NSV_ROOT_NOFOLLOW, &canonical,
			       NULL) < 0) {
		*ret = strdup(pattern);
		return *ret ? 0 : -ENOMEM;
	}
	if (*rest) {
		/* A file may be called what a pattern means. */
		nsv_autofree char *escaped = nsv_pattern_escape(canonical);

		return escaped && asprintf(ret, "%s/%s", escaped, rest) > 0 ? 0 : -ENOMEM;
	}
	if (nsv_root_canonical(root, head, 0, &target, NULL) == 0 && strcmp(canonical, target) != 0)
		*ret_target = nsv_pattern_escape(target);
	*ret = nsv_pattern_escape(canonical);
	return *ret ? 0 : -ENOMEM;
}

static int add_path(struct nsv_selection *s, const char *path)
{
	nsv_autofree char *target = NULL;
	char *pattern = NULL;
	int r = resolve(s, path, &pattern, &target);

	for (int i = 0; i < 2 && r == 0 && pattern; i++) {
		int64_t tally = nsv_patterns_tally(&s->patterns);

		if (tally < 0) {
			free(pattern);
			return (int)tally;
		}
		r = nsv_patterns_add(&s->patterns, pattern, NSV_MATCH_TREES, (uint32_t)tally);
		pattern = nsv_steal_ptr(target);
	}
	s->n_paths = s->patterns.n;
	return r;
}

static int on_pattern(void *data, size_t wish, const char *pattern, bool tree)
{
	enum nsv_match_kind kind = tree ? NSV_MATCH_ARTIFACT_TREES : NSV_MATCH_ARTIFACT_EXACTLY;
	struct nsv_selection *s = data;
	nsv_autofree char *target = NULL;
	size_t tally = s->first_tally + wish;
	char *full = NULL;
	int r = resolve(s, pattern, &full, &target);

	while (r == 0 && s->patterns.n_tallies <= tally)
		r = nsv_patterns_tally(&s->patterns) < 0 ? -ENOMEM : 0;
	if (r < 0) {
		free(full);
		return r;
	}
	r = nsv_patterns_add(&s->patterns, full, kind, (uint32_t)tally);
	if (r == 0 && target)
		r = nsv_patterns_add(&s->patterns, nsv_steal_ptr(target), kind, (uint32_t)tally);
	return r;
}

static void on_left_out(void *data, const struct nsv_wish *wish,
			const struct nsv_artifact_source *source, const char *path,
			const char *reason)
{
	struct nsv_selection *s = data;
	nsv_autofree char *name = NULL;

	if (asprintf(&name, "%s: %s%s%s", wish->name, source->type, path ? " " : "",
		     path ? path : "") > 0)
		nsv_outcome_quiet(s->c, "artifact-source", name, NSV_SKIPPED, reason);
}

static int add_artifacts(struct nsv_selection *s)
{
	const struct nsv_collect_options *o = s->c->o;
	struct nsv_expansion x = { .artifacts = o->artifacts,
				   .users = &s->users,
				   .add = on_pattern,
				   .left_out = on_left_out,
				   .data = s };
	int r = nsv_artifact_users_read(&s->users, s->c->root);

	if (r < 0)
		return r;
	if (s->users.trouble)
		nsv_outcome(s->c, "artifact-users", "/etc/passwd", NSV_TRUNCATED, s->users.trouble);
	nsv_log(s->c, "artifacts", "%zu users, %zu homes%s%s", s->users.n, s->users.n_homes,
		s->users.trouble ? ", /root and /home/* as well: " : "",
		s->users.trouble ? s->users.trouble : "");
	s->first_tally = s->patterns.n_tallies;
	r = nsv_wishes_expand(&x, o->artifact_names, o->n_artifacts, &s->wishes);
	while (r == 0 && s->patterns.n_tallies < s->first_tally + s->wishes.n)
		r = nsv_patterns_tally(&s->patterns) < 0 ? -ENOMEM : 0;
	return r;
}

int nsv_selection_new(struct nsv_collection *c, const struct nsv_path_set *changed,
		      struct nsv_selection **ret)
{
	struct nsv_selection *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return -ENOMEM;
	s->c = c;
	s->changed = changed;
	s->all = nsv_wants(c, NSV_COLLECT_FULL);
	for (size_t i = 0; i < c->o->n_paths && !s->all && r == 0; i++)
		r = add_path(s, c->o->paths[i]);
	if (r == 0 && c->o->artifacts && c->o->n_artifacts)
		r = add_artifacts(s);
	if (r < 0)
		(void)nsv_selection_free(s);
	else
		*ret = s;
	return r;
}

struct nsv_selection *nsv_selection_free(struct nsv_selection *s)
{
	if (!s)
		return NULL;
	nsv_patterns_free(&s->patterns);
	nsv_wishes_free(&s->wishes);
	nsv_artifact_users_free(&s->users);
	free(s);
	return NULL;
}

/* ---- the walk ---- */

bool nsv_selection_is_all(const struct nsv_selection *s)
{
	return s->all;
}

bool nsv_selection_wants(struct nsv_selection *s, const char *path)
{
	return s->all || is_marker(path) || nsv_path_set_has(s->changed, path) ||
	       nsv_patterns_ask(&s->patterns, path) != NSV_MATCH_NO;
}

bool nsv_selection_takes(struct nsv_selection *s, const char *path)
{
	return s->all || is_marker(path) || nsv_path_set_has(s->changed, path) ||
	       nsv_patterns_ask(&s->patterns, path) == NSV_MATCH_YES;
}

void nsv_selection_met(struct nsv_selection *s, const char *path, mode_t mode, uint64_t size,
		       enum nsv_found_as as, const char *reason)
{
	if (s->patterns.n)
		nsv_patterns_met(&s->patterns, path, mode, size, as, reason);
}

/* ---- outcomes ---- */

struct verdict {
	enum nsv_outcome outcome;
	const char *why;
};

static const char *no_match(const struct nsv_selection *s)
{
	return s->c->o->n_exclude ? "nothing matches it, or --exclude leaves it out"
				  : "nothing matches it";
}

static struct verdict judge(const struct nsv_selection *s, const struct nsv_tally *t)
{
	if (t->found)
		return (struct verdict){ t->bytes ? NSV_TAKEN : NSV_EMPTY, NULL };
	if (t->failed)
		return (struct verdict){ NSV_FAILED, "what matches it could not be read" };
	if (t->left_out)
		return (struct verdict){ NSV_SKIPPED, t->reason };
	return (struct verdict){ NSV_MISSING, no_match(s) };
}

static struct verdict judge_wish(const struct nsv_selection *s, size_t i)
{
	const struct nsv_wish *w = &s->wishes.list[i];
	const struct nsv_tally *t = &s->patterns.tallies[s->first_tally + i];

	if (!w->definition)
		return (struct verdict){ NSV_MISSING, "no definition has this name" };
	if (w->n_paths == 0)
		return (struct verdict){ NSV_SKIPPED, w->why ? w->why : "it is not for Linux" };
	struct verdict v = judge(s, t);

	/* What is there counts; what of it was left out is said. */
	if (!v.why)
		v.why = w->why;
	return v;
}

/* The better of two, of which a group takes what its members are. */
static unsigned rank(enum nsv_outcome outcome)
{
	switch (outcome) {
	case NSV_TAKEN:
		return 4;
	case NSV_EMPTY:
		return 3;
	case NSV_FAILED:
		return 2;
	case NSV_MISSING:
		return 1;
	default:
		return 0;
	}
}

/* Members come after their groups in the list, but in circles: hence again until nothing moves. */
static void judge_groups(const struct nsv_selection *s, struct verdict *list)
{
	bool moved = true;

	for (unsigned round = 0; moved && round < 64; round++) {
		moved = false;
		for (size_t i = s->wishes.n_edges; i-- > 0;) {
			const struct nsv_wish_edge *e = &s->wishes.edges[i];

			if (rank(list[e->member].outcome) <= rank(list[e->group].outcome))
				continue;
			list[e->group].outcome = list[e->member].outcome;
			list[e->group].why = rank(list[e->member].outcome) >= 3
						 ? NULL
						 : "nothing of its members is there";
			moved = true;
		}
	}
}

static bool is_asked(const struct nsv_selection *s, const char *name)
{
	for (size_t i = 0; i < s->c->o->n_artifacts; i++)
		if (strcmp(s->c->o->artifact_names[i], name) == 0)
			return true;
	return false;
}

/* Each name as it was asked for, be it an alias; then what these led to. */
static void tell_verdicts(struct nsv_selection *s, const struct verdict *list)
{
	for (size_t i = 0; i < s->wishes.n_asked; i++) {
		const struct verdict *v = &list[s->wishes.asked[i]];

		nsv_outcome(s->c, "artifact", s->c->o->artifact_names[i], v->outcome, v->why);
	}
	for (size_t i = 0; i < s->wishes.n; i++) {
		const struct nsv_wish *w = &s->wishes.list[i];
		const char *name = w->definition ? w->definition->name : w->name;

		if (!is_asked(s, name))
			nsv_outcome_quiet(s->c, "artifact", name, list[i].outcome, list[i].why);
	}
}

static void tell_wishes(struct nsv_selection *s)
{
	nsv_autofree struct verdict *list = calloc(s->wishes.n + 1, sizeof(*list));
	bool *is_group = calloc(s->wishes.n + 1, sizeof(*is_group));

	if (!list || !is_group) {
		free(is_group);
		nsv_outcome(s->c, "artifact", "", NSV_FAILED, strerror(ENOMEM));
		return;
	}
	for (size_t i = 0; i < s->wishes.n_edges; i++)
		is_group[s->wishes.edges[i].group] = true;
	for (size_t i = 0; i < s->wishes.n; i++) {
		list[i] = judge_wish(s, i);
		/* A group without paths of its own is what its members are. */
		if (is_group[i] && s->wishes.list[i].n_paths == 0)
			list[i].why = "nothing of its members is for here";
	}
	judge_groups(s, list);
	tell_verdicts(s, list);
	free(is_group);
}

void nsv_selection_tell(struct nsv_selection *s)
{
	for (size_t i = 0; i < s->n_paths; i++) {
		const struct nsv_pattern *p = &s->patterns.list[i];
		struct verdict v = judge(s, &s->patterns.tallies[p->tally]);

		nsv_outcome(s->c, "path", p->text, v.outcome == NSV_EMPTY ? NSV_TAKEN : v.outcome,
			    v.why);
	}
	if (s->wishes.n)
		tell_wishes(s);
}
