/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The head of a core: what readelf(1) makes of it, for both machines; the many program headers that
 * a header's field can't count; the texts of /proc/PID/task/TID/syscall.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "collect/core_elf.h"
#include "collect/memory_maps.h"
#include "reach/util.h"

static const struct nsv_core_range two_ranges[] = {
	{ 0x400000, 0x1000, PF_R | PF_X },
	{ 0x7000000000, 0x3000, PF_R | PF_W },
};

static void make(uint16_t machine, const struct nsv_core_range *ranges, size_t n,
		 struct nsv_bytes *out)
{
	static const struct nsv_core_thread threads[] = {
		{ .tid = 900,
		  .tid_inside = 7,
		  .known = true,
		  .in_call = true,
		  .sp = 0x7000000800,
		  .pc = 0x400123,
		  .call = 34,
		  .args = { 1, 2, 3, 4, 5, 6 } },
		{ .tid = 901, .tid_inside = 8 },
	};
	static const struct nsv_core_file files[] = {
		{ 0x400000, 0x402000, 0x5000, "/bin/a program" },
		{ 0x500000, 0x501000, 0, "/lib/x.so (deleted)" },
	};
	static const uint64_t auxv[] = { 6, 4096, 0, 0 };
	const struct nsv_core core = { .machine = machine,
				       .pid = 7,
				       .uid = 1000,
				       .gid = 100,
				       .state = 'S',
				       .name = "a-name-of-more-than-15-bytes",
				       .arguments = "a program --with arguments",
				       .auxv = auxv,
				       .auxv_len = sizeof(auxv),
				       .threads = threads,
				       .n_threads = 2,
				       .files = files,
				       .n_files = 2,
				       .ranges = ranges,
				       .n_ranges = n };

	assert_int_equal(nsv_core_head(&core, out), 0);
	assert_int_equal(out->len % NSV_CORE_PAGE, 0);
}

/* What a command prints of the file. */
static char *run(const struct nsv_bytes *b, const char *options, const char *then)
{
	char path[] = "/tmp/nsview-core.XXXXXX", command[256];
	int fd = mkstemp(path);
	char *text = calloc(1, 65536);
	FILE *p;

	assert_true(fd >= 0 && text);
	assert_int_equal(write(fd, b->buf, b->len), (ssize_t)b->len);
	assert_int_equal(ftruncate(fd, (off_t)b->len + 0x4000), 0);
	(void)snprintf(command, sizeof(command), "LC_ALL=C readelf %s %s %s", options, path, then);
	p = popen(command, "r"); /* NOLINT(cert-env33-c,bugprone-command-processor) */
	assert_non_null(p);
	assert_true(fread(text, 1, 65535, p) < 65535);
	(void)pclose(p);
	nsv_close(fd);
	(void)unlink(path);
	return text;
}

static void check_machine(uint16_t machine, const char *name, const char *status_size)
{
	struct nsv_bytes b = { 0 };
	nsv_autofree char *text = NULL, *errors = NULL;

	make(machine, two_ranges, 2, &b);
	text = run(&b, "-hlnW", "2>/dev/null");
	errors = run(&b, "-hlW", "2>&1 >/dev/null");
	assert_string_equal(errors, "");
	assert_non_null(strstr(text, name));
	assert_non_null(strstr(text, "CORE (Core file)"));
	assert_non_null(strstr(text, status_size));
	assert_non_null(strstr(text, "0x00000088\tNT_PRPSINFO"));
	assert_non_null(strstr(text, "NT_AUXV"));
	assert_non_null(strstr(text, "NT_FILE"));
	assert_non_null(strstr(text, "0x0000007000000000"));
	nsv_bytes_free(&b);
}

static void x86_64(void **state)
{
	(void)state;
	check_machine(EM_X86_64, "X86-64", "0x00000150\tNT_PRSTATUS");
}

static void aarch64(void **state)
{
	(void)state;
	check_machine(EM_AARCH64, "AArch64", "0x00000188\tNT_PRSTATUS");
}

/* The first note's registers. */
static uint64_t register_of(const struct nsv_bytes *b, size_t n)
{
	const Elf64_Ehdr *e = (const void *)b->buf;
	const Elf64_Phdr *p = (const void *)(b->buf + e->e_phoff);
	uint64_t value;

	memcpy(&value, b->buf + p->p_offset + sizeof(Elf64_Nhdr) + 8 + 112 + n * 8, sizeof(value));
	return value;
}

