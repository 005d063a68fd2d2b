#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Further attempts, by the cause of each failure; and who is next, of three users.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

attempt() { grep -c '^--- {phase: waiting' "$(file "$1")"; }			# ID
last_site() { sed -n 's/^--- {phase: waiting,.* site: \([^,]*\), attempt.*/\1/p' "$(file "$1")" | tail -n 1; }
fails() {	# ID CAUSE
	say "$(last_site "$1")" "{report: $1, attempt: $(attempt "$1"), phase: failed, time: $(now), cause: $2, text: for a test}"
	once
}
again() {	# ID
	echo "$(phase "$1") $(attempt "$1")"
}

# --- causes -----------------------------------------------------------------------------

hub
site north
site south
drop twice 'retries: 1'
drop never
once
T=$(job_id twice) N=$(job_id never)
n=1
for cause in site policy operator; do
	before=$(last_site "$N")
	fails "$N" $cause
	n=$((n + 1))
	is "$(again "$N")" "waiting $n" "a failure with the cause $cause is tried again, though no retries are left"
	[ $cause = operator ] || unlike "$(last_site "$N")" "^$before$" "at another site"
	like "$(grep -h '^--- {phase: pending' "$(file "$N")" | tail -n 1)" "from: $before, cause: $cause, .*text: .?for a test" "and says what it was"
done
fails "$N" job
is "$(again "$N")" "failed 4" "with the cause job it has failed"
fails "$T" site
fails "$T" job
is "$(again "$T")" "waiting 3" "one with a retry is tried again after a failure of its own"
fails "$T" operator
is "$(again "$T")" "waiting 4" "which other causes do not use up"
once
fails "$T" job
is "$(again "$T")" "failed 4" "and a start does not forget: the second one is the last"
drop mine 'retries: 1'
once
M=$(job_id mine)
fails "$M" job
printf '{command: hold, name: mine}\n' >s/inbox/h.yaml
once
like "$(reason h)" 'only a pending job can be held or released; this one is waiting' "one that a site has cannot be held"

# --- three users -------------------------------------------------------------------------------

[ "$(id -u)" = 0 ] || { note "SKIPPED: only root can drop for several users"; done_testing; exit; }
order() { down north | sed -n 's/^--- {assign: .*, name: \([a-z]*\)[0-9]*, .*/\1/p' | tr -d '\n'; }
rm -rf s
hub 'users: {bin: {share: 2}, daemon: {share: 1}, nobody: {share: 1}}
fair-share: {half-life: PT1H}'
site north 'pull: {cores: 12, jobs: 100}
capacity: {cores: 12, memory: 16GiB, disk: 100GB}'
for i in 1 2 3 4 5 6 7 8; do
	drop_as bin "b$i"
	drop_as daemon "d$i"
	drop_as nobody "n$i"
done
drop_as nobody urgent 'priority: 10'
once
said=$(order)
note "they were given away in the order $said"
is "${said:0:6}" urgent "the highest priority goes first, whoever has used what"
is "$(tr -cd b <<<"${said:6}" | wc -c) $(tr -cd d <<<"${said:6}" | wc -c) $(tr -cd n <<<"${said:6}" | wc -c)" "6 3 2" \
	"of eleven more, two shares get twice as much as one; what was urgent counts"
# daemon's jobs were long, two half-lives ago; nobody's were shorter, just now.
end() {	# NAME SECONDS HOURS-AGO
	local t id
	t=$(date -u -d "-$3 hours" +%Y-%m-%dT%H:%M:%S.000Z) id=$(job_id "$1")
	say north "{report: $id, attempt: 1, phase: completed, exit: 0, start: $t, end: $t, time: $(now), wall: $2, user: 0, system: 0, maxrss: 0}"
}
names=$(grep -lE 'phase: waiting' s/jobs/waiting/*.yaml | xargs sed -n 's/^--- {job: .*, name: \([a-z0-9]*\), drop.*/\1/p')
for name in $names; do
	case $name in
	d*) end "$name" 3600 2 ;;		# 3 x 1 h, of which a quarter counts: 0.75
	n* | u*) end "$name" 1800 0 ;;		# 3 x 0.5 h: 1.5
	b*) end "$name" 1800 0 ;;		# 6 x 0.5 h, of two shares: 1.5
	esac
done
before=$(order)
once
said=$(order)
said=${said#"$before"}
note "and then in the order $said"
is "${said:0:1}" d "who used most, but long ago, is next"
is "$(tr -cd bn <<<"${said:0:4}" | sed 's/./&\n/g' | sort -u | tr -d '\n')" bn "then come the two that used as much as each other"
done_testing
