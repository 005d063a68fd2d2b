#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spoold and the agents stay, and are killed.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

for life in work promises; do
	for program in spoold spool-agent; do
		all --watch --life=$life kill $program
		all --watch --life=$life --after kill $program
	done
done
done_testing
