#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The power is cut while spoold and the agents stay.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

all --watch power
parts 12 --watch --life=promises power
done_testing
