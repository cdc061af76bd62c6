/* SPDX-License-Identifier: GPL-2.0-or-later */
/* options.c - parses mount options by one table. No state. */
#include "fuse/options.h"

#include <errno.h>
#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/session/passthrough.h"
#include "reach/util.h"

#define DEFAULT_INFLIGHT 32
#define MAX_TIMEOUT	 86400.0

/* Returns NULL, or a description of valid values. */
typedef const char *(*take_fn)(struct view_options *o, const char *value);

static const char *take_links(struct view_options *o, const char *v)
{
	o->links_raw = !strcmp(v, "raw");
	return o->links_raw || !strcmp(v, "confined") ? NULL : "confined or raw";
}

static const char *take_mounts(struct view_options *o, const char *v)
{
	o->mounts_hidden = !strcmp(v, "root");
	return o->mounts_hidden || !strcmp(v, "all") ? NULL : "all or root";
}

static const char *take_names(struct view_options *o, const char *v)
{
	o->names_engine = !strcmp(v, "name");
	return o->names_engine || !strcmp(v, "hostname") ? NULL : "hostname or name";
}

static const char *take_locks(struct view_options *o, const char *v)
{
	o->locks = !strcmp(v, "container");
	return o->locks || !strcmp(v, "view") ? NULL : "view or container";
}

static const char *take_ids(struct view_options *o, const char *v)
{
	o->ids_inside = !strcmp(v, "container");
	return o->ids_inside || !strcmp(v, "host") ? NULL : "host or container";
}

static const char *take_cache(struct view_options *o, const char *v)
{
	static const char *const words[] = { "never", "auto", "always" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(words); i++)
		if (!strcmp(v, words[i])) {
			o->cache = (enum view_cache)i;
			return NULL;
		}
	return "never, auto or always";
}

static const char *take_seconds(const char *v, double *ret)
{
	char *end;
	double seconds = strtod(v, &end);

	if (!strchr("0123456789.", *v) || *end || end == v ||
	    !(seconds >= 0 && seconds <= MAX_TIMEOUT))
		return "a number of seconds, at most a day";
	*ret = seconds;
	return NULL;
}

static const char *take_entry_timeout(struct view_options *o, const char *v)
{
	return take_seconds(v, &o->entry_timeout);
}

static const char *take_attr_timeout(struct view_options *o, const char *v)
{
	return take_seconds(v, &o->attr_timeout);
}

static const char *take_inflight(struct view_options *o, const char *v)
{
	char *end;
	unsigned long n = strtoul(v, &end, 10);

	if (*v < '0' || *v > '9' || *end || n < 1 || n > 10000)
		return "a number from 1 to 10000";
	o->max_inflight = (unsigned)n;
	return NULL;
}

static const char *take_passthrough(struct view_options *o, const char *v)
{
	char *end;
	unsigned long long n = strtoull(v, &end, 10);

	if (!strcmp(v, "never")) {
		o->passthrough = -1;
		return NULL;
	}
	if (*v < '0' || *v > '9' || *end || n > INT64_MAX)
		return "never, or a number of bytes";
	o->passthrough = (off_t)n;
	return NULL;
}

static const char *take_exclude(struct view_options *o, const char *v)
{
	if (!*v)
		return "a pattern";
	if (o->n_excludes == VIEW_MAX_EXCLUDES)
		return "given at most 64 times";
	o->excludes[o->n_excludes] = strdup(v);
	if (!o->excludes[o->n_excludes])
		return "more than memory holds";
	o->n_excludes++;
	return NULL;
}

