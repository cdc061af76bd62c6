/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * wire.h - what nsview says to its helper process and hears from it: one request,
 * one answer, over a stream socket, an fd travelling by SCM_RIGHTS (unix(7)).
 */
#ifndef NSV_REACH_WIRE_H
#define NSV_REACH_WIRE_H

#include <stddef.h>
#include <stdint.h>

#include <nsview/error.h>

enum nsv_op {
	NSV_OP_PATH = 1,  /* O_PATH fd */
	NSV_OP_FILE,	  /* readable fd of a regular file */
	NSV_OP_DIR,	  /* readable fd of a directory */
	NSV_OP_CANONICAL, /* O_PATH fd and the link-free path */
};

struct nsv_request {
	uint32_t op;	/* enum nsv_op */
	uint32_t flags; /* of nsview/root.h */
	uint64_t len;	/* bytes of path that follow, no terminator */
};

struct nsv_answer {
	int32_t result; /* 0 and an fd, or -errno */
	uint32_t stage;
	uint64_t len; /* bytes of text that follow: message or canonical path */
};

/* Whole messages or -errno; -ECONNRESET when the other end has gone. */
int nsv_wire_send(int sock, const void *data, size_t len);
int nsv_wire_recv(int sock, void *data, size_t len);

/* A struct nsv_answer with an fd (or -1 for none). */
int nsv_wire_send_answer(int sock, const struct nsv_answer *answer, int fd);
/* *ret_fd is the caller's, or NSV_FD_NONE. */
int nsv_wire_recv_answer(int sock, struct nsv_answer *ret, int *ret_fd);

/* Receives @len bytes into fresh memory and terminates them. */
int nsv_wire_recv_text(int sock, uint64_t len, char **ret_text);

#endif
