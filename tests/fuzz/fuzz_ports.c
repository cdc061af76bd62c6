/* SPDX-License-Identifier: GPL-2.0-or-later */
/* fuzz_ports.c - lines of /proc/PID/net/tcp and udp: what is taken for a socket that waits, printed
 * as the kernel prints it, is taken for the same socket. */
#include "fuzz.h"

#include <inttypes.h>
#include <sys/socket.h>

#include "discover/inspect/ports.h"
#include "reach/util.h"

static void print(const struct nsv_port *p, char *to, size_t size)
{
	size_t n = p->family == AF_INET ? 1 : 4;
	uint32_t words[4];
	char hex[33] = "";

	memcpy(words, p->address, sizeof(words));
	for (size_t i = 0; i < n; i++)
		(void)snprintf(hex + 8 * i, sizeof(hex) - 8 * i, "%08" PRIX32, words[i]);
	(void)
	    snprintf(to, size,
		     "%4d: %s:%04X %.*s:0000 %02X 00000000:00000000 00:00000000 00000000 %5" PRIu32
		     "        0 %" PRIu64 " 1 0",
		     0, hex, p->port, (int)(8 * n), "00000000000000000000000000000000",
		     p->udp ? 7 : 10, p->uid, p->inode);
}

static void check(const char *line, bool udp)
{
	struct nsv_port port, again;
	char printed[256];

	if (!nsv_port_parse(line, udp, &port))
		return;
	FUZZ_CHECK(port.udp == udp);
	FUZZ_CHECK(port.family == AF_INET || port.family == AF_INET6);
	for (size_t i = 4; port.family == AF_INET && i < sizeof(port.address); i++)
		FUZZ_CHECK(port.address[i] == 0);
	print(&port, printed, sizeof(printed));
	FUZZ_CHECK(nsv_port_parse(printed, udp, &again));
	FUZZ_CHECK(again.port == port.port && again.uid == port.uid && again.inode == port.inode);
	FUZZ_CHECK(again.family == port.family);
	FUZZ_CHECK(memcmp(again.address, port.address, sizeof(port.address)) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	nsv_autofree char *line = fuzz_text(data, size);

	check(line, false);
	check(line, true);
	return 0;
}
