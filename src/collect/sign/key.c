/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * key.c - reads keys out of files that the caller names. A private key is decoded by libcrypto,
 * which keeps it in its secure heap if there is one, and overwrites it when it is freed; so is the
 * file's text here, and the pass phrase.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/sign/sign.h"
#include "reach/util.h"

#define FILE_MAX       ((size_t)16 << 10)
#define PASSPHRASE_MAX ((size_t)1024)

struct key_file {
	char *text; /* terminated */
	size_t len;
	unsigned mode;
};

static void key_file_free(struct key_file *f)
{
	OPENSSL_secure_clear_free(f->text, FILE_MAX);
	f->text = NULL;
}

static int read_all(int fd, struct key_file *f)
{
	ssize_t n;

	while ((n = read(fd, f->text + f->len, FILE_MAX - 1 - f->len)) != 0) {
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		f->len += (size_t)n;
	}
	f->text[f->len] = '\0';
	return f->len == FILE_MAX - 1 ? -EFBIG : 0;
}

/* A pipe is fine too: <(gpg -d key). */
static int key_file_read(const char *path, struct key_file *f, struct nsv_error *e)
{
	nsv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	struct stat st;
	int r;

	if (fd < 0 || fstat(fd, &st) < 0)
		return nsv_error_set(e, errno, NSV_STAGE_PATH, "%s", strerror(errno));
	if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
		return nsv_error_set(e, EINVAL, NSV_STAGE_PATH, "not a file");
	f->mode = st.st_mode & 07777;
	f->text = OPENSSL_secure_zalloc(FILE_MAX);
	if (!f->text)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_READ, "out of memory");
	r = read_all(fd, f);
	return r < 0 ? nsv_error_set(e, -r, NSV_STAGE_READ, "%s",
				     r == -EFBIG ? "too long for a key" : strerror(-r))
		     : 0;
}

int nsv_key_public(EVP_PKEY *pkey, struct nsv_minisign_key *ret)
{
	unsigned char sum[EVP_MAX_MD_SIZE];
	size_t len = NSV_KEY_LEN;

	if (!EVP_PKEY_is_a(pkey, "ED25519") ||
	    EVP_PKEY_get_raw_public_key(pkey, ret->key, &len) != 1 || len != NSV_KEY_LEN ||
	    EVP_Digest(ret->key, NSV_KEY_LEN, sum, NULL, EVP_blake2b512(), NULL) != 1)
		return -EINVAL;
	memcpy(ret->id, sum, NSV_KEY_ID_LEN);
	return 0;
}

static int other_kind(const char *kind, struct nsv_error *e)
{
	return nsv_error_set(e, EINVAL, NSV_STAGE_READ, "not an Ed25519 key but %s",
			     kind ? kind : "one of another kind");
}

/* ---- private keys ---- */

struct asking {
	nsv_passphrase_fn *ask;
	void *data;
	bool asked;
	int len; /* or -errno */
	char text[PASSPHRASE_MAX];
};

/* Forms that have their own encryption hold no Ed25519 key. */
static int no_phrase(char *buf, int size, int writing, void *data)
{
	(void)buf;
	(void)size;
	(void)writing;
	(void)data;
	return -1;
}

/* Of an encrypted key, @sig's; NULL: there is no pass phrase, or it is wrong. */
static PKCS8_PRIV_KEY_INFO *decrypt(X509_SIG *sig, struct asking *a)
{
	a->asked = true;
	a->len = a->ask ? a->ask(a->text, sizeof(a->text), a->data) : -EACCES;
	return a->len > 0 ? PKCS8_decrypt(sig, a->text, a->len) : NULL;
}

/* The key in @info, or NULL; *ret_kind: what it is instead. */
static EVP_PKEY *unwrap(const PKCS8_PRIV_KEY_INFO *info, const char **ret_kind)
{
	const ASN1_OBJECT *kind = NULL;
	const unsigned char *p = NULL;
	ASN1_OCTET_STRING *seed = NULL;
	EVP_PKEY *pkey = NULL;
	int len = 0;

	if (PKCS8_pkey_get0(&kind, &p, &len, NULL, info) != 1)
		return NULL;
	if (OBJ_obj2nid(kind) != NID_ED25519)
		*ret_kind = OBJ_nid2sn(OBJ_obj2nid(kind));
	else
		seed = d2i_ASN1_OCTET_STRING(NULL, &p, len);
	if (seed)
		pkey = EVP_PKEY_new_raw_private_key_ex(NULL, "ED25519", NULL,
						       ASN1_STRING_get0_data(seed),
						       (size_t)ASN1_STRING_length(seed));
	ASN1_STRING_clear_free(seed);
	return pkey;
}

/*
 * PEM_read_bio_PrivateKey() and EVP_PKCS82PKEY() would do, but they free memory with the key in it.
 * *ret_kind: what the key is instead of Ed25519's.
 */
static EVP_PKEY *decode(BIO *bio, struct asking *a, const char **ret_kind)
{
	unsigned char *der = NULL;
	const unsigned char *p;
	char *name = NULL;
	long len = 0;
	PKCS8_PRIV_KEY_INFO *info = NULL;
	X509_SIG *sig = NULL;
	EVP_PKEY *pkey = NULL;

	if (PEM_bytes_read_bio_secmem(&der, &len, &name, PEM_STRING_EVP_PKEY, bio, no_phrase,
				      NULL) != 1)
		return NULL;
	p = der;
	if (strcmp(name, PEM_STRING_PKCS8INF) == 0)
		info = d2i_PKCS8_PRIV_KEY_INFO(NULL, &p, len);
	else if (strcmp(name, PEM_STRING_PKCS8) == 0)
		sig = d2i_X509_SIG(NULL, &p, len);
	else
		*ret_kind = "one of an older form (RSA, DSA, EC)";
	if (sig)
		info = decrypt(sig, a);
	if (info)
		pkey = unwrap(info, ret_kind);
	X509_SIG_free(sig);
	PKCS8_PRIV_KEY_INFO_free(info);
	OPENSSL_secure_clear_free(der, (size_t)len);
	OPENSSL_secure_free(name);
	return pkey;
}

