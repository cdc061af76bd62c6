/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* verify.h - while a package is looked into; for the files of this folder. */
#ifndef NSV_COLLECT_VERIFY_H
#define NSV_COLLECT_VERIFY_H

#include <nsview/collect.h>

#include "collect/text.h"
#include "collect/verify/kept.h"
#include "collect/verify/table.h"

struct nsv_verifier {
	struct nsv_package_reader *reader;
	struct nsv_verify_result result;
	struct nsv_found_table found;
	struct nsv_text sums, files, collection; /* members that list others */
	struct nsv_text sig, minisig;		 /* signatures, if they are as short as they are */
	bool is_folder, listing;
	bool known; /* a list of a package was begun, or what was packed is cut before any member */
	bool unpacked; /* a folder that tar made of an archive */
	int64_t now;   /* what the package's own members are dated; -1: not known yet */
};

#define NSV_KEPT_MAX 24

struct nsv_package_reader {
	int fd;
	bool is_folder;
	/* Files that are made before nothing can be made any more: for the lists, then for @kept.
	 */
	int spools[6 + NSV_KEPT_MAX];
	struct nsv_kept *kept;
	size_t n_kept;
	nsv_package_event_fn *event;
	void *data;
	const struct nsv_public_key *key; /* or NULL */
};

/* difference.c */
void nsv_verify_tell(struct nsv_verifier *v, enum nsv_package_event_kind kind, const char *name,
		     const char *text);

/* Whether @path is a list that packages have. */
bool nsv_verify_is_list(const char *path);

/* Whether nothing that was found is a list of a package's: 1 or 0, or -errno. */
int nsv_verify_is_foreign(struct nsv_verifier *v);

/* The text that a member's bytes are kept in, or NULL. */
struct nsv_text *nsv_verify_keeps(struct nsv_verifier *v, const char *path, uint64_t *ret_max);

/* archive.c, folder_in.c: everything that is there, into the table. 0, or -errno after an event. */
int nsv_verify_archive(struct nsv_verifier *v);
int nsv_verify_folder(struct nsv_verifier *v);

/* What a line of files.jsonl says; all borrowed. */
struct nsv_listed {
	const char *name;
	mode_t type;	     /* S_IFMT; 0: unknown */
	const char *link;    /* of a symbolic link, or NULL */
	const char *same_as; /* of a further name: the first one, or NULL */
	bool in_archive;     /* a header of an archive is of it */
};

/* folder_check.c: of a package that is a folder. 0 or -errno; *f is changed, not written. */
int nsv_folder_compare(struct nsv_verifier *v, const struct nsv_listed *l, struct nsv_found *f);
void nsv_folder_altered(struct nsv_verifier *v, const char *name, const char *what,
			struct nsv_found *f);
/* The folders that a listed name lies in are the package's. 0 or -errno. */
int nsv_folder_parents(struct nsv_verifier *v, const char *name);
mode_t nsv_listed_type(const char *word);

/* signature.c: after SHA256SUMS was found and v->result.root_hash is set. */
int nsv_verify_signatures(struct nsv_verifier *v);
/* check.c: the table against what the package says of itself. */
int nsv_verify_check(struct nsv_verifier *v);

#endif
