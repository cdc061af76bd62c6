/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fatal.h - exit codes, and the end of a program that is out of memory.
 */
#ifndef NSV_COMMAND_FATAL_H
#define NSV_COMMAND_FATAL_H

enum cli_exit {
	CLI_EXIT_OK = 0,
	CLI_EXIT_FAILED = 1, /* something failed; everything else was done */
	CLI_EXIT_USAGE = 2,  /* wrong usage, or no such container */
};

/* Prints "out of memory" on stderr and exits with 1, without any cleanup. Any thread. */
void cli_no_memory(void) __attribute__((noreturn));

#endif
