#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The power is cut at the hub, at a site or at both, which sync by rsync.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

sample "${FAULT_SAMPLE:-800}" --rsync power
done_testing
