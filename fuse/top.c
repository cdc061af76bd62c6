/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * top.c - the list of containers, kept true by scans.
 *
 * Defends against: hostnames that are not names, or another's (names.h); a flood of looks (they
 * share scans); a container that ends while it is looked at.
 */
#include "fuse/top.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <time.h>

#include <nsview/target.h>

#include "fuse/names.h"
#include "reach/util.h"

/* Inode numbers of what is the view's own; place_mix() gives none below 64. */
enum { INO_TOP = 1, INO_BY = 2 };

struct top {
	pthread_mutex_t lock;
	pthread_cond_t scanned;
	const struct view_options *options;
	int procfs;
	uint32_t dev;
	uint64_t utsns; /* the host's */
	top_change_fn change;
	void *change_data;
	struct timespec since, changed;
	struct place **places; /* oldest first; counted */
	size_t n, size;
	uint64_t *refused; /* mount namespaces that the last scan found and are not shown */
	size_t n_refused;
	uint64_t serial;
	uint64_t started, done; /* scans */
	bool scanning, names_wanted;
	int result;
};

static const struct {
	enum node_kind kind;
	const char *name;
} by_dirs[] = {
	{ NODE_BY_ID, ".by-id" },
	{ NODE_BY_NAME, ".by-name" },
	{ NODE_BY_PID, ".by-pid" },
};

/* ---- scanning ---- */

static struct place *find_mntns(const struct top *t, uint64_t mntns)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->places[i]->mntns == mntns)
			return t->places[i];
	return NULL;
}

static bool name_taken(const char *name, void *data)
{
	const struct top *t = data;

	for (size_t i = 0; i < t->n; i++)
		if (!strcmp(t->places[i]->name, name))
			return true;
	return false;
}

/* Of the scanning thread only. */
static bool is_refused(const struct top *t, uint64_t mntns)
{
	for (size_t i = 0; i < t->n_refused; i++)
		if (t->refused[i] == mntns)
			return true;
	return false;
}

/* So that it is not tried again with each look. Without memory it is. */
static void refuse(struct top *t, uint64_t mntns)
{
	uint64_t *bigger = reallocarray(t->refused, t->n_refused + 1, sizeof(*bigger));

	if (!bigger)
		return;
	t->refused = bigger;
	t->refused[t->n_refused++] = mntns;
}

/* Whether the scan found other containers than are known, or a known one by another process. */
static bool differs(struct top *t, const struct nsv_scan *scan)
{
	const struct nsv_container *c;
	size_t n = 0;
	bool same = true;

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; (c = nsv_scan_get(scan, i)); i++) {
		const struct place *p;

		if (c->kind != NSV_KIND_CONTAINER || is_refused(t, c->mntns))
			continue;
		n++;
		p = find_mntns(t, c->mntns);
		same = same && p && place_alive(p) && !p->unnamed;
	}
	same = same && n == t->n;
	(void)pthread_mutex_unlock(&t->lock);
	return !same;
}

static void update_string(char **to, const char *from)
{
	char *copy;

	if (!from || (*to && !strcmp(*to, from)))
		return;
	copy = strdup(from);
	if (!copy)
		return;
	free(*to);
	*to = copy;
}

/*
 * The process that it was known by has ended, another is there. The number of a mount namespace is
 * used again soon: only if its root lies on the very mount that is held is it the same container.
 */
static void follow(struct place *p, const struct nsv_container *c)
{
	struct nsv_target *target = NULL;
	int fd;

	if (place_alive(p) || nsv_target_open_pid(c->pid, c->mntns, &target, NULL) < 0)
		return;
	if (place_is_root(p, target)) {
		fd = fcntl(nsv_target_pidfd(target), F_DUPFD_CLOEXEC, 3);
		if (fd >= 0)
			place_follow(p, c->pid, fd);
	}
	nsv_target_free(target);
}

