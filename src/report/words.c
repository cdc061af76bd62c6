/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.c - lists of names, and what makes a name odd. See words.h. */
#include "report/words.h"

#include <string.h>

#include "base/util.h"
#include "command/escape.h"

static const char *const kernel_threads[] = {
	"kworker*",   "kthreadd",   "ksoftirqd*",   "migration/*", "rcu_*",	 "watchdog*",
	"kswapd*",    "kcompactd*", "khugepaged",   "kdevtmpfs",   "kauditd",	 "khungtaskd",
	"oom_reaper", "writeback",  "kblockd",	    "irq/*",	   "jbd2/*",	 "ext4-rsv-*",
	"xfsaild*",   "scsi_eh_*",  "kintegrityd",  "netns",	   "cpuhp/*",	 "idle_inject/*",
	"ksmd",	      "kpsmoused",  "mm_percpu_wq", "edac-poller", "devfreq_wq", "pool_workqueue*",
};

static const char *const daemons[] = {
	"sshd",		  "systemd",	"systemd-*",   "init",	      "cron",
	"crond",	  "atd",	"anacron",     "rsyslogd",    "syslogd",
	"klogd",	  "syslog-ng",	"dbus-daemon", "dbus-broker", "udevd",
	"agetty",	  "getty",	"login",       "auditd",      "polkitd",
	"NetworkManager", "dhclient",	"dockerd",     "containerd",  "containerd-shim*",
	"kubelet",	  "kube-proxy", "crio",	       "ntpd",	      "chronyd",
	"cupsd",	  "snapd",	"httpd",       "apache2",     "nginx",
	"mysqld",	  "postgres",	"inetd",       "xinetd",      "rpcbind",
	"irqbalance",
};

static const char *const interpreters[] = {
	"python*", "perl*", "ruby*", "php*", "node", "lua*",  "sh",	 "bash",   "dash",
	"ash",	   "zsh",   "ksh*",  "nc*",  "ncat", "socat", "busybox", "toybox", "tclsh*",
};

static const char *const jits[] = {
	"java*",   "node*",  "nodejs",	 "dotnet*",  "pwsh",   "mono*",	   "ruby*",   "php*",
	"luajit*", "chrom*", "firefox*", "WebKit*",  "qemu-*", "beam.smp", "python*", "pypy*",
	"deno",	   "bun",    "wine*",	 "postgres", "erl*",   "julia*",
};

bool nsv_begins(const char *text, const char *start)
{
	return strncmp(text, start, strlen(start)) == 0;
}

bool nsv_ends(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return len >= n && strcmp(text + len - n, end) == 0;
}

bool nsv_word_in(const char *name, size_t len, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		size_t word = strlen(words[i]);
		bool open = words[i][word - 1] == '*';

		word -= open;
		if ((open ? len >= word : len == word) && !memcmp(name, words[i], word))
			return true;
	}
	return false;
}

bool nsv_is_kernel_name(const char *name)
{
	size_t len = strlen(name);

	/* A title in brackets is ps's form for what has no command line. */
	if (len > 2 && name[0] == '[' && name[len - 1] == ']') {
		name++;
		len -= 2;
	}
	return NSV_WORD_IN(name, len, kernel_threads);
}

const char *nsv_daemon_of(const char *name, size_t *ret_len)
{
	size_t end = strcspn(name, " :"), at = end;

	while (at > 0 && name[at - 1] != '/')
		at--;
	/* A login shell is "-sh". */
	at += at < end && name[at] == '-';
	*ret_len = end - at;
	return name + at;
}

bool nsv_is_daemon(const char *name, size_t len)
{
	return NSV_WORD_IN(name, len, daemons);
}

bool nsv_is_interpreter(const char *name, size_t len)
{
	return NSV_WORD_IN(name, len, interpreters);
}

bool nsv_is_jit(const char *name)
{
	return NSV_WORD_IN(name, strlen(name), jits);
}

static bool is_below(const char *path, const char *const *folders, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (nsv_begins(path, folders[i]))
			return true;
	return false;
}

bool nsv_is_system_path(const char *path)
{
	static const char *const folders[] = { "/usr/", "/bin/", "/sbin/", "/lib",     "/opt/",
					       "/nix/", "/gnu/", "/snap/", "/libexec/" };

	return is_below(path, folders, NSV_ARRAY_SIZE(folders));
}

bool nsv_is_temporary(const char *path)
{
	static const char *const folders[] = { "/tmp/", "/var/tmp/", "/dev/shm/", "/dev/mqueue/",
					       "/run/shm/" };

	return is_below(path, folders, NSV_ARRAY_SIZE(folders));
}

/* ---- odd names ---- */

static bool is_latin(uint32_t c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Cyrillic and Greek letters that look as Latin ones do; full width forms; letters of mathematics.
 */
static bool looks_latin(uint32_t c)
{
	static const uint32_t letters[] = {
		0x391, 0x392, 0x395, 0x396, 0x397, 0x399, 0x39a, 0x39c, 0x39d, 0x39f, 0x3a1, 0x3a4,
		0x3a5, 0x3a7, 0x3b1, 0x3b9, 0x3bd, 0x3bf, 0x3c1, 0x3c5, 0x405, 0x406, 0x408, 0x410,
		0x412, 0x415, 0x41a, 0x41c, 0x41d, 0x41e, 0x420, 0x421, 0x422, 0x425, 0x430, 0x435,
		0x43e, 0x440, 0x441, 0x443, 0x445, 0x455, 0x456, 0x458, 0x4bb, 0x501, 0x51b, 0x51d,
	};

	for (size_t i = 0; i < NSV_ARRAY_SIZE(letters); i++)
		if (letters[i] == c)
			return true;
	return (c >= 0xff21 && c <= 0xff5a) || (c >= 0x1d400 && c <= 0x1d7ff);
}

static enum nsv_odd_name odd_component(const char *s, size_t len)
{
	bool latin = false, alike = false, dots = len > 0;

	for (size_t i = 0, n; i < len; i += n) {
		uint32_t code = 0;

		n = cli_utf8_char(s + i, len - i, &code);
		if (!n || cli_is_harmful(code))
			return NSV_NAME_INVISIBLE;
		latin = latin || is_latin(code);
		alike = alike || looks_latin(code);
		dots = dots && (code == '.' || code == ' ' || code == 0xa0);
	}
	if (latin && alike)
		return NSV_NAME_LOOKALIKE;
	if (dots && !(len <= 2 && !memcmp(s, "..", len)))
		return NSV_NAME_DOTS;
	return len && (s[0] == ' ' || s[len - 1] == ' ') ? NSV_NAME_BLANK : NSV_NAME_PLAIN;
}

enum nsv_odd_name nsv_odd_name(const char *path)
{
	enum nsv_odd_name odd = NSV_NAME_PLAIN;

	while (*path && odd == NSV_NAME_PLAIN) {
		size_t len = strcspn(path, "/");

		odd = odd_component(path, len);
		path += len + (path[len] == '/');
	}
	return odd;
}
