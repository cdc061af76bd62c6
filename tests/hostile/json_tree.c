/* SPDX-License-Identifier: GPL-2.0-or-later */
/* json_tree.c - the control of forged.sh: reads a file the naive way, whole and with json-c. */
#include <json-c/json.h>

int main(int argc, char **argv)
{
	struct json_object *tree = argc == 2 ? json_object_from_file(argv[1]) : NULL;

	return json_object_put(tree) == 1 ? 0 : 1;
}
