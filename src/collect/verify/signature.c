/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * signature.c - the signatures of SHA256SUMS, the only members that it can't list. They are short
 * and of one form; anything else under their names is altered, key or no key, so that nothing can
 * hide there.
 */
#include <errno.h>
#include <openssl/evp.h>
#include <string.h>

#include "collect/jout.h"
#include "collect/sign/sign.h"
#include "collect/verify/verify.h"

enum state {
	ABSENT,
	UNCHECKED,
	GOOD,
	BAD,
	OTHER,
};

/* What is checked: NULL without a key. */
struct signed_by {
	const struct nsv_public_key *key;
	struct nsv_message message;
	bool is_root; /* these bytes are those whose hash is the root hash */
};

/* 1: there is one, and it is in @buf as far as it may be a signature; 0: there is none. */
static int take(struct nsv_verifier *v, const char *name, struct nsv_text *t, char *buf,
		size_t *len)
{
	struct nsv_found f;
	uint32_t i;
	int64_t n;
	int r = nsv_found_get(&v->found, name, &f, &i);

	*len = 0;
	/* A link has no bytes of its own: it stays what nothing lists. */
	if (r <= 0 || !(f.flags & NSV_FOUND_REGULAR) || f.flags & NSV_FOUND_HARD)
		return r < 0 ? r : 0;
	f.flags |= NSV_FOUND_SUMMED;
	r = nsv_found_set(&v->found, i, &f);
	if (r == 0)
		r = nsv_text_flush(t);
	if (r < 0)
		return r;
	n = f.size == t->size ? nsv_text_read(t, 0, buf, NSV_MINISIGN_MAX) : 0;
	*len = n < 0 ? 0 : (size_t)n;
	return n < 0 ? (int)n : 1;
}

static int check_raw(struct nsv_verifier *v, const struct signed_by *by, enum state *ret)
{
	char buf[NSV_MINISIGN_MAX];
	size_t len;
	int r = take(v, NSV_SIG_MEMBER, &v->sig, buf, &len);

	if (r <= 0)
		return r;
	*ret = UNCHECKED;
	if (len != NSV_SIG_LEN) {
		nsv_verify_tell(v, NSV_PACKAGE_ALTERED, NSV_SIG_MEMBER, "it is no signature");
		*ret = BAD;
	} else if (by->key) {
		*ret = by->is_root && nsv_signature_is(by->key, (const unsigned char *)buf,
						       by->message.bytes, by->message.len)
			   ? GOOD
			   : BAD;
	}
	return 0;
}

static int check_minisign(struct nsv_verifier *v, const struct signed_by *by, enum state *ret)
{
	char buf[NSV_MINISIGN_MAX];
	struct nsv_minisign m;
	size_t len;
	int r = take(v, NSV_MINISIGN_MEMBER, &v->minisig, buf, &len);

	if (r <= 0)
		return r;
	*ret = UNCHECKED;
	if (nsv_minisign_parse(buf, len, &m) < 0) {
		nsv_verify_tell(v, NSV_PACKAGE_ALTERED, NSV_MINISIGN_MEMBER, "it is no signature");
		*ret = BAD;
	} else if (by->key && memcmp(m.id, by->key->public.id, NSV_KEY_ID_LEN) != 0) {
		*ret = OTHER;
	} else if (by->key) {
		*ret = by->is_root && nsv_minisign_is(by->key, &m, &by->message) ? GOOD : BAD;
	}
	return 0;
}

/* A signature without an ID (.sig) may be another key's as well as it may be altered. */
static enum nsv_signature both(bool key, enum state raw, enum state mini)
{
	if (raw == ABSENT && mini == ABSENT)
		return NSV_SIGNATURE_NONE;
	if (!key)
		return NSV_SIGNATURE_UNCHECKED;
	if (mini == OTHER && raw != GOOD)
		return NSV_SIGNATURE_OTHER_KEY;
	return (raw == GOOD || raw == ABSENT) && (mini == GOOD || mini == ABSENT)
		   ? NSV_SIGNATURE_VALID
		   : NSV_SIGNATURE_INVALID;
}

static bool is_root_hash(const struct nsv_verifier *v, const struct nsv_message *m)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	char hex[NSV_SHA_HEX];

	if (EVP_Digest(m->bytes, m->len, sum, NULL, EVP_sha256(), NULL) != 1)
		return false;
	nsv_hex(sum, NSV_SHA_LEN, hex);
	return strcmp(hex, v->result.root_hash) == 0;
}

int nsv_verify_signatures(struct nsv_verifier *v)
{
	struct signed_by by = { .key = v->reader->key };
	enum state raw = ABSENT, mini = ABSENT;
	int r = by.key ? nsv_message_open(&v->sums, &by.message) : 0;

	if (r < 0)
		return r;
	by.is_root = by.key && is_root_hash(v, &by.message);
	r = check_raw(v, &by, &raw);
	if (r == 0)
		r = check_minisign(v, &by, &mini);
	nsv_message_close(&by.message);
	v->result.signature = both(by.key != NULL, raw, mini);
	return r;
}
