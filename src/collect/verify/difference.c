/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* difference.c - telling of what was found, and which members are kept to be compared with. */
#include <string.h>

#include "collect/sign/sign.h"
#include "collect/verify/verify.h"
#include "reach/util.h"

#define LIST_MAX ((uint64_t)8 << 30)

void nsv_verify_tell(struct nsv_verifier *v, enum nsv_package_event_kind kind, const char *name,
		     const char *text)
{
	v->result.missing += kind == NSV_PACKAGE_MISSING;
	v->result.extra += kind == NSV_PACKAGE_EXTRA;
	v->result.altered += kind == NSV_PACKAGE_ALTERED;
	v->result.whole = false;
	v->reader->event(&(struct nsv_package_event){ .kind = kind, .name = name, .text = text },
			 v->reader->data);
}

static const char *const lists[] = { "SHA256SUMS",  "collection.json", "files.jsonl",
				     "log.jsonl",   "processes.json",  "container.json",
				     "mounts.json", "network.json" };

bool nsv_verify_is_list(const char *path)
{
	for (size_t k = 0; k < NSV_ARRAY_SIZE(lists); k++)
		if (strcmp(path, lists[k]) == 0)
			return true;
	return false;
}

int nsv_verify_is_foreign(struct nsv_verifier *v)
{
	struct nsv_found f;
	uint32_t i;

	if (v->known)
		return 0;
	for (size_t k = 0; k < NSV_ARRAY_SIZE(lists); k++) {
		int r = nsv_found_get(&v->found, lists[k], &f, &i);

		if (r != 0)
			return r < 0 ? r : 0;
	}
	return 1;
}

struct nsv_text *nsv_verify_keeps(struct nsv_verifier *v, const char *path, uint64_t *ret_max)
{
	*ret_max = NSV_MINISIGN_MAX;
	if (strcmp(path, NSV_SIG_MEMBER) == 0 && v->sig.size == 0)
		return &v->sig;
	if (strcmp(path, NSV_MINISIGN_MEMBER) == 0 && v->minisig.size == 0)
		return &v->minisig;
	*ret_max = LIST_MAX;
	if (strcmp(path, "SHA256SUMS") == 0 && v->sums.size == 0)
		return &v->sums;
	if (strcmp(path, "files.jsonl") == 0 && v->files.size == 0)
		return &v->files;
	if (strcmp(path, "collection.json") == 0 && v->collection.size == 0)
		return &v->collection;
	for (size_t i = 0; i < v->reader->n_kept; i++) {
		struct nsv_kept *k = &v->reader->kept[i];

		*ret_max = k->max;
		if (strcmp(path, k->name) == 0 && !k->found) {
			k->found = true;
			return &k->text;
		}
	}
	return NULL;
}

const char *nsv_package_event_word(enum nsv_package_event_kind kind)
{
	switch (kind) {
	case NSV_PACKAGE_MISSING:
		return "missing";
	case NSV_PACKAGE_EXTRA:
		return "extra";
	case NSV_PACKAGE_ALTERED:
		return "altered";
	case NSV_PACKAGE_DAMAGED:
		return "damaged";
	default:
		return "incomplete";
	}
}