static const struct {
	const char *name;
	take_fn take;  /* parses the value; NULL: the word takes none */
	size_t flag;   /* offset of a bool to set */
	bool has_flag; /* false: the word sets no bool */
} words[] = {
	{ "links", take_links, 0, false },
	{ "mounts", take_mounts, 0, false },
	{ "names", take_names, 0, false },
	{ "locks", take_locks, 0, false },
	{ "ids", take_ids, 0, false },
	{ "cache", take_cache, 0, false },
	{ "entry_timeout", take_entry_timeout, 0, false },
	{ "attr_timeout", take_attr_timeout, 0, false },
	{ "max_inflight", take_inflight, 0, false },
	{ "passthrough", take_passthrough, 0, false },
	{ "exclude", take_exclude, 0, false },
	{ "allow_other", NULL, offsetof(struct view_options, allow_other), true },
	{ "pseudo", NULL, offsetof(struct view_options, pseudo), true },
	{ "remote", NULL, offsetof(struct view_options, remote), true },
	{ "nonempty", NULL, offsetof(struct view_options, nonempty), true },
	/* Always true of the view. */
	{ "ro", NULL, 0, false },
	{ "nosuid", NULL, 0, false },
	{ "nodev", NULL, 0, false },
	{ "noexec", NULL, 0, false },
	{ "noatime", NULL, 0, false },
	{ "nodiratime", NULL, 0, false },
	{ "default_permissions", NULL, 0, false },
	/* Added by mount(8), or common in fstab(5). */
	{ "rw", NULL, 0, false },
	{ "suid", NULL, 0, false },
	{ "dev", NULL, 0, false },
	{ "exec", NULL, 0, false },
	{ "defaults", NULL, 0, false },
	{ "auto", NULL, 0, false },
	{ "noauto", NULL, 0, false },
	{ "user", NULL, 0, false },
	{ "nouser", NULL, 0, false },
	{ "users", NULL, 0, false },
	{ "owner", NULL, 0, false },
	{ "group", NULL, 0, false },
	{ "async", NULL, 0, false },
	{ "sync", NULL, 0, false },
	{ "dirsync", NULL, 0, false },
	{ "atime", NULL, 0, false },
	{ "diratime", NULL, 0, false },
	{ "relatime", NULL, 0, false },
	{ "norelatime", NULL, 0, false },
	{ "strictatime", NULL, 0, false },
	{ "lazytime", NULL, 0, false },
	{ "nolazytime", NULL, 0, false },
	{ "_netdev", NULL, 0, false },
	{ "nofail", NULL, 0, false },
};

static int take_word(struct view_options *o, char *word, struct nsv_error *e)
{
	char *value = strchr(word, '=');
	const char *wanted;

	if (!*word || !strncmp(word, "x-", 2) || !strncmp(word, "X-", 2) ||
	    !strncmp(word, "comment=", 8))
		return 0;
	if (value)
		*value++ = '\0';
	for (size_t i = 0; i < NSV_ARRAY_SIZE(words); i++) {
		if (strcmp(word, words[i].name) != 0)
			continue;
		if (!value != !words[i].take)
			return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC, "-o %s %s", word,
					     value ? "takes no value" : "needs a value");
		if (words[i].has_flag)
			*(bool *)((char *)o + words[i].flag) = true;
		if (!value)
			return 0;
		wanted = words[i].take(o, value);
		return wanted ? nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
					      "'%s' is not a value of -o %s: it is %s", value, word,
					      wanted)
			      : 0;
	}
	if (!strcmp(word, "remount"))
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
				     "the view can't be remounted: unmount it, and mount it anew");
	return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC, "unknown option '-o %s'", word);
}

void view_options_init(struct view_options *o)
{
	*o = (struct view_options){
		.cache = CACHE_AUTO,
		.entry_timeout = -1,
		.attr_timeout = -1,
		.passthrough = PASSTHROUGH_MIN_SIZE,
		.max_inflight = DEFAULT_INFLIGHT,
	};
}

void view_options_done(struct view_options *o)
{
	for (size_t i = 0; i < o->n_excludes; i++)
		free(o->excludes[i]);
	o->n_excludes = 0;
}

int view_options_parse(struct view_options *o, const char *text, struct nsv_error *e)
{
	nsv_autofree char *word = malloc(strlen(text) + 1);
	int r = 0;

	if (!word)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_SPEC, "out of memory");
	while (r == 0 && *text) {
		char *to = word;

		for (; *text && *text != ','; text++) {
			if (*text == '\\' && text[1])
				text++;
			*to++ = *text;
		}
		*to = '\0';
		text += *text == ',';
		r = take_word(o, word, e);
	}
	return r;
}

int view_options_check(const struct view_options *o, struct nsv_error *e)
{
	/* The kernel would check permissions by the container's numbers: user 1000 there is not
	 * the host's user 1000. */
	if (o->ids_inside && o->allow_other)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
				     "-o ids=container is for the mount's owner alone: it does not "
				     "go with allow_other");
	/* With always the kernel opens files by itself, so nothing tells when a lock goes. */
	if (o->locks && o->cache != CACHE_AUTO)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
				     "-o locks=container goes with cache=auto only");
	/* Kernel file systems check the process that opens a file, and that would be nsviewd. */
	if (o->pseudo && o->allow_other)
		return nsv_error_set(e, EINVAL, NSV_STAGE_SPEC,
				     "-o pseudo is for the mount's owner alone: it does not go "
				     "with allow_other");
	return 0;
}

bool view_options_checks_modes(const struct view_options *o)
{
	return o->allow_other || geteuid() == 0;
}

bool view_options_excluded(const struct view_options *o, const char *name, const char *path)
{
	for (size_t i = 0; i < o->n_excludes; i++) {
		const char *glob = o->excludes[i];

		if (!fnmatch(glob, strchr(glob, '/') ? path : name, 0))
			return true;
	}
	return false;
}
