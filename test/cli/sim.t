#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The simulator: it repeats itself, keeps to the laws of its world, and the
# planner does with a small trace what it is made for.
. "$(dirname "$0")/../lib.sh"

TRACE=$ROOT/test/sim/data/small.csv.gz

sim() {	# POLICY [OPTION...]
	policy=$1
	shift
	spool-sim --trace "$TRACE" --policy "$policy" --core-scale 0.0625 --wan-load 1 "$@"
}
value() { awk -v n="$1" '$1 == n { print $2 }' "$2"; }
# Is A at most F times B, where A and B are `name file`?
at_most() {	# NAME A F B
	awk -v a="$(value "$1" "$2")" -v f="$3" -v b="$(value "$1" "$4")" 'BEGIN { exit !(a + 0 <= f * b) }'
}

for p in fifo greedy delay ect spool datafree; do
	sim $p >"$TMP/$p" 2>&1
	is $? 0 "$p: no core, line or cache is given twice"
	is "$(grep -c '^[a-z0-9_]* [0-9.]* [sB1]$' "$TMP/$p")" 7 "$p: seven figures with their units"
done
sim spool | grep -v cpu >"$TMP/again"
is "$(cat "$TMP/again")" "$(grep -v cpu "$TMP/spool")" "the same seed gives the same figures"
sim spool --seed=2 | grep -v cpu >"$TMP/other"
exits 1 "another one does not" cmp -s "$TMP/other" "$TMP/again"

is "$(value wan_bytes "$TMP/datafree")" 0 "with all data everywhere nothing is moved"
for p in fifo greedy delay ect; do
	at_most mean_turnaround "$TMP/spool" 1.15 "$TMP/$p"
	is $? 0 "with the planner jobs take no longer than with $p"
done
for p in fifo ect; do
	at_most wan_bytes "$TMP/spool" 1 "$TMP/$p"
	is $? 0 "and it moves less than $p"
done
sim spool --byte-price 0 >"$TMP/free"
at_most wan_bytes "$TMP/spool" 1 "$TMP/free"
is $? 0 "a price on bytes saves bytes"

gunzip <"$TRACE" | sed '3s/,[0-9.]*,/,soon,/' >"$TMP/bad.csv"
TRACE=$TMP/bad.csv sim fifo >"$TMP/out" 2>&1
is $? 65 "a trace with a bad number is refused"
like "$(cat "$TMP/out")" 'bad.csv:3: found "soon", expected a number' "with its line"
sim nobody 2>/dev/null
is $? 64 "a policy that is not known is a wrong call"

done_testing
