/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * meta.c - sets owner, mode, times and attributes, always by fd: a name could be another file by
 * now.
 *
 * The owner comes first, as chown(2) removes setuid bits and capabilities; then attributes, while
 * the file is still writable; then the mode, which opens the complete file to others; then the ACLs
 * over the mode; times last, as every other step sets ctime and some set mtime.
 *
 * Metadata that is not preserved follows the folder, as if the destination's user had made the
 * file: its default ACL or the umask, the group of a setgid folder.
 */
#include "meta.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "dest_look.h"

#define SETID (S_ISUID | S_ISGID)

static uint32_t neutral(struct nsv_copy *c, const struct nsv_target *from, enum nsv_id_kind kind,
			uint32_t id, bool *replaced)
{
	uint32_t in = nsv_ids_in(c, from, kind, id);

	if (in != NSV_ID_UNMAPPED)
		return in;
	*replaced = true;
	if (nsv_has(c, NSV_COPY_OWNER) || c->tar)
		nsv_count(c, NSV_N_IDS, 1);
	return NSV_ID_NOBODY;
}

void nsv_meta_give_owner(struct nsv_copy *c, struct nsv_meta *m)
{
	bool other = (c->o.uid != NSV_NO_ID && c->o.uid != m->uid) ||
		     (c->o.gid != NSV_NO_ID && c->o.gid != m->gid);

	if (c->o.uid != NSV_NO_ID)
		m->uid = c->o.uid;
	if (c->o.gid != NSV_NO_ID)
		m->gid = c->o.gid;
	/* As chown(2) does: the bits gave the rights of another. */
	if (!other || !(m->mode & SETID) || S_ISDIR(m->mode))
		return;
	m->mode &= ~(mode_t)SETID;
	if (nsv_has(c, NSV_COPY_MODE))
		nsv_count(c, NSV_N_SETUID, 1);
}

void nsv_meta_from_stat(struct nsv_copy *c, const struct nsv_target *from, const struct stat *st,
			struct nsv_meta *ret)
{
	bool replaced = false;

	*ret = (struct nsv_meta){
		.mode = st->st_mode,
		.uid = neutral(c, from, NSV_ID_USER, st->st_uid, &replaced),
		.gid = neutral(c, from, NSV_ID_GROUP, st->st_gid, &replaced),
		.times = { st->st_atim, st->st_mtim },
	};
	/* As in mode_for(): the bits mean the source's owner, and 65534 may be a real user. */
	if (replaced)
		ret->mode &= ~(mode_t)SETID;
	nsv_meta_give_owner(c, ret);
}

void nsv_meta_clear(struct nsv_meta *m)
{
	nsv_xattrs_clear(&m->xattrs);
}

static uint32_t owner_for(struct nsv_copy *c, enum nsv_id_kind kind, uint32_t id, bool *replaced)
{
	uint32_t out = nsv_ids_out(c, kind, id);

	if (out != NSV_ID_UNMAPPED)
		return out;
	nsv_count(c, NSV_N_IDS, 1);
	*replaced = true;
	return nsv_ids_out(c, kind, 0);
}

/*
 * Sets the owner; true if the file has it now. As with cp, a missing right to chown is no error,
 * unless the caller has named an owner: *ret_error.
 */
static bool set_owner(struct nsv_copy *c, const struct nsv_made *made, const struct nsv_meta *m,
		      int *ret_error)
{
	const int flags = AT_EMPTY_PATH | AT_SYMLINK_NOFOLLOW;
	bool keep = nsv_has(c, NSV_COPY_OWNER) && !nsv_has(c, NSV_COPY_OWN_IDS);
	bool given = c->o.uid != NSV_NO_ID || c->o.gid != NSV_NO_ID;
	int fd = made->fd;
	bool replaced = false;
	uint32_t uid = NSV_ID_UNMAPPED, gid = NSV_ID_UNMAPPED; /* -1: stays */

	if (keep || c->o.uid != NSV_NO_ID)
		uid = owner_for(c, NSV_ID_USER, m->uid, &replaced);
	if (keep || c->o.gid != NSV_NO_ID)
		gid = owner_for(c, NSV_ID_GROUP, m->gid, &replaced);
	if (!keep && c->to && !made->existed)
		nsv_ids_give_root(c, fd);
	if (!keep && !given)
		return false;
	if (fchownat(fd, "", uid, gid, flags) == 0)
		return !replaced && uid != NSV_ID_UNMAPPED && gid != NSV_ID_UNMAPPED;
	if (given)
		*ret_error = -errno;
	/* Members of a group may give files to it. */
	if (fchownat(fd, "", (uid_t)-1, gid, flags) < 0)
		return false;
	return false;
}

