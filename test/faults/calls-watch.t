#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same while spoold and the agents stay.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

all --watch --calls --life=promises error spoold
all --watch --calls error spool-agent
done_testing
