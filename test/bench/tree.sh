# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The mounted view beside the same tree of real files; see view.c.

bench_tree() {
	local way real cold warm ratio goal out
	begin
	mkdir "$W/view"
	out=$("$B/view" "$BIN" "$W/view" "$N") || fail "the view"
	while read -r way real cold warm ratio; do
		case $way in
		stat-dir) way=stat goal=1.2 ;;
		cat-request) way=cat goal=8 ;;
		list-long) way=list goal=2 ;;
		*) continue ;;
		esac
		say "tree_${way}_ratio" "$ratio" ratio "warm $warm us a job" "real files $real us" \
			"cold $cold us" "$(goal "$ratio <= $goal")"
	done <<<"$out"
	clean
}
