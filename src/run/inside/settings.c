/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* settings.c - memory of the settings, and lists of environment variables. No locks: one thread. */
#include "run/inside/settings.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int nsv_strings_add(struct nsv_strings *s, const char *text, size_t len)
{
	char *copy;

	if (s->n >= NSV_INSIDE_ENV_MAX)
		return -E2BIG;
	if (s->n + 1 >= s->room) {
		size_t room = s->room ? 2 * s->room : 32;
		char **list = reallocarray(s->list, room, sizeof(*list));

		if (!list)
			return -ENOMEM;
		s->list = list;
		s->room = room;
	}
	copy = strndup(text, len);
	if (!copy)
		return -ENOMEM;
	s->list[s->n++] = copy;
	s->list[s->n] = NULL;
	return 0;
}

static char **find(const struct nsv_strings *s, const char *name, size_t len)
{
	for (size_t i = 0; i < s->n; i++)
		if (strncmp(s->list[i], name, len) == 0 && s->list[i][len] == '=')
			return &s->list[i];
	return NULL;
}

const char *nsv_strings_value(const struct nsv_strings *s, const char *name)
{
	char **at = find(s, name, strlen(name));

	return at ? *at + strlen(name) + 1 : NULL;
}

int nsv_strings_set(struct nsv_strings *s, const char *text)
{
	char **at = find(s, text, strcspn(text, "="));
	char *copy;

	if (!at)
		return nsv_strings_add(s, text, strlen(text));
	copy = strdup(text);
	if (!copy)
		return -ENOMEM;
	free(*at);
	*at = copy;
	return 0;
}

void nsv_strings_unset(struct nsv_strings *s, const char *name)
{
	char **at;

	while ((at = find(s, name, strlen(name)))) {
		free(*at);
		/* With the NULL at the end. */
		memmove(at, at + 1, (size_t)(s->list + s->n - at) * sizeof(*at));
		s->n--;
	}
}

void nsv_inside_settings_clear(struct nsv_inside_settings *s)
{
	for (size_t i = 0; i < s->env.n; i++)
		free(s->env.list[i]);
	free(s->env.list);
	for (size_t i = 0; i < s->n_filters; i++)
		free(s->filters[i].code);
	free(s->groups);
	free(s->cwd);
	free(s->hostname);
	free(s->apparmor);
	free(s->selinux);
	free(s->keyring);
	*s = (struct nsv_inside_settings){ 0 };
}
