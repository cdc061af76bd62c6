/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * folder.h - a package that is a folder. Names in it are a container's: each is one component,
 * made below a folder that is open, and nothing that lies there is followed. Files are 0600 and
 * folders 0700, whatever they were; devices and FIFOs are left out. No locks.
 */
#ifndef NSV_COLLECT_FOLDER_H
#define NSV_COLLECT_FOLDER_H

#include "collect/member.h"

struct nsv_folder {
	int top;
	int dir; /* that of the last member */
	char *dir_path;
	unsigned made; /* how many of its last components were made for that */
	int file;      /* being written */
};

#define NSV_FOLDER_INIT                                      \
	{                                                    \
		.top = -EBADF, .dir = -EBADF, .file = -EBADF \
	}

int nsv_folder_begin(struct nsv_folder *f, const struct nsv_entity *m);
int nsv_folder_data(struct nsv_folder *f, const void *buf, size_t len);
int nsv_folder_hole(struct nsv_folder *f, uint64_t len);
/* The file at hand is taken away. */
void nsv_folder_drop(struct nsv_folder *f, const char *path);
int nsv_folder_end(struct nsv_folder *f);
void nsv_folder_close(struct nsv_folder *f);

#endif
