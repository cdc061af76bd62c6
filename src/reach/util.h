/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* util.h - base/util.h, for the rooms of the library. */
#include "base/util.h"
