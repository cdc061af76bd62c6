/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * keygen.c - a new key pair in three files. Each is made anew (O_EXCL): no key is overwritten, and
 * nothing is written through a link. libcrypto draws the key and encrypts it.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/sign/sign.h"
#include "reach/util.h"

/* scrypt's N (r = 8): 16 MiB, the most that openssl(1) reads without options. */
#define SCRYPT_N 16384

static bool encrypt(BIO *out, EVP_PKEY *pkey, const char *passphrase)
{
	PKCS8_PRIV_KEY_INFO *info = EVP_PKEY2PKCS8(pkey);
	X509_ALGOR *how = PKCS5_pbe2_set_scrypt(EVP_aes_256_cbc(), NULL, 0, NULL, SCRYPT_N, 8, 1);
	X509_SIG *sealed =
	    info && how ? PKCS8_set0_pbe(passphrase, (int)strlen(passphrase), info, how) : NULL;
	bool done = sealed && PEM_write_bio_PKCS8(out, sealed) == 1;

	if (!sealed)
		X509_ALGOR_free(how); /* else it is in there */
	X509_SIG_free(sealed);
	PKCS8_PRIV_KEY_INFO_free(info);
	return done;
}

static int write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		bytes += n;
		len -= (size_t)n;
	}
	return fsync(fd) < 0 && errno != EINVAL ? -errno : 0;
}

/* On failure the file is not there, or was there before. */
static int make_file(const char *path, mode_t mode, const char *bytes, size_t len,
		     struct nsv_error *e)
{
	nsv_autofd int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
	int r;

	if (fd < 0)
		return nsv_error_set(e, errno, NSV_STAGE_WRITE, "%s: %s", path,
				     errno == EEXIST ? "it is there already, and stays as it is"
						     : strerror(errno));
	r = write_all(fd, bytes, len);
	if (r == 0)
		return 0;
	(void)unlink(path);
	return nsv_error_set(e, -r, NSV_STAGE_WRITE, "%s: %s", path, strerror(-r));
}

static int make_from(const char *path, mode_t mode, BIO *bio, struct nsv_error *e)
{
	char *bytes;
	long len = BIO_get_mem_data(bio, &bytes);

	return make_file(path, mode, bytes, len < 0 ? 0 : (size_t)len, e);
}

struct pair {
	EVP_PKEY *pkey;
	BIO *private_pem, *public_pem;
	char public_text[160 + NSV_KEY_TEXT], text[NSV_KEY_TEXT];
};

static bool make_pair(struct pair *p, const char *passphrase)
{
	struct nsv_minisign_key public;
	char id[2 * NSV_KEY_ID_LEN + 1];

	p->pkey = EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	p->private_pem = BIO_new(BIO_s_secmem());
	p->public_pem = BIO_new(BIO_s_mem());
	if (!p->pkey || !p->private_pem || !p->public_pem || nsv_key_public(p->pkey, &public) < 0)
		return false;
	for (size_t i = 0; i < NSV_KEY_ID_LEN; i++) /* as minisign(1) shows it */
		(void)snprintf(id + 2 * i, 3, "%02X", public.id[NSV_KEY_ID_LEN - 1 - i]);
	nsv_minisign_key_text(&public, p->text);
	(void)snprintf(p->public_text, sizeof(p->public_text),
		       "untrusted comment: minisign public key %s\n%s\n", id, p->text);
	return (passphrase ? encrypt(p->private_pem, p->pkey, passphrase)
			   : PEM_write_bio_PrivateKey(p->private_pem, p->pkey, NULL, NULL, 0, NULL,
						      NULL) == 1) &&
	       PEM_write_bio_PUBKEY(p->public_pem, p->pkey) == 1;
}

static int write_pair(const struct pair *p, const char *path, struct nsv_error *e)
{
	nsv_autofree char *text = NULL, *pem = NULL;
	int r;

	if (asprintf(&text, "%s.pub", path) < 0 || asprintf(&pem, "%s.pub.pem", path) < 0)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_WRITE, "out of memory");
	r = make_from(path, 0600, p->private_pem, e);
	if (r < 0)
		return r;
	r = make_file(text, 0644, p->public_text, strlen(p->public_text), e);
	if (r == 0) {
		r = make_from(pem, 0644, p->public_pem, e);
		if (r < 0)
			(void)unlink(text);
	}
	if (r < 0)
		(void)unlink(path);
	return r;
}

int nsv_keygen(const char *path, const char *passphrase, char **ret_text, struct nsv_error *e)
{
	nsv_autofree char *text = NULL;
	struct pair p = { 0 };
	int r;

	if (!make_pair(&p, passphrase))
		r = nsv_error_set(e, EIO, NSV_STAGE_NONE, "%s: libcrypto makes no key", path);
	else if (!(text = strdup(p.text)))
		r = nsv_error_set(e, ENOMEM, NSV_STAGE_WRITE, "out of memory");
	else
		r = write_pair(&p, path, e);
	ERR_clear_error();
	EVP_PKEY_free(p.pkey);
	BIO_free(p.private_pem);
	BIO_free(p.public_pem);
	if (r == 0 && ret_text)
		*ret_text = nsv_steal_ptr(text);
	return r;
}
