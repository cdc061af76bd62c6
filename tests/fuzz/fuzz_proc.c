/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * fuzz_proc.c - stat and status of a process: no name that a process takes forges a field. The
 * bytes are a whole file, and then the name in a file of the kernel's.
 */
#include "fuzz.h"

#include "reach/proc.h"
#include "reach/util.h"

static void check_stat_of(const char *name)
{
	nsv_autofree char *text = NULL;
	struct nsv_process_stat s;

	FUZZ_CHECK(asprintf(&text,
			    "1010 (%s) S 7 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654 1 1\n",
			    name) > 0);
	FUZZ_CHECK(nsv_stat_parse(text, &s) == 0);
	FUZZ_CHECK(s.state == 'S' && s.ppid == 7 && s.start == 987654 && !s.kthread);
	FUZZ_CHECK(strncmp(s.comm, name, sizeof(s.comm) - 1) == 0);
}

/* The kernel writes newlines and backslashes of a name as \n and \\. */
static void check_status_of(const char *name)
{
	nsv_autofree char *escaped = malloc(2 * strlen(name) + 1), *text = NULL;
	struct nsv_status s;
	char *to = escaped;

	FUZZ_CHECK(escaped);
	for (; *name; name++) {
		if (*name == '\n' || *name == '\\')
			*to++ = '\\';
		*to++ = *name == '\n' ? 'n' : *name;
	}
	*to = '\0';
	FUZZ_CHECK(asprintf(&text,
			    "Name:\t%s\nTgid:\t1010\nPPid:\t7\nUid:\t1\t2\t3\t4\nNStgid:\t1010\t5\n"
			    "NSpid:\t1010\t5\nSeccomp:\t2\n",
			    escaped) > 0);
	nsv_status_parse(text, &s);
	FUZZ_CHECK(s.tgid == 1010 && s.ppid == 7 && s.n_uids == 4 && s.uid == 2);
	FUZZ_CHECK(s.levels == 2 && s.n_tgids == 2 && s.inside == 5 && s.seccomp == 2);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *text = fuzz_text(data, size);
	struct nsv_process_stat stat;
	struct nsv_status status;

	(void)nsv_stat_parse(text, &stat);
	nsv_status_parse(text, &status);
	FUZZ_CHECK(status.levels <= NSV_PID_LEVELS && status.n_tgids <= NSV_PID_LEVELS);
	FUZZ_CHECK(status.n_uids <= 4);
	check_stat_of(text);
	check_status_of(text);
	return 0;
}
