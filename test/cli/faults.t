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

sample 8 kill spoold
sample 4 --after kill spoold
sample 10 kill spool-agent
sample 4 --after kill spool-agent
sample 6 kill spool-shim
sample 20 power
sample 4 --rsync power
sample 10 error spoold
sample 10 error spool-agent
sample 6 error spool-shim
full 6
done_testing
