#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The power is cut in the life of offers, reservations, transactions and arrays.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

parts 12 --life=promises power
done_testing
