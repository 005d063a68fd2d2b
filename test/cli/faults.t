#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A random sample of what test/faults/*.t try completely: the life of a small
# spool goes on, as if nothing had been, after each harm that is done to it.
# The sample is the same each time, unless FAULT_SEED says another number; `make
# check-faults` tries every point.

# Nothing here depends on what the disk is, and many small files are written.
[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"
FAULT_SEED=${FAULT_SEED:-1}

sample 5 kill spoold
sample 4 --life=promises --after kill spoold
sample 3 --watch --life=promises kill spoold
sample 4 --life=promises kill spool-agent
sample 3 --watch --after kill spool-agent
sample 3 kill spool-shim
sample 3 --kills=8 kill spoold
sample 3 --kills=8 --watch --life=promises kill spool-agent
sample 3 --kills=4 power
sample 6 power
sample 6 --life=promises power
sample 5 --watch power
sample 3 --rsync power
sample 4 error spoold
sample 4 --calls --life=promises error spoold
sample 4 --calls --watch error spool-agent
sample 3 --calls error spool-shim
full 4
done_testing
