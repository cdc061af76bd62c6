# SPDX-License-Identifier: GPL-2.0-or-later
# What an install does besides copying files, and the target uninstall. `cmake --install --prefix` may name
# another prefix than the build's, so what depends on the prefix is decided then, by install_begin.cmake.

# Each directory that files are installed to. uninstall removes those of them, and above them, that an install made;
# a test says if one is missing here.
set(nsv_install_directories
	${CMAKE_INSTALL_BINDIR} ${CMAKE_INSTALL_SBINDIR} ${CMAKE_INSTALL_LIBDIR}/pkgconfig
	${CMAKE_INSTALL_INCLUDEDIR}/nsview lib/systemd/system
	${CMAKE_INSTALL_DATADIR}/bash-completion/completions
	${CMAKE_INSTALL_DATADIR}/zsh/site-functions ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
	${CMAKE_INSTALL_MANDIR}/man1 ${CMAKE_INSTALL_MANDIR}/man3 ${CMAKE_INSTALL_MANDIR}/man7
	${CMAKE_INSTALL_MANDIR}/man8)

file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/installed)
foreach(script install_begin install_end uninstall)
	configure_file(cmake/${script}.cmake.in ${CMAKE_BINARY_DIR}/installed/${script}.cmake @ONLY)
endforeach()
install(SCRIPT ${CMAKE_BINARY_DIR}/installed/install_begin.cmake)
add_custom_target(uninstall
	COMMAND ${CMAKE_COMMAND} -P ${CMAKE_BINARY_DIR}/installed/uninstall.cmake
	COMMENT "Removing what the last install put in place")
# To be called last.
macro(nsv_install_end)
	install(SCRIPT ${CMAKE_BINARY_DIR}/installed/install_end.cmake)
endmacro()
