/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* minisign.c - lines of comments and base64. See minisign.h. */
#include "collect/sign/minisign.h"

#include <errno.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>

#define UNTRUSTED "untrusted comment: "
#define TRUSTED	  "trusted comment: "
#define HEAD	  (2 + NSV_KEY_ID_LEN)
#define BYTES_MAX (HEAD + NSV_SIG_LEN)
#define BASE64(n) (((n) + 2) / 3 * 4)

struct lines {
	const char *at;
	size_t left;
};

/* A line with its newline: its length without; negative: there is none. */
static int next_line(struct lines *l, const char **ret)
{
	const char *end = l->left ? memchr(l->at, '\n', l->left) : NULL;
	size_t len = end ? (size_t)(end - l->at) : 0;

	if (!end || memchr(l->at, '\0', len) || memchr(l->at, '\r', len))
		return -EINVAL;
	*ret = l->at;
	l->at += len + 1;
	l->left -= len + 1;
	return (int)len;
}

static int comment_line(struct lines *l, const char *head, const char **ret)
{
	size_t n = strlen(head);
	int len = next_line(l, ret);

	if (len < (int)n || memcmp(*ret, head, n) != 0)
		return -EINVAL;
	*ret += n;
	return len - (int)n;
}

/* Exactly @want bytes, in the one spelling that they have. */
static int base64_line(struct lines *l, unsigned char *out, size_t want)
{
	unsigned char bytes[BYTES_MAX + 2], again[BASE64(BYTES_MAX) + 1];
	const char *line = NULL;
	int len = next_line(l, &line);

	if (len != (int)BASE64(want) ||
	    EVP_DecodeBlock(bytes, (const unsigned char *)line, len) < (int)want)
		return -EINVAL;
	(void)EVP_EncodeBlock(again, bytes, (int)want);
	if (memcmp(again, line, (size_t)len) != 0)
		return -EINVAL;
	memcpy(out, bytes, want);
	return 0;
}

static void key_bytes(const struct nsv_minisign_key *k, unsigned char out[HEAD + NSV_KEY_LEN])
{
	out[0] = 'E';
	out[1] = 'd';
	memcpy(out + 2, k->id, NSV_KEY_ID_LEN);
	memcpy(out + HEAD, k->key, NSV_KEY_LEN);
}

void nsv_minisign_key_text(const struct nsv_minisign_key *k, char *out)
{
	unsigned char bytes[HEAD + NSV_KEY_LEN];

	key_bytes(k, bytes);
	(void)EVP_EncodeBlock((unsigned char *)out, bytes, sizeof(bytes));
}

int nsv_minisign_parse_key(const char *text, size_t len, struct nsv_minisign_key *ret)
{
	struct lines l = { text, len };
	unsigned char bytes[HEAD + NSV_KEY_LEN];
	const char *comment;

	if (comment_line(&l, UNTRUSTED, &comment) < 0 ||
	    base64_line(&l, bytes, sizeof(bytes)) < 0 || l.left || memcmp(bytes, "Ed", 2) != 0)
		return -EINVAL;
	memcpy(ret->id, bytes + 2, NSV_KEY_ID_LEN);
	memcpy(ret->key, bytes + HEAD, NSV_KEY_LEN);
	return 0;
}

int nsv_minisign_parse(const char *text, size_t len, struct nsv_minisign *ret)
{
	struct nsv_minisign m = { 0 };
	struct lines l = { text, len };
	unsigned char bytes[BYTES_MAX];
	const char *comment;
	int n;

	if (len > NSV_MINISIGN_MAX || comment_line(&l, UNTRUSTED, &comment) < 0 ||
	    base64_line(&l, bytes, sizeof(bytes)) < 0)
		return -EINVAL;
	m.hashed = memcmp(bytes, "ED", 2) == 0;
	if (!m.hashed && memcmp(bytes, "Ed", 2) != 0)
		return -EINVAL;
	memcpy(m.id, bytes + 2, NSV_KEY_ID_LEN);
	memcpy(m.sig, bytes + HEAD, NSV_SIG_LEN);
	n = comment_line(&l, TRUSTED, &m.comment);
	if (n < 0 || base64_line(&l, m.global, sizeof(m.global)) < 0 || l.left)
		return -EINVAL;
	m.comment_len = (size_t)n;
	*ret = m;
	return 0;
}

size_t nsv_minisign_write(const struct nsv_minisign *m, const char *untrusted, char *out)
{
	unsigned char bytes[BYTES_MAX], line[BASE64(BYTES_MAX) + 1];
	unsigned char global[BASE64(NSV_SIG_LEN) + 1];
	int n;

	bytes[0] = 'E';
	bytes[1] = m->hashed ? 'D' : 'd';
	memcpy(bytes + 2, m->id, NSV_KEY_ID_LEN);
	memcpy(bytes + HEAD, m->sig, NSV_SIG_LEN);
	(void)EVP_EncodeBlock(line, bytes, sizeof(bytes));
	(void)EVP_EncodeBlock(global, m->global, sizeof(m->global));
	n = snprintf(out, NSV_MINISIGN_MAX, UNTRUSTED "%s\n%s\n" TRUSTED "%.*s\n%s\n", untrusted,
		     (const char *)line, (int)m->comment_len, m->comment, (const char *)global);
	return n < 0 ? 0 : (size_t)n;
}
