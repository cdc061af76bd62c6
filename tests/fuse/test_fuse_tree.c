/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_fuse_tree.c - nodes and their memory, names of containers, lines of mountinfo, and options.
 * Opens no files.
 */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fuse/containers/names.h"
#include "fuse/options.h"
#include "fuse/tree/slab.h"
#include "fuse/tree/tree.h"
#include "reach/util.h"

static struct node_id id_of(uint64_t ino)
{
	return (struct node_id){ .ino = ino, .dev = 7, .kind = NODE_PATH };
}

static struct node *add(struct tree *t, struct node *parent, const char *name, uint64_t ino)
{
	struct node_id id = id_of(ino);
	struct node *node = tree_lookup(t, parent, name, &id);

	assert_non_null(node);
	return node;
}

static void test_same_name_same_node(void **state)
{
	struct tree *t = NULL;
	struct node *a, *b, *c;

	(void)state;
	assert_int_equal(tree_new(&t), 0);
	assert_int_equal(tree_number(t, tree_top(t)), 1);
	assert_ptr_equal(tree_node(t, 1), tree_top(t));
	a = add(t, tree_top(t), "a", 1);
	assert_ptr_equal(add(t, tree_top(t), "a", 1), a);
	assert_ptr_equal(tree_node(t, tree_number(t, a)), a);
	b = add(t, a, "b", 2);
	c = add(t, b, "a", 1);
	assert_ptr_not_equal(c, a);
	assert_int_equal(tree_count(t), 3);
	assert_int_equal(tree_peek(t, tree_number(t, b), "a"), tree_number(t, c));
	assert_int_equal(tree_peek(t, tree_number(t, b), "b"), 0);

	/* A parent lives as long as its child, even without lookups. */
	tree_forget(t, a, 2);
	tree_forget(t, b, 1);
	assert_int_equal(tree_count(t), 3);
	tree_forget(t, c, 1);
	assert_int_equal(tree_count(t), 0);
	tree_free(t);
}

static void test_replaced(void **state)
{
	struct tree *t = NULL;
	struct node *old, *new, *below;

	(void)state;
	assert_int_equal(tree_new(&t), 0);
	old = add(t, tree_top(t), "x", 1);
	below = add(t, old, "y", 2);
	new = add(t, tree_top(t), "x", 9);
	assert_ptr_not_equal(old, new);
	assert_ptr_equal(add(t, tree_top(t), "x", 9), new);
	assert_int_equal(tree_peek(t, 1, "x"), tree_number(t, new));
	/* And back: a third one. */
	assert_ptr_not_equal(add(t, tree_top(t), "x", 1), old);
	assert_int_equal(tree_count(t), 4);
	tree_forget(t, below, 1);
	tree_forget(t, old, 1);
	assert_int_equal(tree_count(t), 2);
	tree_free(t); /* with what is left */
}

static void test_paths(void **state)
{
	struct tree *t = NULL;
	struct node_id root_id = { .ino = 1, .kind = NODE_ROOT };
	struct node *root, *node;
	char buf[64], name[256];
	char *path;

	(void)state;
	assert_int_equal(tree_new(&t), 0);
	root = tree_lookup(t, tree_top(t), "web1", &root_id);
	assert_non_null(root);
	assert_int_equal(node_path(root, buf, sizeof(buf), &path), 0);
	assert_string_equal(path, ".");
	node = add(t, root, "a", 2);
	assert_int_equal(node_depth(node), 0);
	node = add(t, add(t, node, "bb", 3), "ccc", 4);
	assert_int_equal(node_depth(node), 2);
	assert_int_equal(node_path(node, buf, sizeof(buf), &path), 0);
	assert_string_equal(path, "a/bb/ccc");
	assert_int_equal(node_path(node, buf, 9, &path), 0);
	assert_string_equal(path, "a/bb/ccc");
	assert_int_equal(node_path(node, buf, 8, &path), -ENAMETOOLONG);

	memset(name, 'n', 255);
	name[255] = '\0';
	node = add(t, root, name, 5);
	assert_string_equal(node->name, name);
	assert_int_equal(node_path(node, buf, sizeof(buf), &path), -ENAMETOOLONG);
	tree_free(t);
}

