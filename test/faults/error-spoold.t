#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# An error, or a short write, at each call site of spoold.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

all --each error spoold
done_testing
