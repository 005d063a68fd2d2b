#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Several windows of time in one request: nothing starts in the gaps between them, whether
# it goes alone, together with others, or inside a reservation.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"

NOW=$(date +%s)
at() { date -u -d "@$((NOW + $1))" +%Y-%m-%dT%H:%M:%S.000Z; }	# SECONDS from now
window() { printf '{start: %s/PT1H%s}' "$(at "$(($1 * 3600))")" "${2:+, $2}"; }	# HOUR [FIELDS]
times() {	# HOUR...	windows of one hour
	local list=
	for hour; do list+=${list:+, }$(window "$hour"); done
	printf 'time: [%s]' "$list"
}
waits() { cat "s/run/why/$(basename "$(whole "$1")" .yaml)"; }	# TRANSACTION
reserve() {	# NAME HOUR HOURS	all of the site, from then on
	printf 'reservation: {name: %s, resources: {compute: {min-cores: 8}}, time: {start: %s, duration: PT%dH}}\n' \
		"$1" "$(at "$(($2 * 3600))")" "$3" >"s/inbox/$1.yaml"
	once
	basename "$(grep -rlE -- "^--- \{reservation: [^{]* name: \"?$1\"?," s/reservations)" .yaml
}
inside() { printf 'placement: {reservation: %s}' "$1"; }

hub
site north

drop alone "$(times -3 3)"
once
is "$(given alone start)" "$(at 10800)" "a job alone, between its windows, starts in the next"
rm -rf s

hub
site north
transact gap '' "$(member g1 "$(times -3 3)"; member g2 "$(times -3 3)")"
once
is "$(phases g1 g2)" "pending pending " "together, between their windows, they wait"
like "$(waits gap)" "at $(at 10800)" "for the next"
rm -rf s

hub
site north
transact common '' "$(member c1 "time: [$(window 1), $(window 5)]"; member c2 "time: [$(window 3), {start: $(at 19800)/PT1H}]")"
transact never '' "$(member n1 "$(times 1 5)"; member n2 "$(times 3)")"
transact over '' "$(member o1 "$(times -5 5)"; member o2 "$(times -5 8)")"
once
like "$(waits common)" "at $(at 19800)" "each in one of its windows: where two of these overlap"
is "$(phases n1 n2)" "failed failed " "where none do the answer is NO"
like "$(last_line "$(job_id n1)")" 'may never start at the same time' "which says why"
is "$(phases o1 o2)" "expired expired " "and where the time for that has passed they have expired"
printf 'transaction: {jobs: [%s, %s]}\n' "{task: {type: process}, $(times 1 5)}" "{task: {type: process}, $(times 3)}" >ask.yaml
like "$(spoold --check ask.yaml s)" 'may never start at the same time' "whoever only asks is told the same"
rm -rf s

# What is short finds room in a gap of the site's time that is too short for what is long.
hub
site north
reserve busy 2 2 >/dev/null
length="time: [$(window 1 'min-duration: PT3H'), $(window 5 'min-duration: PT1H')]"
transact lengths '' "$(member l1 "$length"; member l2 "$length")"
once
like "$(waits lengths)" "at $(at 18000)" "each window has its own length"
rm -rf s

hub
site north
soon=$(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%S.000Z)
second="time: [$(window -3), {start: $soon/PT24H}]"
transact soon '' "$(member s1 "$second"; member s2 "$second")"
serve
wait_until 60 taken s1
wait_until 60 in_phase "$(job_id s1)" waiting
wait_until 60 in_phase "$(job_id s2)" waiting
placed=$(sed -n 's/^--- {phase: placed, time: \([^,]*\),.*/\1/p' "$(whole soon)")
ok "when the window opens they are placed" test "$placed" '>' "$soon"
kill "$HUB"; wait "$HUB" 2>/dev/null
rm -rf s

# Inside a reservation.
hub
site north
slot=$(reserve slot 1 10)
drop rest "$(times -3 3)
$(inside "$slot")"
once
is "$(given rest start)" "$(at 10800)" "a job that does not say how long it takes"
slot=$(reserve other 12 10)
transact both '' "$(member b1 "$(times 13 17), $(inside "$slot"), $(cores 4)"
	member b2 "$(times 15 17), $(inside "$slot"), $(cores 4)")"
once
is "$(phases b1 b2)$(starts b1 b2)" "waiting waiting $(at 61200) " "and several together"
slot=$(reserve third 24 10)
transact none '' "$(member x1 "$(times 25 27), $(inside "$slot")"; member x2 "$(times 29 31), $(inside "$slot")")"
once
is "$(phases x1 x2)" "failed failed " "that have no common window are answered NO"

done_testing
