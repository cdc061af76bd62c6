/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * complete.h - what may stand for a command's operands: names of containers, and paths inside them,
 * never the host's. Each is a cli_command.complete, and returns false for the value of an option.
 * All look for half a second at most (limit.h).
 */
#ifndef NSV_CLI_COMPLETE_H
#define NSV_CLI_COMPLETE_H

#include <stdbool.h>

#include "command/candidate.h"

/* SPEC... */
bool cli_complete_specs(const struct cli_completion *c);
/* SPEC PATH..., or SPEC:PATH... */
bool cli_complete_paths(const struct cli_completion *c);
/* SPEC:PATH and files of the host, also for the value of an option that is called DIR.... */
bool cli_complete_sides(const struct cli_completion *c);
/* SPEC SPEC [PATH] */
bool cli_complete_two(const struct cli_completion *c);
/* SPEC, then a command of the host and its arguments. */
bool cli_complete_beside(const struct cli_completion *c);
/* SPEC, then a command of the container and its arguments. */
bool cli_complete_inside(const struct cli_completion *c);

#endif
