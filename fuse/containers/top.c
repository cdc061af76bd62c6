/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top.c - lookups and listings in the view's own folders.
 *
 * Defends against: a flood of lookups (they share scans); a container that ends during a lookup; a
 * scan that hangs (top_scan.c). Lock: top.lock, never held during a scan or a call into a
 * container.
 */
#include "fuse/containers/top_list.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuse/containers/names.h"
#include "fuse/prober/prober.h"
#include "reach/clock.h"
#include "reach/proc.h"
#include "reach/thread.h"
#include "reach/util.h"

#define LOOK_AGAIN_MS 50 /* whether a container has changed its root */
#define SHORT_ID      12 /* digits of an ID in what docker ps shows */
#define MIN_ID	      4	 /* digits of one that a person types */

/* Inode numbers of the view's own folders; container_mix() gives none below 64. */
enum { INO_TOP = 1, INO_BY = 2 };

static const struct {
	enum node_kind kind;
	const char *name;
} by_dirs[] = {
	{ NODE_BY_ID, ".by-id" },
	{ NODE_BY_NAME, ".by-name" },
	{ NODE_BY_PID, ".by-pid" },
};

/* ---- looking ---- */

static struct timespec changed(struct top *t)
{
	struct timespec at;

	(void)pthread_mutex_lock(&t->lock);
	at = t->changed;
	(void)pthread_mutex_unlock(&t->lock);
	return at;
}

static void dir_stat(struct top *t, enum node_kind kind, struct stat *ret)
{
	struct timespec at = changed(t);

	*ret = (struct stat){
		.st_ino = kind == NODE_TOP ? INO_TOP : INO_BY + (ino_t)(kind - NODE_BY_ID),
		.st_mode = S_IFDIR | 0555,
		.st_nlink = 2,
		.st_uid = geteuid(),
		.st_gid = getegid(),
		.st_blksize = 4096,
		.st_atim = t->since,
		.st_mtim = at,
		.st_ctim = at,
	};
}

/* What leads from a folder of links to the mount point. */
static const char *link_prefix(enum node_kind dir)
{
	return dir == NODE_TOP ? "" : "../";
}

static void link_stat(struct top *t, enum node_kind dir, const struct container *p,
		      struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = container_mix((uint32_t)dir, p->serial),
		.st_mode = S_IFLNK | 0777,
		.st_nlink = 1,
		.st_uid = geteuid(),
		.st_gid = getegid(),
		.st_size = (off_t)(strlen(p->name) + strlen(link_prefix(dir))),
		.st_blksize = 4096,
		.st_atim = t->since,
		.st_mtim = t->since,
		.st_ctim = t->since,
	};
}

/* The escaped name of a container in a folder, or NULL if it has none there. */
static const char *name_in(enum node_kind dir, const struct container *p,
			   char buf[static NAME_SIZE])
{
	const char *text = dir == NODE_BY_ID ? p->id_text : p->engine_name;

	switch (dir) {
	case NODE_TOP:
		return p->name;
	case NODE_BY_PID:
		(void)snprintf(buf, NAME_SIZE, "%d", (int)atomic_load(&p->pid));
		return buf;
	default:
		if (!text)
			return NULL;
		name_escape(text, buf, NAME_SIZE);
		return buf;
	}
}

/* Returns a new reference. If two engines use one name, the older container wins. */
static struct container *find_name(struct top *t, enum node_kind dir, const char *name)
{
	struct container *found = NULL;
	char buf[NAME_SIZE];

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n && !found; i++) {
		const char *theirs = name_in(dir, t->places[i], buf);

		if (theirs && !strcmp(theirs, name) && container_alive(t->places[i]))
			found = t->places[i];
	}
	if (found)
		container_get(found);
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

/* .by-pid lists one process of a container, but a lookup finds any. */
static struct container *find_member(struct top *t, const char *name)
{
	struct container *found = NULL;
	struct probe_look look;
	uint64_t pid;

	if (nsv_parse_u64(name, INT32_MAX, &pid) < 0 ||
	    prober_look(t->outside.prober, t->procfs, (pid_t)pid, &look) < 0 || look.ns_result < 0)
		return NULL;
	(void)pthread_mutex_lock(&t->lock);
	found = top_find_mntns(t, look.mntns);
	if (found && !container_alive(found))
		found = NULL;
	if (found)
		container_get(found);
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

/* Finds a container by the beginning of its ID, at least @least digits, if only one ID begins so.
 */
static struct container *find_beginning(struct top *t, const char *name, size_t least)
{
	const size_t len = strlen(name);
	struct container *found = NULL;
	bool several = false;

