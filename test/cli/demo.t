#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The demo checks itself: here it only has to end well.
. "$(dirname "$0")/../lib.sh"

if ! ok "the demo ends well" "$ROOT/scripts/demo" "$BUILD"; then
	note "$(output | tail -n 60)"
fi
unlike "$(output)" '!!' "and nothing in it was out of place"
done_testing
