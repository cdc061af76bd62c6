/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/nsview.h - includes every public header of libnsview. Data flows one way:
 *
 *     spec --> target --> root --> path --> fd --> bytes
 */
#ifndef NSVIEW_NSVIEW_H
#define NSVIEW_NSVIEW_H

#include <nsview/artifacts.h>
#include <nsview/changes.h>
#include <nsview/collect.h>
#include <nsview/copy.h>
#include <nsview/discover.h>
#include <nsview/error.h>
#include <nsview/inside.h>
#include <nsview/inspect.h>
#include <nsview/root.h>
#include <nsview/run.h>
#include <nsview/sign.h>
#include <nsview/target.h>
#include <nsview/watch.h>

#endif
