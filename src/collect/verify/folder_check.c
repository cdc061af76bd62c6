/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder_check.c - types, targets of links and folders, which no hash of a folder's package covers:
 * files.jsonl has them, and SHA256SUMS has the hash of files.jsonl.
 *
 * Defends against: a link that leads elsewhere now, a file that became a link or a folder, and what
 * somebody put beside what was collected. Names in the lists are hostile and as long as a line.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

#include "collect/verify/verify.h"
#include "reach/util.h"

#define MISSING_PARENTS_MAX 64 /* each is looked up by a hash of the whole path */

mode_t nsv_listed_type(const char *word)
{
	static const struct {
		const char *word;
		mode_t type;
	} types[] = {
		{ "file", S_IFREG },	{ "dir", S_IFDIR },   { "link", S_IFLNK },
		{ "char", S_IFCHR },	{ "block", S_IFBLK }, { "fifo", S_IFIFO },
		{ "socket", S_IFSOCK },
	};

	for (size_t i = 0; word && i < NSV_ARRAY_SIZE(types); i++)
		if (strcmp(types[i].word, word) == 0)
			return types[i].type;
	return 0;
}

/*
 * The hash that the target of a link should have: 1, or -errno. A further name has its target by
 * the first one; 0: that one is missing, so nothing tells.
 */
static int target_of(const struct nsv_verifier *v, const struct nsv_listed *l,
		     unsigned char ret_sum[EVP_MAX_MD_SIZE])
{
	struct nsv_found first;
	uint32_t i;
	int r;

	if (l->link)
		return EVP_Digest(l->link, strlen(l->link), ret_sum, NULL, EVP_sha256(), NULL)
			   ? 1
			   : -ENOMEM;
	memset(ret_sum, 0, NSV_SHA_LEN);
	if (!l->same_as)
		return 1;
	r = nsv_found_get(&v->found, l->same_as, &first, &i);
	if (r > 0)
		memcpy(ret_sum, first.data, NSV_SHA_LEN);
	return r;
}

void nsv_folder_altered(struct nsv_verifier *v, const char *name, const char *what,
			struct nsv_found *f)
{
	nsv_verify_tell(v, NSV_PACKAGE_ALTERED, name, what);
	f->flags |= NSV_FOUND_TOLD;
}

int nsv_folder_compare(struct nsv_verifier *v, const struct nsv_listed *l, struct nsv_found *f)
{
	unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
	int r = 0;

	if (f->flags & NSV_FOUND_TOLD)
		return 0;
	/* nscollect makes none of these in a folder: what stands there is not its. */
	if (!l->in_archive && !S_ISREG(l->type) && !S_ISDIR(l->type) && !S_ISLNK(l->type))
		return 0;
	if (S_ISLNK(l->type))
		r = target_of(v, l, sum);
	if (r < 0)
		return r;
	f->flags |= NSV_FOUND_LISTED;
	if (f->type != l->type)
		nsv_folder_altered(v, l->name, "its type", f);
	else if (r > 0 && memcmp(sum, f->data, NSV_SHA_LEN) != 0)
		nsv_folder_altered(v, l->name, "its target", f);
	/* Further names are compared with what it was. */
	if (r > 0)
		memcpy(f->data, sum, NSV_SHA_LEN);
	return 0;
}

/* From the lowest up, to one that is listed: those above it are as well. */
int nsv_folder_parents(struct nsv_verifier *v, const char *name)
{
	nsv_autofree char *path = strdup(name);
	unsigned missing = 0;
	struct nsv_found f;
	char *slash;
	uint32_t i;
	int r = path ? 0 : -ENOMEM;

	while (r == 0 && missing < MISSING_PARENTS_MAX && (slash = strrchr(path, '/'))) {
		*slash = '\0';
		r = nsv_found_get(&v->found, path, &f, &i);
		if (r < 0)
			return r;
		if (r == 0 || !S_ISDIR(f.type)) {
			missing++;
			r = 0;
			continue;
		}
		if (f.flags & NSV_FOUND_LISTED)
			return 0;
		f.flags |= NSV_FOUND_LISTED;
		r = nsv_found_set(&v->found, i, &f);
	}
	return r;
}
