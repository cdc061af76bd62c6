/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/sign.h - keys that sign evidence packages (collect.h), and keys that check signatures.
 *
 * A private key is Ed25519 in PEM, as `openssl genpkey -algorithm ed25519` writes it. A public key
 * is in PEM, or a file of minisign(1) and signify(1). What is signed is the member SHA256SUMS; the
 * signatures are the members SHA256SUMS.sig, for openssl(1), and SHA256SUMS.minisig.
 *
 * A private key that was read, and its pass phrase, are overwritten before their memory is freed. A
 * caller that wants keys locked in memory and out of core dumps calls CRYPTO_secure_malloc_init(3)
 * first.
 *
 * Privilege: permission to read or make the files.
 *
 * Races: a file is opened once, and what was opened is read.
 *
 * Threads: a key does not change, and may be used by several at a time.
 *
 * Kernel: any.
 */
#ifndef NSVIEW_SIGN_H
#define NSVIEW_SIGN_H

#include <stddef.h>

#include <nsview/error.h>

#ifdef __cplusplus
extern "C" {
#endif

struct nsv_sign_key;   /* private */
struct nsv_public_key; /* checks */

/* Puts the pass phrase into @buf, without a newline: its length, or -errno. Called once at most. */
typedef int nsv_passphrase_fn(char *buf, size_t size, void *data);

/*
 * Reads a private key. @ask is asked if it is encrypted. -EACCES: wrong pass phrase, or none was
 * given; -EINVAL: no private key, or not of Ed25519; -ENOMEM; or what open(2) says. On success the
 * caller owns *ret and gives it to nsv_sign_key_free().
 */
int nsv_sign_key_read(const char *path, nsv_passphrase_fn *ask, void *data,
		      struct nsv_sign_key **ret, struct nsv_error *e);
/* Overwrites the key and frees it. NULL is fine. Returns NULL. */
struct nsv_sign_key *nsv_sign_key_free(struct nsv_sign_key *key);
/* The permission bits of its file when it was read: more than 0600 is too many. */
unsigned nsv_sign_key_mode(const struct nsv_sign_key *key);
/* Its public half, for people and for `minisign -P`; the key owns the text. */
const char *nsv_sign_key_text(const struct nsv_sign_key *key);

/* Reads a public key in either form. On success the caller owns *ret and gives it to
 * nsv_public_key_free() (NULL is fine; returns NULL). -EINVAL: no public key, or not of Ed25519;
 * -ENOMEM; or what open(2) says. nsv_public_key_text() writes it as nsv_sign_key_text() does. */
int nsv_public_key_read(const char *path, struct nsv_public_key **ret, struct nsv_error *e);
struct nsv_public_key *nsv_public_key_free(struct nsv_public_key *key);
const char *nsv_public_key_text(const struct nsv_public_key *key);

/*
 * Makes a key pair: @path (mode 0600), @path.pub for minisign(1) and signify(1), @path.pub.pem for
 * openssl(1). @passphrase encrypts the private key (scrypt, AES-256); NULL: it is not encrypted.
 * *ret_text (may be NULL) is the public half, as of nsv_public_key_text(), for the caller to
 * free(3). -EEXIST: one of the three files is there; nothing is ever overwritten. On failure there
 * is none. Other errors: -ENOMEM, -EIO, and what open(2) and write(2) say.
 */
int nsv_keygen(const char *path, const char *passphrase, char **ret_text, struct nsv_error *e);

#ifdef __cplusplus
}
#endif
#endif
