/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * nsview/version.h - the version of these headers, and of the library in use.
 *
 * A program that was built with one version runs with each later library of the same SONAME:
 * structs carry their size, symbols their version. Before 1.0 a minor version may break that, with
 * another SONAME.
 *
 * Privilege: none.
 *
 * Races: none.
 *
 * Threads: any.
 *
 * Kernel: any.
 */
#ifndef NSVIEW_VERSION_H
#define NSVIEW_VERSION_H

#ifdef __cplusplus
extern "C" {
#endif

#define NSV_VERSION_MAJOR 0
#define NSV_VERSION_MINOR 9
#define NSV_VERSION_MICRO 0

/* Versions as numbers that compare: #if NSV_VERSION >= NSV_VERSION_NUMBER(0, 9, 0). */
#define NSV_VERSION_NUMBER(major, minor, micro) ((major) << 16 | (minor) << 8 | (micro))
#define NSV_VERSION				NSV_VERSION_NUMBER(NSV_VERSION_MAJOR, NSV_VERSION_MINOR, NSV_VERSION_MICRO)

/* NSV_VERSION of the library that the program runs with. */
unsigned nsv_version(void);

#ifdef __cplusplus
}
#endif
#endif