/* Many, forgotten in another order: all memory comes back. */
static void test_many(void **state)
{
	enum { N = 100000 };
	struct node **nodes = calloc(N, sizeof(struct node *));
	struct tree *t = NULL;
	char name[32];

	(void)state;
	assert_non_null(nodes);
	assert_int_equal(tree_new(&t), 0);
	for (size_t i = 0; i < N; i++) {
		(void)snprintf(name, sizeof(name), "%.*s%zu", (int)(i % 20), "aaaaaaaaaaaaaaaaaaaa",
			       i);
		nodes[i] = add(t, i < 10 ? tree_top(t) : nodes[i / 10], name, i);
	}
	assert_int_equal(tree_count(t), N);
	for (size_t i = 0; i < N; i++) {
		size_t k = i * 7919 % N;

		tree_forget(t, nodes[k], 1);
	}
	assert_int_equal(tree_count(t), 0);
	tree_free(t);
	free(nodes);
}

/* Names that are one inode, of which some are forgotten; another device's has the same number. */
static void test_inodes(void **state)
{
	struct tree *t = NULL;
	struct node_id other = { .ino = 5, .dev = 8, .kind = NODE_PATH };
	enum { NAMES = 5000 };
	static struct node *nodes[NAMES];
	uint64_t numbers[NAMES + 2];
	char name[16];

	(void)state;
	assert_int_equal(tree_new(&t), 0);
	assert_int_equal(tree_find_inode(t, NULL, 7, 5, numbers, 4), 0);
	for (unsigned i = 0; i < NAMES; i++) {
		(void)snprintf(name, sizeof(name), "%u", i);
		nodes[i] = add(t, tree_top(t), name, i % 2 ? 5 : 1000 + i);
	}
	assert_non_null(tree_lookup(t, tree_top(t), "other", &other));
	assert_int_equal(tree_find_inode(t, NULL, 7, 5, numbers, NAMES), NAMES / 2);
	assert_int_equal(tree_find_inode(t, NULL, 0, 5, numbers, NAMES), NAMES / 2 + 1);
	assert_int_equal(tree_find_inode(t, NULL, 8, 5, numbers, NAMES), 1);
	assert_int_equal(tree_find_inode(t, NULL, 7, 5, numbers, 3), 3);
	for (unsigned i = 0; i < NAMES - 1; i++)
		tree_forget(t, nodes[i], 1);
	assert_int_equal(tree_find_inode(t, NULL, 7, 5, numbers, NAMES), 1);
	assert_true(numbers[0] == tree_number(t, nodes[NAMES - 1]));
	tree_forget(t, nodes[NAMES - 1], 1);
	assert_int_equal(tree_find_inode(t, NULL, 7, 5, numbers, NAMES), 0);
	tree_free(t);
}

/* Also where a bucket is longer than a list may be. */
static void test_every_node_is_listed(void **state)
{
	enum { NODES = 3000 };
	static const size_t sizes[] = { 1, 2, 7, 64, NODES + 1 };
	static struct tree_item items[NODES + 1];
	struct tree *t = NULL;
	char name[16];

	(void)state;
	assert_int_equal(tree_new(&t), 0);
	for (unsigned i = 0; i < NODES; i++) {
		(void)snprintf(name, sizeof(name), "n%u", i);
		(void)add(t, tree_top(t), name, i + 1);
	}
	for (size_t k = 0; k < NSV_ARRAY_SIZE(sizes); k++) {
		bool seen[NODES] = { false }, more = true;
		unsigned listed = 0;
		uint64_t cursor = 0;
		size_t n;

		while (more) {
			more = tree_list(t, NULL, &cursor, items, sizes[k], &n);
			for (size_t i = 0; i < n; i++) {
				unsigned number = (unsigned)strtoul(items[i].name + 1, NULL, 10);

				assert_false(seen[number]);
				seen[number] = true;
				listed++;
			}
		}
		assert_int_equal(listed, NODES);
	}
	tree_free(t);
}

static void test_slab(void **state)
{
	enum { N = 20000 };
	struct slab s = { 0 };
	void **things = calloc(N, sizeof(void *));

	(void)state;
	assert_non_null(things);
	assert_null(slab_alloc(&s, SLAB_MAX + 1));
	for (size_t round = 0; round < 3; round++) {
		for (size_t i = 0; i < N; i++) {
			size_t size = 1 + i % SLAB_MAX;

			things[i] = slab_alloc(&s, size);
			assert_non_null(things[i]);
			assert_int_equal((uintptr_t)things[i] % 16, 0);
			memset(things[i], (int)(i % 251), size);
		}
		for (size_t i = 0; i < N; i++) {
			const unsigned char *p = things[i];

			assert_int_equal(p[0], i % 251);
			assert_int_equal(p[i % SLAB_MAX], i % 251);
		}
		for (size_t i = 0; i < N; i++)
			slab_free(&s, things[i], 1 + i % SLAB_MAX);
		assert_int_equal(s.chunks, 0);
	}
	free(things);
}

