/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fatal.h - exit codes, and the one end that needs no memory. Any thread.
 */
#ifndef NSV_COMMAND_FATAL_H
#define NSV_COMMAND_FATAL_H

enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1, /* something failed, the rest was done */
	CLI_EXIT_USAGE = 2,  /* wrong usage, or no such container */
};

/* "out of memory" on stderr, exit code 1; no cleanup runs. */
void cli_no_memory(void) __attribute__((noreturn));

#endif
