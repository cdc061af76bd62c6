/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * copy.c - the public calls of nsview/copy.h: makes a run from its options, adds sources, ends it.
 */
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

#include "creds.h"
#include "dest_make.h"
#include "internal.h"
#include "parents.h"
#include "pool.h"
#include "reach/sized.h"
#include "source.h"
#include "tar.h"
#include "tree.h"

#define KNOWN_FLAGS ((NSV_COPY_TELL_STARTS << 1) - 1)
#define MAX_FDS	    1024u
/* The inode number of the initial user namespace (PROC_USER_INIT_INO), the same since Linux 3.8. */
#define INITIAL_USERNS 0xeffffffdu

int nsv_copy_stats_get(const struct nsv_copy *c, struct nsv_copy_stats *ret)
{
	uint64_t n[NSV_N_COUNTS];

	for (int i = 0; i < NSV_N_COUNTS; i++)
		n[i] = atomic_load_explicit(&c->count[i], memory_order_relaxed);
	const struct nsv_copy_stats stats = {
		.files = n[NSV_N_FILES],
		.dirs = n[NSV_N_DIRS],
		.bytes = n[NSV_N_BYTES],
		.bytes_total = n[NSV_N_BYTES_TOTAL],
		.failed = n[NSV_N_FAILED],
		.changed = n[NSV_N_CHANGED],
		.excluded = n[NSV_N_EXCLUDED],
		.setuid_dropped = n[NSV_N_SETUID],
		.nodes_left_out = n[NSV_N_NODES],
		.xattrs_unsupported = n[NSV_N_XATTRS],
		.xattrs_left = n[NSV_N_XATTRS_LEFT],
		.ids_unmapped = n[NSV_N_IDS],
	};
	return nsv_sized_give(ret, &stats, sizeof(stats));
}

/* ---- a run ---- */

static unsigned default_threads(void)
{
	cpu_set_t cpus;

	if (sched_getaffinity(0, sizeof(cpus), &cpus) < 0)
		return 1;
	return nsv_min((unsigned)CPU_COUNT(&cpus), 4u);
}

/* The walk's levels take half of the fds; queued jobs keep further directories open. */
static unsigned fd_budget(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur > MAX_FDS)
		return MAX_FDS;
	return limit.rlim_cur < 64 ? 64 : (unsigned)limit.rlim_cur;
}

static bool in_userns(void)
{
	struct stat st;

	return stat("/proc/self/ns/user", &st) < 0 || st.st_ino != INITIAL_USERNS;
}

static bool options_known(const struct nsv_copy_options *o)
{
	return !(o->flags & ~(unsigned)KNOWN_FLAGS) && o->backup <= NSV_COPY_BACKUP_EXISTING &&
	       !(o->backup && (o->flags & NSV_COPY_NO_CLOBBER)) &&
	       (!o->suffix || (*o->suffix && !strchr(o->suffix, '/')));
}

int nsv_copy_new(const struct nsv_copy_options *o, struct nsv_copy **ret, struct nsv_error *e)
{
	struct nsv_copy_options own;
	struct nsv_copy *c;
	unsigned threads;

	if (nsv_sized_take(&own, sizeof(own), o) < 0 || !options_known(&own))
		return nsv_error_set(e, EINVAL, NSV_STAGE_NONE, "unknown option");
	o = &own;
	c = calloc(1, sizeof(*c));
	if (!c)
		return nsv_err(e, ENOMEM, NSV_STAGE_NONE);
	c->o = *o;
	if (!c->o.suffix)
		c->o.suffix = "~";
	if (!nsv_has(c, NSV_COPY_GIVE_UID))
		c->o.uid = NSV_NO_ID;
	if (!nsv_has(c, NSV_COPY_GIVE_GID))
		c->o.gid = NSV_NO_ID;
	c->to = o->to ? nsv_root_target(o->to) : NULL;
	c->dest.dirfd = c->dest.stream = NSV_FD_NONE;
	c->max_fds = fd_budget();
	c->in_userns = in_userns();
	(void)pthread_mutex_init(&c->report_lock, NULL);
	threads = o->threads ? o->threads : default_threads();
	if (nsv_links_new(&c->links) < 0 ||
	    nsv_pool_new(c, threads, c->max_fds / 8, &c->pool) < 0) {
		(void)nsv_copy_free(c);
		return nsv_err(e, ENOMEM, NSV_STAGE_NONE);
	}
	*ret = c;
	return 0;
}

