# SPDX-License-Identifier: GPL-2.0-or-later
# Language, warnings, hardening and sanitizers, the same for every target.
option(NSVIEW_WERROR "Warnings are errors" OFF)
set(NSVIEW_SANITIZE "" CACHE STRING "Sanitizers, as -fsanitize= takes them")

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

add_compile_definitions(_GNU_SOURCE _FILE_OFFSET_BITS=64 NSVIEW_VERSION="${PROJECT_VERSION}")
add_compile_options(-Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes
	-Wformat=2 -Wvla -Wno-unused-parameter -fstack-protector-strong -fno-common)
if(NSVIEW_WERROR)
	add_compile_options(-Werror)
endif()

# Hardening, as far as the compiler has it. Sanitizers do the same and more, and want to see
# what is not initialized.
include(CheckCCompilerFlag)
# The first of the forms that the compiler takes; @name is for the cache.
function(nsv_harden name)
	foreach(form IN LISTS ARGN)
		string(MAKE_C_IDENTIFIER "NSVIEW_HAS_${form}" has)
		set(CMAKE_REQUIRED_FLAGS -Werror)
		check_c_compiler_flag("${form}" ${has})
		if(${has})
			separate_arguments(form)
			add_compile_options(${form})
			return()
		endif()
	endforeach()
	message(STATUS "The compiler has no ${name}")
endfunction()

if(NSVIEW_SANITIZE)
	add_compile_options(-fsanitize=${NSVIEW_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	add_link_options(-fsanitize=${NSVIEW_SANITIZE})
else()
	nsv_harden("control-flow protection" -fcf-protection -mbranch-protection=standard)
	nsv_harden("stack clash protection" -fstack-clash-protection)
	# clang had it behind a second option until 16.
	nsv_harden("initialization of locals" -ftrivial-auto-var-init=zero
		"-ftrivial-auto-var-init=zero -enable-trivial-auto-var-init-zero-knowing-it-will-be-removed-from-clang")
	# It needs an optimizing compiler, and some compilers define a lower level by themselves.
	if(CMAKE_BUILD_TYPE MATCHES "Rel")
		add_compile_options(-U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
	endif()
endif()
include(CheckPIESupported)
check_pie_supported()
add_link_options(-Wl,-z,relro -Wl,-z,now)
