/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* core_elf.c - see core_elf.h. Layouts: Linux include/linux/elfcore.h, arch/.../asm/elf.h. */
#include "collect/core_elf.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "reach/util.h"

/* struct elf_prstatus: what comes before the registers, and the two machines' registers. */
struct status_head {
	int32_t signo, code, err;
	int16_t cursig;
	uint64_t pending, held;
	int32_t pid, ppid, pgrp, sid;
	struct {
		int64_t sec, usec;
	} times[4];
};
_Static_assert(sizeof(struct status_head) == 112, "as in the kernel");

enum x86_register {
	X86_R10 = 7,
	X86_R9 = 8,
	X86_R8 = 9,
	X86_RAX = 10,
	X86_RDX = 12,
	X86_RSI = 13,
	X86_RDI = 14,
	X86_ORIG_RAX = 15,
	X86_RIP = 16,
	X86_CS = 17,
	X86_RSP = 19,
	X86_SS = 20,
	X86_REGISTERS = 27,
};

enum arm_register {
	ARM_X8 = 8,
	ARM_SP = 31,
	ARM_PC = 32,
	ARM_REGISTERS = 34,
};

/* struct elf_prpsinfo. */
struct process_info {
	char state, letter, zombie;
	int8_t nice;
	uint64_t flags;
	uint32_t uid, gid;
	int32_t pid, ppid, pgrp, sid;
	char name[16], arguments[80];
};
_Static_assert(sizeof(struct process_info) == 136, "as in the kernel");

static int pad(struct nsv_bytes *out, size_t to)
{
	size_t over = out->len % to;

	return over ? nsv_bytes_add(out, NULL, to - over) : 0;
}

static int note(struct nsv_bytes *out, uint32_t type, const void *data, size_t len)
{
	const Elf64_Nhdr head = { .n_namesz = 5, .n_descsz = (uint32_t)len, .n_type = type };
	int r = nsv_bytes_add(out, &head, sizeof(head));

	if (r == 0)
		r = nsv_bytes_add(out, "CORE\0\0\0", 8);
	if (r == 0)
		r = nsv_bytes_add(out, data, len);
	return r < 0 ? r : pad(out, 4);
}

static size_t fill_x86(const struct nsv_core_thread *t, uint64_t *r)
{
	static const int args[] = { X86_RDI, X86_RSI, X86_RDX, X86_R10, X86_R8, X86_R9 };

	r[X86_ORIG_RAX] = UINT64_MAX;
	if (t->known) {
		r[X86_RIP] = t->pc;
		r[X86_RSP] = t->sp;
		r[X86_CS] = 0x33;
		r[X86_SS] = 0x2b;
	}
	if (t->in_call) {
		r[X86_ORIG_RAX] = (uint64_t)t->call;
		r[X86_RAX] = (uint64_t)-ENOSYS; /* as long as a call has not returned */
		for (size_t i = 0; i < NSV_ARRAY_SIZE(args); i++)
			r[args[i]] = t->args[i];
	}
	return X86_REGISTERS;
}

static size_t fill_arm(const struct nsv_core_thread *t, uint64_t *r)
{
	if (t->known) {
		r[ARM_PC] = t->pc;
		r[ARM_SP] = t->sp;
	}
	if (t->in_call) {
		memcpy(r, t->args, sizeof(t->args));
		r[ARM_X8] = (uint64_t)t->call;
	}
	return ARM_REGISTERS;
}

static int status_note(const struct nsv_core *c, const struct nsv_core_thread *t,
		       struct nsv_bytes *out)
{
	struct {
		struct status_head head;
		uint64_t registers[ARM_REGISTERS + 1]; /* and whether there is an FPU's state */
	} s = { .head = { .pid = t->tid_inside } };
	size_t n = c->machine == EM_X86_64 ? fill_x86(t, s.registers) : fill_arm(t, s.registers);

	return note(out, NT_PRSTATUS, &s, sizeof(s.head) + (n + 1) * sizeof(uint64_t));
}

static int info_note(const struct nsv_core *c, struct nsv_bytes *out)
{
	static const char letters[] = "RSDTZW";
	const char *at = strchr(letters, c->state);
	struct process_info p = { .state = (char)(at ? at - letters : 0),
				  .letter = c->state,
				  .zombie = c->state == 'Z',
				  .nice = (int8_t)c->nice,
				  .uid = c->uid,
				  .gid = c->gid,
				  .pid = c->pid };

	memcpy(p.name, c->name, strnlen(c->name, sizeof(p.name) - 1));
	memcpy(p.arguments, c->arguments, strnlen(c->arguments, sizeof(p.arguments) - 1));
	return note(out, NT_PRPSINFO, &p, sizeof(p));
}

