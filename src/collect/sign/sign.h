/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* sign.h - keys and signatures, for the files of this folder, for package.c and for verify/. */
#ifndef NSV_COLLECT_SIGN_SIGN_H
#define NSV_COLLECT_SIGN_SIGN_H

#include <openssl/evp.h>

#include <nsview/sign.h>

#include "collect/sign/minisign.h"
#include "collect/text.h"

/* Names of the members, beside SHA256SUMS. */
#define NSV_SIG_MEMBER	    "SHA256SUMS.sig"
#define NSV_MINISIGN_MEMBER "SHA256SUMS.minisig"

/* @pkey is the key's whole, or its public half. */
struct nsv_sign_key {
	EVP_PKEY *pkey;
	struct nsv_minisign_key public;
	char text[NSV_KEY_TEXT]; /* of the public half */
	unsigned mode;
};

struct nsv_public_key {
	EVP_PKEY *pkey;
	struct nsv_minisign_key public;
	char text[NSV_KEY_TEXT];
};

struct nsv_signatures {
	unsigned char raw[NSV_SIG_LEN];	 /* SHA256SUMS.sig */
	char minisign[NSV_MINISIGN_MAX]; /* SHA256SUMS.minisig */
	size_t minisign_len;
};

/* The public half of @pkey, and an ID made from it. 0 or -EINVAL: no Ed25519 key. */
int nsv_key_public(EVP_PKEY *pkey, struct nsv_minisign_key *ret);

/* ---- message.c ---- */

/* A text as one piece, which Ed25519 asks for: what is in a file is mapped, not read. */
struct nsv_message {
	const unsigned char *bytes;
	size_t len;
	void *map;
};

int nsv_message_open(struct nsv_text *t, struct nsv_message *ret);
void nsv_message_close(struct nsv_message *m);

/* ---- signature.c ---- */

/* Signs SHA256SUMS. @root: its hash in hex, for the trusted comment. 0 or -errno. */
int nsv_sign(const struct nsv_sign_key *key, struct nsv_text *sums, const char *root,
	     struct nsv_signatures *ret);
/* Has libcrypto load what checking needs, before nothing can be loaded any more. NULL is fine. */
void nsv_signature_load(const struct nsv_public_key *key);
/* Whether @sig is @key's of these bytes. */
bool nsv_signature_is(const struct nsv_public_key *key, const unsigned char sig[NSV_SIG_LEN],
		      const void *bytes, size_t len);
/* Whether both signatures in @m are @key's, and that of @message. The key's ID is not compared. */
bool nsv_minisign_is(const struct nsv_public_key *key, const struct nsv_minisign *m,
		     const struct nsv_message *message);

#endif
