/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * remembering [FILE] - a process of several threads with texts in each kind of memory, FILE mapped
 * but never read. SIGUSR1 has it unmap a part, SIGUSR2 end. Makes /ready when it stands. Its first
 * child does the same, and is there to be killed.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

#define THREADS	 3
#define LARGE	 ((size_t)8 << 20)
#define TERABYTE ((size_t)1 << 40)

char text_in_a_global[64] = "kept-in-a-global";
volatile int number_in_a_global = 4711;
static char *large;

static void on_unmap(int number)
{
	(void)number;
	(void)munmap(large + LARGE / 2, LARGE / 2);
}

static void wait_for_ever(void)
{
	for (;;)
		(void)pause();
}

static void *wait_in_thread(void *data)
{
	volatile char here[64] = "kept-on-a-threads-stack";

	(void)data;
	wait_for_ever();
	return (void *)(uintptr_t)here[0];
}

/* Frames that a backtrace has to find. */
static void __attribute__((noinline)) stand_deep(int depth)
{
	volatile char here[64] = "kept-on-the-main-stack";

	if (depth > 0)
		stand_deep(depth - 1);
	else
		wait_for_ever();
	number_in_a_global += here[0];
}

static char *map(size_t size, int protection, int flags, int fd, const char *text)
{
	char *at = mmap(NULL, size, protection, flags, fd, 0);

	if (at == MAP_FAILED)
		return NULL;
	if (text)
		(void)snprintf(at, size, "%s", text);
	return at;
}

int main(int argc, char **argv)
{
	const int rw = PROT_READ | PROT_WRITE, own = MAP_PRIVATE | MAP_ANONYMOUS;
	char *heap = malloc(64), *vast;
	pthread_t threads[THREADS];
	int fd, memfd;

	if (!heap)
		return 1;
	/* The text is nowhere else, as a whole. */
	for (int i = 0; i < 4; i++)
		memcpy(heap + 4 * (size_t)i, &"keptheapthe--on-"[(size_t)(i * 3 % 4) * 4], 4);
	(void)signal(SIGUSR1, on_unmap);
	if (fork() == 0)
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int i = 0; i < THREADS; i++)
		(void)pthread_create(&threads[i], NULL, wait_in_thread, NULL);
	large = map(LARGE, rw, own, -1, NULL);
	for (size_t i = 0; large && i < LARGE; i += 64)
		(void)snprintf(large + i, 64, "kept-at-%zu", i);
	vast = map(TERABYTE, rw, own | MAP_NORESERVE, -1, "kept-at-the-start-of-a-terabyte");
	if (vast)
		memcpy(vast + TERABYTE / 2, "kept-in-its-middle", 19);
	(void)map(4096, rw | PROT_EXEC, own, -1, "kept-as-code");
	memfd = memfd_create("stage2", MFD_CLOEXEC);
	if (memfd >= 0 && ftruncate(memfd, 4096) == 0)
		(void)map(4096, rw | PROT_EXEC, MAP_SHARED, memfd, "kept-in-a-memfd");
	fd = argc > 1 ? open(argv[1], O_RDONLY | O_CLOEXEC) : -1;
	if (fd >= 0)
		(void)map(4096, PROT_READ, MAP_PRIVATE, fd, NULL);
	number_in_a_global++;
	fd = open("/ready", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (fd < 0 || write(fd, "x", 1) != 1)
		return 1;
	(void)close(fd);
	stand_deep(3);
	return 0;
}
