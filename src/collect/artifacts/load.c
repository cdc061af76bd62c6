/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * load.c - reads files of definitions. A file or folder is the operator's choice, so links to it
 * are followed; what is neither is refused, and no more than BYTES_MAX are read.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "collect/artifacts/yaml_in.h"
#include "collect/jout.h"
#include "copy/sorted.h"
#include "reach/util.h"

#define BYTES_MAX ((size_t)32 << 20)
#define FILES_MAX 1024

struct loader {
	struct nsv_artifacts *a;
	EVP_MD_CTX *sum;
	struct nsv_error *e;
};

static int failed(struct loader *l, const char *name, int err)
{
	return nsv_error_set(l->e, err, NSV_STAGE_NONE, "%s: %s", name, strerror(err));
}

/* The whole file, malloc'd. It may grow meanwhile: what is read is bounded all the same. */
static int read_file(struct loader *l, int fd, const char *name, char **ret, size_t *ret_len)
{
	size_t room = BYTES_MAX - l->a->bytes + 1, len = 0;
	nsv_autofree char *text = NULL;
	struct stat st;
	ssize_t n = 1;

	if (fstat(fd, &st) < 0)
		return failed(l, name, errno);
	if (!S_ISREG(st.st_mode))
		return nsv_error_set(l->e, EINVAL, NSV_STAGE_NONE, "%s: no regular file", name);
	if (st.st_size >= 0 && (uint64_t)st.st_size < room)
		room = (size_t)st.st_size + 1;
	text = malloc(room);
	if (!text)
		return failed(l, name, ENOMEM);
	while (len < room && n > 0) {
		n = read(fd, text + len, room - len);
		if (n < 0 && errno != EINTR)
			return failed(l, name, errno);
		len += n > 0 ? (size_t)n : 0;
	}
	l->a->bytes += len;
	if (l->a->bytes > BYTES_MAX)
		return nsv_error_set(l->e, EFBIG, NSV_STAGE_NONE, "%s: more than 32 MiB", name);
	*ret = nsv_steal_ptr(text);
	*ret_len = len;
	return 0;
}

static int load_file(struct loader *l, int dir, const char *name)
{
	nsv_autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	nsv_autofree char *text = NULL;
	size_t len = 0;
	int r;

	if (fd < 0)
		return failed(l, name, errno);
	r = read_file(l, fd, name, &text, &len);
	if (r < 0)
		return r;
	l->a->files++;
	(void)EVP_DigestUpdate(l->sum, text, len);
	return nsv_yaml_definitions(l->a, name, text, len, l->e);
}

static bool is_yaml(const char *name)
{
	const char *dot = strrchr(name, '.');

	return *name != '.' && dot && (strcmp(dot, ".yaml") == 0 || strcmp(dot, ".yml") == 0);
}

static int list_folder(struct loader *l, DIR *dir, struct nsv_sorted *names)
{
	const struct dirent *entry;

	while ((entry = readdir(dir))) {
		if (!is_yaml(entry->d_name))
			continue;
		if (names->n == FILES_MAX || !nsv_sorted_add(names, entry->d_name, 0))
			return nsv_error_set(l->e, E2BIG, NSV_STAGE_NONE,
					     "%s: more than %d files of definitions", l->a->path,
					     FILES_MAX);
	}
	nsv_sorted_sort(names);
	return 0;
}

static int load_folder(struct loader *l, const char *path)
{
	struct nsv_sorted names = { 0 };
	DIR *dir = opendir(path);
	int r = dir ? list_folder(l, dir, &names) : failed(l, path, errno);

	for (size_t i = 0; i < names.n && r == 0; i++) {
		unsigned type;

		r = load_file(l, dirfd(dir), nsv_sorted_get(&names, i, &type));
	}
	nsv_sorted_free(&names);
	if (dir)
		(void)closedir(dir);
	return r;
}

static int load(struct loader *l, const char *path)
{
	const char *twice;
	struct stat st;
	int r;

	(void)snprintf(l->a->path, sizeof(l->a->path), "%s", path);
	if (stat(path, &st) < 0)
		return failed(l, path, errno);
	r = S_ISDIR(st.st_mode) ? load_folder(l, path) : load_file(l, AT_FDCWD, path);
	if (r < 0)
		return r;
	if (l->a->n == 0)
		return nsv_error_set(l->e, EINVAL, NSV_STAGE_NONE, "%s: no definition in it", path);
	r = nsv_definitions_finish(l->a, &twice);
	if (r == -EEXIST)
		return nsv_error_set(l->e, EINVAL, NSV_STAGE_NONE, "%s: %s is defined twice", path,
				     twice);
	return r < 0 ? failed(l, path, -r) : 0;
}

int nsv_artifacts_load(const char *path, struct nsv_artifacts **ret, struct nsv_error *e)
{
	struct loader l = { .a = nsv_definitions_new(), .sum = EVP_MD_CTX_new(), .e = e };
	unsigned char sum[EVP_MAX_MD_SIZE] = { 0 };
	int r = -ENOMEM;

	if (l.a && l.sum && EVP_DigestInit_ex(l.sum, EVP_sha256(), NULL))
		r = load(&l, path ? path : NSV_ARTIFACTS_FOLDER);
	else
		(void)nsv_error_set(e, ENOMEM, NSV_STAGE_NONE, "out of memory");
	if (r == 0 && EVP_DigestFinal_ex(l.sum, sum, NULL))
		nsv_hex(sum, NSV_SHA_LEN, l.a->sha256);
	EVP_MD_CTX_free(l.sum);
	if (r == 0)
		*ret = nsv_steal_ptr(l.a);
	(void)nsv_artifacts_free(l.a);
	return r;
}
