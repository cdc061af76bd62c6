/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * print.c - prints files of a container, as cat does.
 *
 *     cc print.c -o print $(pkg-config --cflags --libs nsview)
 *     sudo ./print web1 /etc/os-release
 *
 * The container's name leads to one of its processes (the target), the process to its "/" (the
 * root), and below the root a path can't lead out of the container, whatever links are there.
 */
#include <stdio.h>
#include <unistd.h>

#include <nsview/discover.h>
#include <nsview/root.h>
#include <nsview/target.h>

static int fail(const char *what, const struct nsv_error *e)
{
	/* A container may have chosen bytes of msg. Escape them where a person sees them. */
	(void)fprintf(stderr, "print: %s: %s\n", what, e->msg);
	return 1;
}

/* A FIFO or a device is not opened: nsv_root_open_file() fails, and says which it is. */
static int print(struct nsv_root *root, const char *path)
{
	struct nsv_error e = NSV_ERROR_INIT;
	char buf[65536];
	ssize_t n;
	int fd = nsv_root_open_file(root, path, 0, NULL, &e);

	if (fd < 0)
		return fail(path, &e);
	while ((n = read(fd, buf, sizeof(buf))) > 0) {
		if (fwrite(buf, 1, (size_t)n, stdout) != (size_t)n)
			break;
	}
	(void)close(fd);
	if (n != 0)
		perror("print");
	return n != 0;
}

int main(int argc, char **argv)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	int failed = 0;

	if (argc < 3) {
		(void)fprintf(stderr, "usage: print CONTAINER FILE...\n");
		return 2;
	}
	/* The text may also be a PID; nsv_resolve_name() looks for any other name. */
	if (nsv_target_open(argv[1], nsv_resolve_name, NULL, &target, &e) < 0)
		return fail(argv[1], &e);
	/* A root keeps its target alive by itself. */
	if (nsv_root_open(target, NSV_VIA_AUTO, &root, &e) < 0)
		failed = fail(argv[1], &e);
	nsv_target_free(target);
	for (int i = 2; root && i < argc; i++)
		failed |= print(root, argv[i]);
	nsv_root_free(root);
	return fflush(stdout) ? 1 : failed;
}