/* Called by the one scanning thread only, which alone changes the list. */
static int admit(struct top *t, const struct nsv_container *c)
{
	struct place_config config = { t->options, t->procfs, t->dev, t->serial + 1 };
	char name[NAME_SIZE];
	struct place *p = NULL;

	int r = place_new(&config, c, &p, NULL);

	/* Ended meanwhile, not ours to look at, or the view itself: no error of the scan. */
	if (r == -ELOOP || r == -EACCES || r == -EPERM)
		refuse(t, c->mntns);
	if (r < 0)
		return 0;
	t->serial++;
	(void)pthread_mutex_lock(&t->lock);
	name_choose(c, name_taken, t, name);
	p->name = strdup(name);
	if (t->n == t->size) {
		size_t size = t->size ? t->size * 2 : 16;
		struct place **bigger = reallocarray(t->places, size, sizeof(struct place *));

		if (bigger) {
			t->places = bigger;
			t->size = size;
		}
	}
	if (!p->name || t->n == t->size) {
		(void)pthread_mutex_unlock(&t->lock);
		place_put(p);
		return -ENOMEM;
	}
	p->seen = true;
	p->unnamed = name_is_unset(c, t->utsns) && name_is_young(c);
	t->places[t->n++] = p;
	(void)clock_gettime(CLOCK_REALTIME, &t->changed);
	(void)pthread_mutex_unlock(&t->lock);
	if (t->change)
		t->change(t->change_data, p, true);
	return 0;
}

/* A scan may miss what is moving: who lives and is where it was, is there. */
static bool still_there(const struct top *t, const struct place *p)
{
	char name[32], text[64], wanted[64];
	ssize_t n;

	if (!place_alive(p))
		return false;
	(void)snprintf(name, sizeof(name), "%d/ns/mnt", (int)atomic_load(&p->pid));
	n = readlinkat(t->procfs, name, text, sizeof(text) - 1);
	text[n < 0 ? 0 : n] = '\0';
	(void)snprintf(wanted, sizeof(wanted), "mnt:[%" PRIu64 "]", p->mntns);
	return !strcmp(text, wanted) && place_alive(p);
}

/* Named before it had a name, and it has one now. */
static bool got_name(const struct top *t, struct place *p, const struct nsv_container *c)
{
	if (!p->unnamed)
		return false;
	if (c->hostname && !name_is_unset(c, t->utsns))
		return true;
	p->unnamed = name_is_young(c);
	return false;
}

static void drop_unseen(struct top *t)
{
	for (size_t i = 0; i < t->n;) {
		struct place *p = t->places[i];

		if (p->seen || (!p->renamed && still_there(t, p))) {
			i++;
			continue;
		}
		(void)pthread_mutex_lock(&t->lock);
		memmove(&t->places[i], &t->places[i + 1], (t->n - i - 1) * sizeof(struct place *));
		t->n--;
		(void)clock_gettime(CLOCK_REALTIME, &t->changed);
		(void)pthread_mutex_unlock(&t->lock);
		place_kill(p);
		if (t->change)
			t->change(t->change_data, p, false);
		place_bury(p);
		place_put(p);
	}
}

static int reconcile(struct top *t, const struct nsv_scan *scan)
{
	const struct nsv_container *c;
	int r = 0;

	for (size_t i = 0; i < t->n; i++)
		t->places[i]->seen = false;
	/* Those that ended give their names back before others come. */
	for (size_t i = 0; (c = nsv_scan_get(scan, i)); i++) {
		struct place *p = c->kind == NSV_KIND_CONTAINER ? find_mntns(t, c->mntns) : NULL;

		if (!p)
			continue;
		follow(p, c);
		p->renamed = got_name(t, p, c);
		p->seen = place_alive(p) && !p->renamed;
		(void)pthread_mutex_lock(&t->lock);
		update_string(&p->engine, c->engine);
		update_string(&p->id_text, c->id);
		update_string(&p->engine_name, c->engine_name);
		(void)pthread_mutex_unlock(&t->lock);
	}
	drop_unseen(t);
	t->n_refused = 0;
	for (size_t i = 0; r == 0 && (c = nsv_scan_get(scan, i)); i++)
		if (c->kind == NSV_KIND_CONTAINER && !find_mntns(t, c->mntns))
			r = admit(t, c);
	return r;
}

/* Without engines' files and hostnames first: mostly nothing came or went. */
static int scan_once(struct top *t, bool names, struct nsv_error *e)
{
	struct nsv_scan_options options = NSV_SCAN_OPTIONS_INIT;
	struct nsv_scan *scan = NULL;
	int r = nsv_scan_new(&options, &scan, e);

	if (r < 0)
		return r;
	if (names || differs(t, scan)) {
		scan = nsv_scan_free(scan);
		options.flags = NSV_SCAN_HINTS | NSV_SCAN_HOSTNAMES;
		r = nsv_scan_new(&options, &scan, e);
		if (r < 0)
			return r;
		r = reconcile(t, scan);
	}
	nsv_scan_free(scan);
	return r;
}

