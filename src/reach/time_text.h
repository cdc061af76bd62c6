/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* time_text.h - base/time_text.h, for the rooms of the library. */
#include "base/time_text.h"
