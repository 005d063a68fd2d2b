# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# From the inbox to the sites' mailboxes, beside the least that it could cost.

SITES=10

assigned() {	# NAME		sets $rate, jobs/s, and $cpu, us of the hub's CPU a job
	local s d t
	d=$(drops "$N" "$1")
	s=$(new_spool $SITES)
	serve "$s"
	settle
	cpu=$(hub_cpu)
	t=$("$B/take" "$d" "$s" assigned "$N") || fail "not all were assigned"
	cpu=$(calc "($(hub_cpu) - $cpu) * 1e6 / $N" %.1f)
	stop
	rate=$(calc "$N / $t" %.0f)
}

least_possible() {	# prints jobs/s
	local s d t
	d=$(drops "$N")
	s=$(new_spool $SITES)
	sync -f "$W"
	t=$("$B/floor" "$d" "$s" "$N") || fail "floor"
	calc "$N / $t" %.0f
}

bench_assigned() {
	local rates='' floors='' ratios='' cpu rate floor ratio i
	begin
	for ((i = 0; i < TURNS; i++)); do
		floor=$(least_possible)
		assigned 'job-@'
		floors+="$floor"$'\n' rates+="$rate"$'\n' ratios+="$(calc "$rate / $floor")"$'\n'
	done
	rate=$(printf %s "$rates" | median)
	floor=$(printf %s "$floors" | median)
	say drop_to_assigned "$rate" jobs/s "$N jobs, all different, $SITES sites" "floor $floor jobs/s" \
		"$cpu us of CPU a job" "$(goal "$rate > 10000")"
	ratio=$(printf %s "$ratios" | median)
	say drop_to_assigned_vs_floor "$ratio" ratio "the median of $(printf %s "$ratios" | paste -sd' ')" \
		"$(goal "$ratio >= 0.5")"
	assigned job
	say drop_to_assigned_equal "$rate" jobs/s "all equal" "$cpu us of CPU a job"
	clean
}
