/* SPDX-License-Identifier: GPL-2.0-or-later */
/* replay.c - gives the files of a folder to a fuzz target, one by one: what was found stays mended,
 * with any compiler. */
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "reach/util.h"

static void replay(int dir, const char *name)
{
	nsv_autofd int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	nsv_autofree uint8_t *data = NULL;
	struct stat st;

	FUZZ_CHECK(fd >= 0 && fstat(fd, &st) == 0);
	data = malloc(st.st_size ? (size_t)st.st_size : 1);
	FUZZ_CHECK(data && read(fd, data, (size_t)st.st_size) == st.st_size);
	FUZZ_CHECK(LLVMFuzzerTestOneInput(data, (size_t)st.st_size) == 0);
}

int main(int argc, char **argv)
{
	DIR *dir = argc == 2 ? opendir(argv[1]) : NULL;
	const struct dirent *entry;
	unsigned n = 0;

	FUZZ_CHECK(dir);
	while ((entry = readdir(dir))) {
		if (*entry->d_name == '.')
			continue;
		(void)fprintf(stderr, "%s\n", entry->d_name);
		replay(dirfd(dir), entry->d_name);
		n++;
	}
	(void)closedir(dir);
	FUZZ_CHECK(n > 0);
	return 0;
}
