/* SPDX-License-Identifier: GPL-2.0-or-later */
/* race.c - starts the exchanging container of race.h. */
#include "hostile/race.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "fixtures/tmp.h"
#include "reach/util.h"

static int write_text(const char *path, const char *text)
{
	FILE *f = fopen(path, "we");

	return !f || fputs(text, f) < 0 || fclose(f) != 0 ? -EIO : 0;
}

static int plant(void *data)
{
	const struct race *race = data;

	if (mkdir("/race", 0755) < 0 || mkdir("/race/d", 0755) < 0 ||
	    symlink(race->victim, "/race/e") < 0)
		return -errno;
	return write_text("/race/d/f", RACE_INSIDE);
}

static int exchange_for_ever(void *data)
{
	const struct race *race = data;
	int dir = open("/race", O_PATH | O_DIRECTORY | O_CLOEXEC);

	for (;;) {
		if (renameat2(dir, "d", dir, "e", RENAME_EXCHANGE) < 0)
			return 1;
		(*race->rounds)++;
	}
}

static char *read_mounts(const struct race *race)
{
	char path[64];
	char *text = NULL;
	size_t size = 0;
	FILE *f;

	(void)snprintf(path, sizeof(path), "/proc/%s/mountinfo", race->c->spec);
	f = fopen(path, "re");
	assert_non_null(f);
	assert_true(getdelim(&text, &size, '\0', f) > 0);
	(void)fclose(f);
	return text;
}

void race_start(struct race *race)
{
	const char *wanted = getenv("NSVIEW_RACE_ROUNDS");
	char path[80];

	memset(race, 0, sizeof(*race));
	race->wanted = wanted ? strtoul(wanted, NULL, 10) : 20000;
	race->rounds = mmap(NULL, sizeof(*race->rounds), PROT_READ | PROT_WRITE,
			    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert_true(race->rounds != MAP_FAILED);
	(void)snprintf(race->victim, sizeof(race->victim), "/tmp/nsview-victim-XXXXXX");
	(void)snprintf(race->out, sizeof(race->out), "/tmp/nsview-out-XXXXXX");
	nsv_test_mkdtemp(race->victim);
	nsv_test_mkdtemp(race->out);
	(void)snprintf(path, sizeof(path), "%s/f", race->victim);
	assert_int_equal(write_text(path, RACE_SENTINEL), 0);
	race->c = nsv_container_start(
	    &(struct nsv_container_opts){ .setup = plant, .run = exchange_for_ever, .data = race });
	race->mounts = read_mounts(race);
	while (*race->rounds == 0)
		(void)sched_yield();
}

void race_stop(struct race *race)
{
	nsv_autofree char *mounts = read_mounts(race);
	bool kept = strcmp(mounts, race->mounts) == 0;

	race->c = nsv_container_stop(race->c);
	nsv_free_p(&race->mounts);
	race_empty(race->victim);
	race_empty(race->out);
	(void)rmdir(race->victim);
	(void)rmdir(race->out);
	(void)munmap((void *)race->rounds, sizeof(*race->rounds));
	if (!kept)
		fail_msg("the mounts of the container have changed");
}

void race_read(const char *path, char *buf, size_t size)
{
	/* A link that was copied as it is leads to the host by right: nothing is followed here. */
	struct open_how how = { .flags = O_RDONLY | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS };
	nsv_autofd int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
}

bool race_victim_untouched(const struct race *race)
{
	char path[80], text[64];
	unsigned names = 0;
	DIR *dir;

	(void)snprintf(path, sizeof(path), "%s/f", race->victim);
	race_read(path, text, sizeof(text));
	dir = opendir(race->victim);
	assert_non_null(dir);
	while (readdir(dir))
		names++;
	(void)closedir(dir);
	return strcmp(text, RACE_SENTINEL) == 0 && names == 3; /* ".", ".." and f */
}

static void exec_in_pipe(const char *const *argv, int out)
{
	const char *bin = getenv("NSVIEW_BIN");
	char path[PATH_MAX];
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);

	(void)dup2(null, 0);
	(void)dup2(out, 1);
	(void)dup2(out, 2);
	(void)snprintf(path, sizeof(path), "%s/%s", bin ? bin : ".", argv[0]);
	(void)execv(path, (char *const *)argv);
	(void)execvp(argv[0], (char *const *)argv);
	_exit(127);
}

int race_run(const char *const *argv, char *buf, size_t size)
{
	size_t used = 0;
	int pipefd[2];
	int status;
	pid_t child;

	assert_int_equal(pipe2(pipefd, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0)
		exec_in_pipe(argv, pipefd[1]);
	nsv_close(pipefd[1]);
	for (;;) {
		char rest[512];
		bool full = used + 1 >= size;
		ssize_t n = read(pipefd[0], full ? rest : buf + used,
				 full ? sizeof(rest) : size - 1 - used);

		if (n <= 0)
			break;
		used += full ? 0 : (size_t)n;
	}
	buf[used] = '\0';
	nsv_close(pipefd[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void race_empty(const char *dir)
{
	char path[80];
	char said[256];
	const char *const argv[] = { "find", path, "-mindepth", "1", "-delete", NULL };

	(void)snprintf(path, sizeof(path), "%s", dir);
	(void)race_run(argv, said, sizeof(said));
}
