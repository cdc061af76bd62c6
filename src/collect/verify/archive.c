/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* archive.c - all members of a package that is an archive. */
#include <errno.h>
#include <string.h>

#include "collect/verify/tar_in.h"
#include "collect/verify/verify.h"

static void list_member(struct nsv_verifier *v, const struct nsv_tar_found *f)
{
	v->reader->event(&(struct nsv_package_event){ .kind = NSV_PACKAGE_MEMBER,
						      .name = f->path,
						      .mode = f->mode,
						      .uid = f->uid,
						      .gid = f->gid,
						      .size = f->size,
						      .mtime = f->mtime,
						      .link = f->link },
			 v->reader->data);
}

static int hard_link(struct nsv_verifier *v, const struct nsv_tar_found *f, struct nsv_found *found)
{
	struct nsv_found other;
	uint32_t i;
	int r = f->link ? nsv_found_get(&v->found, f->link, &other, &i) : 0;

	if (r <= 0) {
		nsv_verify_tell(v, NSV_PACKAGE_DAMAGED, f->path, "a link to what is not there");
		return r;
	}
	memcpy(found->data, other.data, NSV_SHA_LEN);
	found->flags |= NSV_FOUND_HARD | (other.flags & (NSV_FOUND_REGULAR | NSV_FOUND_WHOLE));
	return 0;
}

static int take(struct nsv_verifier *v, struct nsv_tar_in *in, const struct nsv_tar_found *f)
{
	struct nsv_found found = { .size = f->size };
	struct nsv_member_sums sums = { 0 };
	uint64_t max = 0;
	struct nsv_text *keeps = nsv_verify_keeps(v, f->path, &max);
	int r = 0;

	v->result.members++;
	v->known = v->known || nsv_verify_is_list(f->path);
	memcpy(found.header, f->header, NSV_SHA_LEN);
	if (f->hard) {
		r = hard_link(v, f, &found);
	} else if (S_ISREG(f->mode)) {
		r = nsv_tar_in_body(in, keeps, max, &sums);
		memcpy(found.data, sums.data, NSV_SHA_LEN);
		found.flags = NSV_FOUND_REGULAR | (sums.whole ? NSV_FOUND_WHOLE : 0U);
	}
	if (r == 0)
		r = nsv_found_add(&v->found, f->path, &found);
	if (r == -EEXIST) {
		nsv_verify_tell(v, NSV_PACKAGE_EXTRA, f->path, "a second member of that name");
		r = 0;
	}
	return r;
}

static int read_all(struct nsv_verifier *v, struct nsv_tar_in *in)
{
	struct nsv_tar_found f;
	int r;

	while ((r = nsv_tar_in_next(in, &f)) > 0) {
		if (v->listing)
			list_member(v, &f);
		else
			r = take(v, in, &f);
		if (r < 0)
			break;
	}
	return r;
}

/* @r: of reading, once nothing more can be read. 0, or -errno. */
static int tell_end(struct nsv_verifier *v, int r, bool packed)
{
	if (r == -ENODATA && v->result.members == 0 && !v->listing && !packed)
		return 0; /* the check will find no list */
	if (r == -ENODATA) {
		/* Packed bytes that end before the first member could be of any archive. */
		v->known = v->known || v->result.members == 0;
		nsv_verify_tell(v, NSV_PACKAGE_INCOMPLETE, "", "it ends early");
		return 0;
	}
	if (r == -EBADMSG && v->result.members == 0 && !v->listing)
		return 0;
	if (r == -EBADMSG) {
		nsv_verify_tell(v, NSV_PACKAGE_DAMAGED, "", "it can't be read further");
		return 0;
	}
	return r;
}

int nsv_verify_archive(struct nsv_verifier *v)
{
	struct nsv_unpack *u = NULL;
	struct nsv_tar_in *in = NULL;
	bool packed = false;
	int r = nsv_unpack_new(v->reader->fd, &u, &packed);

	if (r == 0)
		r = nsv_tar_in_new(u, &in);
	if (r == 0)
		r = read_all(v, in);
	if (r == 0) {
		char more;

		/* Blocks of zeroes behind the end are what other writers fill up with. */
		while (nsv_unpack_read(u, &more, 1) == 1)
			if (more) {
				nsv_verify_tell(v, NSV_PACKAGE_EXTRA, "", "bytes behind the end");
				break;
			}
	}
	r = tell_end(v, r, packed);
	(void)nsv_tar_in_free(in);
	(void)nsv_unpack_free(u);
	return r;
}
