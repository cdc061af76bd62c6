/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nscat.h - what nscat's files share where it prints the end of files as tail(1) does: options,
 * output with headings, a followed file, its watches. nscat_bytes.h is what cat(1) does.
 */
#ifndef NSV_CLI_NSCAT_H
#define NSV_CLI_NSCAT_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "cli/cli.h"
#include "nscat_bytes.h"

/* ---- nscat_options.c ---- */

enum tail_headings { TAIL_HEADINGS_OF_SEVERAL, TAIL_HEADINGS_NEVER, TAIL_HEADINGS_ALWAYS };

struct tail_options {
	bool ends; /* -n, -c or -f: as tail(1), else as cat(1) */
	bool follow, retry;
	bool globs;	 /* files are patterns */
	bool bytes;	 /* count is of bytes, not of lines */
	bool from_start; /* +N: the first that is printed, counted from 1 */
	uint64_t count;
	enum tail_headings headings;
	enum nsv_via via;
};

/* Reads all options; wrong ones end the command. Operands begin at optind. */
void tail_options_read(struct tail_options *ret, int argc, char **argv);

/* ---- nscat_out.c ---- */

/* Standard output, shared by threads. Lock: over a heading and the bytes below it. */
struct tail_out {
	struct cat_output *cat;
	bool headings;
	bool escape; /* a terminal: headings have names */
	pthread_mutex_t lock;
	const struct cli_spec_path *last; /* whose bytes came last; NULL: none yet */
};

void tail_out_init(struct tail_out *ret, struct cat_output *cat, bool headings);
/* Writes bytes of @file, below its heading if those of another file came last. A failure to write
 * ends the process. Any thread. */
void tail_write(struct tail_out *out, const struct cli_spec_path *file, const char *buf,
		size_t len);
/* Ends the process as a failed write to a pipe without a reader does. */
void tail_no_reader(void) __attribute__((noreturn));

/* ---- nscat_tail.c ---- */

/*
 * Prints what @options ask for of @fd, whose fstat(2) is @st. *ret_at is the offset that printing
 * has come to. 0 or -errno of reading.
 */
int tail_print(struct tail_out *out, const struct cli_spec_path *file, int fd,
	       const struct stat *st, const struct tail_options *options, off_t *ret_at);
/* Prints from *at to @end or the end of the file, and moves *at along. 0 or -errno. */
int tail_copy(struct tail_out *out, const struct cli_spec_path *file, int fd, off_t *at, off_t end);

/* ---- nscat_watch.c ---- */

/* An inotify watch: a folder in which @name matters, or without a name the file itself. */
struct tail_watch {
	int wd;
	char *name;
};

struct tail_watches {
	struct tail_watch *list;
	size_t n;
	bool incomplete; /* something on the way reports no changes: look again at times */
};

/*
 * Watches each folder that the container looks at on the way to @path, links' targets too, and then
 * the file itself; *ret is the caller's. What is watched is looked up only after that, so no change
 * gets lost. @inotify may be NSV_FD_NONE: incomplete.
 */
void tail_watch(int inotify, struct nsv_root *root, const char *path, struct tail_watches *ret);
void tail_watches_free(struct tail_watches *watches);
bool tail_watches_have(const struct tail_watches *watches, int wd);

/* ---- nscat_file.c ---- */

/* Room for the handle of any file system (MAX_HANDLE_SZ of name_to_handle_at(2)). */
#define TAIL_HANDLE_SIZE 128

struct tail_identity {
	dev_t dev;
	ino_t ino;
	int64_t born; /* nanoseconds; 0: the file system does not say */
	uint64_t mount;
};

struct tail_file {
	const struct cli_spec_path *arg; /* borrowed */
	bool followed;
	bool found; /* identity and at are of a file that was there */
	bool gone;  /* what became of the name has been told */
	struct tail_identity identity;
	off_t at;
	int fd; /* kept open on the mount of the container's root only, else NSV_FD_NONE */
	struct {
		unsigned int bytes;
		int type;
		unsigned char data[TAIL_HANDLE_SIZE];
	} handle;   /* a struct file_handle; bytes 0: none */
	bool again; /* for a reason that no event ends: look again */
	bool more;  /* the turn ended before the file did */
	bool moved; /* the name may lead elsewhere */
	bool written;
	struct tail_watches watches;
};

/* A container while its files are followed. */
struct tail_place {
	struct nsv_root *root;
	uint64_t mount; /* of its root */
	bool anew;	/* another container of the name, or the same one with new mounts */
	bool ending;	/* it has ended: the last look, nothing is told */
};

/* Fills @ret->mount. 0 or -errno. */
int tail_place_init(struct tail_place *ret, struct nsv_root *root);
/* The first look, which prints the end of the file. False after a message on stderr. */
bool tail_file_begin(struct tail_file *f, struct tail_place *place, struct tail_out *out,
		     const struct tail_options *options);
/* Prints what has come since the last look: of the old file first if the name leads to a new one.
 */
void tail_file_look(struct tail_file *f, struct tail_place *place, struct tail_out *out);
void tail_file_close(struct tail_file *f);

/* ---- nscat_again.c ---- */

/* Whether @spec names a container whichever process it has; a PID and a namespace file don't. */
bool tail_is_name(const char *spec);
/* Opens another process of the container whose mount namespace is still open in @side. */
bool tail_open_successor(struct cli_side *side, enum nsv_via via);
/* Closes what @side has open. */
void tail_side_close(struct cli_side *side);
/* Closes that, and waits until a container has the name again. 0, or -errno after a message. */
int tail_await(struct cli_side *side, enum nsv_via via);

/* ---- nscat_apart.c ---- */

/* Returns in a child that goes on with the work. Call before anything of a container is open. */
void tail_go_apart(void);

/* ---- nscat_follow.c ---- */

/* Prints the ends of @files, and follows them if asked for. */
enum cli_exit tail_run(struct cli_sides *sides, const struct cli_spec_path *files, size_t n,
		       struct cat_output *cat, const struct tail_options *options);

#endif