int top_scan(struct top *t, bool names, struct nsv_error *e)
{
	uint64_t wanted;
	int r;

	(void)pthread_mutex_lock(&t->lock);
	wanted = t->started + 1;
	t->names_wanted |= names;
	while (t->done < wanted) {
		if (t->scanning) {
			(void)pthread_cond_wait(&t->scanned, &t->lock);
			continue;
		}
		t->scanning = true;
		t->started++;
		names = t->names_wanted;
		t->names_wanted = false;
		(void)pthread_mutex_unlock(&t->lock);
		r = scan_once(t, names, e);
		(void)pthread_mutex_lock(&t->lock);
		t->scanning = false;
		t->done = t->started;
		t->result = r;
		(void)pthread_cond_broadcast(&t->scanned);
	}
	r = t->result;
	(void)pthread_mutex_unlock(&t->lock);
	return r;
}

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

static void link_stat(struct top *t, enum node_kind dir, const struct place *p, struct stat *ret)
{
	*ret = (struct stat){
		.st_ino = place_mix((uint32_t)dir, p->serial),
		.st_mode = S_IFLNK | 0777,
		.st_nlink = 1,
		.st_uid = geteuid(),
		.st_gid = getegid(),
		.st_size = (off_t)strlen(p->name) + 3,
		.st_blksize = 4096,
		.st_atim = t->since,
		.st_mtim = t->since,
		.st_ctim = t->since,
	};
}

/* How a container is called in a folder: escaped, or NULL where it has no such name. */
static const char *name_in(enum node_kind dir, const struct place *p, char buf[static NAME_SIZE])
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

/* Counted. Where two engines have one name it is the older's. */
static struct place *find_name(struct top *t, enum node_kind dir, const char *name)
{
	struct place *found = NULL;
	char buf[NAME_SIZE];

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; i < t->n && !found; i++) {
		const char *theirs = name_in(dir, t->places[i], buf);

		if (theirs && !strcmp(theirs, name) && place_alive(t->places[i]))
			found = t->places[i];
	}
	if (found)
		place_get(found);
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

/* Any process of a container has a link in .by-pid, though only one is listed. */
static struct place *find_member(struct top *t, const char *name)
{
	struct place *found = NULL;
	nsv_autofree char *ns = NULL;
	char text[64];
	uint64_t pid, mntns;
	ssize_t n;

	if (nsv_parse_u64(name, INT32_MAX, &pid) < 0 || asprintf(&ns, "%d/ns/mnt", (int)pid) < 0)
		return NULL;
	n = readlinkat(t->procfs, ns, text, sizeof(text) - 1);
	if (n <= 6 || strncmp(text, "mnt:[", 5) != 0 || text[n - 1] != ']')
		return NULL;
	text[n - 1] = '\0';
	if (nsv_parse_u64(text + 5, UINT64_MAX, &mntns) < 0)
		return NULL;
	(void)pthread_mutex_lock(&t->lock);
	found = find_mntns(t, mntns);
	if (found && !place_alive(found))
		found = NULL;
	if (found)
		place_get(found);
	(void)pthread_mutex_unlock(&t->lock);
	return found;
}

static int lookup_place(struct top *t, enum node_kind dir, const char *name, struct place **ret)
{
	*ret = find_name(t, dir, name);
	if (*ret)
		return 0;
	/* No folder of a container begins so, and shells look for such names all the time. */
	if (*name == '.')
		return -ENOENT;
	(void)top_scan(t, dir == NODE_BY_NAME, NULL);
	*ret = find_name(t, dir, name);
	if (!*ret && dir == NODE_BY_PID)
		*ret = find_member(t, name);
	return *ret ? 0 : -ENOENT;
}

int top_lookup(struct top *t, enum node_kind dir, const char *name, struct node_id *ret_id,
	       struct stat *ret_st, struct place **ret_place)
{
	struct place *p = NULL;
	struct found found = { 0 };
	int r;

