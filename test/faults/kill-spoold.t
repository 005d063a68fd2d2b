#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spoold is killed before and after each call that changes a file.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

all kill spoold
all --after kill spoold
done_testing