/* Whether the destination has numbers for the owner of nsv_copy_options. */
static bool owner_exists(const struct nsv_copy *c)
{
	return (c->o.uid == NSV_NO_ID ||
		nsv_ids_out(c, NSV_ID_USER, c->o.uid) != NSV_ID_UNMAPPED) &&
	       (c->o.gid == NSV_NO_ID || nsv_ids_out(c, NSV_ID_GROUP, c->o.gid) != NSV_ID_UNMAPPED);
}

static int open_dest(struct nsv_copy *c, const char *path, bool many, struct nsv_error *e)
{
	int r = 0;

	if (nsv_has(c, NSV_COPY_MKDIR))
		r = nsv_dest_make(c, path, many, &c->dest, e);
	if (r < 0 || c->dest.text)
		return r;
	return nsv_dest_open(c, path, many, &c->dest, e);
}

int nsv_copy_to_path(struct nsv_copy *c, const char *path, bool many, struct nsv_error *e)
{
	nsv_autocreds struct nsv_creds before = nsv_creds_take(c);
	struct stat st;
	int r;

	if (c->dest.text || c->tar || c->to_nothing)
		return nsv_err(e, EINVAL, NSV_STAGE_WRITE);
	/* New files could not get an owner in the container, and would stay the host root's. */
	if (c->to && (nsv_target_id_chown(c->to, NSV_ID_USER, 0) == NSV_ID_UNMAPPED ||
		      nsv_target_id_chown(c->to, NSV_ID_GROUP, 0) == NSV_ID_UNMAPPED))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE,
				     "the container's user namespace has no root user");
	if (!owner_exists(c))
		return nsv_error_set(e, EINVAL, NSV_STAGE_WRITE,
				     "its user namespace has no number for the owner");
	r = open_dest(c, path, many || nsv_has(c, NSV_COPY_TARGET_DIR | NSV_COPY_PARENTS), e);
	if (r == 0 && c->to && c->dest.dirfd >= 0 &&
	    (fstat(c->dest.dirfd, &st) < 0 || !nsv_ids_may_make(c, &st)))
		r = nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	return r;
}

const char *nsv_copy_dest_name(const struct nsv_copy *c)
{
	return c->dest.name ? c->dest.name : "";
}

int nsv_copy_to_nothing(struct nsv_copy *c)
{
	if (c->dest.text || c->tar)
		return -EINVAL;
	c->to_nothing = true;
	return 0;
}

int nsv_copy_to_tar(struct nsv_copy *c, int fd, struct nsv_error *e)
{
	if (c->dest.text || c->tar)
		return nsv_err(e, EINVAL, NSV_STAGE_WRITE);
	return nsv_tar_writer_new(c, fd, &c->tar, e);
}

int nsv_copy_tar_name(struct nsv_copy *c, const char *name)
{
	return c->tar ? nsv_tar_writer_name(c->tar, name) : -EINVAL;
}

/* Messages and the table of links begin with these texts. */
static int name_source(struct nsv_source *s, const char *path, char **ret_name)
{
	struct nsv_copy *c = s->c;
	const struct nsv_dest *d = &c->dest;
	nsv_autofree char *name = NULL;
	size_t len = strlen(path);

	while (len > 1 && path[len - 1] == '/')
		len--;
	s->text = strndup(path, len);
	if (nsv_has(c, NSV_COPY_PARENTS) && d->is_dir)
		name = nsv_parents_path(path);
	else if (d->is_dir && nsv_has(c, NSV_COPY_NO_TARGET_DIR))
		name = strdup("");
	else
		name = c->tar || d->is_dir ? nsv_source_name(path) : strdup(nsv_copy_dest_name(c));
	if (!s->text || !name)
		return -ENOMEM;
	s->last = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	if (c->tar || c->to_nothing)
		s->dest = strdup(name);
	else if (!d->is_dir || !*name)
		s->dest = strdup(d->text);
	else if (asprintf(&s->dest, "%s%s%s", d->text,
			  d->text[strlen(d->text) - 1] == '/' ? "" : "/", name) < 0)
		s->dest = NULL;
	s->base = *ret_name = nsv_steal_ptr(name);
	return s->dest ? 0 : -ENOMEM;
}

