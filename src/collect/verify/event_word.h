/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* event_word.h - what a person is told that a member of a package is. No state. */
#ifndef NSV_COLLECT_EVENT_WORD_H
#define NSV_COLLECT_EVENT_WORD_H

#include <nsview/collect.h>

/* The text of the event NSV_PACKAGE_DAMAGED that is the whole verdict. */
#define NSV_PACKAGE_FOREIGN "not a package of nscollect"

/* "missing", "altered"...: a constant. */
static inline const char *nsv_package_event_word(enum nsv_package_event_kind kind)
{
	switch (kind) {
	case NSV_PACKAGE_MISSING:
		return "missing";
	case NSV_PACKAGE_EXTRA:
		return "extra";
	case NSV_PACKAGE_ALTERED:
		return "altered";
	case NSV_PACKAGE_DAMAGED:
		return "damaged";
	default:
		return "incomplete";
	}
}

#endif
