/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * environment.c - makes environment and arguments of a program.
 *
 * Defends against: variables with which a container would have the host's shells, loaders and
 * interpreters run its code. Values that are taken by name are the caller's choice. No state.
 */
#include "environment.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "reach/pinned.h"
#include "reach/util.h"

#define MOST_TAKEN 1024 /* variables: each is compared with all before */

int nsv_environment_read(const struct nsv_target *t, char **ret_text, size_t *ret_len)
{
	nsv_autofree char *text = malloc(NSV_ENVIRON_MAX + 2);
	nsv_autofd int fd = openat(t->procdir, "environ", O_RDONLY | O_CLOEXEC);
	size_t used = 0;
	ssize_t n;

	if (!text || fd < 0)
		return !text ? -ENOMEM : -errno;
	do {
		n = read(fd, text + used, NSV_ENVIRON_MAX + 1 - used);
		used += n > 0 ? (size_t)n : 0;
	} while (n > 0 || (n < 0 && errno == EINTR));
	if (n < 0)
		return -errno;
	if (used > NSV_ENVIRON_MAX)
		return -E2BIG;
	if (nsv_target_alive(t) < 0)
		return -ESRCH;
	text[used] = '\0';
	*ret_len = used;
	*ret_text = nsv_steal_ptr(text);
	return 0;
}

static bool contains(const char *name, size_t len, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= len; i++)
		if (strncasecmp(name + i, word, n) == 0)
			return true;
	return false;
}

bool nsv_environment_is_harmless(const char *name, size_t len)
{
	/* Parts of names of commands, options, start files, and search paths of libraries. */
	static const char *const parts[] = {
		"PATH",	   "OPT",	   "FLAGS", "SHELL",   "COMMAND", "CMD",     "PAGER",
		"EDITOR",  "VISUAL",	   "RC",    "INIT",    "STARTUP", "PRELOAD", "HOOK",
		"PLUGIN",  "MODULE",	   "CONF",  "BROWSER", "LESS",	  "HOME",    "DIR",
		"ROOT",	   "PROMPT",	   "LIB",   "PS1",     "PS2",	  "PS4",     "EXEC",
		"ASKPASS", "PROXYCOMMAND", "TERM",  "FILE",    "ARGS",	  "ENGINE",
	};
	/* And beginnings. */
	static const char *const begins[] = { "LD_",   "GLIBC_", "MALLOC_", "GCONV", "NLS",
					      "LOC",   "RES_",	 "BASH",    "ZSH",   "GIT_",
					      "PERL",  "PYTHON", "RUBY",    "NODE",  "JAVA",
					      "JDK_",  "_",	 "NSVIEW",  "SSH",   "VIM",
					      "EMACS", "IFS",	 "CDPATH",  "GDB",   "DEBUGINFOD",
					      "LC_",   "LANG",	 "TZ",	    "ENV" };

	for (size_t i = 0; i < len; i++)
		if (name[i] != '_' && (name[i] < '0' || name[i] > '9') &&
		    (name[i] < 'A' || name[i] > 'Z') && (name[i] < 'a' || name[i] > 'z'))
			return false; /* BASH_FUNC_x%% */
	for (size_t i = 0; i < NSV_ARRAY_SIZE(begins); i++)
		if (len >= strlen(begins[i]) &&
		    strncasecmp(name, begins[i], strlen(begins[i])) == 0)
			return false;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(parts); i++)
		if (contains(name, len, parts[i]))
			return false;
	return len > 0;
}

/* ---- lists ---- */

struct list {
	char **texts;
	size_t n, room;
	bool failed;
};

static void append(struct list *l, const char *text)
{
	if (l->n + 1 >= l->room) {
		size_t room = l->room ? 2 * l->room : 64;
		void *texts = realloc(l->texts, room * sizeof(*l->texts));

		if (!texts) {
			l->failed = true;
			return;
		}
		l->texts = texts;
		l->room = room;
	}
	l->texts[l->n] = strdup(text);
	l->failed |= !l->texts[l->n];
	l->texts[++l->n] = NULL;
}

static size_t name_length(const char *text)
{
	return strcspn(text, "=");
}

static size_t find(const struct list *l, const char *text, size_t len)
{
	for (size_t i = 0; i < l->n; i++)
		if (l->texts[i] && name_length(l->texts[i]) == len &&
		    strncmp(l->texts[i], text, len) == 0)
			return i;
	return l->n;
}

/* Appends, or replaces the text of that name. */
static void set(struct list *l, const char *text)
{
	size_t at = find(l, text, name_length(text));

	if (at == l->n) {
		append(l, text);
		return;
	}
	free(l->texts[at]);
	l->texts[at] = strdup(text);
	l->failed |= !l->texts[at];
}

static bool is_named(const char *const *names, const char *text, size_t len)
{
	for (; names && *names; names++)
		if (strlen(*names) == len && strncmp(*names, text, len) == 0)
			return true;
	return false;
}

char **nsv_environment_make(const struct nsv_run_options *options, const char *of_container,
			    size_t len, const char *root)
{
	struct list l = { .texts = calloc(1, sizeof(*l.texts)), .room = 1 };
	size_t taken = 0;

	if (!l.texts)
		return NULL;
	for (char **own = environ; own && *own; own++)
		append(&l, *own);
	for (const char *text = of_container;
	     text && text < of_container + len && taken < MOST_TAKEN; text += strlen(text) + 1) {
		size_t n = name_length(text);

		if (!text[n])
			continue;
		if (is_named(options->env_names, text, n) ||
		    (options->env_all && nsv_environment_is_harmless(text, n) &&
		     find(&l, text, n) == l.n)) {
			set(&l, text);
			taken++;
		}
	}
	if (root) {
		nsv_autofree char *text = NULL;

		if (asprintf(&text, "NSVIEW_ROOT=%s", root) < 0)
			return NULL;
		set(&l, text);
	}
	for (const char *const *more = options->env; more && *more; more++)
		set(&l, *more);
	return l.failed ? NULL : l.texts;
}

/* malloc'd */
static char *replaced(const char *text, const char *what, const char *by)
{
	nsv_autofree char *made = NULL;
	const char *next;
	size_t size = 0;
	FILE *out = open_memstream(&made, &size);

	if (!out)
		return NULL;
	while ((next = strstr(text, what))) {
		(void)fprintf(out, "%.*s%s", (int)(next - text), text, by);
		text = next + strlen(what);
	}
	(void)fputs(text, out);
	return fclose(out) == 0 ? nsv_steal_ptr(made) : NULL;
}

char **nsv_arguments_make(char *const argv[], const char *replace, const char *root)
{
	struct list l = { 0 };

	for (size_t i = 0; argv[i]; i++) {
		nsv_autofree char *text =
		    i && replace && root ? replaced(argv[i], replace, root) : strdup(argv[i]);

		if (!text)
			return NULL;
		append(&l, text);
	}
	return l.failed ? NULL : l.texts;
}
