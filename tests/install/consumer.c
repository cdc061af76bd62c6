/* SPDX-License-Identifier: GPL-2.0-or-later */
/* consumer.c - an outsider's program: prints SPEC's PATH, by the public API alone. */
#include <stdio.h>
#include <unistd.h>

#include <nsview/nsview.h>

static int print(struct nsv_root *root, const char *path, struct nsv_error *e)
{
	int fd = nsv_root_open_file(root, path, 0, NULL, e);
	char buf[4096];
	ssize_t n;

	if (fd < 0)
		return fd;
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		(void)fwrite(buf, 1, (size_t)n, stdout);
	(void)close(fd);
	return 0;
}

int main(int argc, char **argv)
{
	struct nsv_error e = NSV_ERROR_INIT;
	struct nsv_target *target = NULL;
	struct nsv_root *root = NULL;
	int r;

	if (argc != 3)
		return 2;
	r = nsv_target_open(argv[1], NULL, NULL, &target, &e);
	if (r == 0)
		r = nsv_root_open(target, NSV_VIA_AUTO, &root, &e);
	if (r == 0)
		r = print(root, argv[2], &e);
	if (r < 0)
		(void)fprintf(stderr, "consumer: %s: %s\n", nsv_stage_name(e.stage), e.msg);
	nsv_root_free(root);
	nsv_target_free(target);
	return r < 0;
}
