/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* clock.h - base/clock.h, for the rooms of the library. */
#include "base/clock.h"
