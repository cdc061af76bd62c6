/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/artifacts.h - ForensicArtifacts definitions: names for the files that a question needs
 * ("BashShellHistoryFile"), as YAML files that many tools share. Debian's package
 * forensic-artifacts has a collection of them.
 *
 * Definitions come from somebody else. They are read in bounded memory and nothing in them is ever
 * executed: of a COMMAND source a collection notes only that it was left out. Aliases of YAML
 * ("*x") are refused.
 *
 * Privilege: permission to read the files.
 *
 * Races: a file that changes while it is read gives its old text, its new one, or an error.
 *
 * Threads: once loaded, definitions do not change; any number of threads may read them.
 *
 * Kernel: any.
 */
#ifndef NSVIEW_ARTIFACTS_H
#define NSVIEW_ARTIFACTS_H

#include <stdbool.h>
#include <stddef.h>

#include <nsview/error.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where packages of distributions put them. */
#define NSV_ARTIFACTS_FOLDER "/usr/share/artifacts"

struct nsv_artifacts;

/*
 * Loads a file, or the files *.yaml and *.yml of a folder; NULL: NSV_ARTIFACTS_FOLDER. One bad
 * definition fails the call, and @e names its file and line. On success the caller owns *ret and
 * gives it to nsv_artifacts_free(). -EINVAL: no definition, or a bad one, or no regular file;
 * -EFBIG: more than 32 MiB; -ENOMEM; or what open(2) and read(2) say.
 */
int nsv_artifacts_load(const char *path, struct nsv_artifacts **ret, struct nsv_error *e);
/* Frees them, and all that nsv_artifacts_get() gave. NULL is fine. Returns NULL. */
struct nsv_artifacts *nsv_artifacts_free(struct nsv_artifacts *a);

struct nsv_artifact {
	size_t size;	  /* of this struct, set by the caller */
	const char *name; /* letters, digits, "_", "-", "." */
	const char *doc;  /* the first line of its description; may hold any bytes but a newline */
	bool is_linux;	  /* one of its sources is for Linux */
};

/* How many there are, and each, sorted by name; false past the end. The definitions own texts. */
size_t nsv_artifacts_count(const struct nsv_artifacts *a);
bool nsv_artifacts_get(const struct nsv_artifacts *a, size_t i, struct nsv_artifact *ret);
/* Whether there is one of this name or with this alias. */
bool nsv_artifacts_has(const struct nsv_artifacts *a, const char *name);
/* The names that are most like @name, the nearest first: how many, @max at most. The definitions
 * own them. */
size_t nsv_artifacts_nearest(const struct nsv_artifacts *a, const char *name, const char **ret,
			     size_t max);

#ifdef __cplusplus
}
#endif
#endif
