/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ls_json.c - one flat array of objects, an object per entry, whatever the depth.
 *
 * A name is bytes, JSON is Unicode: one that is not UTF-8 has each wrong byte
 * replaced by U+FFFD, and its bytes stand in base64 beside it. The members are
 * described in nsview(7); none is ever renamed or changes its type.
 */
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "ls.h"
#include "reach/util.h"

static void add(struct json_object *o, const char *key, struct json_object *value)
{
	if (json_object_object_add(o, key, value) < 0)
		cli_no_memory();
}

static char *to_base64(const char *text, size_t len)
{
	static const char digits[] =
	    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *out = malloc((len + 2) / 3 * 4 + 1), *p = out;

	if (!out)
		cli_no_memory();
	for (size_t i = 0; i < len; i += 3) {
		uint32_t v = (uint32_t)(unsigned char)text[i] << 16;

		if (i + 1 < len)
			v |= (uint32_t)(unsigned char)text[i + 1] << 8;
		if (i + 2 < len)
			v |= (unsigned char)text[i + 2];
		*p++ = digits[v >> 18];
		*p++ = digits[v >> 12 & 63];
		*p++ = i + 1 < len ? digits[v >> 6 & 63] : '=';
		*p++ = i + 2 < len ? digits[v & 63] : '=';
	}
	*p = '\0';
	return out;
}

/* The member @key and, for bytes that are not UTF-8, KEY_base64. */
static void add_bytes(struct json_object *o, const char *key, const char *text, size_t len)
{
	static const char replacement[3] = { '\xef', '\xbf', '\xbd' }; /* U+FFFD */
	nsv_autofree char *good = calloc(3, len + 1), *base64 = NULL;
	char key64[32];
	bool exact = true;
	size_t g = 0;

	if (!good)
		cli_no_memory();
	for (size_t i = 0; i < len;) {
		size_t n = cli_utf8_char(text + i, len - i, NULL);

		memcpy(good + g, n ? text + i : replacement, n ? n : 3);
		exact = exact && n;
		g += n ? n : 3;
		i += n ? n : 1;
	}
	add(o, key, json_object_new_string_len(good, (int)g));
	if (exact)
		return;
	base64 = to_base64(text, len);
	(void)snprintf(key64, sizeof(key64), "%s_base64", key);
	add(o, key64, json_object_new_string(base64));
}

static const char *type_name(mode_t type)
{
	switch (type) {
	case S_IFREG:
		return "file";
	case S_IFDIR:
		return "directory";
	case S_IFLNK:
		return "symlink";
	case S_IFCHR:
		return "char";
	case S_IFBLK:
		return "block";
	case S_IFIFO:
		return "fifo";
	case S_IFSOCK:
		return "socket";
	default:
		return "unknown";
	}
}

static struct json_object *time_value(const struct timespec *when)
{
	char date[40], text[64];
	struct tm tm;

	if (!gmtime_r(&when->tv_sec, &tm) ||
	    !strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm))
		return NULL;
	(void)snprintf(text, sizeof(text), "%s.%09ldZ", date, when->tv_nsec);
	return json_object_new_string(text);
}

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
	add(o, "mode", json_object_new_string(mode));
	add(o, "nlink", json_object_new_uint64(st->st_nlink));
	add(o, "uid", json_object_new_int64(uid));
	add(o, "gid", json_object_new_int64(gid));
	add(o, "owner", name_value(ls->users, uid));
	add(o, "group", name_value(ls->groups, gid));
	add(o, "size", json_object_new_int64(st->st_size));
	add(o, "allocated", json_object_new_uint64((uint64_t)st->st_blocks * 512));
	add(o, "dev", device_value(st->st_dev));
	add(o, "inode", json_object_new_uint64(st->st_ino));
	add(o, "rdev",
	    S_ISCHR(st->st_mode) || S_ISBLK(st->st_mode) ? device_value(st->st_rdev) : NULL);
	add(o, "atime", time_value(&st->st_atim));
	add(o, "mtime", time_value(&st->st_mtim));
	add(o, "ctime", time_value(&st->st_ctim));
}

static void add_no_stat(struct json_object *o)
{
	static const char *const keys[] = { "mode",  "nlink", "uid",	   "gid",  "owner",
					    "group", "size",  "allocated", "dev",  "inode",
					    "rdev",  "atime", "mtime",	   "ctime" };

	for (size_t i = 0; i < NSV_ARRAY_SIZE(keys); i++)
		add(o, keys[i], NULL);
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
	add_bytes(o, "path", full, strlen(full));
	if (start == len)
		add_bytes(o, "name", "/", 1);
	else
		add_bytes(o, "name", name + start, len - start);
}

/*
 * JSON may hold any character but the ASCII controls as it is; a terminal had better not
 * see the others either. Outside of strings JSON is ASCII.
 */
static void print_safely(const struct ls_options *o, const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		uint32_t code = 0;
		size_t n = cli_utf8_char(text + i, len - i, &code);

		if (n && !cli_is_harmful(code) && (n == 1 || o->utf8 || !o->terminal))
			(void)fwrite(text + i, 1, n, stdout);
		else if (code > 0xffff)
			printf("\\u%04x\\u%04x", 0xd7c0 + (code >> 10), 0xdc00 + (code & 0x3ff));
		else
			printf("\\u%04x", code);
		i += n ? n : 1;
	}
}

static void print_entry(struct ls *ls, const char *dir, const struct ls_entry *entry)
{
	struct json_object *o = json_object_new_object();
	const char *text;

	if (!o)
		cli_no_memory();
	add_names(o, dir, entry->name);
	add(o, "type", json_object_new_string(type_name(entry->type)));
	if (entry->stat_ok)
		add_stat(ls, o, &entry->st);
	else
		add_no_stat(o);
	if (entry->target)
		add_bytes(o, "target", entry->target, entry->target_len);
	else
		add(o, "target", NULL);
	text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
						     JSON_C_TO_STRING_NOSLASHESCAPE);
	if (!text)
		cli_no_memory();
	printf("%s", ls->json_begun ? ",\n" : "[\n");
	print_safely(&ls->o, text);
	ls->json_begun = true;
	(void)json_object_put(o);
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
