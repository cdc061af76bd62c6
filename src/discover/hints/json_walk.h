/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* json_walk.h - base/json_walk.h, for the rooms of the library. */
#include "base/json_walk.h"