static int file_note(const struct nsv_core *c, struct nsv_bytes *out)
{
	struct nsv_bytes b = { 0 };
	const uint64_t head[] = { c->n_files, NSV_CORE_PAGE };
	int r = nsv_bytes_add(&b, head, sizeof(head));

	for (size_t i = 0; i < c->n_files && r == 0; i++) {
		const uint64_t one[] = { c->files[i].start, c->files[i].end,
					 c->files[i].offset / NSV_CORE_PAGE };

		r = nsv_bytes_add(&b, one, sizeof(one));
	}
	for (size_t i = 0; i < c->n_files && r == 0; i++)
		r = nsv_bytes_add(&b, c->files[i].path, strlen(c->files[i].path) + 1);
	if (r == 0)
		r = note(out, NT_FILE, b.buf, b.len);
	nsv_bytes_free(&b);
	return r;
}

/* In the kernel's order: gdb takes the first thread for the one that matters. */
static int notes(const struct nsv_core *c, struct nsv_bytes *out)
{
	int r = c->n_threads ? status_note(c, &c->threads[0], out) : 0;

	if (r == 0)
		r = info_note(c, out);
	if (r == 0 && c->auxv_len)
		r = note(out, NT_AUXV, c->auxv, c->auxv_len);
	if (r == 0 && c->n_files)
		r = file_note(c, out);
	for (size_t i = 1; i < c->n_threads && r == 0; i++)
		r = status_note(c, &c->threads[i], out);
	return r;
}

static int program_headers(const struct nsv_core *c, uint64_t notes_at, uint64_t notes_len,
			   uint64_t data_at, struct nsv_bytes *out)
{
	Elf64_Phdr p = {
		.p_type = PT_NOTE, .p_offset = notes_at, .p_filesz = notes_len, .p_align = 4
	};
	int r = nsv_bytes_add(out, &p, sizeof(p));

	for (size_t i = 0; i < c->n_ranges && r == 0; i++) {
		p = (Elf64_Phdr){ .p_type = PT_LOAD,
				  .p_flags = c->ranges[i].flags,
				  .p_offset = data_at,
				  .p_vaddr = c->ranges[i].at,
				  .p_filesz = c->ranges[i].len,
				  .p_memsz = c->ranges[i].len,
				  .p_align = NSV_CORE_PAGE };
		data_at += c->ranges[i].len;
		r = nsv_bytes_add(out, &p, sizeof(p));
	}
	return r;
}

int nsv_core_head(const struct nsv_core *c, struct nsv_bytes *out)
{
	struct nsv_bytes text = { 0 };
	size_t n = c->n_ranges + 1;
	/* More do not fit into the header: a section of no use says how many. */
	bool many = n >= PN_XNUM;
	size_t at = sizeof(Elf64_Ehdr) + n * sizeof(Elf64_Phdr) + (many ? sizeof(Elf64_Shdr) : 0);
	Elf64_Ehdr e = { .e_ident = { ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB,
				      EV_CURRENT, ELFOSABI_NONE },
			 .e_type = ET_CORE,
			 .e_machine = c->machine,
			 .e_version = EV_CURRENT,
			 .e_phoff = sizeof(Elf64_Ehdr),
			 .e_ehsize = sizeof(Elf64_Ehdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = (uint16_t)(many ? PN_XNUM : n),
			 .e_shoff = many ? at - sizeof(Elf64_Shdr) : 0,
			 .e_shentsize = many ? sizeof(Elf64_Shdr) : 0,
			 .e_shnum = many };
	const Elf64_Shdr count = { .sh_type = SHT_NULL, .sh_size = 1, .sh_info = (uint32_t)n };
	int r = notes(c, &text);
	uint64_t data_at = (at + text.len + NSV_CORE_PAGE - 1) / NSV_CORE_PAGE * NSV_CORE_PAGE;

	if (r == 0)
		r = nsv_bytes_add(out, &e, sizeof(e));
	if (r == 0)
		r = program_headers(c, at, text.len, data_at, out);
	if (r == 0 && many)
		r = nsv_bytes_add(out, &count, sizeof(count));
	if (r == 0)
		r = nsv_bytes_add(out, text.buf, text.len);
	nsv_bytes_free(&text);
	return r < 0 ? r : pad(out, NSV_CORE_PAGE);
}

void nsv_core_parse_syscall(const char *text, struct nsv_core_thread *t)
{
	uint64_t a[8];
	int64_t call;
	int n = sscanf(text,
		       "%" SCNd64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64 " %" SCNx64
		       " %" SCNx64 " %" SCNx64 " %" SCNx64,
		       &call, &a[0], &a[1], &a[2], &a[3], &a[4], &a[5], &a[6], &a[7]);

	t->known = t->in_call = false;
	t->sp = t->pc = 0;
	if (n == 9) {
		t->known = t->in_call = true;
		t->call = call;
		memcpy(t->args, a, sizeof(t->args));
		t->sp = a[6];
		t->pc = a[7];
	} else if (n == 3 && call == -1) {
		t->known = true;
		t->sp = a[0];
		t->pc = a[1];
	}
}
