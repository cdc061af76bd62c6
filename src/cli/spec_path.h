/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spec_path.h - parses SPEC:PATH, by one grammar for every command. nsview(7) has it for users.
 *
 *	-                      an archive: standard input or output
 *	/..., ./..., ../...    a path of the host; but where a namespace file stands before a later
 *	                       colon, that FILE is SPEC
 *	PID:INODE:PATH         with its second colon only; else PID:PATH, whatever PATH looks like
 *	ENGINE:NAME:PATH, pod:NAMESPACE/NAME:PATH, host:HOSTNAME:PATH
 *	                       SPEC goes on to the next colon, and with host: to ":/" where there is
 *	                       one: a hostname may have colons. No PATH where no colon follows.
 *	SPEC:PATH              any other text: its first colon ends SPEC
 *	anything               without a colon: a path of the host
 *
 * PATH starts at the container's "/", with or without a slash; an empty one is "/". The parser does
 * not check that SPEC is a container: text that may mean a container is never a file of the host,
 * since a mistyped name would then copy to the wrong place.
 */
#ifndef NSV_CLI_SPEC_PATH_H
#define NSV_CLI_SPEC_PATH_H

#include <stdbool.h>
#include <stddef.h>

enum cli_where {
	CLI_ON_HOST,
	CLI_IN_CONTAINER,
	CLI_ARCHIVE,
	CLI_NO_PATH, /* ENGINE:NAME and the like: a container, and no PATH */
};

struct cli_spec_path {
	enum cli_where where;
	const char *text; /* as typed; borrowed */
	char *spec;	  /* malloc'd; NULL but in a container */
	const char *path; /* in a container, "/" where none was typed; else all of @text */
	char *found;	  /* malloc'd; @path is this: a pattern led to it (glob.c) */
};

/* Fills @ret; out of memory ends the command. */
void cli_spec_path_parse(const char *text, struct cli_spec_path *ret);
void cli_spec_path_free(struct cli_spec_path *list_take, size_t n);

/*
 * Parses the operands of a command that reads containers only: SPEC PATH..., or SPEC:PATH... if the
 * first has a PATH; then each must have one, or the command ends as wrong usage. As the first
 * operand PID:INODE is SPEC alone, and so is host:HOSTNAME with colons if the next operand has no
 * PATH. Returns a list of *ret_n, all in containers, for cli_spec_path_free(). *ret_typed: each was
 * typed as SPEC:PATH. For SPEC alone *ret_n is 1 and the path is "/".
 */
struct cli_spec_path *cli_spec_paths(char **operands, int n, size_t *ret_n, bool *ret_typed);

#endif
