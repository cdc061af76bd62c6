/* SPDX-License-Identifier: GPL-2.0-or-later */
/* source.c - which members are kept while a package is verified. See source.h. */
#include "report/source.h"

#include <string.h>
#include <sys/mman.h>

#include "base/util.h"

#define MIB ((uint64_t)1 << 20)

static const struct {
	const char *name;
	uint64_t max;
	bool json; /* one value */
} members[NSV_SOURCES] = {
	[NSV_SOURCE_COLLECTION] = { "collection.json", 0, true },
	[NSV_SOURCE_CONTAINER] = { "container.json", 16 * MIB, true },
	[NSV_SOURCE_PROCESSES] = { "processes.json", 4096 * MIB, true },
	[NSV_SOURCE_NETWORK] = { "network.json", 1024 * MIB, true },
	[NSV_SOURCE_MOUNTS] = { "mounts.json", 256 * MIB, true },
	[NSV_SOURCE_CHANGES] = { "changes.json", 4096 * MIB, true },
	[NSV_SOURCE_MEMORY] = { "memory.json", 256 * MIB, true },
	[NSV_SOURCE_FILES] = { "files.jsonl", 0, false },
	[NSV_SOURCE_TIMELINE] = { "timeline.jsonl", 8192 * MIB, false },
	[NSV_SOURCE_LOG] = { "log.jsonl", 64 * MIB, false },
	[NSV_SOURCE_PASSWD] = { "[root]/etc/passwd", 1 * MIB, false },
	[NSV_SOURCE_SHADOW] = { "[root]/etc/shadow", 1 * MIB, false },
	[NSV_SOURCE_PRELOAD] = { "[root]/etc/ld.so.preload", 64 << 10, false },
	[NSV_SOURCE_SIGNATURE] = { "SHA256SUMS.sig", 4096, false },
	[NSV_SOURCE_MINISIGN] = { "SHA256SUMS.minisig", 4096, false },
};

void nsv_source_init(struct nsv_source *s, struct nsv_package_reader *r)
{
	*s = (struct nsv_source){ 0 };
	for (size_t i = 0; i < NSV_SOURCES; i++)
		s->kept[i] = (struct nsv_kept){ .name = members[i].name,
						.max = members[i].max,
						.text = NSV_TEXT_INIT };
	if (r)
		nsv_package_reader_keep(r, s->kept, NSV_SOURCES);
}

static int map_one(struct nsv_source *s, size_t i)
{
	struct nsv_text *t = &s->kept[i].text;
	int r = nsv_text_flush(t);

	if (r < 0 || t->size == 0)
		return r;
	s->texts[i].len = (size_t)t->size;
	if (t->spool.fd < 0) {
		s->texts[i].at = t->spool.mem;
	} else {
		void *map = mmap(NULL, s->texts[i].len, PROT_READ, MAP_SHARED, t->spool.fd, 0);

		if (map == MAP_FAILED)
			return -errno;
		s->texts[i].at = s->texts[i].map = map;
	}
	if (members[i].json)
		s->bad[i] = !nsv_json_whole(s->texts[i].at, s->texts[i].len, &s->json[i]);
	return 0;
}

int nsv_source_map(struct nsv_source *s)
{
	int r = 0;

	for (size_t i = 0; i < NSV_SOURCES && r == 0; i++)
		r = map_one(s, i);
	return r;
}

int nsv_source_read(struct nsv_source *s, struct nsv_package_reader *r, struct nsv_error *e)
{
	int err;

	s->verified.size = sizeof(s->verified);
	err = nsv_package_verify(r, &s->verified, e);

	if (err == 0) {
		err = nsv_source_map(s);
		if (err < 0)
			err = nsv_error_set(e, -err, NSV_STAGE_READ, "%s", strerror(-err));
	}
	return err;
}

void nsv_source_free(struct nsv_source *s)
{
	for (size_t i = 0; i < NSV_SOURCES; i++) {
		if (s->texts[i].map)
			(void)munmap(s->texts[i].map, s->texts[i].len);
		nsv_text_free(&s->kept[i].text);
	}
}
