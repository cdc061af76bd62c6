/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscollect_key.c - the keys that a command line names, and where pass phrases come from: a file,
 * or the terminal, never an argument or the environment, which other users may see.
 */
#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/util.h"
#include "cli/nscollect.h"

#define PASSPHRASE_MAX 1024
#define SECURE_HEAP    ((size_t)128 << 10)

/* Locked in memory where that is allowed, and out of core dumps. */
static void use_secure_heap(void)
{
	(void)CRYPTO_secure_malloc_init(SECURE_HEAP, 32);
}

static void warn_of_mode(const char *path, unsigned mode)
{
	if (mode & 077)
		cli_note("%s: others may read or write it (mode %04o): it should be 0600", path,
			 mode);
}

/* The first line. 0 or a length, or -errno after a message. */
static int from_file(const char *path, char *buf, size_t size)
{
	nsv_autofd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
	size_t len = 0;
	struct stat st;
	ssize_t n = fd < 0 || fstat(fd, &st) < 0 ? -1 : 1;
	char *end = NULL;

	while (n > 0 && !end && len < size) {
		n = read(fd, buf + len, size - len);
		end = n > 0 ? memchr(buf + len, '\n', (size_t)n) : NULL;
		len += n > 0 ? (size_t)n : 0;
	}
	if (n < 0) {
		cli_error("%s: %s", path, strerror(errno));
		return -EIO;
	}
	len = end ? (size_t)(end - buf) : len;
	if (len == 0 || len >= size) {
		cli_error("%s: its first line is no pass phrase: %s", path,
			  len ? "too long" : "empty");
		return -EINVAL;
	}
	warn_of_mode(path, (unsigned)st.st_mode & 07777);
	buf[len] = '\0';
	return (int)len;
}

/* libcrypto's own prompt: it turns the echo off, and on again after a signal. */
static int from_terminal(const char *what, bool twice, char *buf, size_t size)
{
	nsv_autofd int tty = open("/dev/tty", O_RDWR | O_CLOEXEC | O_NOCTTY);
	char prompt[128];

	if (tty < 0) {
		cli_error("%s: a pass phrase is needed, and there is no terminal: use "
			  "--passphrase-file",
			  what);
		return -ENXIO;
	}
	(void)snprintf(prompt, sizeof(prompt), "Pass phrase of %.80s: ", what);
	if (EVP_read_pw_string_min(buf, 1, (int)size - 1, prompt, twice) != 0) {
		cli_error("%s: no pass phrase", what);
		return -EINVAL;
	}
	return (int)strlen(buf);
}

struct asked {
	const struct nscollect_options *o;
	const char *path;
	bool failed; /* it has been said why */
};

static int ask(char *buf, size_t size, void *data)
{
	struct asked *a = data;
	int r = a->o->passphrase_file ? from_file(a->o->passphrase_file, buf, size)
				      : from_terminal(a->path, false, buf, size);

	a->failed = r < 0;
	return r;
}

struct nsv_sign_key *nscollect_sign_key(const struct nscollect_options *o)
{
	struct asked a = { .o = o, .path = o->sign };
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_sign_key *key = NULL;
	int r;

	if (!o->sign) {
		if (o->passphrase_file)
			cli_usage_error("--passphrase-file is for --sign and keygen");
		return NULL;
	}
	use_secure_heap();
	r = nsv_sign_key_read(o->sign, ask, &a, &key, &e);
	if (r < 0) {
		if (!a.failed)
			cli_error_at(o->sign, NULL, r, &e);
		exit(CLI_EXIT_USAGE);
	}
	warn_of_mode(o->sign, nsv_sign_key_mode(key));
	return key;
}

struct nsv_public_key *nscollect_public_key(const struct nscollect_options *o)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_public_key *key = NULL;
	int r;

	if (!o->key)
		return NULL;
	r = nsv_public_key_read(o->key, &key, &e);
	if (r < 0) {
		cli_error_at(o->key, NULL, r, &e);
		exit(CLI_EXIT_USAGE);
	}
	return key;
}

enum cli_exit nscollect_keygen(const struct nscollect_options *o, const char *path)
{
	char passphrase[PASSPHRASE_MAX];
	nsv_autofree char *text = NULL;
	struct nsv_error e = NSV_ERROR_INIT;
	bool asked = o->passphrase || o->passphrase_file;
	int r = 0;

	if (o->sign || o->key)
		cli_usage_error("keygen takes neither --sign nor --key");
	use_secure_heap();
	if (asked)
		r = o->passphrase_file
			? from_file(o->passphrase_file, passphrase, sizeof(passphrase))
			: from_terminal(path, true, passphrase, sizeof(passphrase));
	if (r < 0)
		return CLI_EXIT_USAGE;
	r = nsv_keygen(path, asked ? passphrase : NULL, &text, &e);
	OPENSSL_cleanse(passphrase, sizeof(passphrase));
	if (r < 0) {
		cli_error("%s", e.msg);
		return CLI_EXIT_FAILED;
	}
	printf("%s: the private key, %s\n"
	       "%s.pub: the public key for nscollect, minisign and signify\n"
	       "%s.pub.pem: the public key for nscollect and openssl\n"
	       "  key %s\n",
	       path, asked ? "encrypted" : "NOT encrypted", path, path, text);
	return CLI_EXIT_OK;
}
