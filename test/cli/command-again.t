#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A hub that is killed between what a command does and the end of its drop takes the
# command again: the answer is the same.
# Functions are called by ok, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

named() { basename "$(grep -rlE -- "^--- \{$1: [^{]* name: \"?$2\"?," "s/$1s")" .yaml; }	# KIND NAME
kill_before() {	# COMMAND'S DROP	killed when that would leave inbox/
	strace -f -qq -o /dev/null -e trace=unlinkat,unlink -P "s/inbox/$1.yaml" -P "$1.yaml" \
		-P "$PWD/s/inbox/$1.yaml" -e inject=unlinkat,unlink:signal=KILL:when=1 \
		spoold --once s >/dev/null 2>&1 &
	wait $!
	[ $? = 137 ]
} 2>/dev/null
twice() {	# NAME COMMAND [MEANWHILE...]
	echo "$2" >"s/inbox/$1.yaml"
	ok "$1: killed before its drop leaves" kill_before "$1"
	ok "which is still there" test -e "s/inbox/$1.yaml"
	[ $# -lt 3 ] || "${@:3}"
	once
	ok "taken again it is no error" test ! -e "s/rejected/$1.reason" -a ! -e "s/inbox/$1.yaml"
}

hub
site north
once
drop job 'resources: {compute: {min-cores: 8}}'
once
drop waits 'resources: {compute: {min-cores: 8}}'
printf 'reservation: {name: slot, resources: {}, time: {start: %s, duration: PT1H}}\n' \
	"$(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)" >s/inbox/slot.yaml
echo 'transaction: {name: both, jobs: [{name: b1, task: {type: process}, resources: {compute: {min-cores: 8}}}]}' >s/inbox/both.yaml
once
is "$(phase "$(job_id waits)") $(phase "$(job_id b1)")" "pending pending" "a job and a transaction wait"

twice cancel "{command: cancel, job: $(job_id waits)}"
is "$(phase "$(job_id waits)")" cancelled "the job is cancelled"
is "$(grep -c 'phase: cancelled' "$(file "$(job_id waits)")")" 1 "once"
twice whole "{command: cancel, transaction: $(named transaction both)}"
is "$(phase "$(job_id b1)")" cancelled "the transaction is"
twice slot "{command: release, reservation: $(named reservation slot)}"
ok "the reservation is released" test -e "s/reservations/released/$(named reservation slot).yaml"
echo 'transaction: {name: kept, jobs: [{name: k1, task: {type: process}, resources: {compute: {min-cores: 8}}}]}' >s/inbox/kept.yaml
once
twice hold-all "{command: hold, transaction: $(named transaction kept)}"
gone() { say north "$(report "$(job_id job)" 1 completed ', exit: 0')"; once; say north "$(report "$(job_id k1)" 1 completed ', exit: 0')"; }
gone
is "$(phase "$(job_id k1)")" pending "a transaction is held"
twice release-all "{command: release, transaction: $(named transaction kept)}" gone
is "$(phase "$(job_id k1)")" completed "released, and has ended before that is taken again"

# As a start finds it that failed jobs of many kinds.
printf -- '--- {aside: PT1H, try: %s, faults: []}\n' "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%S.000Z)" >s/run/trust/north.yaml
once
like "$(cat s/run/metrics)" 'spool_site_aside\{site="north"\} 1' "a site is set aside"
twice site '{command: release, site: north}'
like "$(cat s/run/metrics)" 'spool_site_aside\{site="north"\} 0' "it is trusted again"

# What has become of the job since does not matter.
tells() { say north "$(report "$1" "$2" "$3" "${4-}")"; }	# ID ATTEMPT PHASE [MORE]
lines() { grep -c -- "$2" "$(file "$1")"; }			# ID PATTERN
fails() { tells "$1" "$2" failed ', exit: 1'; }			# ID ATTEMPT
fresh() { rm -rf s; hub; site north 'capacity: {cores: 40, memory: 16GiB, disk: 100GB}'; once; }
offered() { drop "$1" 'accept: ask'; once; job_id "$1"; }	# NAME

fresh
ID=$(offered take)
twice accept "{command: accept, job: $ID, offer: 1}"
is "$(phase "$ID") $(lines "$ID" 'phase: waiting')" "waiting 1" "an offer is accepted, once"
ID=$(offered gone)
twice accept-ended "{command: accept, job: $ID, offer: 1}" tells "$ID" 1 completed ', exit: 0'
is "$(phase "$ID")" completed "also where its job has ended meanwhile"
printf '{command: accept, job: %s, offer: 1}\n' "$ID" >s/inbox/late.yaml
once
like "$(reason late)" 'has ended already' "and another that says the same is refused"

ID=$(offered two)
ls s/offers/offered/ >.before
twice reject "{command: reject, job: $ID, offer: 2}"
is "$(phase "$ID") $(find s/offers/rejected -name "$ID.*" | wc -l)" "offered 1" "one offer of several is rejected"
twice reject-all "{command: reject, job: $ID}"
is "$(phase "$ID")" cancelled "then all"

drop again; once
ID=$(job_id again)
fails "$ID" 1; once
twice retry "{command: retry, job: $ID}"
is "$(phase "$ID") $(lines "$ID" 'command: retry')" "waiting 1" "there is another attempt, once"
fails "$ID" 2; once
twice retry-failed "{command: retry, job: $ID}" fails "$ID" 3
is "$(phase "$ID") $(lines "$ID" 'command: retry')" "failed 2" "also where that has failed meanwhile"

drop full 'resources: {compute: {min-cores: 8}}'; once
drop later 'resources: {compute: {min-cores: 8}}'; once
ID=$(job_id later)
twice hold "{command: hold, job: $ID}"
tells "$(job_id full)" 1 completed ', exit: 0'
tells "$(job_id take)" 1 completed ', exit: 0'
once
is "$(phase "$ID")" pending "a job is held"
twice release "{command: release, job: $ID}"
is "$(phase "$ID")" waiting "a job is released, and goes at once"

drop many 'array: 1-5%1'; once
ID=$(job_id many)
twice strike "{command: cancel, job: $ID, index: 4}"
is "$(lines "$ID" 'cancelled: 4')" 1 "a task that is not made yet is cancelled, once"
twice hold-task "{command: hold, job: $ID, index: 5}"
twice release-task "{command: release, job: $ID, index: 5}"

printf 'reservation: {name: room, resources: {}, time: {start: %s, duration: PT1H}}\n' \
	"$(date -u -d '+1 day' +%Y-%m-%dT%H:%M:%SZ)" >s/inbox/room.yaml
once
ID=$(named reservation room)
twice renew "{command: renew, reservation: $ID, expires: $(date -u -d '+26 hours' +%Y-%m-%dT%H:%M:%SZ)}"
twice renew-now "{command: renew, reservation: $ID, expires: $(date -u -d '-1 hour' +%Y-%m-%dT%H:%M:%SZ)}"
ok "a reservation that was told to end has expired" test -e "s/reservations/expired/$ID.yaml"

done_testing
