#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# accounting/ and run/accounts/ where a year ends: jobs that run across midnight, starts
# on either side of it, and kills there.
#
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

export TZ=UTC
command -v faketime >/dev/null || skip_all "faketime is not installed"
export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0
OLD=2027-12 NEW=2028-01
once_at() { faketime -f "$1" spoold --once s >.once 2>&1 || { note "$(cat .once)"; return 1; }; }	# TIME
lines() { tail -n +2 "s/accounting/$1.csv" 2>/dev/null | grep -c "${2-.}"; }	# MONTH [PATTERN]
row() { tail -n +3 "s/run/accounts/$1.csv" 2>/dev/null | grep "^$2," | cut -d , -f 4,5,13; }	# MONTH KIND,OWNER,NAME: attempts, completed, price
ended() {	# NAME START END	of an hour's job at north
	say north "{report: $(job_id "$1"), attempt: 1, phase: completed, exit: 0, wall: 3600, start: $2, end: $3, time: $3, user: 0, system: 0, maxrss: 0}"
}
left() {	# TIME	what the one who runs the hub has left, by --check of a job that is too dear
	faketime -f "$1" spoold --check dear.yaml s | sed -n 's/.*has \([0-9.]*\) left of.*/\1/p'
}
ME=$(id -un)
USER_ROW=user,$(id -u),$ME

hub "prices: {core-hour: 1}
users: {$ME: {budget: 10}}
policy: {unplaceable: wait}"
job dear.yaml 'time: {maxduration: PT20H}'
hour='time: {maxduration: PT1H}'

# --- a job that runs across midnight ---------------------------------------------------

site north
for name in before across after killed; do drop "$name" "$hour"; done
once_at "$OLD-31 22:00:00"
is "$(count waiting)" 4 "jobs are at a site in the old year"
is "$(left "$OLD-31 22:30:00")" 10 "of which nothing is spent"
ended before "$OLD-31T22:10:00Z" "$OLD-31T23:10:00Z"
once_at "$OLD-31 23:20:00"
is "$(lines "$OLD") $(lines "$NEW")" "1 0" "one ends in it"
is "$(row "$OLD" "$USER_ROW")" 1,1,1.000000 "and stands in its table"
is "$(left "$OLD-31 23:59:59")" 9 "its price is spent to the last second"
is "$(left "$NEW-01 00:00:01")" 10 "and not after that, though nothing has happened"
ended across "$OLD-31T23:30:00Z" "$NEW-01T00:30:00Z"
once_at "$NEW-01 00:40:00"
is "$(lines "$OLD") $(lines "$NEW")" "1 1" "one that ran across midnight is of the new year"
is "$(row "$OLD" "$USER_ROW") $(row "$NEW" "$USER_ROW")" "1,1,1.000000 1,1,1.000000" "in the tables, too"
is "$(left "$NEW-01 00:50:00")" 9 "which pays for it"
ended after "$OLD-31T22:30:00Z" "$OLD-31T23:30:00Z"
once_at "$NEW-01 01:00:00"
is "$(lines "$OLD") $(lines "$NEW")" "1 2" "so is one that ended before and is told after midnight"
before=$(row "$OLD" site,,north)$(row "$NEW" site,,north)
is "$before" 1,1,1.0000002,2,2.000000 "a site's table"
once_at "$NEW-01 01:10:00"
is "$(row "$OLD" site,,north)$(row "$NEW" site,,north) $(left "$NEW-01 01:20:00")" "$before 8" "a start changes nothing"
rm -r s/run/accounts
once_at "$NEW-01 01:30:00"
drop last "$hour"
once_at "$NEW-01 01:31:00"
is "$(row "$OLD" site,,north)$(row "$NEW" site,,north)" "$before" "tables that are lost are made again, of both months"

# --- told again on the other side ------------------------------------------------------------

# The line is there, of a hub that was killed before midnight; the job's end is not.
K=$(job_id killed)
echo "$K,1,north,$(id -u),$ME,killed,completed,,1,0,,,3600.000,0.000,0.000,0,0,,0,0,1.000000" >>"s/accounting/$OLD.csv"
ended killed "$OLD-31T22:00:00Z" "$OLD-31T23:00:00Z"
once_at "$NEW-01 02:00:00"
is "$(phase "$K")" completed "an end that was cut short by a kill before midnight goes on after it"
is "$(lines "$OLD" "^$K,") $(lines "$NEW" "^$K,")" "1 0" "and is counted once, in the old year"
is "$(row "$OLD" site,,north) $(left "$NEW-01 02:10:00")" "2,2,2.000000 8" "which has paid for it"

# --- by the clock alone --------------------------------------------------------------------------

rm -rf s
hub "prices: {core-hour: 1}
users: {$ME: {budget: 1}}
policy: {unplaceable: wait}"
site north
drop first "$hour"
drop second "$hour"
once_at "$OLD-31 22:00:00"
ended first "$OLD-31T22:10:00Z" "$OLD-31T23:10:00Z"
once_at "$OLD-31 23:59:00"
is "$(phase "$(job_id second)")" pending "what is over the budget waits"
background env LD_PRELOAD="$(faketime -f +0 printenv LD_PRELOAD)" FAKETIME="@$OLD-31 23:59:55" spoold s
HUB=$PID
ok "until midnight, when nothing else happens" wait_until 60 in_phase "$(job_id second)" waiting
like "$(last_line "$(job_id second)")" "time: $NEW-01T00:0" "and is given away in the new year"
ok "the hub goes on" kill -0 "$HUB"
is "$(row "$OLD" "$USER_ROW")" 1,1,1.000000 "the old table stands"
ended second "$OLD-31T23:59:58Z" "$NEW-01T00:00:10Z"
ok "its end" wait_until 60 in_phase "$(job_id second)" completed
new_row() { [ "$(row "$NEW" "$USER_ROW")" = 1,1,1.000000 ]; }
ok "is in the new one" wait_until 60 new_row
ok "the hub stops" stop "$HUB"
is "$(lines "$OLD") $(lines "$NEW") $(row "$OLD" "$USER_ROW")" "1 1 1,1,1.000000" "and the old year is as it was"
done_testing
