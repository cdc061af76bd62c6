/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* pair.c - see pair.h. */
#include "changes/pair.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "changes/layer.h"

/* Content of a file of the upper layer that has metadata only. */
static int find_data(const struct nsv_layers *l, const struct nsv_stack *below, const char *path,
		     struct nsv_layered *now)
{
	struct nsv_layered f = NSV_LAYERED_NONE;
	int r = nsv_stack_find(l, below, path, &f);

	if (r < 0)
		return r;
	if (f.fd >= 0 && S_ISREG(f.st.stx_mode)) {
		now->data = f.data >= 0 ? nsv_steal_fd(&f.data) : nsv_steal_fd(&f.fd);
	} else {
		r = -EBADMSG;
	}
	nsv_layered_free(&f);
	return r;
}

/* What is merged with a folder of the upper layer. */
static int find_merged(const struct nsv_layers *l, const struct nsv_node *node, const char *name,
		       struct nsv_pair *p)
{
	const struct nsv_stack *below = node->same ? &node->old : &node->now;
	char redirect[NSV_REDIRECT_MAX + 1];
	struct nsv_layered f = NSV_LAYERED_NONE;
	int r = nsv_redirect(l, p->now.fd, redirect);

	if (r < 0)
		return r;
	if (nsv_is_opaque(l, p->now.fd))
		return 0;
	if (r == 0 && node->same) {
		p->same = nsv_is_folder(&p->old);
		return 0;
	}
	r = nsv_stack_find(l, below, r ? redirect : name, &f);
	if (r == 0 && nsv_is_folder(&f)) {
		p->now.dirs = f.dirs;
		f.dirs = (struct nsv_stack){ 0 };
	}
	nsv_layered_free(&f);
	return r;
}

/* 1: the upper layer says what is there now; 0: lower layers do; or -errno. */
static int find_upper(const struct nsv_layers *l, const struct nsv_node *node, const char *name,
		      struct nsv_pair *p)
{
	const struct nsv_stack *below = node->same ? &node->old : &node->now;
	char redirect[NSV_REDIRECT_MAX + 1];
	nsv_autofd int fd = nsv_layer_open(node->upper, name, O_PATH);
	int r;

	if (fd == -ENOENT)
		return nsv_is_whited_out(l, node->upper, name);
	if (fd < 0)
		return fd;
	if (statx(fd, "", AT_EMPTY_PATH, NSV_FACTS, &p->now.st) < 0)
		return -errno;
	if (nsv_is_whiteout(l, fd, &p->now.st))
		return 1;
	if (!nsv_is_its(l, &p->now.st))
		return -EPERM;
	p->now.fd = nsv_steal_fd(&fd);
	p->in_upper = true;
	if (S_ISDIR(p->now.st.stx_mode)) {
		r = find_merged(l, node, name, p);
	} else if (S_ISREG(p->now.st.stx_mode) && nsv_is_metacopy(l, p->now.fd)) {
		r = nsv_redirect(l, p->now.fd, redirect);
		if (r >= 0)
			r = find_data(l, below, r ? redirect : name, &p->now);
	} else {
		r = 0;
	}
	return r < 0 ? r : 1;
}

int nsv_pair_find(const struct nsv_layers *l, const struct nsv_node *node, const char *name,
		  struct nsv_pair *ret)
{
	struct nsv_pair p = NSV_PAIR_NONE;
	int r = nsv_stack_find(l, &node->old, name, &p.old);

	if (r == 0 && node->upper >= 0)
		r = find_upper(l, node, name, &p);
	if (r == 0 && !node->same)
		r = nsv_stack_find(l, &node->now, name, &p.now);
	else if (r == 0) /* it was removed from the upper folder just now */
		r = -ESTALE;
	if (r < 0)
		nsv_pair_free(&p);
	else
		*ret = p;
	return r < 0 ? r : 0;
}

void nsv_pair_free(struct nsv_pair *p)
{
	nsv_layered_free(&p->old);
	nsv_layered_free(&p->now);
}

int nsv_node_of(struct nsv_pair *p, struct nsv_node *ret)
{
	*ret = (struct nsv_node){ .upper = NSV_FD_NONE, .same = p->same };
	if (p->in_upper && nsv_is_folder(&p->now)) {
		ret->upper = nsv_layer_open_dir(p->now.fd);
		if (ret->upper < 0)
			return ret->upper;
	}
	ret->now = p->now.dirs;
	ret->old = p->old.dirs;
	p->now.dirs = p->old.dirs = (struct nsv_stack){ 0 };
	return 0;
}

void nsv_node_free(struct nsv_node *n)
{
	nsv_close(n->upper);
	nsv_stack_free(&n->now);
	nsv_stack_free(&n->old);
}
