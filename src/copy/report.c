/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * report.c - reports failures and events to the caller, and knows whether the run has to end.
 *
 * Any thread of the run may report: report_lock serialises the calls of the event function.
 */
#include <fcntl.h>
#include <stdio.h>

#include "internal.h"
#include "source.h"

int nsv_ended(const struct nsv_copy *c)
{
	if (c->o.cancel && __atomic_load_n(c->o.cancel, __ATOMIC_RELAXED))
		return -ECANCELED;
	return atomic_load_explicit(&c->fatal, memory_order_relaxed);
}

int nsv_stopped(const struct nsv_copy *c)
{
	return nsv_ended(c) < 0 ? -ECANCELED : 0;
}

void nsv_emit(struct nsv_copy *c, const struct nsv_copy_event *event)
{
	if (!c->o.event)
		return;
	(void)pthread_mutex_lock(&c->report_lock);
	c->o.event(event, c->o.data);
	(void)pthread_mutex_unlock(&c->report_lock);
}

/* Whether every later file would fail alike. */
static bool ends_all(int err)
{
	return err == ENOSPC || err == EDQUOT || err == EPIPE;
}

/* The mount on which the destination of @dir lies. */
static uint64_t mount_of(const struct nsv_dir *dir)
{
	const struct nsv_copy *c = dir->s->c;

	if (dir->dst_mnt)
		return dir->dst_mnt;
	for (; dir; dir = dir->up)
		if (dir->dst >= 0)
			return nsv_mount_id(dir->dst, "", AT_EMPTY_PATH);
	return c->dest.dirfd >= 0 ? nsv_mount_id(c->dest.dirfd, "", AT_EMPTY_PATH) : 0;
}

/* Whether this read-only mount was reported before: each file on it fails alike. A mount below it
 * may be writable. */
static bool told_read_only(struct nsv_copy *c, const struct nsv_dir *dir)
{
	uint64_t mnt = mount_of(dir);
	bool told = false;

	(void)pthread_mutex_lock(&c->report_lock);
	for (size_t i = 0; mnt && i < c->n_read_only; i++)
		told = told || c->read_only[i] == mnt;
	if (mnt && !told && c->n_read_only < NSV_READ_ONLY_MAX)
		c->read_only[c->n_read_only++] = mnt;
	(void)pthread_mutex_unlock(&c->report_lock);
	return told;
}

int nsv_fail(struct nsv_dir *dir, const char *name, const struct nsv_error *e)
{
	struct nsv_copy *c = dir->s->c;
	bool on_dest = e->stage == NSV_STAGE_WRITE || e->stage == NSV_STAGE_META;
	nsv_autofree char *path = NULL;
	char stopped[128];
	const char *msg = *e->msg ? e->msg : NULL;
	int none = 0;

	/* The run's result tells that it was cancelled. */
	if (e->err == ECANCELED)
		return -e->err;
	if (on_dest && ends_all(e->err) &&
	    !atomic_compare_exchange_strong(&c->fatal, &none, -e->err))
		return -e->err;
	if (on_dest && ends_all(e->err)) {
		(void)snprintf(stopped, sizeof(stopped), "%s; stopped, the rest is not copied",
			       strerrordesc_np(e->err));
		msg = stopped;
	}
	none = 0;
	(void)atomic_compare_exchange_strong(&dir->s->first_error, &none, -e->err);
	nsv_count(c, NSV_N_FAILED, 1);
	if (on_dest && e->err == EROFS) {
		if (told_read_only(c, dir))
			return -e->err;
		msg = "Read-only file system (told once for all that fails on it)";
	}
	path = nsv_dir_path(dir, on_dest ? dir->s->dest : dir->s->text, name);
	nsv_emit(c, &(struct nsv_copy_event){
			.kind = NSV_COPY_EVENT_FAILED,
			.path = path ? path : "",
			.on_dest = on_dest,
			.err = e->err,
			.msg = msg,
		    });
	return -e->err;
}

int nsv_fail_text(struct nsv_dir *dir, const char *name, int err, enum nsv_stage stage,
		  const char *text)
{
	struct nsv_error e = NSV_ERROR_INIT;

	(void)nsv_error_set(&e, err, stage, "%s", text ? text : strerrordesc_np(err));
	return nsv_fail(dir, name, &e);
}

/* The directory's path with @name; for an argument DEST may be the whole path already. */
static char *dest_path(const struct nsv_dir *dir, const char *name)
{
	const char *dest = dir->s->dest;
	const char *slash = dir->is_arg ? strrchr(dest, '/') : NULL;
	const char *last = slash ? slash + 1 : dest;
	char *path;

	if (!dir->is_arg || !strcmp(last, name))
		return nsv_dir_path(dir, dest, name);
	if (asprintf(&path, "%.*s%s", (int)(last - dest), dest, name) < 0)
		return NULL;
	return path;
}

void nsv_note_dest(struct nsv_dir *dir, const char *name, const char *msg)
{
	nsv_autofree char *path = dest_path(dir, name);

	nsv_emit(dir->s->c, &(struct nsv_copy_event){ .kind = NSV_COPY_EVENT_NOTE,
						      .path = path ? path : "",
						      .on_dest = true,
						      .msg = msg });
}

bool nsv_ask(const struct nsv_dir *dir, const char *name)
{
	struct nsv_copy *c = dir->s->c;
	nsv_autofree char *path = c->o.ask ? dest_path(dir, name) : NULL;
	bool yes;

	if (!c->o.ask)
		return true;
	(void)pthread_mutex_lock(&c->report_lock);
	yes = c->o.ask(path ? path : "", c->o.data);
	(void)pthread_mutex_unlock(&c->report_lock);
	if (!yes)
		nsv_count(c, NSV_N_EXCLUDED, 1);
	return yes;
}

void nsv_tell(struct nsv_dir *dir, const char *name, enum nsv_copy_event_kind kind, const char *msg)
{
	nsv_autofree char *path = nsv_dir_path(dir, dir->s->text, name);
	nsv_autofree char *dest = NULL;

	if (kind == NSV_COPY_EVENT_DONE)
		dest = nsv_dir_path(dir, dir->s->dest, name);
	if (kind == NSV_COPY_EVENT_CHANGED)
		nsv_count(dir->s->c, NSV_N_CHANGED, 1);
	nsv_emit(dir->s->c, &(struct nsv_copy_event){
				.kind = kind, .path = path ? path : "", .dest = dest, .msg = msg });
}
