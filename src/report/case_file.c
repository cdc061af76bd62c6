/* SPDX-License-Identifier: GPL-2.0-or-later */
/* case_file.c - see case_file.h. */
#include "report/case_file.h"

#include <stdio.h>
#include <string.h>

#include "base/util.h"

#define ROOT "[root]"

static unsigned octal(struct nsv_json v)
{
	unsigned mode = 0;

	for (size_t i = 0; v.at && i < v.len; i++)
		if (v.at[i] >= '0' && v.at[i] <= '7')
			mode = mode << 3 | (unsigned)(v.at[i] - '0');
	return mode & 07777;
}

static bool has_caps(struct nsv_json xattrs)
{
	struct nsv_json_walk w = nsv_json_walk(xattrs);
	struct nsv_json key, o;

	while (nsv_json_next(&w, &key, &o))
		if (nsv_json_is(nsv_fact_member(o, "name"), "security.capability"))
			return true;
	return false;
}

void nsv_case_file_read(const struct nsv_facts *f, struct nsv_json o, struct nsv_case_file *ret)
{
	enum { PATH, TWIN, TYPE, MODE, UID, SIZE, MTIME, CTIME, XATTRS, OUTCOME, SHA };
	struct nsv_json_member v[] = {
		[PATH] = { .key = "path" },	[TWIN] = { .key = "path_base64" },
		[TYPE] = { .key = "type" },	[MODE] = { .key = "mode" },
		[UID] = { .key = "uid" },	[SIZE] = { .key = "size" },
		[MTIME] = { .key = "mtime" },	[CTIME] = { .key = "ctime" },
		[XATTRS] = { .key = "xattrs" }, [OUTCOME] = { .key = "outcome" },
		[SHA] = { .key = "sha256" },
	};
	const struct nsv_json none = { 0 };
	size_t root = sizeof(ROOT) - 1;

	nsv_json_members(o, v, NSV_ARRAY_SIZE(v));
	(void)nsv_fact_text(v[PATH].value, v[TWIN].value, ret->member, sizeof(ret->member));
	(void)nsv_fact_text(v[TYPE].value, none, ret->type, sizeof(ret->type));
	(void)nsv_fact_text(v[OUTCOME].value, none, ret->outcome, sizeof(ret->outcome));
	(void)nsv_fact_text(v[SHA].value, none, ret->sha256, sizeof(ret->sha256));
	ret->path = !strncmp(ret->member, ROOT "/", root + 1) ? ret->member + root : "";
	ret->mode = octal(v[MODE].value);
	ret->uid = nsv_fact_number(v[UID].value, -1);
	ret->size = nsv_fact_number(v[SIZE].value, -1);
	ret->mtime = nsv_fact_seconds(v[MTIME].value);
	ret->ctime = nsv_fact_seconds(v[CTIME].value);
	ret->file_caps = has_caps(v[XATTRS].value);
	ret->changed = NSV_CHANGED_UNKNOWN;
	ret->mount = nsv_facts_mount(f, ret->path);
}

/* The types have other words there. */
static void short_type(char *type, size_t size)
{
	if (!strcmp(type, "directory"))
		(void)snprintf(type, size, "dir");
	else if (!strcmp(type, "symlink"))
		(void)snprintf(type, size, "link");
}

void nsv_case_file_side(struct nsv_json o, struct nsv_case_file *ret)
{
	enum { TYPE, MODE, UID, SIZE, MTIME, CTIME, SHA };
	struct nsv_json_member v[] = {
		[TYPE] = { .key = "type" },   [MODE] = { .key = "mode" },
		[UID] = { .key = "uid" },     [SIZE] = { .key = "size" },
		[MTIME] = { .key = "mtime" }, [CTIME] = { .key = "ctime" },
		[SHA] = { .key = "sha256" },
	};
	const struct nsv_json none = { 0 };

	nsv_json_members(o, v, NSV_ARRAY_SIZE(v));
	ret->member[0] = ret->outcome[0] = '\0';
	ret->path = ret->member;
	(void)nsv_fact_text(v[TYPE].value, none, ret->type, sizeof(ret->type));
	short_type(ret->type, sizeof(ret->type));
	(void)nsv_fact_text(v[SHA].value, none, ret->sha256, sizeof(ret->sha256));
	ret->mode = octal(v[MODE].value);
	ret->uid = nsv_fact_number(v[UID].value, -1);
	ret->size = nsv_fact_number(v[SIZE].value, -1);
	ret->mtime = nsv_fact_time(v[MTIME].value);
	ret->ctime = nsv_fact_time(v[CTIME].value);
	ret->file_caps = false;
	ret->mount = NULL;
}