	for (size_t i = 0; dir == NODE_TOP && i < NSV_ARRAY_SIZE(by_dirs); i++)
		if (!strcmp(name, by_dirs[i].name)) {
			dir_stat(t, by_dirs[i].kind, ret_st);
			*ret_id = (struct node_id){ .kind = (uint8_t)by_dirs[i].kind };
			*ret_place = NULL;
			return 0;
		}
	r = lookup_place(t, dir, name, &p);
	if (r < 0)
		return r;
	if (dir != NODE_TOP) {
		link_stat(t, dir, p, ret_st);
		*ret_id = (struct node_id){ .kind = NODE_LINK, .place = p };
		*ret_place = p;
		return 0;
	}
	r = place_enter(p);
	if (r == 0) {
		r = place_look_root(p, &found);
		place_leave(p);
	}
	if (r < 0) {
		place_put(p);
		return r == -ESTALE ? -ENOENT : r;
	}
	place_stat(p, &found.st, found.id.flags, ret_st);
	*ret_id = found.id;
	*ret_place = p;
	return 0;
}

int top_getattr(struct top *t, const struct node *node, struct stat *ret_st)
{
	if (node->kind != NODE_LINK) {
		dir_stat(t, node->kind, ret_st);
		return 0;
	}
	if (!place_alive(node->place))
		return -ESTALE;
	link_stat(t, node->parent->kind, node->place, ret_st);
	return 0;
}

int top_readlink(struct top *t, const struct node *node, char **ret_text)
{
	(void)t;
	if (!place_alive(node->place))
		return -ESTALE;
	return asprintf(ret_text, "../%s", node->place->name) < 0 ? -ENOMEM : 0;
}

static int list_places(struct top *t, enum node_kind dir, struct listing *l)
{
	char buf[NAME_SIZE];
	int r = 0;

	(void)pthread_mutex_lock(&t->lock);
	for (size_t i = 0; r == 0 && i < t->n; i++) {
		const struct place *p = t->places[i];
		const char *name = name_in(dir, p, buf);

		if (!name)
			continue;
		for (size_t k = 0; dir == NODE_BY_NAME && name && k < i; k++)
			if (t->places[k]->engine_name &&
			    !strcmp(t->places[k]->engine_name, p->engine_name))
				name = NULL;
		if (name && dir == NODE_TOP)
			r = listing_add(l, name, place_mix(p->id.dev, p->id.ino), DT_DIR);
		else if (name)
			r = listing_add(l, name, place_mix((uint32_t)dir, p->serial), DT_LNK);
	}
	(void)pthread_mutex_unlock(&t->lock);
	return r;
}

int top_list(struct top *t, enum node_kind dir, struct listing *l)
{
	int r = top_scan(t, dir == NODE_BY_NAME, NULL);
	ino_t own = dir == NODE_TOP ? INO_TOP : INO_BY + (ino_t)(dir - NODE_BY_ID);

	if (r == 0)
		r = listing_add(l, ".", own, DT_DIR);
	if (r == 0)
		r = listing_add(l, "..", INO_TOP, DT_DIR);
	for (size_t i = 0; r == 0 && dir == NODE_TOP && i < NSV_ARRAY_SIZE(by_dirs); i++)
		r = listing_add(l, by_dirs[i].name, INO_BY + i, DT_DIR);
	return r < 0 ? r : list_places(t, dir, l);
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

int top_new(const struct view_options *options, int procfs, struct top **ret_top)
{
	struct top *t = calloc(1, sizeof(*t));
	struct stat ns;

	if (!t)
		return -ENOMEM;
	t->options = options;
	t->procfs = procfs;
	t->utsns = fstatat(procfs, "self/ns/uts", &ns, 0) == 0 ? ns.st_ino : 0;
	(void)pthread_mutex_init(&t->lock, NULL);
	(void)pthread_cond_init(&t->scanned, NULL);
	(void)clock_gettime(CLOCK_REALTIME, &t->since);
	t->changed = t->since;
	*ret_top = t;
	return 0;
}

struct top *top_free(struct top *t)
{
	if (!t)
		return NULL;
	for (size_t i = 0; i < t->n; i++) {
		place_kill(t->places[i]);
		place_put(t->places[i]);
	}
	free(t->places);
	free(t->refused);
	(void)pthread_cond_destroy(&t->scanned);
	(void)pthread_mutex_destroy(&t->lock);
	free(t);
	return NULL;
}
