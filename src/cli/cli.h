/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cli.h - shared code of the commands beyond src/command/: opens containers, parses --via, explains
 * SPEC. Main thread only.
 */
#ifndef NSV_CLI_H
#define NSV_CLI_H

#include <getopt.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>
#include <time.h>

#include <nsview/error.h>
#include <nsview/root.h>
#include <nsview/target.h>

#include "command/escape.h"
#include "command/format.h"
#include "command/message.h"
#include "command/options.h"
#include "command/progress.h"

#include "cli/spec_path.h"

#define CLI_OPT_VIA CLI_OPT_SHARED

/* The last rows of every table. */
#define CLI_COMMON_OPTIONS                                                                  \
	{ CLI_OPT_VIA, "via", "ROUTE",                                                      \
	  "how to reach the files: auto (default), proc (through /proc/PID/root) or setns " \
	  "(a helper that joins the mount namespace)" },                                    \
	    CLI_HELP_OPTIONS

/* Options of kubectl that name a container, for tables of habits; they end with this. */
#define CLI_POD_HABITS                                                                \
	{ "-c", "a container of a pod is pod:NAMESPACE/POD/CONTAINER" },              \
	    { "--container", "a container of a pod is pod:NAMESPACE/POD/CONTAINER" }, \
	    { "-n", "a pod is pod:NAMESPACE/POD" },                                   \
	    { "--namespace", "a pod is pod:NAMESPACE/POD" },                          \
	{                                                                             \
		NULL, NULL                                                            \
	}
extern const struct cli_habit cli_pod_habits[];

/* Explains SPEC in the epilogue of --help. */
#define CLI_SPEC_HELP                                                                  \
	"SPEC is a container's name or hostname, its ID or the beginning of the ID,\n" \
	"ENGINE:NAME, or the PID of any of its processes; nsview(7) lists all forms.\n"

/* Parses "auto", "proc" or "setns"; ends the command as wrong usage otherwise. */
enum nsv_via cli_parse_via(const char *text);

/* ---- open_root.c: from a spec to an open root ---- */

/* A container among the arguments, opened once for all of its paths. */
struct cli_side {
	const char *spec; /* borrowed */
	struct nsv_target *target;
	struct nsv_root *root;
};

struct cli_sides {
	struct cli_side *list;
	size_t n;
};

/*
 * Opens the containers of @args: first every target, then every root. For an ordinary user joins
 * the one user namespace that the containers need. Notes on stderr if the files are the host's own
 * (hint.c). On failure prints one line on stderr, leaves nothing open and returns CLI_EXIT_USAGE
 * (no such container, wrong spec, no permission). Call before any thread starts.
 */
enum cli_exit cli_sides_open(struct cli_sides *ret, const struct cli_spec_path *args, size_t n,
			     enum nsv_via via);
void cli_sides_close(struct cli_sides *sides);
/* The side with @spec, or NULL, also for NULL. */
const struct cli_side *cli_side_of(const struct cli_sides *sides, const char *spec);

/*
 * Inode number of the user namespace that an ordinary user would have to join for @target's files,
 * 0 for none.
 */
ino_t cli_wanted_userns(const struct nsv_target *target);

/* ---- glob.c: -g ---- */

#define CLI_GLOB_OPTION                                                                         \
	{                                                                                       \
		'g', "glob", NULL,                                                              \
		    "expand *, ?, [...] and ** in paths of containers, as a shell inside would" \
	}

/*
 * A copy of the @n paths in @list, in which those that a pattern matches stand in its place; only
 * what was typed is a pattern. Paths of the host are none, nor, with @keep_last, is the last one. A
 * pattern that matches nothing or too much costs a line, and the call returns NULL and the command
 * does nothing, as bash with failglob. Folders that can't be listed cost a line and *@status. The
 * caller keeps @list as long as @sides, and frees the copy by cli_spec_path_free().
 */
struct cli_spec_path *cli_glob(const struct cli_sides *sides, const struct cli_spec_path *list,
			       size_t n, bool keep_last, size_t *ret_n, enum cli_exit *status);
/* " (patterns: use -g)" where @path looks like a pattern, was none, and was not found; else "". */
const char *cli_glob_hint(bool globs, const char *path, int err);

/* ---- spec_hint.c: what else a text may have meant ---- */

/*
 * Prints "nscat: SPEC: REASON" as cli_error_at(), where @spec could not be opened, and what may
 * have been meant: a path, SPEC:PATH, a pod of kubectl's.
 */
void cli_error_spec(const char *spec, int r, const struct nsv_error *e);

/* ---- hint.c: processes near a container, but outside ---- */

/*
 * For a PID whose files are the host's own: notes on stderr the role of the process (an engine's
 * shim, a shell) and the containers below it. Returns false, without a note, for any other process.
 */
bool cli_note_role(pid_t pid);

struct nsv_scan;
struct nsv_role;
/* The same for a role that is known, from a scan with hints and hostnames. */
bool cli_note_role_in(const struct nsv_scan *scan, pid_t pid, const struct nsv_role *role);

#endif
