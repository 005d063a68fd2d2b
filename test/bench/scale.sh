# shellcheck shell=bash disable=SC2154	# what lib.sh sets
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What grows: with the jobs that are pending, and with the sites.

MANY=$((N * 10)) FEW=$((N / 10))

# Take drops that no site may have, in pieces that need not all lie there at once.
pend() {	# SPOOL N	prints the seconds of the last piece, and its size
	local left=$2 piece t d
	while [ "$left" -gt 0 ]; do
		piece=$((left < N ? left : N)) left=$((left - piece))
		d=$(drops $piece 'wait-@' "$never")
		t=$("$B/take" "$d" "$1" taken) || fail "not all were taken"
		rmdir "$d"
	done
	echo "$t $piece"
}

# The cost of a job on top of what is pending: taken, matched, assigned.
# Prints us of CPU, us on the clock.
job_cost() {	# SPOOL
	local d t cpu
	d=$(drops "$FEW")
	settle
	cpu=$(hub_cpu)
	t=$("$B/take" "$d" "$1" assigned "$FEW") || fail "not all were assigned"
	echo "$(calc "($(hub_cpu) - $cpu) * 1e6 / $FEW" %.1f) $(calc "$t * 1e6 / $FEW" %.1f)"
}

# Two hubs in turns: what is compared is of the same minute.  Prints the turn
# of the median ratio, and all ratios.
growth() {	# SPOOL HUB SPOOL HUB	the small one first
	local i few many
	for ((i = 0; i < TURNS + 2; i++)); do
		few=$(HUB=$2 job_cost "$1")
		many=$(HUB=$4 job_cost "$3")
		echo "$(calc "${many% *} / ${few% *}") $many $few"
	done | sort -g | awk '{ line[NR] = $0; all = all " " $1 } END { print line[int((NR + 1) / 2)] all }'
}

restart() {	# SPOOL		sets $t: the seconds from exec to the first drop being safe
	local d start
	d=$(drops 1)
	mv "$d"/* "$1/inbox/"
	start=$EPOCHREALTIME
	serve "$1" 600
	while [ -n "$(ls -A "$1/inbox")" ]; do sleep 0.01; done
	t=$(calc "$EPOCHREALTIME - $start")
}

bench_million() {
	local s t small other read rss_few rss_many first last ratio cpu_many wall_many cpu_few wall_few all
	begin
	small=$(new_spool 10 "$waits")
	serve "$small"
	other=$HUB
	first=$(pend "$small" "$FEW")
	settle
	rss_few=$(hub_rss)
	s=$(new_spool 10 "$waits")
	serve "$s"
	last=$(pend "$s" "$MANY")
	settle
	rss_many=$(hub_rss)
	read -r ratio cpu_many wall_many cpu_few wall_few all < <(growth "$small" "$other" "$s" "$HUB")
	say cost_growth "$ratio" ratio \
		"the median of $all: CPU of a job with $MANY pending $cpu_many us, with $FEW $cpu_few us" \
		"on the clock $wall_many and $wall_few us" "$(goal "$ratio <= 1.2")"
	note "taking a job that stays pending: the last of $MANY $(calc "${last% *} * 1e6 / ${last#* }" %.1f) us," \
		"the first $FEW $(calc "${first% *} * 1e6 / ${first#* }" %.1f) us"
	t=$(calc "($rss_many - $rss_few) / ($MANY - $FEW)" %.0f)
	say memory_per_job "$t" bytes "resident $rss_many with $MANY pending" "$(goal "$t <= 600")"
	stop KILL
	read=$("$B/readall" "$s/jobs/pending")
	restart "$s"
	say restart "$t" s "$MANY pending, warm, after kill -9" "$(goal "$t <= 20")"
	say restart_vs_read "$(calc "$t / $read")" ratio "opening and reading the same files $read s"
	clean
}

# One site that talks, and N that listen; one job of its shape waits for credit.
message_cost() {	# SITES MESSAGES	sets $cost: us of CPU, us on the clock
	local s d t cpu
	s=$(new_spool "$1" "$waits")
	serve "$s"
	d=$(drops "$1")
	"$B/take" "$d" "$s" assigned "$1" >/dev/null || fail "not all were assigned"
	pend "$s" 100 >/dev/null
	settle
	cpu=$(hub_cpu)
	t=$("$B/talk" "$s" b3 "$2") || fail "talk"
	cost="$(calc "($(hub_cpu) - $cpu) * 1e6 / $2" %.1f) $(calc "$t * 1e6 / $2" %.1f)"
	stop
}

bench_message() {
	local few many messages cost
	messages=$(least $((N / 50)) 200)
	begin
	message_cost 10 "$messages"
	few=$cost
	message_cost 1000 "$messages"
	many=$cost
	say message_growth "$(calc "${many% *} / ${few% *}")" ratio \
		"CPU of a message with 1000 sites ${many% *} us, with 10 ${few% *} us" \
		"on the clock ${many#* } and ${few#* } us: $(calc "${many#* } / ${few#* }")" \
		"$(goal "$(calc "${many% *} / ${few% *}") <= 1.2")"
	clean
}
