#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The measurements go through to their ends, on very little, and docs/ tells of each.
. "$(dirname "$0")/../lib.sh"

BENCH=$ROOT/test/bench/run
page=$ROOT/docs/performance.md
names=$("$BENCH" no-such-figure 2>&1 | sed 's/.*there are: *//')
like "$names" '^drop_to_assigned ' "it says which figures there are"

# shellcheck disable=SC2317
measure() { TMPDIR=$TMP BENCH_N=200 BENCH_TURNS=1 BENCH_DONE_N=20 BENCH_PEERS=no "$BENCH" "$@" >table 2>errors; }
rows() { grep -v '^#' table | awk '$2 ~ /^[0-9.]+$/ && $3 ~ /^(jobs\/s|ratio|s|bytes|us)$/ { print $1 }' | paste -sd' '; }

ok "from the inbox to the mailboxes and to the end" measure drop_to_assigned drop_to_done
is "$(rows)" "drop_to_assigned drop_to_assigned_vs_floor drop_to_assigned_equal drop_to_done" "is told in rows"
like "$(cat table)" 'drop_to_assigned_vs_floor .* (met|MISSED) ' "with the goal"
like "$(cat table)" 'posix_spawn and wait alone [0-9]+ /s' "and what it is compared with"
ok "what grows" measure cost_growth
is "$(rows)" "cost_growth memory_per_job restart restart_vs_read" "is one measurement"
ok "how soon a job runs" measure drop_to_started
is "$(rows)" "drop_to_started drop_to_started_p99" "is told, too"

for name in $names; do
	case $name in
	watch_latency | timeline_fit) continue ;;	# pages of their own
	tree_*) name='tree_' ;;
	esac
	grep -q "\`$name" "$page" || echo "$name"
done >missing
is "$(cat missing)" "" "docs/performance.md has all of them"
is "$(find "$TMP" -maxdepth 1 -name 'spool-bench.*')" "" "nothing is left behind"
done_testing
