/* SPDX-License-Identifier: GPL-2.0-or-later */
/* format.h - sizes, durations, and the width of a terminal. */
#ifndef NSV_COMMAND_FORMAT_H
#define NSV_COMMAND_FORMAT_H

#include <stdint.h>

#define CLI_SIZE_BUF 24

/* "0", "823", "1.1K", "24M": powers of 1024, rounded up, as ls -h. Returns @buf. */
char *cli_human_size(uint64_t bytes, char buf[static CLI_SIZE_BUF]);
/* "0:07", "12:40", "3:01:09". Returns @buf. */
char *cli_duration(uint64_t seconds, char buf[static CLI_SIZE_BUF]);
/* Columns: COLUMNS of the environment, else of the terminal behind @fd, else 80. */
unsigned cli_terminal_width(int fd);

#endif
