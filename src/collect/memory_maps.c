/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* memory_maps.c - see memory_maps.h. */
#include "collect/memory_maps.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "reach/util.h"

#define MAPS_MAX  ((size_t)1 << 16) /* vm.max_map_count is 65530 */
#define PATHS_MAX ((size_t)2 << 20)
#define LONGEST	  ((size_t)20 * 1024) /* PATH_MAX, each byte escaped */
#define DELETED	  " (deleted)"

static bool begins(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

static bool ends(const char *text, const char *with)
{
	size_t n = strlen(text), m = strlen(with);

	return n >= m && strcmp(text + n - m, with) == 0;
}

static int add_path(struct nsv_maps *m, const char *path, size_t *ret)
{
	size_t len = strlen(path) + 1;

	if (m->paths_len + len > PATHS_MAX) {
		m->cut = true;
		path = "";
		len = 1;
	}
	/* The same file's mappings follow each other. */
	if (m->n && strcmp(m->paths + m->list[m->n - 1].path, path) == 0) {
		*ret = m->list[m->n - 1].path;
		return 0;
	}
	if (m->paths_len + len > m->paths_room) {
		size_t room = m->paths_room ? m->paths_room * 2 : 16384;
		char *paths;

		while (room < m->paths_len + len)
			room *= 2;
		paths = realloc(m->paths, room);
		if (!paths)
			return -ENOMEM;
		m->paths = paths;
		m->paths_room = room;
	}
	memcpy(m->paths + m->paths_len, path, len);
	*ret = m->paths_len;
	m->paths_len += len;
	return 0;
}

static int add_map(struct nsv_maps *m, const struct nsv_map *map, const char *path)
{
	size_t at = 0;
	int r;

	if (m->n == MAPS_MAX) {
		m->cut = true;
		return 0;
	}
	r = add_path(m, path, &at);
	if (r < 0)
		return r;
	if (m->n == m->room) {
		size_t room = m->room ? m->room * 2 : 128;
		struct nsv_map *list = realloc(m->list, room * sizeof(*list));

		if (!list)
			return -ENOMEM;
		m->list = list;
		m->room = room;
	}
	m->list[m->n] = *map;
	m->list[m->n++].path = at;
	return 0;
}

/* A mapping's own line begins with its range; what follows are lines "Key: ...". */
static int take_line(struct nsv_maps *m, const char *line)
{
	struct nsv_map map = { 0 };
	int at = 0;

	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %*x:%*x %" SCNu64 " %n",
		   &map.start, &map.end, map.perms, &map.offset, &map.inode, &at) == 5) {
		/* A number of bytes that is no page's is none of the kernel's. */
		if (map.end <= map.start || map.start % 4096 || map.end % 4096)
			return 0;
		return add_map(m, &map, at > 0 ? line + at : "");
	}
	if (m->n && begins(line, "VmFlags:")) {
		m->list[m->n - 1].flags = true;
		m->list[m->n - 1].io = strstr(line, " io") || strstr(line, " pf");
	}
	return 0;
}

int nsv_maps_take(void *data, const char *text, size_t len)
{
	struct nsv_maps *m = data;
	int r = 0;

	if (!m->line)
		m->line = malloc(LONGEST + 1);
	if (!m->line)
		return -ENOMEM;
	for (size_t i = 0; i < len && r == 0; i++) {
		if (text[i] == '\n') {
			m->line[m->used] = '\0';
			r = take_line(m, m->line);
			m->used = 0;
		} else if (m->used < LONGEST) {
			m->line[m->used++] = text[i];
		}
	}
	return r;
}

static enum nsv_map_kind kind_of(const struct nsv_map *map, const char *path)
{
	if (map->io)
		return NSV_MAP_NOT;
	if (map->inode == 0) {
		if (strcmp(path, "[heap]") == 0)
			return NSV_MAP_HEAP;
		if (strcmp(path, "[stack]") == 0)
			return NSV_MAP_STACK;
		if (strcmp(path, "[vdso]") == 0)
			return NSV_MAP_VDSO;
		/* [vvar], [vsyscall], [uprobes] and what kernels to come have. */
		return *path == '\0' || begins(path, "[anon:") ? NSV_MAP_ANONYMOUS : NSV_MAP_NOT;
	}
	/* Without its flags it may be a device's registers. */
	if (!map->flags || begins(path, "anon_inode:"))
		return NSV_MAP_NOT;
	if (ends(path, DELETED) && (begins(path, "/memfd:") || begins(path, "/dev/zero") ||
				    begins(path, "/SYSV") || begins(path, "/dev/shm/")))
		return NSV_MAP_SHARED;
	return begins(path, "/SYSV") || begins(path, "/dev/shm/") || begins(path, "[anon_shmem:")
		   ? NSV_MAP_SHARED
		   : NSV_MAP_FILE;
}

void nsv_maps_finish(struct nsv_maps *m)
{
	for (size_t i = 0; i < m->n; i++)
		m->list[i].kind = kind_of(&m->list[i], nsv_map_path(m, &m->list[i]));
	nsv_free_p(&m->line);
}

void nsv_maps_free(struct nsv_maps *m)
{
	free(m->list);
	free(m->paths);
	free(m->line);
	*m = (struct nsv_maps){ 0 };
}

const char *nsv_map_path(const struct nsv_maps *m, const struct nsv_map *map)
{
	return m->paths + map->path;
}

struct nsv_map *nsv_maps_find(struct nsv_maps *m, uint64_t address)
{
	size_t low = 0, high = m->n;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (m->list[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	return low < m->n && m->list[low].start <= address ? &m->list[low] : NULL;
}