static int add(struct nsv_source *s, const char *path)
{
	struct nsv_copy *c = s->c;
	struct nsv_dir arg = { .s = s, .is_arg = true };
	struct nsv_error e = NSV_ERROR_INIT;
	bool follow = nsv_has(c, NSV_COPY_FOLLOW_ARG | NSV_COPY_FOLLOW_ALL);
	int fd = nsv_source_open(s->root, path, follow, &e);

	if (fd < 0) {
		e.stage = NSV_STAGE_PATH;
		return nsv_fail(&arg, NULL, &e);
	}
	if (s->root && nsv_has(c, NSV_COPY_FOLLOW_ALL) &&
	    nsv_root_canonical(s->root, path, 0, &s->canon, &e) < 0) {
		nsv_close(fd);
		return nsv_fail(&arg, NULL, &e);
	}
	if (c->to_nothing)
		return nsv_tree_count(s, fd);
	return c->tar ? nsv_tar_add(c->tar, s, path, fd) : nsv_tree_copy(s, path, fd);
}

int nsv_copy_add(struct nsv_copy *c, struct nsv_root *from, const char *path, struct nsv_error *e)
{
	nsv_autocreds struct nsv_creds before = nsv_creds_take(c);
	struct nsv_source s = { .c = c, .root = from };
	char *name = NULL;
	int r = nsv_ended(c), stopped;

	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_NONE);
	if (!c->tar && !c->dest.text && !c->to_nothing)
		return nsv_err(e, EINVAL, NSV_STAGE_WRITE);
	s.from = from ? nsv_root_target(from) : NULL;
	r = name_source(&s, path, &name);
	if (r == 0)
		r = add(&s, path);
	/* No event reported this failure. */
	if (r < 0 && r != -ECANCELED && !s.first_error && nsv_ended(c) == 0)
		(void)nsv_err(e, -r, NSV_STAGE_READ);
	free(s.text);
	free(s.dest);
	free(s.canon);
	free(name);
	stopped = nsv_ended(c);
	if (stopped < 0)
		return nsv_err(e, -stopped, c->tar ? NSV_STAGE_WRITE : NSV_STAGE_NONE);
	return r;
}

int nsv_copy_add_tar(struct nsv_copy *c, int fd, bool named, struct nsv_error *e)
{
	nsv_autocreds struct nsv_creds before = nsv_creds_take(c);
	struct nsv_source s = { .c = c, .text = (char *)"", .base = "" };
	int r = nsv_ended(c);

	if (r < 0)
		return nsv_err(e, -r, NSV_STAGE_NONE);
	if (c->tar || c->dest.dirfd < 0)
		return nsv_err(e, EINVAL, NSV_STAGE_WRITE);
	s.dest = c->dest.text;
	if (!c->extracted && nsv_links_new(&c->extracted) < 0)
		return nsv_err(e, ENOMEM, NSV_STAGE_NONE);
	return nsv_tar_extract(&s, fd, named, e);
}

int nsv_copy_finish(struct nsv_copy *c, struct nsv_error *e)
{
	nsv_autocreds struct nsv_creds before = nsv_creds_take(c);
	int r = nsv_ended(c);

	nsv_pool_drain(c->pool);
	if (r == 0 && c->tar)
		r = nsv_tar_writer_end(c->tar, e);
	else if (r < 0)
		(void)nsv_err(e, -r, NSV_STAGE_NONE);
	return r;
}

struct nsv_copy *nsv_copy_free(struct nsv_copy *c)
{
	if (!c)
		return NULL;
	/* This thread takes part in what is left to do. */
	nsv_autocreds struct nsv_creds before = nsv_creds_take(c);

	c->pool = nsv_pool_free(c->pool);
	c->tar = nsv_tar_writer_free(c->tar);
	c->links = nsv_links_free(c->links);
	c->extracted = nsv_links_free(c->extracted);
	nsv_dest_close(&c->dest);
	for (size_t i = 0; i < c->n_made; i++)
		free(c->made[i]);
	free(c->made);
	(void)pthread_mutex_destroy(&c->report_lock);
	free(c);
	return NULL;
}
