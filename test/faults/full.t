#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The hub's disk is full, at each size of it, and gets more room then.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

full 0
done_testing
