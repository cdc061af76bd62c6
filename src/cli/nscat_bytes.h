/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat_bytes.h - copies an open file to stdout, by the cheapest call that both files support.
 */
#ifndef NSV_CLI_CAT_BYTES_H
#define NSV_CLI_CAT_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/stat.h>

struct cat_output {
	int fd;
	struct stat st;
	bool append;  /* copy_file_range(2) and splice(2) refuse such a file */
	bool widened; /* the pipe has been made larger already */
};

enum cat_result {
	CAT_OK,
	CAT_READ_FAILED,  /* errno is set; go on with the next file */
	CAT_WRITE_FAILED, /* errno is set; further files would fail, too */
	CAT_SAME_FILE,	  /* the input is the output, which would grow for ever */
};

/* Looks at @fd once. 0 or -errno. */
int cat_output_init(struct cat_output *out, int fd);

/* Writes @in from its offset to its end. @st is what fstat(2) said about it. */
enum cat_result cat_bytes(struct cat_output *out, int in, const struct stat *st);

/* Whether @st is the regular file that @out writes. */
bool cat_is_output(const struct cat_output *out, const struct stat *st);

/* Writes all of @buf, and waits for a pipe that does not. On failure false, and errno. */
bool cat_write(int fd, const char *buf, size_t len);

#endif
