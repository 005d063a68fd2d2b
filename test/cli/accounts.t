#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Who gets how much, what was used, and what it cost.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

[ "$(id -u)" = 0 ] || skip_all "only root can drop for several users"
clear_of_midnight 120

owned() { grep -lE "^--- \{job: .*, user: $2," s/jobs/"$1"/*.yaml 2>/dev/null | wc -l; }	# PHASE USER
lines() { tail -qn +2 s/accounting/*.csv; }
table() { tail -qn +3 s/run/accounts/"$(date -u +%Y-%m)".csv; }
row() { table | grep "^$1,"; }		# KIND,OWNER,NAME
column() { cut -d , -f "$1"; }
half_an_hour='time: {maxduration: PT30M}'

# --- shares ---------------------------------------------------------------------------

hub 'users: {nobody: {share: 3}, daemon: {share: 1}}'
site north 'pull: {cores: 40}'
for i in $(seq 40); do
	drop_as daemon "d$i"
	drop_as nobody "n$i"
done
once
is "$(count waiting)" 40 "a site takes what it has room for"
is "$(owned waiting nobody)" 30 "three parts go to the one with three shares"
is "$(owned waiting daemon)" 10 "one to the other"
once
is "$(count waiting)" 40 "a restart gives nobody more"

# daemon's jobs end, and were long; those of nobody were short.
all() {	# USER WALL
	local f
	grep -lE "^--- \{job: .*, user: $1," s/jobs/waiting/*.yaml | while read -r f; do
		f=${f##*/}
		report "${f%.yaml}" 1 completed ", exit: 0, start: $(now), end: $(now), wall: $2, user: 1, system: 0, maxrss: 1"
		echo
	done
}
say north "$(all daemon 36000)
$(all nobody 1)"
once
is "$(count completed)" 40 "they end"
is "$(owned waiting nobody)" 10 "who used little gets all that is waiting of theirs"
is "$(owned waiting daemon)" 30 "and there is room for the other as well"
is "$(lines | wc -l)" 40 "accounting/ has a line of each"
is "$(row user,2,nobody | column 4-8)" "" "there is no such user"
is "$(row user,65534,nobody | column 4-6)" 30,30,0 "a table adds them up by user"
is "$(row user,65534,nobody | column 7)" 30.000 "with the seconds of cores"
is "$(row site,,north | column 4,7)" 40,360030.000 "and by site"

# --- budgets --------------------------------------------------------------------------

rm -rf s
hub 'prices: {core-hour: 2, job: 0.5}
users: {nobody: {budget: 5}}
groups: {crowd: {users: [daemon, bin], budget: 2}}'
site north
drop_as nobody one "$half_an_hour"
drop_as nobody two "$half_an_hour"
drop_as nobody three "$half_an_hour"
drop_as nobody four "$half_an_hour"
drop_as nobody big 'time: {maxduration: P1D}'
drop_as daemon a "$half_an_hour"
drop_as bin b "$half_an_hour"
drop_as root rich 'time: {maxduration: P1D}'
once
is "$(phase "$(job_id big)")" failed "a job that costs more than the budget is a NO"
like "$(last_line "$(job_id big)")" 'answer: "NO", text: "north: it would cost 48.5, and nobody has 5 left of 5 for this month"' "with the price and what is left"
is "$(owned waiting nobody)" 3 "those that it can pay for are given away"
is "$(phase "$(job_id four)")" pending "the fourth waits: those under way may cost less than they may"
like "$(cat s/run/why/*)" "north, for jobs of nobody: it would cost 1.5, and nobody has 5 left of 5 for this month, of which other jobs may need a part" \
	"and it is said why"
is "$(phase "$(job_id rich)")" waiting "who has no budget pays nothing"
is "$(owned waiting daemon),$(owned waiting bin)" 1,0 "a group has its budget together"
A=$(job_id one) B=$(job_id two) C=$(job_id three)
say north "$(report "$A" 1 completed ', exit: 0, wall: 0, start: '"$(now)"', end: '"$(now)"', user: 0, system: 0, maxrss: 0, staged: 7')"
once
is "$(phase "$(job_id four)")" waiting "when one was cheaper, there is enough"
like "$(lines)" "^$A,1,north,65534,nobody,one,completed,,1,0,.*,0.000,0.000,0.000,0,7,,0,0,0.500000$" "a record tells what it cost"
for x in $B $C $(job_id four); do
	say north "$(report "$x" 1 completed ', exit: 0, wall: 1800, start: '"$(now)"', end: '"$(now)"', user: 0, system: 0, maxrss: 0')"
done
drop_as nobody five "$half_an_hour"
once
is "$(phase "$(job_id five)")" failed "what is spent is gone"
like "$(last_line "$(job_id five)")" "north: it would cost 1.5, and nobody has 0 left of 5 for this month" "with what is left"
is "$(row user,65534,nobody | column 13)" 5.000000 "which is what the table has"

# --- what is told twice counts once ------------------------------------------------------

before=$(table | sort)
say north "$(report "$A" 1 completed ', exit: 0, wall: 0, start: '"$(now)"', end: '"$(now)"', user: 0, system: 0, maxrss: 0')"
once
is "$(lines | wc -l)" 4 "a report that comes again makes no line"

# As a kill leaves it: the line is written, the transition is not.
D=$(job_id a)
echo "$D,1,north,1,daemon,a,completed,,1,0,,,1800.000,0.000,0.000,0,0,crowd,0,0,1.500000" >>"$(echo s/accounting/*.csv)"
say north "$(report "$D" 1 completed ', exit: 0, wall: 1800, start: '"$(now)"', end: '"$(now)"', user: 0, system: 0, maxrss: 0')"
once
is "$(phase "$D")" completed "what was cut short by a kill goes on"
is "$(lines | grep -c "^$D,")" 1 "and is there once"
is "$(row group,,crowd | column 4,13)" 1,1.500000 "in the sums as well"
is "$(table | sort | grep -v daemon | grep -v crowd | grep -v north | column 1-13)" \
	"$(sort <<<"$before" | grep -v daemon | grep -v crowd | grep -v north | column 1-13)" "others are as before"

# --- the table follows the lines -----------------------------------------------------------

before=$(table | sort | column 1-13)
rm -r s/run/accounts
touch s/inbox/x
once
drop_as root again
once
is "$(table | sort | column 1-13)" "$before" "a table that is lost is made again"
file=$(echo s/run/accounts/*.csv)
head -n 3 "$file" | sed '1s/^# [0-9]* bytes/# 99999999 bytes/' >new && mv new "$file"
say north "$(report "$(job_id again)" 1 completed ', exit: 0, wall: 0, start: '"$(now)"', end: '"$(now)"', user: 0, system: 0, maxrss: 0')"
once
is "$(table | sort | column 1-13 | grep -v site, | grep -v ,root,)" "$(grep -v site, <<<"$before")" "so is one that says too much"
head -n 4 "$file" >new && mv new "$file"
drop_as nobody six "$half_an_hour"
once
like "$(last_line "$(job_id six)")" "it would cost 1.5, and nobody has" "a budget that was spent is spent after a restart"

done_testing
