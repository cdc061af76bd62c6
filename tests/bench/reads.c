// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * reads.c - reads a file in ways that common commands don't, for tests/bench/fuse.
 * reads random FILE COUNT: COUNT times pread(2) of 4 KiB at random offsets.
 * reads mmap FILE COUNT: maps the file and reads a word of each cache line, COUNT times.
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	static char buf[4096];
	uint64_t sum = 0, x = 88172645463325252ULL;
	struct stat st;
	int fd;

	if (argc != 4 || (fd = open(argv[2], O_RDONLY | O_CLOEXEC)) < 0 || fstat(fd, &st) ||
	    st.st_size < 8192)
		return 2;
	for (long i = strtol(argv[3], NULL, 10); i > 0; i--) {
		if (!strcmp(argv[1], "random")) {
			x ^= x << 13;
			x ^= x >> 7;
			x ^= x << 17;
			if (pread(fd, buf, sizeof(buf),
				  (off_t)(x % (uint64_t)(st.st_size / 4096 - 1)) * 4096) != 4096)
				return 1;
			sum += (unsigned char)buf[0];
		} else {
			const uint64_t *map =
			    mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);

			if (map == MAP_FAILED)
				return 1;
			for (size_t k = 0; k < (size_t)st.st_size / sizeof(*map); k += 8)
				sum += map[k];
			if (munmap((void *)map, (size_t)st.st_size))
				return 1;
		}
	}
	return printf("%llu\n", (unsigned long long)sum) < 0;
}
