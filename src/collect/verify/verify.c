/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verify.c - the public calls that look into a package. */
#include "collect/verify/verify.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/sign/sign.h"
#include "collect/verify/confine.h"
#include "reach/sized.h"
#include "reach/util.h"

#define LISTS ((size_t)6) /* spools of the table and of the lists that it is compared with */

int nsv_package_reader_new(const char *path, nsv_package_event_fn *event, void *data,
			   struct nsv_package_reader **ret, struct nsv_error *e)
{
	nsv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	struct nsv_package_reader *r;
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISDIR(st.st_mode))
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "neither a file nor a folder");
	r = calloc(1, sizeof(*r));
	if (!r)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_PATH, "out of memory");
	*r = (struct nsv_package_reader){ .fd = nsv_steal_fd(&fd),
					  .is_folder = S_ISDIR(st.st_mode),
					  .event = event,
					  .data = data };
	for (size_t i = 0; i < NSV_ARRAY_SIZE(r->spools); i++)
		r->spools[i] = NSV_FD_NONE;
	*ret = r;
	return 0;
}

struct nsv_package_reader *nsv_package_reader_free(struct nsv_package_reader *r)
{
	for (size_t i = 0; r && i < NSV_ARRAY_SIZE(r->spools); i++)
		nsv_close(r->spools[i]);
	if (r)
		nsv_close(r->fd);
	free(r);
	return NULL;
}

void nsv_package_reader_set_key(struct nsv_package_reader *r, const struct nsv_public_key *key)
{
	r->key = key;
}

int nsv_package_reader_confine(struct nsv_package_reader *r, struct nsv_error *e)
{
	EVP_MD *md = EVP_MD_fetch(NULL, "SHA256", NULL); /* what it loads is loaded now */
	int err;

	EVP_MD_free(md);
	nsv_signature_load(r->key);
	for (size_t i = 0; i < LISTS + r->n_kept; i++) {
		r->spools[i] = nsv_spool_tmpfile();
		if (r->spools[i] < 0)
			return nsv_error_set(e, -r->spools[i], NSV_STAGE_NONE,
					     "no temporary file can be made");
	}
	err = nsv_confine(r->is_folder ? r->fd : -1);
	if (err < 0)
		return nsv_error_set(e, -err, NSV_STAGE_NONE, "no sandbox: %s", strerror(-err));
	return 0;
}

/* What the check has read as well. */
static struct nsv_text *also_read(struct nsv_verifier *v, const char *name)
{
	return strcmp(name, "SHA256SUMS") == 0		? &v->sums
	       : strcmp(name, "files.jsonl") == 0	? &v->files
	       : strcmp(name, "collection.json") == 0	? &v->collection
	       : strcmp(name, NSV_SIG_MEMBER) == 0	? &v->sig
	       : strcmp(name, NSV_MINISIGN_MEMBER) == 0 ? &v->minisig
							: NULL;
}

static void hand_over(struct nsv_verifier *v)
{
	for (size_t i = 0; i < v->reader->n_kept; i++) {
		struct nsv_kept *k = &v->reader->kept[i];
		struct nsv_text *text = also_read(v, k->name);

		if (text) {
			nsv_text_free(&k->text);
			k->text = *text;
			k->found = text->size > 0;
			*text = (struct nsv_text)NSV_TEXT_INIT;
		}
	}
}

void nsv_package_reader_keep(struct nsv_package_reader *r, struct nsv_kept *kept, size_t n)
{
	r->kept = kept;
	r->n_kept = nsv_min(n, (size_t)NSV_KEPT_MAX);
	for (size_t i = 0; i < r->n_kept; i++)
		kept[i].text = (struct nsv_text)NSV_TEXT_INIT;
}

static int run(struct nsv_package_reader *r, bool listing, struct nsv_verify_result *ret,
	       struct nsv_error *e)
{
	struct nsv_verifier v = { .reader = r,
				  .found = NSV_FOUND_TABLE_INIT,
				  .sums = NSV_TEXT_INIT,
				  .files = NSV_TEXT_INIT,
				  .collection = NSV_TEXT_INIT,
				  .sig = NSV_TEXT_INIT,
				  .minisig = NSV_TEXT_INIT,
				  .is_folder = r->is_folder,
				  .listing = listing,
				  .now = -1 };
	int err;

	{
		struct nsv_spool *spools[] = {
			&v.found.records, &v.found.names, &v.found.buckets,
			&v.sums.spool,	  &v.files.spool, &v.collection.spool
		};

		for (size_t i = 0; i < NSV_ARRAY_SIZE(spools); i++)
			spools[i]->fd = nsv_steal_fd(&r->spools[i]);
		for (size_t i = 0; i < r->n_kept; i++)
			r->kept[i].text.spool.fd = nsv_steal_fd(&r->spools[LISTS + i]);
	}
	v.result.whole = true;
	err = r->is_folder ? nsv_verify_folder(&v) : nsv_verify_archive(&v);
	if (err == 0 && !listing)
		err = nsv_verify_check(&v);
	hand_over(&v);
	nsv_found_free(&v.found);
	nsv_text_free(&v.sums);
	nsv_text_free(&v.files);
	nsv_text_free(&v.collection);
	nsv_text_free(&v.sig);
	nsv_text_free(&v.minisig);
	if (err < 0)
		return nsv_error_set(e, -err, NSV_STAGE_READ, "%s", strerror(-err));
	*ret = v.result;
	return 0;
}

int nsv_package_verify(struct nsv_package_reader *r, struct nsv_verify_result *ret,
		       struct nsv_error *e)
{
	struct nsv_verify_result result;
	int err;

	if (!nsv_sized_is_set(ret))
		return nsv_error_set(e, EINVAL, NSV_STAGE_NONE, "the result's size is not set");
	err = run(r, false, &result, e);
	return err < 0 ? err : nsv_sized_give(ret, &result, sizeof(result));
}

int nsv_package_list(struct nsv_package_reader *r, struct nsv_error *e)
{
	struct nsv_verify_result result;
	int err = run(r, true, &result, e);

	if (err == 0 && !result.whole)
		err = nsv_error_set(e, EBADMSG, NSV_STAGE_READ, "it is damaged or ends early");
	return err;
}