	if (len < least || strspn(name, "0123456789abcdef") != len)
		return NULL;
	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n; i++) {
		struct container *p = t->places[i];

		if (!p->id_text || strncmp(p->id_text, name, len) != 0 || !container_alive(p))
			continue;
		several = several || (found && strcmp(found->id_text, p->id_text) != 0);
		found = found ? found : p;
	}
	found = several ? NULL : found;
	if (found)
		container_get(found);
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

static bool has_young(struct top *t)
{
	bool young = false;

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n && !young; i++)
		young = container_is_young(t->places[i]);
	(void)pthread_mutex_unlock(&t->lock);
	return young;
}

/* The prober's answer takes as long as all the rest of a lookup; one that is not young has come to
 * the root that it keeps, mostly. */
static bool has_moved(const struct top *t, struct container *p)
{
	const int64_t now = nsv_now_ms();
	struct probe_look look;

	if (!container_is_young(p) && now - atomic_load(&p->looked_at) < LOOK_AGAIN_MS)
		return false;
	atomic_store(&p->looked_at, now);
	return prober_look(t->outside.prober, t->procfs, atomic_load(&p->pid), &look) == 0 &&
	       container_has_moved(p, &look);
}

static int lookup_container(struct top *t, enum node_kind dir, const char *name, bool scans,
			    struct container **ret)
{
	*ret = find_name(t, dir, name);
	if (*ret && (!scans || !has_moved(t, *ret)))
		return 0;
	container_put(*ret);
	*ret = NULL;
	/* No container's name begins with a dot, and shells look for such names all the time. */
	if (*name == '.' || !scans)
		return -ENOENT;
	(void)top_scan(t, dir == NODE_BY_NAME);
	*ret = find_name(t, dir, name);
	if (!*ret && dir == NODE_BY_PID)
		*ret = find_member(t, name);
	if (!*ret && dir == NODE_BY_ID)
		*ret = find_beginning(t, name, SHORT_ID);
	return *ret ? 0 : -ENOENT;
}

/*
 * What a person types and no folder has: the engine's name, or the beginning of the ID. A new
 * container's name is known when its engine has written it, so that is read again.
 */
static int lookup_unlisted(struct top *t, const char *name, bool scans, struct container **ret)
{
	if (*name == '.')
		return -ENOENT;
	*ret = find_name(t, NODE_BY_NAME, name);
	if (!*ret && scans && has_young(t)) {
		(void)top_scan(t, true);
		*ret = find_name(t, NODE_BY_NAME, name);
	}
	if (!*ret)
		*ret = find_beginning(t, name, MIN_ID);
	return *ret ? 0 : -ENOENT;
}

int top_lookup(struct top *t, enum node_kind dir, const char *name, bool scans,
	       struct node_id *ret_id, struct stat *ret_st, struct container **ret_container)
{
	struct container *p = NULL;
	struct found found = { 0 };
	bool is_link = dir != NODE_TOP;
	int r;

	for (size_t i = 0; dir == NODE_TOP && i < NSV_ARRAY_SIZE(by_dirs); i++)
		if (!strcmp(name, by_dirs[i].name)) {
			dir_stat(t, by_dirs[i].kind, ret_st);
			*ret_id = (struct node_id){ .kind = (uint8_t)by_dirs[i].kind };
			*ret_container = NULL;
			return 0;
		}
	r = lookup_container(t, dir, name, scans, &p);
	if (r == -ENOENT && dir == NODE_TOP) {
		r = lookup_unlisted(t, name, scans, &p);
		is_link = true;
	}
	if (r < 0)
		return r;
	if (is_link) {
		link_stat(t, dir, p, ret_st);
		*ret_id = (struct node_id){ .kind = NODE_LINK, .container = p };
		*ret_container = p;
		return 0;
	}
	/* A look at the folder is no use of the container: little is cached, so nothing needs a
	 * watch. */
	r = container_enter_unasked(p);
	if (r == 0) {
		r = container_look_root(p, &found);
		container_leave(p);
	}
	if (r < 0) {
		container_put(p);
		return r == -ESTALE ? -ENOENT : r;
	}
	container_stat(p, &found.st, found.id.flags, ret_st);
	*ret_id = found.id;
	*ret_container = p;
	return 0;
}

