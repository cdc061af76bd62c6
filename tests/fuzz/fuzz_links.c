/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_links.c - texts of links in the view: none leads out of its container, and a rewritten one
 * leads where the container's own kernel would go, were all names folders.
 *
 * The model here is a stack of names, and knows nothing of how links.c does it.
 */
#include "fuzz.h"

#include <stdbool.h>

#include "fuse/ops/links.h"
#include "reach/util.h"

#define NAMES_MAX 4096

struct stack {
	const char *names[NAMES_MAX];
	size_t lens[NAMES_MAX], n;
	bool left; /* ".." was taken where there was nothing above */
};

static void walk(struct stack *s, const char *path)
{
	for (; *path;) {
		size_t len = 0;

		while (path[len] && path[len] != '/')
			len++;
		if (len == 2 && path[0] == '.' && path[1] == '.') {
			if (s->n)
				s->n--;
			else
				s->left = true;
		} else if (len && !(len == 1 && *path == '.')) {
			FUZZ_CHECK(s->n < NAMES_MAX);
			s->names[s->n] = path;
			s->lens[s->n++] = len;
		}
		path += len + (path[len] == '/');
	}
}

static bool equal(const struct stack *a, const struct stack *b)
{
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		if (a->lens[i] != b->lens[i] || memcmp(a->names[i], b->names[i], a->lens[i]) != 0)
			return false;
	return true;
}

/* A text that is taken as it stands: no ".." after a name, so that no name on its way matters. */
static bool rises_only_at_first(const char *text)
{
	bool down = false;

	while (*text) {
		size_t len = strcspn(text, "/");
		bool up = len == 2 && !memcmp(text, "..", 2);

		if (up && down)
			return false;
		down = down || (len && !up && !(len == 1 && *text == '.'));
		text += len + (text[len] == '/');
	}
	return true;
}

/* A folder's path as nodes have it: no empty name, no "." and no "..". */
static char *clean(const char *dir)
{
	char *out = malloc(strlen(dir) + 1), *to = out;

	FUZZ_CHECK(out);
	while (*dir) {
		size_t len = strcspn(dir, "/");

		if (len && strncmp(dir, "..", len) != 0) {
			if (to != out)
				*to++ = '/';
			memcpy(to, dir, len);
			to += len;
		}
		dir += len + (dir[len] == '/');
	}
	*to = '\0';
	return out;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct stack from, wanted, got;
	nsv_autofree char *all = fuzz_text(data, size), *dir = clean(all), *answer = NULL;
	const char *text = strlen(all) < size ? all + strlen(all) + 1 : "";

	if (size > NAMES_MAX)
		return 0;
	from = wanted = got = (struct stack){ 0 };
	walk(&from, dir);
	FUZZ_CHECK(!from.left);
	if (link_is_confined(text, (unsigned)from.n)) {
		struct stack *s = &wanted;

		*s = from;
		walk(s, text);
		FUZZ_CHECK(*text != '/' && !s->left && rises_only_at_first(text));
	}
	FUZZ_CHECK(link_needs_resolving(text) == !rises_only_at_first(text));
	wanted = (struct stack){ 0 };
	if (*text != '/')
		wanted = from;
	walk(&wanted, text);
	answer = link_confine(text, dir, (unsigned)from.n);
	if (!answer)
		return 0;
	got = from;
	walk(&got, answer);
	FUZZ_CHECK(*answer && *answer != '/' && strlen(answer) <= LINK_MAX_TEXT);
	FUZZ_CHECK(!got.left && equal(&got, &wanted));
	FUZZ_CHECK(rises_only_at_first(answer) && link_is_confined(answer, (unsigned)from.n));
	return 0;
}
