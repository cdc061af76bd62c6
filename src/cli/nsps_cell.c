/* SPDX-License-Identifier: GPL-2.0-or-later */
/* nsps_cell.c - what functions of columns share: texts of cells, and /proc. */
#include "cli/nsps.h"
#include "reach/procfs.h"

void ps_set_text(struct ps_cell *cell, const char *text)
{
	if (!text || !*text)
		return;
	cell->kind = PS_TEXT;
	cell->text = text;
}

void ps_set_owned(struct ps_cell *cell, char *text_take)
{
	if (!text_take)
		cli_no_memory();
	cell->owned = text_take;
	ps_set_text(cell, text_take);
}

int ps_procfs(struct ps *ps)
{
	if (ps->procfs < 0)
		ps->procfs = ps->cmdlines.procfs = ps->pauses.procfs = nsv_procfs_open(NULL);
	return ps->procfs;
}