int top_getattr(struct top *t, const struct node *node, struct stat *ret_st)
{
	if (node->kind != NODE_LINK) {
		dir_stat(t, node->kind, ret_st);
		return 0;
	}
	if (!container_alive(node->container))
		return -ESTALE;
	link_stat(t, node->parent->kind, node->container, ret_st);
	return 0;
}

int top_readlink(struct top *t, const struct node *node, char **ret_text)
{
	(void)t;
	if (!container_alive(node->container))
		return -ESTALE;
	return asprintf(ret_text, "%s%s", link_prefix(node->parent->kind), node->container->name) <
		       0
		   ? -ENOMEM
		   : 0;
}

/*
 * Whether an older container has the same name there. A container in a container has the ID of the
 * outer one, for example.
 */
static bool is_again(const struct top *t, enum node_kind dir, size_t i)
{
	const struct container *p = t->places[i];

	for (size_t k = 0; k < i; k++) {
		const struct container *other = t->places[k];
		const char *a = dir == NODE_BY_ID ? p->id_text : p->engine_name;
		const char *b = dir == NODE_BY_ID ? other->id_text : other->engine_name;

		if (a && b && !strcmp(a, b))
			return true;
	}
	return false;
}

static int list_places(struct top *t, enum node_kind dir, const struct listing_order *order,
		       struct listing *l)
{
	char buf[NAME_SIZE];
	int r = 0;

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; r == 0 && i < t->n; i++) {
		const struct container *p = t->places[i];
		const char *name = name_in(dir, p, buf);

		if (!name || ((dir == NODE_BY_ID || dir == NODE_BY_NAME) && is_again(t, dir, i)))
			continue;
		if (dir == NODE_TOP)
			r = listing_add(l, order, name, container_mix(p->id.dev, p->id.ino),
					DT_DIR);
		else
			r = listing_add(l, order, name, container_mix((uint32_t)dir, p->serial),
					DT_LNK);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return r;
}

int top_list(struct top *t, enum node_kind dir, const struct listing_order *order,
	     struct listing *l)
{
	int r = top_scan(t, dir == NODE_BY_NAME);
	ino_t own = dir == NODE_TOP ? INO_TOP : INO_BY + (ino_t)(dir - NODE_BY_ID);

	/* What is known is better than nothing. */
	if (r == 0 || r == -ETIMEDOUT)
		r = listing_add(l, order, ".", own, DT_DIR);
	if (r == 0)
		r = listing_add(l, order, "..", INO_TOP, DT_DIR);
	for (size_t i = 0; r == 0 && dir == NODE_TOP && i < NSV_ARRAY_SIZE(by_dirs); i++)
		r = listing_add(l, order, by_dirs[i].name, INO_BY + i, DT_DIR);
	return r < 0 ? r : list_places(t, dir, order, l);
}

/* ---- life ---- */

void top_set_device(struct top *t, uint32_t dev)
{
	t->dev = dev;
}

void top_set_change(struct top *t, top_change_fn fn, void *data)
{
	t->change = fn;
	t->change_data = data;
}

int top_new(const struct view_options *options, int procfs, const struct outside *outside,
	    struct top **ret_top)
{
	struct top *t = calloc(1, sizeof(*t));

	if (!t)
		return -ENOMEM;
	t->options = options;
	t->procfs = procfs;
	t->outside = *outside;
	t->utsns = nsv_ns_inode(procfs, "self/ns/uts");
	(void)pthread_mutex_init(&t->lock, NULL);
	layers_init(&t->layers);
	nsv_cond_init(&t->scanned);
	(void)pthread_cond_init(&t->work, NULL);
	(void)clock_gettime(CLOCK_REALTIME, &t->since);
	t->changed = t->since;
	*ret_top = t;
	return 0;
}

struct top *top_free(struct top *t)
{
	/* If a scan hangs, this memory stays until the process ends. */
	if (!t || !top_stop(t))
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		container_kill(t->places[i]);
		container_put(t->places[i]);
	}
	free(t->places);
	free(t->refused);
	layers_done(&t->layers);
	(void)pthread_cond_destroy(&t->scanned);
	(void)pthread_cond_destroy(&t->work);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}
