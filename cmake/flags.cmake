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
if(NSVIEW_SANITIZE)
	add_compile_options(-fsanitize=${NSVIEW_SANITIZE} -fno-omit-frame-pointer
		-fno-sanitize-recover=all)
	add_link_options(-fsanitize=${NSVIEW_SANITIZE})
elseif(CMAKE_BUILD_TYPE MATCHES "Rel")
	add_compile_definitions(_FORTIFY_SOURCE=2)
endif()
include(CheckPIESupported)
check_pie_supported()
add_link_options(-Wl,-z,relro -Wl,-z,now)
