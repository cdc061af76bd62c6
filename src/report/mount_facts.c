/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mount_facts.c - mounts.json, and in which mount a path lies. */
#include "report/mount_facts.h"

#include <string.h>

#include "base/util.h"

/* malloc'd; NULL: out of memory. */
static char *text_of(struct nsv_json o, const char *key)
{
	char text[NSV_FACT_PATH];

	(void)nsv_fact_get(o, key, text, sizeof(text));
	return strdup(text);
}

static int read_mount(struct nsv_mount_fact *m, struct nsv_json o)
{
	char reason[64];

	*m = (struct nsv_mount_fact){ .json = o,
				      .target = text_of(o, "target"),
				      .type = text_of(o, "type"),
				      .root = text_of(o, "root"),
				      .source = text_of(o, "source") };
	(void)nsv_fact_get(o, "device", m->device, sizeof(m->device));
	(void)nsv_fact_get(o, "reason", reason, sizeof(reason));
	m->kernel = !strcmp(reason, "a kernel file system");
	return m->target && m->type && m->root && m->source ? 0 : -ENOMEM;
}

int nsv_mount_facts_read(struct nsv_facts *f)
{
	struct nsv_json_walk w = nsv_json_walk(f->s->json[NSV_SOURCE_MOUNTS]);
	struct nsv_json key, o;

	while (nsv_json_next(&w, &key, &o)) {
		int r;

		if (f->n_mounts == NSV_FACTS_MOUNTS) {
			f->more_mounts++;
			continue;
		}
		if (f->n_mounts % 256 == 0) {
			struct nsv_mount_fact *more =
			    realloc(f->mounts, (f->n_mounts + 256) * sizeof(*more));

			if (!more)
				return -ENOMEM;
			f->mounts = more;
		}
		r = read_mount(&f->mounts[f->n_mounts++], o);
		if (r < 0)
			return r;
	}
	return 0;
}

void nsv_mount_facts_free(struct nsv_facts *f)
{
	for (size_t i = 0; i < f->n_mounts; i++) {
		free(f->mounts[i].target);
		free(f->mounts[i].type);
		free(f->mounts[i].root);
		free(f->mounts[i].source);
	}
	nsv_free_p(&f->mounts);
	f->n_mounts = 0;
}

const struct nsv_mount_fact *nsv_facts_mount(const struct nsv_facts *f, const char *path)
{
	const struct nsv_mount_fact *best = NULL;
	size_t longest = 0;

	for (size_t i = 0; i < f->n_mounts; i++) {
		const char *target = f->mounts[i].target;
		size_t len = strcmp(target, "/") == 0 ? 0 : strlen(target);

		/* Of two at one place the later lies above. */
		if (strncmp(path, target, len) == 0 && (path[len] == '/' || !path[len]) &&
		    (!best || len >= longest)) {
			best = &f->mounts[i];
			longest = len;
		}
	}
	return best;
}
