/* SPDX-License-Identifier: GPL-2.0-or-later */
/* words.h - what names and paths look like to the rules. No state. */
#ifndef NSV_REPORT_WORDS_H
#define NSV_REPORT_WORDS_H

#include <stdbool.h>
#include <stddef.h>

/* Whether @name is one of the @n words, of which one that ends in '*' stands for all that begin
 * so. */
bool nsv_word_in(const char *name, size_t len, const char *const *words, size_t n);
#define NSV_WORD_IN(name, len, words) nsv_word_in(name, len, words, NSV_ARRAY_SIZE(words))

/* "kworker/0:1", "[kworker/0:1]" */
bool nsv_is_kernel_name(const char *name);
/* The last component of @name, up to a blank or a colon: "sshd" of "/usr/sbin/sshd: root". */
const char *nsv_daemon_of(const char *name, size_t *ret_len);
bool nsv_is_daemon(const char *name, size_t len);
/* python3, sh, perl, busybox...: it runs what it is told. */
bool nsv_is_interpreter(const char *name, size_t len);
/* Java, Node and the like, which write code while they run. */
bool nsv_is_jit(const char *name);
/* Below /usr, /bin and so on, where packages put programs. */
bool nsv_is_system_path(const char *path);
/* /tmp, /var/tmp, /dev/shm: everybody may write there. */
bool nsv_is_temporary(const char *path);
bool nsv_begins(const char *text, const char *start);
bool nsv_ends(const char *text, const char *end);

enum nsv_odd_name {
	NSV_NAME_PLAIN,
	NSV_NAME_INVISIBLE, /* controls, zero-width characters, marks of direction, no UTF-8 */
	NSV_NAME_LOOKALIKE, /* Latin letters among Cyrillic or Greek ones */
	NSV_NAME_BLANK,	    /* blanks at its begin or end */
	NSV_NAME_DOTS,	    /* dots and blanks only */
};
/* Of each component of @path the first that is odd. */
enum nsv_odd_name nsv_odd_name(const char *path);

#endif
