/* SPDX-License-Identifier: GPL-2.0-or-later */
/* siphash.c - SipHash-1-3. */
#include "fuse/tree/siphash.h"

#include <string.h>

static uint64_t rotl(uint64_t x, unsigned n)
{
	return x << n | x >> (64 - n);
}

static void sip_round(uint64_t v[4])
{
	v[0] += v[1];
	v[1] = rotl(v[1], 13) ^ v[0];
	v[0] = rotl(v[0], 32);
	v[2] += v[3];
	v[3] = rotl(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = rotl(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = rotl(v[1], 17) ^ v[2];
	v[2] = rotl(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_round(v);
	v[0] ^= word;
}

uint64_t siphash64(const uint64_t key[2], uint64_t word, const void *data, size_t len)
{
	uint64_t v[4] = { key[0] ^ 0x736f6d6570736575, key[1] ^ 0x646f72616e646f6d,
			  key[0] ^ 0x6c7967656e657261, key[1] ^ 0x7465646279746573 };
	const char *bytes = data;
	size_t at = 0;

	sip_word(v, word);
	for (; at + 8 <= len; at += 8) {
		memcpy(&word, bytes + at, 8);
		sip_word(v, word);
	}
	word = (uint64_t)len << 56;
	memcpy(&word, bytes + at, len - at);
	sip_word(v, word);
	v[2] ^= 0xff;
	sip_round(v);
	sip_round(v);
	sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

uint32_t siphash(const uint64_t key[2], uint64_t word, const void *data, size_t len)
{
	return (uint32_t)siphash64(key, word, data, len);
}
