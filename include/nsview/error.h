/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/error.h - how a call of libnsview reports an error.
 *
 * Every call returns 0 (or a positive value, an fd say) for success and -errno
 * for failure. The last parameter of most calls is an optional struct nsv_error,
 * a value that the caller owns: a call that fails fills it with the errno, the
 * stage that failed and one line for a person; a call that succeeds leaves it
 * unchanged. Outputs named ret_x are unchanged after a failure. The library keeps
 * no global error, prints nothing and never exits.
 *
 * Privilege: none.
 *
 * Races: none.
 *
 * Threads: errors are plain values; one thread uses one at a time.
 *
 * Kernel: any.
 */
#ifndef NSVIEW_ERROR_H
#define NSVIEW_ERROR_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The step that failed. Steps follow the data: spec, target, root, path, fd, bytes. Later versions
 * may have more. */
enum nsv_stage {
	NSV_STAGE_NONE = 0,
	NSV_STAGE_SPEC,	  /* the text that names a container was wrong or named none */
	NSV_STAGE_TARGET, /* the process could not be pinned or has no files */
	NSV_STAGE_ENTER,  /* a namespace could not be joined */
	NSV_STAGE_ROOT,	  /* the target's root directory could not be opened */
	NSV_STAGE_PATH,	  /* a path below the root could not be opened */
	NSV_STAGE_READ,	  /* bytes, entries or attributes could not be read */
	NSV_STAGE_WRITE,  /* bytes or entries could not be written */
	NSV_STAGE_META,	  /* owner, mode, times or extended attributes could not be set */
	NSV_STAGE_EXEC,	  /* a program could not be executed */
};

struct nsv_error {
	int err; /* a positive errno, 0 when nothing failed */
	enum nsv_stage stage;
	/*
	 * One line without a newline, always terminated. It may hold names that a
	 * container chose, byte for byte: escape it before a terminal.
	 */
	char msg[256];
	uint64_t reserved[6]; /* 0; room for members to come */
};

#define NSV_ERROR_INIT                 \
	{                              \
		0, NSV_STAGE_NONE, "", \
		{                      \
			0              \
		}                      \
	}

/*
 * Fills @e (which may be NULL) and returns -err, so that a failing function can
 * end with `return nsv_error_set(e, ENOENT, NSV_STAGE_PATH, "...")`.
 * A message longer than msg is cut and still terminated.
 */
int nsv_error_set(struct nsv_error *e, int err, enum nsv_stage stage, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));

/* The stage's name, "target" say, for logs and tests; "?" for a value out of range. */
const char *nsv_stage_name(enum nsv_stage stage);

#ifdef __cplusplus
}
#endif
#endif