static int not_read(const struct asking *a, const char *kind, const char *text, struct nsv_error *e)
{
	if (kind)
		return other_kind(kind, e);
	if (a->asked && a->len <= 0)
		return nsv_error_set(e, EACCES, NSV_STAGE_READ,
				     "it is encrypted, and there is no pass phrase");
	if (a->asked)
		return nsv_error_set(e, EACCES, NSV_STAGE_READ, "wrong pass phrase");
	if (strstr(text, "-----BEGIN PUBLIC KEY-----") ||
	    strncmp(text, "untrusted comment:", 18) == 0)
		return nsv_error_set(e, EINVAL, NSV_STAGE_READ,
				     "no private key in PEM; a public key can't sign");
	return nsv_error_set(e, EINVAL, NSV_STAGE_READ, "no private key in PEM");
}

static int decode_private(const struct key_file *f, struct asking *a, struct nsv_sign_key *key,
			  struct nsv_error *e)
{
	BIO *bio = BIO_new_mem_buf(f->text, (int)f->len);
	const char *kind = NULL;

	if (!bio)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_READ, "out of memory");
	key->pkey = decode(bio, a, &kind);
	BIO_free(bio);
	ERR_clear_error();
	if (!key->pkey)
		return not_read(a, kind, f->text, e);
	key->mode = f->mode;
	return nsv_key_public(key->pkey, &key->public) < 0
		   ? nsv_error_set(e, EINVAL, NSV_STAGE_READ, "no Ed25519 key")
		   : 0;
}

int nsv_sign_key_read(const char *path, nsv_passphrase_fn *ask, void *data,
		      struct nsv_sign_key **ret, struct nsv_error *e)
{
	struct asking a = { .ask = ask, .data = data };
	struct nsv_sign_key *key = calloc(1, sizeof(*key));
	struct key_file f = { 0 };
	int r;

	if (!key)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_READ, "out of memory");
	r = key_file_read(path, &f, e);
	if (r == 0)
		r = decode_private(&f, &a, key, e);
	OPENSSL_cleanse(&a, sizeof(a));
	key_file_free(&f);
	if (r < 0) {
		(void)nsv_sign_key_free(key);
		return r;
	}
	nsv_minisign_key_text(&key->public, key->text);
	*ret = key;
	return 0;
}

struct nsv_sign_key *nsv_sign_key_free(struct nsv_sign_key *key)
{
	if (key)
		EVP_PKEY_free(key->pkey);
	free(key);
	return NULL;
}

unsigned nsv_sign_key_mode(const struct nsv_sign_key *key)
{
	return key->mode;
}

const char *nsv_sign_key_text(const struct nsv_sign_key *key)
{
	return key->text;
}

/* ---- public keys ---- */

static int decode_public(const struct key_file *f, struct nsv_public_key *key, struct nsv_error *e)
{
	BIO *bio;

	if (nsv_minisign_parse_key(f->text, f->len, &key->public) == 0) {
		key->pkey = EVP_PKEY_new_raw_public_key_ex(NULL, "ED25519", NULL, key->public.key,
							   NSV_KEY_LEN);
		return key->pkey ? 0 : nsv_error_set(e, EINVAL, NSV_STAGE_READ, "no public key");
	}
	if (strstr(f->text, "PRIVATE KEY-----"))
		return nsv_error_set(e, EINVAL, NSV_STAGE_READ,
				     "a private key: signatures are checked with the public one");
	bio = BIO_new_mem_buf(f->text, (int)f->len);
	if (!bio)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_READ, "out of memory");
	key->pkey = PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL);
	BIO_free(bio);
	if (!key->pkey)
		return nsv_error_set(e, EINVAL, NSV_STAGE_READ,
				     "no public key, in PEM or of minisign or signify");
	return nsv_key_public(key->pkey, &key->public) < 0
		   ? other_kind(EVP_PKEY_get0_type_name(key->pkey), e)
		   : 0;
}

int nsv_public_key_read(const char *path, struct nsv_public_key **ret, struct nsv_error *e)
{
	struct nsv_public_key *key = calloc(1, sizeof(*key));
	struct key_file f = { 0 };
	int r;

	if (!key)
		return nsv_error_set(e, ENOMEM, NSV_STAGE_READ, "out of memory");
	r = key_file_read(path, &f, e);
	if (r == 0)
		r = decode_public(&f, key, e);
	ERR_clear_error();
	key_file_free(&f);
	if (r < 0) {
		(void)nsv_public_key_free(key);
		return r;
	}
	nsv_minisign_key_text(&key->public, key->text);
	*ret = key;
	return 0;
}

struct nsv_public_key *nsv_public_key_free(struct nsv_public_key *key)
{
	if (key)
		EVP_PKEY_free(key->pkey);
	free(key);
	return NULL;
}

const char *nsv_public_key_text(const struct nsv_public_key *key)
{
	return key->text;
}
