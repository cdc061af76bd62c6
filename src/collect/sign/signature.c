/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * signature.c - makes and checks signatures, by libcrypto alone. Of the two forms in a .minisig the
 * one is written that signify(1) takes too, of the file itself ("Ed"); read is also that of its
 * BLAKE2b-512 ("ED"), which minisign(1) writes.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "collect/sign/sign.h"

static int sign_bytes(const struct nsv_sign_key *key, const void *bytes, size_t len,
		      unsigned char out[NSV_SIG_LEN])
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t n = NSV_SIG_LEN;
	int r = -ENOMEM;

	if (ctx)
		r = EVP_DigestSignInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
			    EVP_DigestSign(ctx, out, &n, bytes, len) == 1 && n == NSV_SIG_LEN
			? 0
			: -EIO;
	EVP_MD_CTX_free(ctx);
	return r;
}

bool nsv_signature_is(const struct nsv_public_key *key, const unsigned char sig[NSV_SIG_LEN],
		      const void *bytes, size_t len)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool good = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
		    EVP_DigestVerify(ctx, sig, NSV_SIG_LEN, bytes, len) == 1;

	EVP_MD_CTX_free(ctx);
	return good;
}

/* What the second signature is of: the first, and the trusted comment. */
static size_t global_message(const struct nsv_minisign *m, unsigned char out[NSV_MINISIGN_MAX])
{
	memcpy(out, m->sig, NSV_SIG_LEN);
	memcpy(out + NSV_SIG_LEN, m->comment, m->comment_len);
	return NSV_SIG_LEN + m->comment_len;
}

int nsv_sign(const struct nsv_sign_key *key, struct nsv_text *sums, const char *root,
	     struct nsv_signatures *ret)
{
	struct nsv_minisign m = { 0 };
	unsigned char global[NSV_MINISIGN_MAX];
	struct nsv_message message;
	char comment[160];
	int r = nsv_message_open(sums, &message);

	if (r < 0)
		return r;
	r = sign_bytes(key, message.bytes, message.len, m.sig);
	nsv_message_close(&message);
	m.comment = comment;
	m.comment_len =
	    (size_t)snprintf(comment, sizeof(comment), "timestamp:%lld\tfile:SHA256SUMS\troot:%s",
			     (long long)time(NULL), root);
	memcpy(m.id, key->public.id, NSV_KEY_ID_LEN);
	if (r == 0)
		r = sign_bytes(key, global, global_message(&m, global), m.global);
	if (r < 0)
		return r;
	memcpy(ret->raw, m.sig, NSV_SIG_LEN);
	ret->minisign_len =
	    nsv_minisign_write(&m, "signature of SHA256SUMS by nscollect", ret->minisign);
	return 0;
}

static bool is_of_message(const struct nsv_public_key *key, const struct nsv_minisign *m,
			  const struct nsv_message *message)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	if (!m->hashed)
		return nsv_signature_is(key, m->sig, message->bytes, message->len);
	return EVP_Digest(message->bytes, message->len, sum, &n, EVP_blake2b512(), NULL) == 1 &&
	       nsv_signature_is(key, m->sig, sum, n);
}

bool nsv_minisign_is(const struct nsv_public_key *key, const struct nsv_minisign *m,
		     const struct nsv_message *message)
{
	unsigned char global[NSV_MINISIGN_MAX];

	return is_of_message(key, m, message) &&
	       nsv_signature_is(key, m->global, global, global_message(m, global));
}

void nsv_signature_load(const struct nsv_public_key *key)
{
	static const unsigned char none[NSV_SIG_LEN];
	unsigned char sum[EVP_MAX_MD_SIZE];

	if (!key)
		return;
	(void)nsv_signature_is(key, none, none, sizeof(none));
	(void)EVP_Digest(none, sizeof(none), sum, NULL, EVP_blake2b512(), NULL);
}
