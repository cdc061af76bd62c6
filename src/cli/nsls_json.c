/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsls_json.c - one flat array of objects, an object per entry, whatever the depth.
 *
 * The members are described in nsview(7); none is ever renamed or changes its type.
 */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "base/filetype.h"
#include "base/util.h"
#include "cli/json.h"
#include "nsls.h"

static struct json_object *device_value(dev_t device)
{
	char text[32];

	(void)snprintf(text, sizeof(text), "%u:%u", major(device), minor(device));
	return json_object_new_string(text);
}

static struct json_object *name_value(const struct ls_names *names, uint32_t id)
{
	const char *name = ls_name_of(names, id);

	return name ? json_object_new_string(name) : NULL;
}

static void add_stat(const struct ls *ls, struct json_object *o, const struct stat *st)
{
	uint32_t uid = ls_id(ls, NSV_ID_USER, st->st_uid);
	uint32_t gid = ls_id(ls, NSV_ID_GROUP, st->st_gid);
	char mode[8];

	(void)snprintf(mode, sizeof(mode), "%04o", st->st_mode & 07777);
	cli_json_add(o, "mode", json_object_new_string(mode));
	cli_json_add(o, "nlink", json_object_new_uint64(st->st_nlink));
	cli_json_add(o, "uid", json_object_new_int64(uid));
	cli_json_add(o, "gid", json_object_new_int64(gid));
	cli_json_add(o, "owner", name_value(ls->users, uid));
	cli_json_add(o, "group", name_value(ls->groups, gid));
	cli_json_add(o, "size", json_object_new_int64(st->st_size));
	cli_json_add(o, "allocated", json_object_new_uint64((uint64_t)st->st_blocks * 512));
	cli_json_add(o, "dev", device_value(st->st_dev));
	cli_json_add(o, "inode", json_object_new_uint64(st->st_ino));
	cli_json_add(o, "rdev",
		     S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? device_value(st->st_rdev)
								  : NULL);
	cli_json_time(o, "atime", st->st_atim);
	cli_json_time(o, "mtime", st->st_mtim);
	cli_json_time(o, "ctime", st->st_ctim);
}

static void add_no_stat(struct json_object *o)
{
	static const char *const keys[] = { "mode",  "nlink", "uid",	   "gid",  "owner",
					    "group", "size",  "allocated", "dev",  "inode",
					    "rdev",  "atime", "mtime",	   "ctime" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(keys); i++)
		cli_json_add(o, keys[i], NULL);
}

/* An operand's name is its last part, "/" for the root. */
static void add_names(struct json_object *o, const char *dir, const char *name)
{
	nsv_autofree char *path = *dir || *name != '/' ? ls_join(*dir ? dir : "/", name) : NULL;
	nsv_autofree char *rooted = NULL;
	const char *full = path ? path : name;
	size_t len = strlen(name), start;

	if (*full != '/') {
		rooted = ls_join("/", full);
		full = rooted;
	}
	while (len > 1 && name[len - 1] == '/')
		len--;
	for (start = len; start > 0 && name[start - 1] != '/'; start--)
		;
	cli_json_bytes(o, "path", full, strlen(full));
	if (start == len)
		cli_json_bytes(o, "name", "/", 1);
	else
		cli_json_bytes(o, "name", name + start, len - start);
}

static void print_entry(struct ls *ls, const char *dir, const struct ls_entry *entry)
{
	struct json_object *o = cli_json_object();

	add_names(o, dir, entry->name + entry->path_at);
	cli_json_add(o, "type", json_object_new_string(nsv_filetype(entry->type)));
	if (entry->stat_ok)
		add_stat(ls, o, &entry->st);
	else
		add_no_stat(o);
	if (entry->target)
		cli_json_bytes(o, "target", entry->target, entry->target_len);
	else
		cli_json_add(o, "target", NULL);
	cli_json_text(o, "spec", ls->spec);
	if (ls->o.label && entry->label)
		cli_json_text(o, "label", entry->label);
	else if (ls->o.label)
		cli_json_add(o, "label", NULL);
	printf("%s", ls->json_begun ? ",\n" : "[\n");
	cli_json_print(o, ls->o.terminal, ls->o.utf8);
	ls->json_begun = true;
}

void ls_print_json(struct ls *ls, const char *dir, const struct ls_list *list)
{
	for (size_t i = 0; i < list->shown; i++)
		print_entry(ls, dir, &list->entries[i]);
}

void ls_end_json(struct ls *ls)
{
	printf("%s]\n", ls->json_begun ? "\n" : "[");
}