/* ---- names ---- */

static bool taken(const char *name, void *data)
{
	const char *const *list = data;

	for (; *list; list++)
		if (!strcmp(*list, name))
			return true;
	return false;
}

static void test_names(void **state)
{
	static const char *const escaped[][2] = {
		{ "web1", "web1" },
		{ "", "%" },
		{ ".", "%2E" },
		{ "..", "%2E." },
		{ ".by-id", "%2Eby-id" },
		{ "a/b", "a%2Fb" },
		{ "-oX", "-oX" },
		{ "a\n\033[31m", "a%0A%1B%5B31m" },
		{ "caf\303\251", "caf%C3%A9" },
		{ "x~y", "x%7Ey" },
		{ "100%", "100%25" },
	};
	static const char id[] = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";
	struct nsv_container c = { .pid = 42, .mntns = 4026532001 };
	const char *list[4] = { NULL };
	char buf[NAME_SIZE], small[8];

	(void)state;
	for (size_t i = 0; i < NSV_ARRAY_SIZE(escaped); i++) {
		name_escape(escaped[i][0], buf, sizeof(buf));
		assert_string_equal(buf, escaped[i][1]);
	}
	name_escape("\n\n\n\n", small, sizeof(small));
	assert_string_equal(small, "%0A%0A");

	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "pid-42");
	c.id = id;
	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "0123456789ab");
	c.engine_name = "web1";
	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "web1");
	c.hostname = "host";
	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "host");
	name_choose(&c, true, taken, list, buf);
	assert_string_equal(buf, "web1");
	list[0] = "host";
	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "host~0123456789ab");
	list[1] = "host~0123456789ab";
	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "host~4026532001");
	c.id = NULL;
	list[1] = NULL;
	name_choose(&c, false, taken, list, buf);
	assert_string_equal(buf, "host~4026532001");
}

/* ---- options ---- */

static void test_options(void **state)
{
	static const char *const bad[] = {
		"links",	  "links=x",	     "nothing",		"allow_other=1",
		"cache=",	  "entry_timeout=x", "attr_timeout=-1", "entry_timeout=1e99",
		"max_inflight=0", "max_inflight=+3", "exclude=",	"entry_timeout=nan",
	};
	struct view_options o;
	struct nsv_error e;

	(void)state;
	view_options_init(&o);
	assert_int_equal(o.cache, CACHE_AUTO);
	assert_int_equal(
	    view_options_parse(&o,
			       "rw,defaults,,links=raw,pseudo,entry_timeout=0.5,cache=always,"
			       "exclude=*.o,exclude=/a\\,b/*,x-systemd.automount,max_inflight=7",
			       &e),
	    0);
	assert_true(o.links_raw && o.pseudo && !o.remote);
	assert_int_equal(o.cache, CACHE_ALWAYS);
	assert_int_equal(o.max_inflight, 7);
	assert_int_equal(o.n_excludes, 2);
	assert_true(view_options_excluded(&o, "x.o", "/d/x.o"));
	assert_true(view_options_excluded(&o, "c", "/a,b/c"));
	assert_false(view_options_excluded(&o, "c", "/a/c"));
	assert_int_equal(view_options_check(&o, &e), 0);
	assert_int_equal(view_options_parse(&o, "allow_other", &e), 0);
	assert_int_equal(view_options_check(&o, &e), -EINVAL);
	o.pseudo = false;
	assert_int_equal(view_options_check(&o, &e), 0);
	assert_int_equal(view_options_parse(&o, "ids=container", &e), 0);
	assert_int_equal(view_options_check(&o, &e), -EINVAL);
	for (size_t i = 0; i < NSV_ARRAY_SIZE(bad); i++)
		assert_int_equal(view_options_parse(&o, bad[i], &e), -EINVAL);
	view_options_done(&o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_same_name_same_node),
		cmocka_unit_test(test_replaced),
		cmocka_unit_test(test_paths),
		cmocka_unit_test(test_many),
		cmocka_unit_test(test_inodes),
		cmocka_unit_test(test_every_node_is_listed),
		cmocka_unit_test(test_slab),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_options),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
