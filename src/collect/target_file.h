/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * target_file.h - PACKAGE on the host: under a partial name until it is whole, and room on its
 * disk that is kept for the end. No locks.
 */
#ifndef NSV_COLLECT_TARGET_FILE_H
#define NSV_COLLECT_TARGET_FILE_H

#include <stdbool.h>
#include <stdint.h>

#include <nsview/error.h>

struct nsv_target_file {
	int fd;
	int dir; /* the folder it is in; none for what is only written to */
	char *name, *partial;
	bool is_folder;
	int room; /* an unlinked file that takes the space */
	uint64_t room_size;
};

#define NSV_TARGET_FILE_INIT                                \
	{                                                   \
		.fd = -EBADF, .dir = -EBADF, .room = -EBADF \
	}

/* @folder: wanted as one, if it is not there yet. -EEXIST: it is there and no device or FIFO. */
int nsv_target_file_open(struct nsv_target_file *f, const char *path, bool folder,
			 struct nsv_error *e);
/* Bytes that are free where a new package at @path would lie. -errno: it is there, a device, a
 * pipe. */
int nsv_target_file_space(const char *path, uint64_t *ret);
void nsv_target_file_keep_room(struct nsv_target_file *f, uint64_t bytes);
void nsv_target_file_give_room(struct nsv_target_file *f);
/*
 * Waits until all is on the disk (fsync(2); syncfs(2) of a folder), renames it, and waits again for
 * the folder it is in: a package that has its name survives a power failure.
 */
int nsv_target_file_finish(struct nsv_target_file *f, struct nsv_error *e);
void nsv_target_file_close(struct nsv_target_file *f);

#endif
