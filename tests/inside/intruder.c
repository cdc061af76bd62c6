/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * intruder.c - a program of a hostile container, which tries to get hold of what enters it.
 */
#include <stdio.h>

int main(void)
{
	return puts("later") < 0;
}
