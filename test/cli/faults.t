#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A random sample of what test/faults/*.t try completely: the life of a small
# spool goes on, as if nothing had been, after each harm that is done to it.
# What is tried stands behind `seed`; `fault --seed=N` tries the same again.

# Nothing here depends on what the disk is, and many small files are written.
[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

sample 10 kill spoold
sample 6 --after kill spoold
sample 14 kill spool-agent
sample 6 --after kill spool-agent
sample 8 kill spool-shim
sample 30 power
sample 4 --rsync power
sample 14 error spoold
sample 14 error spool-agent
sample 8 error spool-shim
done_testing
