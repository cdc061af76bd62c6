/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsrun.c - runs a tool of the host beside a container or, with --inside, a program in it. */
#include <string.h>

#include "cli/nsrun.h"

int main(int argc, char **argv)
{
	/* Behind it the word that is typed may be --inside itself. */
	int first = argc > 3 && strcmp(argv[1], "--complete") == 0 ? 2 : 1;

	if (argc > 1 && strcmp(argv[first], "--inside") == 0)
		return nsrun_inside_main(argc, argv);
	return nsrun_beside_main(argc, argv);
}
