# SPDX-License-Identifier: GPL-2.0-or-later
# NSVIEW_STATIC: programs that need no library of the system that they run on, not even libc; no libnsview. Needs the
# static form of each library: Debian's -dev packages have it, but for libsmartcols. See scripts/release.
option(NSVIEW_STATIC "Link the programs statically" OFF)
if(NOT NSVIEW_STATIC)
	return()
endif()

# For pkg_check_modules(), too.
set(CMAKE_FIND_LIBRARY_SUFFIXES .a)
# Among the libraries, so that it comes after the -pie of other programs.
link_libraries(-static-pie)
# What each program was linked with: scripts/sbom reads that.
set(CMAKE_C_LINK_EXECUTABLE "${CMAKE_C_LINK_EXECUTABLE} -Wl,-Map=<TARGET>.map")

# What the libraries need, as far as nsview calls them: their .pc files name more, for formats that nsview does not read.
function(nsv_static_needs target)
	foreach(name IN LISTS ARGN)
		find_library(NSVIEW_STATIC_${name} ${name} REQUIRED)
		set_property(TARGET ${target} APPEND PROPERTY INTERFACE_LINK_LIBRARIES ${NSVIEW_STATIC_${name}})
	endforeach()
endfunction()

# For programs that ask libc for users.
function(nsv_static_users)
	foreach(program IN LISTS ARGN)
		target_sources(${program} PRIVATE ${PROJECT_SOURCE_DIR}/cmake/static_users.c)
	endforeach()
endfunction()
