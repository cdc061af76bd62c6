/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limit.h - runs the part of a completion that looks at containers, for half a second at most.
 *
 * A container can make a system call wait forever, in a way that SIGKILL does not end (a FUSE
 * server that does not answer). So a child looks, the parent waits for its output and not for its
 * end, and the shell, which waits for the parent, has its prompt back. A child that hangs has none
 * of the shell's fds, and is killed; it ends at the latest when the mount that it waits for does.
 */
#ifndef NSV_CLI_LIMIT_H
#define NSV_CLI_LIMIT_H

/*
 * Runs @look in a child, and prints what it printed if it ended in time and with at most 1 MiB;
 * else nothing. NSVIEW_COMPLETION_MS in the environment is another limit than 500. Call it with one
 * thread.
 */
void cli_within_limit(void (*look)(const void *data), const void *data);

#endif
