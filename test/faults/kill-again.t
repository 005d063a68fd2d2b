#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Killed while they mend what a kill or a power cut has left, again and again.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

for life in work promises; do
	for program in spoold spool-agent; do
		all --kills=8 --life=$life kill $program
		all --kills=8 --watch --life=$life kill $program
	done
	sample 1000 --kills=4 --life=$life power
	sample 1000 --kills=4 --watch --life=$life power
done
sample 300 --kills=8 --rsync kill spoold
sample 300 --kills=8 --rsync kill spool-agent
sample 500 --kills=4 --rsync power
done_testing
