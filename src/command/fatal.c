/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fatal.c - ends a program that is out of memory, without allocating or formatting. */
#include "command/fatal.h"

#include <unistd.h>

void cli_no_memory(void)
{
	static const char text[] = "out of memory\n";

	if (write(STDERR_FILENO, text, sizeof(text) - 1) < 0)
		_exit(CLI_EXIT_FAILED);
	_exit(CLI_EXIT_FAILED);
}
