# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# view.sh - for tests of spoolfs: a mounted spool, and users that look at it.
#
#	. "$(dirname "$0")/../lib.sh"
#	. "$ROOT/test/hub.sh"
#	. "$ROOT/test/view.sh"		skips all where nothing can be mounted
#	hub; view			s/ is mounted on m/
#	as $ANN cat m/queue
#	is "$(attribute m/jobs/$ID)" "..." "the reason"

# Functions are called by wait_until; variables are for whoever sources this.
# shellcheck disable=SC2317,SC2034

[ -w /dev/fuse ] || skip_all "no /dev/fuse for this user"
[ "$(id -u)" = 0 ] || skip_all "the checks of who may see what need root"

# One that ordinary users may run.
PYTHON=$(PATH=/usr/bin:/bin command -v python3) || PYTHON=python3
ANN=1001 BOB=1002		# no such users need to exist
chmod 755 .

as() {	# UID CMD...
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

view() {	# mount s/ on m/
	mkdir -p m
	spoolfs s "$TMP/m" || bail "it cannot be mounted"
	unmount_later m
}

attribute() {	# FILE [UID]	user.spool.reason, as a user sees it
	as "${2:-0}" "$PYTHON" -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.spool.reason").decode(), end="")' "$1"
}

# The errno, by name, of what a user does.
errno() {	# UID PYTHON	of an expression with os
	as "$1" "$PYTHON" -c '
import errno, os, sys
try:
	eval(sys.argv[1])
	print("none")
except OSError as e:
	print(errno.errorcode[e.errno])' "$2"
}

