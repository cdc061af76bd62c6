/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_package.c - a package that somebody handed over, listed and verified. The first byte says
 * whether the checksums of tar's headers are set right before: else nearly no input gets past them.
 */
#include "fuzz.h"

#include <errno.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nsview/collect.h>

#include "reach/util.h"

#define HOLES_MAX 100000000ULL

struct seen {
	unsigned differences, members;
	bool damaged;
};

static void on_event(const struct nsv_package_event *event, void *data)
{
	struct seen *s = data;

	FUZZ_CHECK(event->name);
	if (event->kind == NSV_PACKAGE_MEMBER) {
		FUZZ_CHECK(*event->name && event->mode & S_IFMT);
		s->members++;
		return;
	}
	s->differences++;
	s->damaged = s->damaged || event->kind == NSV_PACKAGE_DAMAGED;
}

static void set_sums(uint8_t *data, size_t size)
{
	for (size_t at = 0; at + 512 <= size; at += 512) {
		unsigned sum = 0;
		char text[8];

		if (memcmp(data + at + 257, "ustar", 5) != 0)
			continue;
		memset(data + at + 148, ' ', 8);
		for (size_t i = 0; i < 512; i++)
			sum += data[at + i];
		(void)snprintf(text, sizeof(text), "%06o", sum);
		memcpy(data + at + 148, text, 7);
	}
}

/* Zeroes of holes are hashed, so a gibibyte of them takes a second. */
static bool has_long_holes(const char *text, size_t size)
{
	static const char key[] = "GNU.sparse.realsize=";
	const char *at = text;

	while ((at = memmem(at, size - (size_t)(at - text), key, sizeof(key) - 1))) {
		at += sizeof(key) - 1;
		if (strtoull(at, NULL, 10) > HOLES_MAX)
			return true;
	}
	return false;
}

static struct nsv_package_reader *open_package(const char *path, struct seen *s)
{
	struct nsv_package_reader *reader = NULL;
	struct nsv_error e = NSV_ERROR_INIT;

	FUZZ_CHECK(nsv_package_reader_new(path, on_event, s, &reader, &e) == 0);
	return reader;
}

static void look(const char *path)
{
	struct seen listed = { 0 }, verified = { 0 };
	struct nsv_verify_result result = { .size = sizeof(result) };
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_package_reader *reader = open_package(path, &listed);
	int list = nsv_package_list(reader, &e);

	(void)nsv_package_reader_free(reader);
	FUZZ_CHECK(list == 0 || list == -EBADMSG);
	FUZZ_CHECK((list == 0) == (listed.differences == 0));
	reader = open_package(path, &verified);
	FUZZ_CHECK(nsv_package_verify(reader, &result, &e) == 0);
	(void)nsv_package_reader_free(reader);
	FUZZ_CHECK(result.whole == (verified.differences == 0));
	/* What can't even be listed is not whole. */
	FUZZ_CHECK(list == 0 || !result.whole);
	FUZZ_CHECK(!result.whole || (result.complete && strlen(result.root_hash) == 64));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofd int fd = memfd_create("package", MFD_CLOEXEC);
	char path[32];
	char *text;

	if (size < 1)
		return 0;
	text = fuzz_text(data + 1, size - 1);
	if (data[0] & 1)
		set_sums((uint8_t *)text, size - 1);
	FUZZ_CHECK(fd >= 0 && write(fd, text, size - 1) == (ssize_t)size - 1);
	(void)snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (!has_long_holes(text, size - 1))
		look(path);
	free(text);
	return 0;
}
