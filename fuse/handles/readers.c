/* SPDX-License-Identifier: GPL-2.0-or-later */
/* readers.c - credit of threads, in a table by their numbers. No locks. */
#include "fuse/handles/readers.h"

#define EARNED	    64	  /* entries, for one that was asked for */
#define CREDIT_MOST 65536 /* entries */

/* Of a new thread. The first listing of ls -l and find brings along so many. */
static const int start[WANTS_KINDS] = {
	[WANTS_FOLDERS] = 256,
	[WANTS_FILES] = 256,
};

static struct reader *reader_of(struct readers *r, pid_t tid)
{
	struct reader *reader = &r->slots[(unsigned)tid % READERS_SLOTS];

	/* Slots start as zeroes: number 0, which is none, starts without credit. */
	if (atomic_load_explicit(&reader->tid, memory_order_relaxed) == tid)
		return reader;
	for (unsigned i = 0; i < WANTS_KINDS; i++)
		atomic_store_explicit(&reader->credit[i], start[i], memory_order_relaxed);
	atomic_store_explicit(&reader->tid, tid, memory_order_relaxed);
	return reader;
}

void readers_asked(struct readers *r, pid_t tid, enum reader_wants what)
{
	_Atomic int *credit = &reader_of(r, tid)->credit[what];

	if (atomic_load_explicit(credit, memory_order_relaxed) <= CREDIT_MOST - EARNED)
		atomic_fetch_add_explicit(credit, EARNED, memory_order_relaxed);
}

bool readers_pay(struct readers *r, pid_t tid, enum reader_wants what, int cost)
{
	_Atomic int *credit = &reader_of(r, tid)->credit[what];

	if (atomic_load_explicit(credit, memory_order_relaxed) < cost)
		return false;
	atomic_fetch_sub_explicit(credit, cost, memory_order_relaxed);
	return true;
}