static int set_mode(const struct nsv_made *made, mode_t mode)
{
	char link[32];
	int r;

	if (!made->opath) {
		r = fchmod(made->fd, mode);
	} else {
		(void)snprintf(link, sizeof(link), "/proc/self/fd/%d", made->fd);
		r = chmod(link, mode);
	}
	return r < 0 ? -errno : 0;
}

static mode_t mode_for(struct nsv_copy *c, const struct nsv_made *made, const struct nsv_meta *m,
		       bool owned)
{
	mode_t mode = m->mode & 07777;
	struct stat st;

	if (!nsv_has(c, NSV_COPY_MODE)) {
		if (nsv_has(c, NSV_COPY_PLAIN_MODE))
			mode = S_ISDIR(m->mode) ? 0777 : 0666;
		mode = nsv_dest_new_mode(made->dir, mode);
		/* The kernel gave the bit to a directory in a setgid one. */
		if (S_ISDIR(m->mode) && fstat(made->fd, &st) == 0)
			mode |= st.st_mode & S_ISGID;
		return mode;
	}
	if (!(mode & SETID))
		return mode;
	if (!nsv_has(c, NSV_COPY_SPECIAL)) {
		nsv_count(c, NSV_N_SETUID, 1);
		return mode & ~(mode_t)SETID;
	}
	/* The set-id bits are for the source's owner and would give rights to another. */
	return owned ? mode : mode & ~(mode_t)SETID;
}

/* What was there before, or may have been put there, can be of a user the container lacks. */
static bool may_set(const struct nsv_copy *c, const struct nsv_made *made)
{
	struct stat st;

	if (!c->to || !(made->existed || made->by_name))
		return true;
	return fstat(made->fd, &st) == 0 && nsv_ids_may_change(c, &st);
}

static void keep_first(int *first, int r)
{
	if (*first == 0)
		*first = r;
}

int nsv_meta_set(struct nsv_copy *c, const struct nsv_made *made, const struct nsv_meta *m,
		 struct nsv_error *e)
{
	bool owned;
	int first = 0;

	if (!may_set(c, made))
		return nsv_error_set(e, EPERM, NSV_STAGE_WRITE, NSV_NOT_THE_CONTAINERS);
	owned = set_owner(c, made, m, &first);
	keep_first(&first, nsv_xattrs_apply(c, made->fd, made->opath, &m->xattrs, false));
	if (!S_ISLNK(m->mode)) {
		if (nsv_has(c, NSV_COPY_MODE) && made->acl_inherited)
			nsv_xattrs_drop_acls(made->fd, made->opath, S_ISDIR(m->mode), &m->xattrs);
		if (nsv_has(c, NSV_COPY_MODE) || !made->existed)
			keep_first(&first, set_mode(made, mode_for(c, made, m, owned)));
		keep_first(&first, nsv_xattrs_apply(c, made->fd, made->opath, &m->xattrs, true));
	}
	if (nsv_has(c, NSV_COPY_TIMES) && utimensat(made->fd, "", m->times, AT_EMPTY_PATH) < 0)
		keep_first(&first, -errno);
	if (first < 0)
		return nsv_error_set(e, -first, NSV_STAGE_META, "its metadata can't be set: %s",
				     strerrordesc_np(-first));
	return 0;
}
