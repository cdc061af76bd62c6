// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Private keys and pass phrases are overwritten: after a key was freed, a child looks for both in
 * all memory that it may write to. What it looks for is kept inverted, or it would find that.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <nsview/sign.h>

#include "fixtures/tmp.h"

#define LEN	32
#define MAP_MAX ((ptrdiff_t)1 << 30) /* the sanitizers' shadow is larger */

static unsigned char inverted_phrase[LEN], inverted_seed[LEN];
static char path[64];

static int ask(char *buf, size_t size, void *data)
{
	(void)size;
	(void)data;
	for (size_t i = 0; i < LEN; i++)
		buf[i] = (char)~inverted_phrase[i];
	return LEN;
}

static int ask_pem(char *buf, int size, int writing, void *data)
{
	(void)writing;
	return ask(buf, (size_t)size, data);
}

/* Runs in a child: its exit code. */
static int in_child(int (*run)(int arg), int arg)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(run(arg));
	assert_true(pid > 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status);
}

static int make(int encrypted)
{
	char phrase[LEN + 1] = "";

	(void)ask(phrase, LEN, NULL);
	return nsv_keygen(path, encrypted ? phrase : NULL, NULL, NULL) == 0 ? 0 : 1;
}

static int read_seed(int fd)
{
	FILE *f = fopen(path, "re");
	EVP_PKEY *pkey = f ? PEM_read_PrivateKey(f, NULL, ask_pem, NULL) : NULL;
	unsigned char seed[LEN];
	size_t len = LEN;

	if (!pkey || EVP_PKEY_get_raw_private_key(pkey, seed, &len) != 1)
		return 1;
	for (size_t i = 0; i < LEN; i++)
		seed[i] = (unsigned char)~seed[i];
	return write(fd, seed, LEN) == LEN ? 0 : 1;
}

__attribute__((no_sanitize("address"))) static int
occurs(const unsigned char *at, const unsigned char *end, const unsigned char inverted[LEN])
{
	int n = 0;

	for (; end - at >= LEN; at++) {
		size_t i = 0;

		while (i < LEN && (at[i] ^ inverted[i]) == 0xff)
			i++;
		n += i == LEN;
	}
	return n;
}

enum { FREED, KEPT };

/* 0: neither is found; else 1 for the pass phrase, 2 for the key. */
static int look(int kept)
{
	struct nsv_sign_key *key = NULL;
	FILE *maps = fopen("/proc/self/maps", "re");
	char line[512];
	int found = 0;

	if (!maps || nsv_sign_key_read(path, ask, NULL, &key, NULL) < 0)
		return 100;
	if (kept == FREED)
		key = nsv_sign_key_free(key);
	while (fgets(line, sizeof(line), maps)) {
		const unsigned char *from, *to;
		char mode[5];

		if (sscanf(line, "%p-%p %4s", (void **)&from, (void **)&to, mode) != 3 ||
		    strncmp(mode, "rw", 2) != 0 || to - from > MAP_MAX)
			continue;
		found |= occurs(from, to, inverted_phrase) ? 1 : 0;
		found |= occurs(from, to, inverted_seed) ? 2 : 0;
	}
	return found;
}

static void is_overwritten(int encrypted)
{
	char folder[] = "/tmp/nsview-key.XXXXXX";
	int fds[2];

	nsv_test_mkdtemp(folder);
	(void)snprintf(path, sizeof(path), "%s/key", folder);
	assert_int_equal(in_child(make, encrypted), 0);
	assert_int_equal(pipe(fds), 0);
	assert_int_equal(in_child(read_seed, fds[1]), 0);
	assert_int_equal(read(fds[0], inverted_seed, LEN), LEN);
	assert_int_equal(close(fds[0]) | close(fds[1]), 0);
	/* The control: a key that is in use is found. */
	assert_int_equal(in_child(look, KEPT) & 2, 2);
	assert_int_equal(in_child(look, FREED), 0);
}

static void an_encrypted_key(void **state)
{
	(void)state;
	is_overwritten(1);
}

static void a_plain_key(void **state)
{
	(void)state;
	is_overwritten(0);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(an_encrypted_key),
					    cmocka_unit_test(a_plain_key) };

	for (size_t i = 0; i < LEN; i++)
		inverted_phrase[i] = (unsigned char)~(unsigned char)('A' + i * 7 % 26);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
