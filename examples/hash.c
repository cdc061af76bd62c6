/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * hash.c - prints the SHA-256 of every executable file of every container, to look for known ones.
 *     cc hash.c -o hash $(pkg-config --cflags --libs nsview libcrypto)
 *     sudo ./hash
 */
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <nsview/discover.h>
#include <nsview/root.h>
#include <openssl/evp.h>

static void hash(int fd, pid_t pid, const char *path)
{
	unsigned char md[EVP_MAX_MD_SIZE], buf[65536];
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	int ok = ctx && EVP_DigestInit_ex(ctx, EVP_sha256(), NULL);
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		ok = ok && EVP_DigestUpdate(ctx, buf, (size_t)n);
	if (n == 0 && ok && EVP_DigestFinal_ex(ctx, md, NULL)) {
		for (int i = 0; i < 32; i++)
			(void)printf("%02x", md[i]);
		(void)printf("  %d:", (int)pid);
		for (; *path; path++) /* the container chose the bytes */
			(void)putchar(*path >= ' ' && *path < 0x7f ? *path : '?');
		(void)puts("");
	}
	EVP_MD_CTX_free(ctx);
	(void)close(fd);
}

/* @path, of PATH_MAX bytes, names a folder. Other mounts are left out, /proc too. */
static void walk(struct nsv_root *root, pid_t pid, char *path)
{
	const unsigned flags = NSV_ROOT_NOFOLLOW;
	int fd = nsv_root_open_dir(root, *path ? path : "/", flags, NULL);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	size_t len = strlen(path);
	struct stat own, st;

	for (struct dirent *d; dir && fstat(fd, &own) == 0 && (d = readdir(dir));) {
		if (len + strlen(d->d_name) + 2 > PATH_MAX || !strcmp(d->d_name, ".") ||
		    !strcmp(d->d_name, "..") || fstatat(fd, d->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		(void)snprintf(path + len, PATH_MAX - len, "/%s", d->d_name);
		if (S_ISDIR(st.st_mode) && st.st_dev == own.st_dev)
			walk(root, pid, path);
		else if (S_ISREG(st.st_mode) && (st.st_mode & 0111))
			hash(nsv_root_open_file(root, path, flags, NULL, NULL), pid, path);
		path[len] = '\0';
	}
	(void)(dir ? closedir(dir) : close(fd));
}

int main(void)
{
	struct nsv_scan *scan = NULL;
	int r = nsv_scan_new(NULL, &scan, NULL);

	for (size_t i = 0; r == 0 && i < nsv_scan_count(scan); i++) {
		const struct nsv_container *c = nsv_scan_get(scan, i);
		struct nsv_target *target = NULL;
		struct nsv_root *root = NULL;
		char path[PATH_MAX] = "";

		if (nsv_target_open_pid(c->pid, c->mntns, c->start, &target, NULL) == 0 &&
		    nsv_root_open(target, NSV_VIA_AUTO, &root, NULL) == 0)
			walk(root, c->pid, path);
		nsv_root_free(root);
		nsv_target_free(target);
	}
	nsv_scan_free(scan);
	return r < 0;
}
