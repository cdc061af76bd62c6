/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* changes.c - the public calls of changes.h but for the walk. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "changes/internal.h"
#include "changes/layer.h"
#include "reach/pinned.h"
#include "reach/sized.h"

#define KNOWN_FLAGS ((unsigned)(NSV_CHANGES_VOLUMES << 1) - 1)

/* NULL: @ret_r says why. */
static struct nsv_changes *begin(const struct nsv_changes_options *o, int *ret_r,
				 struct nsv_error *e)
{
	struct nsv_changes_options own;
	struct nsv_changes *c;

	if (nsv_sized_take(&own, sizeof(own), o) < 0 || own.flags & ~KNOWN_FLAGS) {
		*ret_r = nsv_error_set(e, EINVAL, NSV_STAGE_NONE, "unknown option");
		return NULL;
	}
	c = calloc(1, sizeof(*c));
	if (!c) {
		*ret_r = nsv_error_set(e, ENOMEM, NSV_STAGE_NONE, "out of memory");
		return NULL;
	}
	c->o = own;
	c->layers.upper = c->old_top = c->now_top = NSV_FD_NONE;
	return c;
}

int nsv_changes_open(struct nsv_target *target, struct nsv_root *root,
		     const struct nsv_changes_options *o, struct nsv_changes **ret,
		     struct nsv_error *e)
{
	int r = 0;
	struct nsv_changes *c = begin(o, &r, e);

	if (!c)
		return r;
	c->target = target;
	c->root = root;
	r = nsv_changes_find(c);
	if (nsv_target_alive(target) < 0)
		r = nsv_error_set(e, ESRCH, NSV_STAGE_TARGET, "PID %d has ended", (int)target->pid);
	else if (r < 0)
		r = nsv_error_set(e, -r, NSV_STAGE_ROOT, "%s", strerror(-r));
	if (r < 0)
		(void)nsv_changes_free(c);
	else
		*ret = c;
	return r;
}

static int open_top(struct nsv_root *root, const char *path, struct nsv_error *e)
{
	return nsv_root_open_path(root, path, NSV_ROOT_NOFOLLOW, e);
}

int nsv_changes_between(struct nsv_root *old, struct nsv_root *now, const char *path,
			const struct nsv_changes_options *o, struct nsv_changes **ret,
			struct nsv_error *e)
{
	int r = 0;
	struct nsv_changes *c = begin(o, &r, e);

	if (!c)
		return r;
	c->root = now;
	c->target = nsv_root_target(now);
	c->old_root = old;
	r = nsv_root_canonical(now, path, 0, &c->base, e);
	if (r == 0)
		r = c->old_top = open_top(old, path, e);
	if (r >= 0)
		r = c->now_top = open_top(now, path, e);
	if (r < 0) {
		(void)nsv_changes_free(c);
		return r;
	}
	if (strcmp(c->base, "/") == 0)
		c->base[0] = '\0';
	*ret = c;
	return 0;
}

enum nsv_changes_state nsv_changes_state(const struct nsv_changes *c, const char **ret_why)
{
	if (ret_why)
		*ret_why = c->state == NSV_CHANGES_STATE_KNOWN ? NULL : c->why;
	return c->state;
}

struct nsv_changes *nsv_changes_free(struct nsv_changes *c)
{
	if (!c)
		return NULL;
	nsv_close(c->layers.upper);
	for (unsigned i = 0; i < c->layers.n; i++)
		nsv_close(c->layers.lower[i]);
	nsv_close(c->old_top);
	nsv_close(c->now_top);
	free(c->base);
	free(c);
	return NULL;
}
