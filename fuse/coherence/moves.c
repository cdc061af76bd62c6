/* SPDX-License-Identifier: GPL-2.0-or-later */
/* moves.c - see moves.h. */
#include "fuse/coherence/moves.h"

#include <stdio.h>
#include <sys/inotify.h>

#include "fuse/coherence/changes_table.h"

/* The folder of number @dir, or any other of the container's that is the same. */
static const struct watch *same_container(const struct watch_table *t, int wd,
					  const struct watch_group *g, uint64_t dir)
{
	const struct watch *found = NULL;

	for (const struct watch *w = watch_table_by_wd(t, wd); w; w = watch_next(w))
		if (w->of == g && (!found || w->dir == dir))
			found = w;
	return found;
}

void moves_event(struct moves *m, const struct watch_table *t, const struct inotify_event *event)
{
	if (event->mask & IN_MOVED_FROM) {
		m->wd = event->wd;
		m->cookie = event->cookie;
		(void)snprintf(m->name, sizeof(m->name), "%s", event->name);
		return;
	}
	if (!m->fn || event->cookie != m->cookie)
		return;
	for (const struct watch *w = watch_table_by_wd(t, m->wd); w; w = watch_next(w)) {
		const struct watch *to = same_container(t, event->wd, w->of, w->dir);

		if (to)
			m->fn(m->data, w->dir, m->name, to->dir, event->name);
	}
}
