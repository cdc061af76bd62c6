/* SPDX-License-Identifier: GPL-2.0-or-later */
/* batch.c - fills an answer with entries of a listing. No locks. */
#include "fuse/ops/batch.h"

#include <dirent.h>
#include <errno.h>

#include "fuse/ops/ahead.h"

static bool is_dots(const char *name)
{
	return name[0] == '.' && (!name[1] || (name[1] == '.' && !name[2]));
}

static struct stat plain_stat(const struct batch *b, const struct listing_entry *entry)
{
	const struct node *node = b->node;
	uint64_t ino = entry->ino;

	if (node->kind >= NODE_LINK)
		ino = container_mix(node->dev, ino);
	return (struct stat){ .st_ino = ino, .st_mode = (mode_t)DTTOIF(entry->type) };
}

static bool add_plain(struct batch *b, const struct listing_entry *entry)
{
	struct stat st = plain_stat(b, entry);
	size_t n = fuse_add_direntry(b->req, b->buf + b->len, b->size - b->len, entry->name, &st,
				     (off_t)entry->place);

	if (n > b->size - b->len)
		return false;
	b->len += n;
	return true;
}

static int look_at_entry(struct batch *b, const struct listing_entry *entry,
			 struct fuse_entry_param *param)
{
	struct found found = { 0 };
	int r = ops_look_at(b->v, b->node, b->fd, &b->dirst, b->notified, entry->name, &found);

	if (r == 0)
		r = ops_make_entry(b->v, b->node, entry->name, &found, param);
	if (r == 0)
		ahead_read_acl(b->req, tree_node(b->v->tree, param->ino), b->fd, &found);
	return r;
}

/* Whether the entry comes with attributes. */
static bool brings(struct batch *b, const struct listing_entry *entry)
{
	const enum reader_wants what = entry->type == DT_DIR ? WANTS_FOLDERS : WANTS_FILES;

	if (is_dots(entry->name))
		return false;
	if (!ops_is_real(b->node))
		return b->starts;
	if (ahead_pays(b->req, b->node, what)) {
		b->paying |= 1U << what;
		return true;
	}
	b->paid_out = b->paid_out || b->paying & 1U << what;
	return false;
}

/* Without attributes, the kernel asks for those of each file by itself. */
static int plus_entry(struct batch *b, const struct listing_entry *entry,
		      struct fuse_entry_param *param)
{
	int r;

	*param = (struct fuse_entry_param){ .attr = plain_stat(b, entry) };
	if (!brings(b, entry))
		return 0;
	if (b->node->kind < NODE_LINK)
		r = ops_lookup_entry(b->v, b->node, entry->name, false, param);
	else
		r = look_at_entry(b, entry, param);
	/* Gone is gone; anything else the asker shall hear when it looks. */
	if (r == -ENOENT)
		return r;
	if (r < 0)
		*param = (struct fuse_entry_param){ .attr = plain_stat(b, entry) };
	return 0;
}

static bool add_plus(struct batch *b, const struct listing_entry *entry)
{
	struct fuse_entry_param param;
	size_t room = b->size - b->len;

	if (fuse_add_direntry_plus(b->req, NULL, 0, entry->name, NULL, 0) > room ||
	    b->n_counted == BATCH_PLUS_MAX)
		return false;
	if (plus_entry(b, entry, &param) < 0) {
		b->folder->skipped = true;
		return true;
	}
	if (param.ino)
		b->counted[b->n_counted++] = param.ino;
	b->len += fuse_add_direntry_plus(b->req, b->buf + b->len, room, entry->name, &param,
					 (off_t)entry->place);
	return true;
}

void batch_fill(struct batch *b, bool plus)
{
	for (; b->i < b->folder->listing.n; b->i++) {
		struct listing_entry entry = listing_get(&b->folder->listing, b->i);

		if (!(plus ? add_plus(b, &entry) : add_plain(b, &entry)))
			break;
		/* One that asks for files meanwhile has credit for the rest. */
		if (b->paid_out) {
			b->i++;
			break;
		}
	}
}
