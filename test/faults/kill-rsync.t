#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same with sites that sync by rsync, some of the points.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

sample "${FAULT_SAMPLE:-150}" --rsync kill spoold
sample "${FAULT_SAMPLE:-150}" --rsync kill spool-agent
sample "${FAULT_SAMPLE:-150}" --rsync kill rsync
done_testing
