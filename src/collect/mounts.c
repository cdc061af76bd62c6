/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * mounts.c - the table of the container's mounts, and what becomes of each.
 *
 * A file system that a server behind it answers (FUSE, NFS) may never answer, and then its reader
 * can't be ended: such a mount is left out, by its path, before anything looks at it. But for the
 * root itself: the engine's own.
 */
#include "collect/mounts.h"

#include <string.h>

#include "reach/mountinfo.h"

#define RULES_MAX 4096

bool nsv_mount_is_secret(const struct nsv_mount_line *m)
{
	return strstr(m->root, "kubernetes.io~secret") ||
	       strstr(m->root, "kubernetes.io~projected") ||
	       strstr(m->point, "/secrets/kubernetes.io/") ||
	       strncmp(m->point, "/run/secrets", 12) == 0 ||
	       strncmp(m->point, "/var/run/secrets", 16) == 0;
}

static int add_rule(struct nsv_mount_rules *rules, const char *point, const char *reason)
{
	if (rules->n == rules->room) {
		size_t room = rules->room ? rules->room * 2 : 32;
		struct nsv_left_out *list;

		if (room > RULES_MAX)
			return -E2BIG;
		list = realloc(rules->list, room * sizeof(*list));
		if (!list)
			return -ENOMEM;
		rules->list = list;
		rules->room = room;
	}
	rules->list[rules->n] = (struct nsv_left_out){ strdup(point + (*point == '/')), reason };
	return rules->list[rules->n++].path ? 0 : -ENOMEM;
}

const struct nsv_left_out *nsv_mount_rule(const struct nsv_mount_rules *rules, const char *path)
{
	for (size_t i = 0; i < rules->n; i++)
		if (strcmp(rules->list[i].path, path) == 0)
			return &rules->list[i];
	return NULL;
}

void nsv_mount_rules_free(struct nsv_mount_rules *rules)
{
	for (size_t i = 0; i < rules->n; i++)
		free(rules->list[i].path);
	nsv_free_p(&rules->list);
	rules->n = rules->room = 0;
}

const char *nsv_mount_reason(const struct nsv_collection *c, const struct nsv_mount_line *m)
{
	unsigned flags = nsv_fs_flags(m->type);

	if (strcmp(m->point, "/") == 0)
		return NULL;
	if (nsv_wants(c, NSV_COLLECT_NO_SECRETS) && nsv_mount_is_secret(m))
		return NSV_WHY_SECRET;
	if (flags & NSV_FS_SERVED)
		return "a server answers for it, and may never do";
	if (flags & NSV_FS_KERNEL)
		return NSV_WHY_KERNEL;
	return nsv_wants(c, NSV_COLLECT_ONE_MOUNT) ? "another mount: left out as asked" : NULL;
}

static void write_mount(struct nsv_jout *j, const struct nsv_mount_line *m, const char *outcome,
			const char *reason)
{
	nsv_jout_begin(j, NULL, '{');
	nsv_jout_u64(j, "id", m->id);
	nsv_jout_u64(j, "parent", m->parent);
	nsv_text_printf(j->t, ",\"device\":\"%u:%u\"", m->major, m->minor);
	nsv_jout_text(j, "target", m->point);
	nsv_jout_text(j, "type", m->type);
	nsv_jout_text(j, "source", m->source);
	nsv_jout_text(j, "root", m->root);
	nsv_jout_text(j, "options", m->options);
	nsv_jout_text(j, "super_options", m->super);
	nsv_jout_text(j, "outcome", outcome);
	nsv_jout_text(j, "reason", reason);
	nsv_jout_end(j, '{');
}

static int read_table(struct nsv_collection *c, struct nsv_jout *j, struct nsv_mount_rules *rules)
{
	bool all = nsv_wants_files(c);
	bool files = all || nsv_wants(c, NSV_COLLECT_CHANGES);
	nsv_automountinfo struct nsv_mountinfo table;
	struct nsv_mount_line m;
	int r = nsv_mountinfo_open(&table, c->target->procdir, ".", NSV_MOUNTINFO_MAX);

	while (r >= 0 && (r = nsv_mountinfo_next(&table, &m)) > 0) {
		const char *reason = nsv_mount_reason(c, &m);
		bool kernel = reason && nsv_fs_flags(m.type) & NSV_FS_KERNEL;

		/* What changed is on the root alone. */
		if (!reason && !all && (!files || strcmp(m.point, "/") != 0))
			reason = NSV_WHY_NOT_ASKED;
		write_mount(j, &m, reason ? "skipped" : "taken", reason);
		if (reason)
			nsv_outcome(c, "mount", m.point, NSV_SKIPPED, reason);
		else
			nsv_outcome(c, "mount", m.point, NSV_TAKEN, NULL);
		/* The walk finds the others by itself, and leaves their mount points in. */
		if (reason && files && strcmp(reason, NSV_WHY_NOT_ASKED) != 0 && !kernel &&
		    !nsv_wants(c, NSV_COLLECT_ONE_MOUNT)) {
			int added = add_rule(rules, m.point, reason);

			if (added < 0)
				return added;
		}
	}
	return r;
}

int nsv_collect_mounts(struct nsv_collection *c, struct nsv_mount_rules *rules)
{
	struct nsv_text text = NSV_TEXT_INIT;
	struct nsv_jout j = { .t = &text, .lines = 1 };
	int r;

	nsv_progress(c, "mounts", NULL);
	nsv_jout_begin(&j, NULL, '[');
	r = read_table(c, &j, rules);
	nsv_jout_end(&j, '[');
	nsv_jout_line(&j);
	nsv_log(c, "mounts", "read the table of mounts: %s", r < 0 ? strerror(-r) : "whole");
	if (r < 0)
		nsv_outcome(c, "mounts", "mounts.json", NSV_TRUNCATED, strerror(-r));
	/* A table that can't be read whole says not which mounts would hang. */
	if (r < 0 && r != -ENOMEM)
		r = add_rule(rules, "", strerror(-r));
	if (r >= 0)
		r = nsv_wrote(c, nsv_package_text(c->package, "mounts.json", &text));
	nsv_text_free(&text);
	return r;
}
