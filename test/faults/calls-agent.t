#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each call of spool-agent and spool-shim fails once, with an error that is drawn.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

all --calls error spool-agent
all --calls error spool-shim
done_testing
