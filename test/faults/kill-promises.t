#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# All three are killed in the life of offers, reservations, transactions and arrays.

[ -w /dev/shm ] && TMPDIR=/dev/shm
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/faults.sh"

for program in spoold spool-agent spool-shim; do
	all --life=promises kill $program
	all --life=promises --after kill $program
done
done_testing
