/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscp_values.c - values of options: lists of attributes, kinds of backups, as cp(1) has them.
 */
#include <stdlib.h>
#include <string.h>

#include "cli/nscp.h"

static const struct {
	const char *word;
	unsigned flags;
} attributes[] = {
	{ "mode", NSV_COPY_MODE },
	{ "ownership", NSV_COPY_OWNER },
	{ "timestamps", NSV_COPY_TIMES },
	{ "links", NSV_COPY_LINKS },
	{ "xattr", NSV_COPY_XATTRS },
	{ "all", NSV_COPY_PRESERVE | NSV_COPY_LINKS | NSV_COPY_XATTRS },
};

static unsigned flags_of(const char *option, const char *word, size_t len)
{
	if (len == 7 && !strncmp(word, "context", len))
		cli_usage_error("'context' is not a value of %s: --xattr=security.selinux copies "
				"labels",
				option);
	for (size_t i = 0; i < sizeof(attributes) / sizeof(*attributes); i++)
		if (strlen(attributes[i].word) == len && !strncmp(attributes[i].word, word, len))
			return attributes[i].flags;
	cli_usage_error("'%.*s' is not a value of %s: mode, ownership, timestamps, links, xattr "
			"and all are",
			(int)len, word, option);
}

void cp_preserve(struct cp_options *o, const char *option, const char *list, bool keep)
{
	while (true) {
		size_t len = strcspn(list, ",");
		unsigned flags = flags_of(option, list, len);

		o->flags = keep ? o->flags | flags : o->flags & ~flags;
		/* As with cp, that is more than not to keep the mode. */
		if (!keep && (flags & NSV_COPY_MODE))
			o->flags |= NSV_COPY_PLAIN_MODE;
		if (!list[len])
			return;
		list += len + 1;
	}
}

void cp_backup(struct cp_options *o, const char *control)
{
	static const char *const words[] = { "none", "off",	 "simple", "never", "existing",
					     "nil",  "numbered", "t",	   NULL };
	static const enum nsv_copy_backup kinds[] = {
		NSV_COPY_BACKUP_NONE,	  NSV_COPY_BACKUP_NONE,	    NSV_COPY_BACKUP_SIMPLE,
		NSV_COPY_BACKUP_SIMPLE,	  NSV_COPY_BACKUP_EXISTING, NSV_COPY_BACKUP_EXISTING,
		NSV_COPY_BACKUP_NUMBERED, NSV_COPY_BACKUP_NUMBERED,
	};
	const char *option = "--backup";

	if (!control) {
		control = getenv("VERSION_CONTROL");
		option = "$VERSION_CONTROL";
	}
	o->backup = control && *control ? kinds[cli_parse_word(option, control, words)]
					: NSV_COPY_BACKUP_EXISTING;
}

void cp_suffix(struct cp_options *o, const char *suffix)
{
	if (!*suffix || strchr(suffix, '/'))
		cli_usage_error("'%s' is not a value of --suffix: a part of a name is", suffix);
	o->suffix = suffix;
}
