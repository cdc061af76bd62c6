# SPDX-License-Identifier: GPL-2.0-or-later
# cmake -DNAME=variable -DOUT=file.c -DFILES=a;b -P embed.cmake: the bytes of the files, one after the other, as an
# array of that name, and their number as NAME_len.
set(hex "")
foreach(file IN LISTS FILES)
	file(READ ${file} part HEX)
	string(APPEND hex ${part})
endforeach()
string(LENGTH "${hex}" digits)
math(EXPR len "${digits} / 2")
string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
string(REGEX REPLACE "(................................................................................)" "\\1\n" bytes "${bytes}")
file(WRITE ${OUT} "/* SPDX-License-Identifier: GPL-2.0-or-later */
#include \"report/embedded.h\"
const char ${NAME}[] = {
${bytes}
};
const size_t ${NAME}_len = ${len};
")