static void registers(void **state)
{
	struct nsv_bytes b = { 0 };

	(void)state;
	make(EM_X86_64, two_ranges, 2, &b);
	assert_int_equal(register_of(&b, 16), 0x400123);     /* rip */
	assert_int_equal(register_of(&b, 19), 0x7000000800); /* rsp */
	assert_int_equal(register_of(&b, 15), 34);	     /* orig_rax */
	assert_int_equal(register_of(&b, 14), 1);	     /* rdi */
	assert_int_equal(register_of(&b, 7), 4);	     /* r10 */
	b.len = 0;
	make(EM_AARCH64, two_ranges, 2, &b);
	assert_int_equal(register_of(&b, 32), 0x400123);
	assert_int_equal(register_of(&b, 31), 0x7000000800);
	assert_int_equal(register_of(&b, 8), 34);
	assert_int_equal(register_of(&b, 5), 6);
	nsv_bytes_free(&b);
}

static void many_ranges(void **state)
{
	size_t n = 70000;
	struct nsv_core_range *list = calloc(n, sizeof(*list));
	nsv_autofree char *text = NULL;
	struct nsv_bytes b = { 0 };

	(void)state;
	assert_non_null(list);
	for (size_t i = 0; i < n; i++)
		list[i] = (struct nsv_core_range){ 0x10000000 + i * 0x2000, 0x1000, PF_R };
	make(EM_X86_64, list, n, &b);
	text = run(&b, "-hW", "2>&1 | grep 'Number of program headers'");
	assert_non_null(strstr(text, "65535 (70001)"));
	nsv_bytes_free(&b);
	free(list);
}

static void syscalls(void **state)
{
	struct nsv_core_thread t = { .tid = 1 };

	(void)state;
	nsv_core_parse_syscall("34 0x1 0x2 0x3 0x4 0x5 0x6 0x7ffd1000 0x7f0000001234\n", &t);
	assert_true(t.known && t.in_call && t.call == 34 && t.args[5] == 6);
	assert_true(t.sp == 0x7ffd1000 && t.pc == 0x7f0000001234);
	nsv_core_parse_syscall("-1 0x7ffd1000 0x401000\n", &t);
	assert_true(t.known && !t.in_call && t.sp == 0x7ffd1000 && t.pc == 0x401000);
	nsv_core_parse_syscall("running\n", &t);
	assert_true(!t.known && !t.sp && !t.pc);
	nsv_core_parse_syscall("", &t);
	assert_false(t.known);
	nsv_core_parse_syscall("34 0x1 0x2\n", &t);
	assert_false(t.known);
}

/* In pieces of every size. */
static void mappings(void **state)
{
	static const char text[] =
	    "00400000-00401000 r-xp 00000000 08:01 77                         /bin/a b\n"
	    "Rss:  4 kB\nVmFlags: rd ex mr mw me \n"
	    "00600000-00700000 rw-p 00000000 00:00 0                          [heap]\n"
	    "VmFlags: rd wr\n"
	    "7f0000000000-7f0000001000 rw-s 00000000 00:05 9                  /dev/mem\n"
	    "VmFlags: rd wr sh io pf de dd\n"
	    "7f0000002000-7f0000003000 rwxp 00000000 00:00 0 \n"
	    "VmFlags: rd wr ex\n"
	    "7f0000004000-7f0000005000 rw-s 00000000 00:01 5                  /memfd:x (deleted)\n"
	    "VmFlags: rd wr sh\n"
	    "7f0000006000-7f0000007000 rw-s 00000000 08:01 5                  /without/flags\n"
	    "7ffd00000000-7ffd00001000 r--p 00000000 00:00 0                  [vvar]\n"
	    "VmFlags: rd pf io de dd\n"
	    "7ffd00002000-7ffd00003000 r-xp 00000000 00:00 0                  [vdso]\n"
	    "VmFlags: rd ex\n";
	static const enum nsv_map_kind kinds[] = { NSV_MAP_FILE,      NSV_MAP_HEAP,   NSV_MAP_NOT,
						   NSV_MAP_ANONYMOUS, NSV_MAP_SHARED, NSV_MAP_NOT,
						   NSV_MAP_NOT,	      NSV_MAP_VDSO };

	(void)state;
	for (size_t piece = 1; piece < 200; piece += 13) {
		struct nsv_maps m = { 0 };

		for (size_t at = 0; at < sizeof(text) - 1; at += piece)
			assert_int_equal(nsv_maps_take(&m, text + at,
						       nsv_min(piece, sizeof(text) - 1 - at)),
					 0);
		nsv_maps_finish(&m);
		assert_int_equal(m.n, NSV_ARRAY_SIZE(kinds));
		for (size_t i = 0; i < m.n; i++)
			assert_int_equal(m.list[i].kind, kinds[i]);
		assert_string_equal(nsv_map_path(&m, &m.list[0]), "/bin/a b");
		assert_ptr_equal(nsv_maps_find(&m, 0x7f0000002fff), &m.list[3]);
		assert_null(nsv_maps_find(&m, 0x7f0000003000));
		nsv_maps_free(&m);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(x86_64),    cmocka_unit_test(aarch64),
		cmocka_unit_test(registers), cmocka_unit_test(many_ranges),
		cmocka_unit_test(syscalls),  cmocka_unit_test(mappings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
