/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* processes.h - processes.json: every process of the container, and what it has open. */
#ifndef NSV_COLLECT_PROCESSES_H
#define NSV_COLLECT_PROCESSES_H

#include "collect/members.h"
#include "collect/opened.h"
#include "collect/proc_reader.h"

/* While one process is looked at. */
struct nsv_looked {
	struct nsv_collection *c;
	struct nsv_jout *j;
	struct nsv_proc_reader *reader;
	const struct nsv_process *p;
	char dir[24]; /* "PID" below /proc */
	int procfs;
};

/* 0 or -errno of the package. The members are found, and kept in c->members. */
int nsv_collect_processes(struct nsv_collection *c);

/* process_files.c: "fds" and "maps", with the contents that have no name any more. */
void nsv_process_fds(struct nsv_looked *l);
void nsv_process_maps(struct nsv_looked *l);
/* "exe" */
void nsv_process_exe(struct nsv_looked *l);
/* process_text.c: "argv", "environ", "limits", "status" and the like. */
void nsv_process_arguments(struct nsv_looked *l);
void nsv_process_environment(struct nsv_looked *l);
void nsv_process_limits(struct nsv_looked *l);
void nsv_process_credentials(struct nsv_looked *l, const char *status);
void nsv_process_threads(struct nsv_looked *l);

/* ---- sockets.c: which process has which socket ---- */

struct nsv_sockets;
int nsv_sockets_new(struct nsv_sockets **ret);
struct nsv_sockets *nsv_sockets_free(struct nsv_sockets *s);
void nsv_sockets_add(struct nsv_sockets *s, uint64_t inode, pid_t pid, int fd);
bool nsv_sockets_has(struct nsv_sockets *s, uint64_t inode);
/* Writes "processes": [{"pid":1,"fd":3},...] of the socket. */
void nsv_sockets_put(struct nsv_sockets *s, uint64_t inode, struct nsv_jout *j);

#endif
