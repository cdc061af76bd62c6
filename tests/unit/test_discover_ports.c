/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * test_discover_ports.c - sockets that listen, in a network namespace of the test's own:
 * sock_diag(7) and the tables in /proc agree on them.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "fixtures/skip.h"

#include "discover/inspect/ports.h"
#include "reach/util.h"

#define FIRST 4000
#define EACH  3 /* of each of IPv4 and IPv6 */

static int open_socket(int family, int type, uint16_t port)
{
	struct sockaddr_in6 six = { .sin6_family = AF_INET6, .sin6_port = htons(port) };
	struct sockaddr_in four = { .sin_family = AF_INET, .sin_port = htons(port) };
	int fd = socket(family, type | SOCK_CLOEXEC, 0), on = 1;

	assert_true(fd >= 0);
	if (family == AF_INET6) {
		assert_int_equal(setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)), 0);
		assert_int_equal(bind(fd, (const struct sockaddr *)&six, sizeof(six)), 0);
	} else {
		assert_int_equal(bind(fd, (const struct sockaddr *)&four, sizeof(four)), 0);
	}
	return fd;
}

static int open_proc(void)
{
	int fd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);

	assert_true(fd >= 0);
	return fd;
}

static void expect_same(const struct nsv_ports *a, const struct nsv_ports *b)
{
	assert_int_equal(a->n, b->n);
	for (size_t n = 0; n < a->n; n++) {
		const struct nsv_port *x = &a->list[n], *y = &b->list[n];

		assert_int_equal(x->udp, y->udp);
		assert_int_equal(x->family, y->family);
		assert_memory_equal(x->address, y->address, sizeof(x->address));
		assert_int_equal(x->port, y->port);
		assert_int_equal(x->uid, y->uid);
		assert_true(x->inode == y->inode);
	}
}

/* One that listens is told; one that is only bound, and one of UDP, are not. */
static void both_agree(void **state)
{
	nsv_autofd int procfs = NSV_FD_NONE, bound = NSV_FD_NONE, udp = NSV_FD_NONE;
	struct nsv_ports asked, tables, rest;
	int fds[2 * EACH];

	if (unshare(CLONE_NEWNET) < 0)
		nsv_test_skip("no network namespace of its own: it needs root");
	procfs = open_proc();
	bound = open_socket(AF_INET, SOCK_STREAM, FIRST - 1);
	udp = open_socket(AF_INET, SOCK_DGRAM, FIRST);
	for (size_t n = 0; n < NSV_ARRAY_SIZE(fds); n++) {
		fds[n] =
		    open_socket(n % 2 ? AF_INET6 : AF_INET, SOCK_STREAM, (uint16_t)(FIRST + n));
		assert_int_equal(fchown(fds[n], 1000 + (uid_t)n, 0), 0);
		assert_int_equal(listen(fds[n], 1), 0);
	}
	if (nsv_ports_ask(&asked) < 0)
		nsv_test_skip("the kernel lists no TCP sockets by sock_diag(7)");
	assert_int_equal(asked.n, NSV_ARRAY_SIZE(fds));
	assert_int_equal(nsv_ports_read(procfs, "self", &tables), 0);
	assert_int_equal(tables.n, NSV_ARRAY_SIZE(fds) + 1);
	assert_int_equal(nsv_ports_read_rest(procfs, "self", &asked, &rest), 0);
	assert_int_equal(asked.n, 0);
	assert_null(asked.list);
	expect_same(&rest, &tables);
	assert_int_equal(tables.list[1].uid, 1001);
	nsv_ports_done(&tables);
	nsv_ports_done(&rest);
	for (size_t n = 0; n < NSV_ARRAY_SIZE(fds); n++)
		close(fds[n]);
}

/* All listen at one port. */
static void too_many_are_cut(void **state)
{
	static int fds[NSV_PORTS_MAX + 1];
	struct nsv_ports asked = { 0 };
	size_t used = 0;
	int on = 1;

	if (unshare(CLONE_NEWNET) < 0)
		nsv_test_skip("no network namespace of its own: it needs root");
	for (; used < NSV_ARRAY_SIZE(fds); used++) {
		const struct sockaddr_in any = { .sin_family = AF_INET, .sin_port = htons(FIRST) };
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

		if (fd < 0)
			break;
		fds[used] = fd;
		assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof(on)), 0);
		assert_int_equal(bind(fd, (const struct sockaddr *)&any, sizeof(any)), 0);
		assert_int_equal(listen(fd, 1), 0);
	}
	if (used < NSV_ARRAY_SIZE(fds) || nsv_ports_ask(&asked) < 0)
		nsv_test_skip("too few fds, or no sock_diag(7)");
	assert_int_equal(asked.n, NSV_PORTS_MAX);
	assert_true(asked.cut);
	nsv_ports_done(&asked);
	while (used)
		close(fds[--used]);
}

static void lines(void **state)
{
	static const char listens[] = "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 "
				      "00:00000000 00000000  1000        0 777 1 0";
	const uint8_t local[16] = { 127, 0, 0, 1 };
	struct nsv_port port;

	assert_true(nsv_port_parse(listens, false, &port));
	assert_int_equal(port.port, 8080);
	assert_int_equal(port.uid, 1000);
	assert_int_equal(port.inode, 777);
	if (htonl(1) != 1)
		assert_memory_equal(port.address, local, sizeof(local));
	/* Of another state, or with a peer. */
	assert_false(nsv_port_parse(listens, true, &port));
	assert_false(nsv_port_parse("   0: 0100007F:1F90 00000000:0001 0A 00000000:00000000 "
				    "00:00000000 00000000  1000        0 777 1 0",
				    false, &port));
	assert_false(nsv_port_parse("  sl  local_address rem_address   st tx_queue", false, &port));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines),
		cmocka_unit_test(both_agree),
		cmocka_unit_test(too_many_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
