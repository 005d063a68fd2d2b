# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The mounted view beside the same tree of real files.

tree_line() {	# NAME GOAL WHAT...	the worst of the ways that view.c calls WHAT
	local name=$1 most=$2 way real cold warm ratio
	shift 2
	read -r way real cold warm ratio <<<"$(for way; do grep "^$way " "$W/view"; done | sort -gr -k5 | head -n 1)"
	[ -n "$ratio" ] || fail "view"
	say "$name" "$ratio" ratio "$way of $N jobs: warm $warm us, on the disk $real us, cold $cold us ($(calc "$cold / $real" %.1f) x)" \
		"$(goal "$ratio <= $most")"
}

bench_tree() {
	begin
	"$B/view" "$BIN" "$(place view)" "$N" >"$W/view" || fail "view"
	tree_line tree_stat_ratio 1.2 stat-dir stat-file
	tree_line tree_cat_ratio 8 cat-request cat-status
	tree_line tree_list_ratio 2 list-long
	clean
}
