/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prober_wire.h - what is said between the daemon and its prober (prober.h).
 *
 * To the spawner, over SOCK_SEQPACKET: one byte with the socket of a worker that is wanted. To a
 * worker, over SOCK_STREAM: a request, its items, then the answer and its bytes. Both ends are of
 * one program, and both bound what they take.
 */
#ifndef NSV_FUSE_PROBER_WIRE_H
#define NSV_FUSE_PROBER_WIRE_H

#include <stdint.h>

#define PROBER_ITEMS_MAX   (1u << 20) /* of one request */
#define PROBER_WORKERS_MAX 256

enum prober_op {
	PROBER_SCAN = 1, /* n: 1 with names; bytes: probe.h */
	PROBER_LOOK,	 /* n: a PID; bytes: struct probe_look */
	PROBER_FIND,	 /* n items of struct prober_group; bytes: struct prober_member */
	PROBER_MAPPED,	 /* n items of struct process, at most max; bytes: struct file_id */
	PROBER_READLINK, /* with an O_PATH fd of a link; bytes: its text */
	PROBER_DIFFERS,	 /* with /proc/PID, n: what of; bytes: uint32_t, as nsv_proc_differs() */
	PROBER_MAPS,	 /* with the fd of a user namespace; bytes: struct prober_maps, extents */
};

struct prober_request {
	uint32_t op;
	uint32_t n;
	uint64_t max;
};

struct prober_answer {
	int32_t result; /* 0 or -errno */
	uint32_t zero;
	uint64_t size; /* of the bytes that follow */
};

struct prober_group {
	uint64_t mntns;
	int32_t pid;
	uint32_t zero;
};

struct prober_member {
	uint32_t group; /* its place in the request */
	int32_t pid, tid;
};

struct prober_maps {
	uint32_t n_uids, n_gids; /* extents, of users first */
};

#endif
