/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsdiff_out.h - a file that appears whole, under its name, or not at all; and in it members of an
 * archive whose name is the hash of their bytes. The first failure is remembered, and later calls
 * do nothing. No locks: one thread.
 */
#ifndef NSV_CLI_NSDIFF_OUT_H
#define NSV_CLI_NSDIFF_OUT_H

#include <openssl/evp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NSDIFF_HEX 65

struct nsdiff_out {
	int fd;
	const char *path; /* borrowed */
	char *part;	  /* the name that it has meanwhile; NULL: none */
	char *buf;
	size_t used;
	uint64_t at;	/* bytes until now */
	uint64_t begun; /* where the member at hand has its header */
	EVP_MD_CTX *md; /* of its bytes; NULL: no member is at hand */
	int err;	/* 0 or the first -errno */
};

/* 0 or -errno; -EEXIST: there is such a file. nsdiff_out_close() in any case. */
int nsdiff_out_open(struct nsdiff_out *o, const char *path);
void nsdiff_out_put(struct nsdiff_out *o, const void *data, size_t len);
/* Zeroes up to a whole block of tar. */
void nsdiff_out_fill(struct nsdiff_out *o);
/* The two blocks at the end of a tar. */
void nsdiff_out_end_tar(struct nsdiff_out *o);
/* A member "blobs/sha256/HASH" of what is put between the calls. */
void nsdiff_out_blob(struct nsdiff_out *o);
void nsdiff_out_blob_end(struct nsdiff_out *o, char ret_hex[static NSDIFF_HEX], uint64_t *ret_size);
/* A member of that name. */
void nsdiff_out_file(struct nsdiff_out *o, const char *name, const char *text);
/* Gives it its name. 0 or -errno of all that was done. */
int nsdiff_out_commit(struct nsdiff_out *o);
/* Without nsdiff_out_commit() nothing is left. */
void nsdiff_out_close(struct nsdiff_out *o);

#endif
