/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * minisign.h - the files of minisign(1), which signify(1) takes too (it passes over the last two
 * lines of a signature): written here, and read as strictly as they were written. A signature comes
 * out of a package, so it is hostile input. No locks, no memory.
 *
 *	untrusted comment: TEXT
 *	base64 of: algorithm (2), key's ID (8), public key (32) or signature (64)
 *	trusted comment: TEXT                    a signature's only, from here on
 *	base64 of: signature (64) of the signature above and of TEXT
 */
#ifndef NSV_COLLECT_SIGN_MINISIGN_H
#define NSV_COLLECT_SIGN_MINISIGN_H

#include <stdbool.h>
#include <stddef.h>

#define NSV_KEY_LEN	 32
#define NSV_KEY_ID_LEN	 8
#define NSV_SIG_LEN	 64
#define NSV_MINISIGN_MAX ((size_t)4096) /* of a file; minisign(1) has 8192 for a comment */

struct nsv_minisign_key {
	unsigned char id[NSV_KEY_ID_LEN];
	unsigned char key[NSV_KEY_LEN];
};

struct nsv_minisign {
	bool hashed; /* signed is the BLAKE2b-512 of the file, not the file */
	unsigned char id[NSV_KEY_ID_LEN];
	unsigned char sig[NSV_SIG_LEN], global[NSV_SIG_LEN];
	const char *comment; /* the trusted one, in the text that was parsed; not terminated */
	size_t comment_len;
};

#define NSV_KEY_TEXT 57

/* The base64 line of a public key, terminated: NSV_KEY_TEXT bytes. */
void nsv_minisign_key_text(const struct nsv_minisign_key *k, char *out);
/* Both: 0, or -EINVAL for what is no such file. @text need not be terminated. */
int nsv_minisign_parse_key(const char *text, size_t len, struct nsv_minisign_key *ret);
int nsv_minisign_parse(const char *text, size_t len, struct nsv_minisign *ret);
/* Writes a signature file: its length; @out has NSV_MINISIGN_MAX bytes. m->comment is used. */
size_t nsv_minisign_write(const struct nsv_minisign *m, const char *untrusted, char *out);

#endif
