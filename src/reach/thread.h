/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* thread.h - base/thread.h, for the rooms of the library. */
#include "base/thread.h"
