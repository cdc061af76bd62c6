/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spec_hint.c - what a text may have meant that is no container: messages of namespace files help
 * nobody who typed a path. The text alone is looked at, so a hint costs nothing. No state.
 */
#include <stdlib.h>
#include <string.h>

#include "base/util.h"
#include "cli/cli.h"

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool is_command(const char *name)
{
	return strcmp(cli_command.name, name) == 0;
}

/* What follows SPEC on this command's line. */
static const char *rest_of_command(void)
{
	if (is_command("nsls") || is_command("nscat"))
		return " PATH";
	if (is_command("nscp"))
		return ":PATH";
	return is_command("nsrun") ? " COMMAND" : "";
}

/* "/srv": of a command that takes paths, SPEC was left out. */
static char *hint_path(const char *text)
{
	char *hint = NULL;
	int n;

	if (is_command("nsls") || is_command("nscat"))
		n = asprintf(&hint, "; if that is a path, which container? (%s SPEC %s)",
			     cli_command.name, text);
	else
		n = asprintf(&hint, "; if that is a path: %s takes a container (%s SPEC%s)",
			     cli_command.name, cli_command.name, rest_of_command());
	return n < 0 ? NULL : hint;
}

/* "web1:/etc" where only a container is taken. */
static char *hint_spec_path(const char *text, const char *colon)
{
	int len = (int)(colon - text), n;
	char *hint = NULL;

	if (is_command("nscollect"))
		n = asprintf(&hint, "; did you mean '%s --paths=%s %.*s'?", cli_command.name,
			     colon + 1, len, text);
	else if (is_command("nsrun"))
		n = asprintf(&hint, "; did you mean '%s -w root:%s %.*s COMMAND'?",
			     cli_command.name, colon + 1, len, text);
	else
		n = asprintf(&hint, "; did you mean '%s %.*s'? ('nsls %s' lists files)",
			     cli_command.name, len, text, text);
	return n < 0 ? NULL : hint;
}

/* "default/web", and kubectl's "pod/web". */
static char *hint_pod(const char *text, const char *slash)
{
	static const char *const kinds[] = { "pod/", "pods/", "po/" };
	char *hint = NULL;

	for (size_t i = 0; i < NSV_ARRAY_SIZE(kinds); i++)
		if (starts(text, kinds[i]))
			return asprintf(&hint,
					"; did you mean 'pod:NAMESPACE/%s'? (nsps lists them)",
					slash + 1) < 0
				   ? NULL
				   : hint;
	return asprintf(&hint, "; did you mean 'pod:%s'?", text) < 0 ? NULL : hint;
}

/* Whether one letter more, less, another or two exchanged make @b of @a. */
static bool is_slip(const char *a, const char *b)
{
	size_t m = strlen(a), n = strlen(b), same = 0, end = 0;

	while (a[same] && a[same] == b[same])
		same++;
	while (end < nsv_min(m, n) - same && a[m - 1 - end] == b[n - 1 - end])
		end++;
	m -= same + end;
	n -= same + end;
	return (m <= 1 && n <= 1) ||
	       (m == 2 && n == 2 && a[same] == b[same + 1] && a[same + 1] == b[same]);
}

/* What is a word of this command's, nearly, or one of another's. */
static char *hint_word(const char *text)
{
	static const char *const words[] = { "verify", "list", "report", "artifacts", "keygen" };
	char *hint = NULL;

	for (size_t i = 0; is_command("nscollect") && i < NSV_ARRAY_SIZE(words); i++)
		if (is_slip(text, words[i]))
			return asprintf(&hint, "; did you mean '%s %s'?", cli_command.name,
					words[i]) < 0
				   ? NULL
				   : hint;
	if (is_command("nsrun") && (strcmp(text, "exec") == 0 || strcmp(text, "run") == 0))
		return strdup("; docker's and kubectl's exec is 'nsrun --inside -it SPEC COMMAND'");
	return NULL;
}

static char *hint_for(const char *text)
{
	const char *slash = strchr(text, '/'), *colon = strchr(text, ':');
	size_t len = strlen(text);
	char *hint = NULL;

	if (!slash && !colon)
		return hint_word(text);
	if (!slash || starts(text, "pod:") || starts(text, "host:"))
		return NULL;
	if (*text == '/' || starts(text, "./") || starts(text, "../"))
		return strstr(text, "/ns/") ? NULL : hint_path(text);
	if (colon && colon < slash)
		return hint_spec_path(text, colon);
	if (slash == text + len - 1)
		return asprintf(&hint, "; did you mean '%.*s'?", (int)len - 1, text) < 0 ? NULL
											 : hint;
	return hint_pod(text, slash);
}

void cli_error_spec(const char *spec, int r, const struct nsv_error *e)
{
	nsv_autofree char *hint =
	    r == -ENOENT || r == -EINVAL || r == -ENOTDIR ? hint_for(spec) : NULL;
	const char *reason = e && *e->msg ? e->msg : strerror(r < 0 ? -r : r);

	/* Nobody means a namespace file by "default/web". */
	if (hint && strchr("/.", *spec) == NULL && strchr(spec, '/'))
		reason = "no such container";
	cli_error("%s: %s%s", *spec ? spec : "''", reason, hint ? hint : "");
}
