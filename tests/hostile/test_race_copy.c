/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_race_copy.c - copies out of and into a container that exchanges a directory
 * and a link on the way (CVE-2018-15664 of docker cp, CVE-2019-1002101 and -11246
 * of kubectl cp): no copy holds a file of the host's, none writes one.
 * Control: cp(1) through /proc/PID/root does both.
 */
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "hostile/race.h"

#include "reach/util.h"

#define NAIVE_TRIES 20000

/* One attack: a command, run again and again while the container exchanges. */
struct attack {
	const char *name;
	const char *argv[10]; /* PID:, OUT and PAYLOAD at the start of a word are filled in */
	const char *made;     /* below the output folder, what it may make; NULL for nothing */
};

struct words {
	char text[10][160];
	const char *argv[11];
};

static void fill_in(const struct race *race, const struct attack *a, const char *payload,
		    struct words *w)
{
	size_t i;

	for (i = 0; i < NSV_ARRAY_SIZE(a->argv) && a->argv[i]; i++) {
		const char *word = a->argv[i];

		if (strncmp(word, "PID:", 4) == 0)
			(void)snprintf(w->text[i], sizeof(w->text[i]), "%s%s", race->c->spec,
				       word + 3);
		else if (strncmp(word, "ROOT", 4) == 0)
			(void)snprintf(w->text[i], sizeof(w->text[i]), "/proc/%s/root%s",
				       race->c->spec, word + 4);
		else if (strncmp(word, "OUT", 3) == 0)
			(void)snprintf(w->text[i], sizeof(w->text[i]), "%s%s", race->out, word + 3);
		else
			(void)snprintf(w->text[i], sizeof(w->text[i]), "%s",
				       strcmp(word, "PAYLOAD") == 0 ? payload : word);
		w->argv[i] = w->text[i];
	}
	w->argv[i] = NULL;
}

static void make_payload(const struct race *race, char *path, size_t size)
{
	FILE *f;

	(void)snprintf(path, size, "%s/payload", race->out);
	(void)mkdir(path, 0755);
	(void)snprintf(path, size, "%s/payload/f", race->out);
	f = fopen(path, "we");
	assert_non_null(f);
	assert_true(fputs("payload\n", f) > 0);
	assert_int_equal(fclose(f), 0);
}

/* Whether a copy made by the attack holds the host's text. */
static bool stole(const struct race *race, const struct attack *a)
{
	char path[160], text[64];

	if (!a->made)
		return false;
	(void)snprintf(path, sizeof(path), "%s/%s", race->out, a->made);
	race_read(path, text, sizeof(text));
	return strcmp(text, RACE_SENTINEL) == 0;
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *where)
{
	return remove(path);
}

/* All of what was made; through no link, or it would be us who harm the host. */
static void clear_made(const struct race *race, const struct attack *a)
{
	char path[160];

	if (!a->made)
		return;
	(void)snprintf(path, sizeof(path), "%s/%.*s", race->out, (int)strcspn(a->made, "/"),
		       a->made);
	(void)nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static const struct attack naive[] = {
	{ "cp out", { "cp", "ROOT/race/d/f", "OUT/copy", NULL }, "copy" },
	{ "cp in", { "cp", "PAYLOAD", "ROOT/race/d/f", NULL }, NULL },
	{ "cp -b in", { "cp", "-b", "PAYLOAD", "ROOT/race/d/f", NULL }, NULL },
};

static const struct attack ours[] = {
	{ "file out", { "nscp", "PID:/race/d/f", "OUT/copy", NULL }, "copy" },
	{ "file out, setns",
	  { "nscp", "--via", "setns", "PID:/race/d/f", "OUT/copy", NULL },
	  "copy" },
	{ "directory out", { "nscp", "-r", "PID:/race/d/.", "OUT/tree", NULL }, "tree/f" },
	{ "tree out", { "nscp", "-a", "PID:/race", "OUT/all", NULL }, "all/d/f" },
	{ "links followed out", { "nscp", "-rL", "PID:/race", "OUT/all", NULL }, "all/d/f" },
	{ "file in", { "nscp", "PAYLOAD", "PID:/race/d/f", NULL }, NULL },
	{ "file into directory", { "nscp", "PAYLOAD", "PID:/race/d/", NULL }, NULL },
	{ "tree in", { "nscp", "-a", "OUT/payload", "PID:/race/d", NULL }, NULL },
	{ "backup", { "nscp", "-b", "PAYLOAD", "PID:/race/d/f", NULL }, NULL },
	{ "directories on the way",
	  { "nscp", "--mkdir", "PAYLOAD", "PID:/race/d/x/y/f", NULL },
	  NULL },
	{ "parents", { "nscp", "--parents", "PAYLOAD", "PID:/race/d", NULL }, NULL },
	{ "tree over tree", { "nscp", "-r", "OUT/payload/.", "PID:/race/d", NULL }, NULL },
};

static void cp_reads_and_writes_the_host(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(naive); i++) {
		struct race race;
		struct words w;
		char payload[96], said[256];
		unsigned tries = 0;
		bool through = false;

		race_start(&race);
		make_payload(&race, payload, sizeof(payload));
		fill_in(&race, &naive[i], payload, &w);
		while (!through && tries++ < NAIVE_TRIES) {
			(void)race_run(w.argv, said, sizeof(said));
			through = stole(&race, &naive[i]) || !race_victim_untouched(&race);
			clear_made(&race, &naive[i]);
		}
		race_stop(&race);
		if (!through)
			fail_msg("%s was never led astray: the attack does not work here",
				 naive[i].name);
	}
}

static void nscp_does_neither(void **state)
{
	for (size_t i = 0; i < NSV_ARRAY_SIZE(ours); i++) {
		struct race race;
		struct words w;
		char payload[96], said[512];
		unsigned long tries = 0, done = 0;

		race_start(&race);
		make_payload(&race, payload, sizeof(payload));
		fill_in(&race, &ours[i], payload, &w);
		while (tries++ < race.wanted / 100 || *race.rounds < race.wanted) {
			int status = race_run(w.argv, said, sizeof(said));

			if (status > 1)
				fail_msg("%s: exit %d, %s", ours[i].name, status, said);
			done += status == 0;
			if (stole(&race, &ours[i]) || !race_victim_untouched(&race))
				fail_msg("%s reached the host after %lu tries", ours[i].name,
					 tries);
			clear_made(&race, &ours[i]);
		}
		race_stop(&race);
		if (done == 0)
			fail_msg("%s never succeeded: %s", ours[i].name, said);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cp_reads_and_writes_the_host),
		cmocka_unit_test(nscp_does_neither),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
