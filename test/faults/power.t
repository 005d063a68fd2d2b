#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The power is cut before each change of a file.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

all power
done_testing
