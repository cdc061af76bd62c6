#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Engines set a container's hostname when its root is there already. Who looks in between sees the
# host's name; it is the container's own with the next look, and stays that.
. "$(dirname "$0")/../fixtures/base.sh"
. "$NSVIEW_SOURCE/tests/fixtures/container.sh"
. "$NSVIEW_SOURCE/tests/fixtures/view.sh"

name_of() {
	quick readlink "$VIEW/.by-pid/$1"
}

view_start
container_start --hostname "$(uname -n)"
check "first it has the host's name" grep -qE "^\.\./$(uname -n)(~|$)" <<<"$(name_of "$CT_PID")"
exec {open}<"$VIEW/.by-pid/$CT_PID/etc/alpine-release"
nsenter -t "$CT_PID" -u hostname "late$$"
check "it is there by its own" quick test -d "$VIEW/late$$/etc"
check_eq "only" "$(name_of "$CT_PID")" "../late$$"
check_eq "listed once" "$(quick ls "$VIEW" | grep -c "^late$$")" 1
check_eq "what was open is read on" "$(quick cat <&"$open")" 3.13.0
exec {open}<&-
nsenter -t "$CT_PID" -u hostname "later$$"
check_not "from then on a name stays" quick test -d "$VIEW/later$$"
check_eq "whatever it is called" "$(name_of "$CT_PID")" "../late$$"
check_eq "and it is read" "$(quick cat "$VIEW/late$$/etc/alpine-release")" 3.13.0
view_stop
check_eq "SIGTERM ends it well" $? 0
test_done
