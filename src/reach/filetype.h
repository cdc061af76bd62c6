/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* filetype.h - base/filetype.h, for the rooms of the library. */
#include "base/filetype.h"
