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
twice() {	# NAME COMMAND
	echo "$2" >"s/inbox/$1.yaml"
	ok "$1: killed before its drop leaves" kill_before "$1"
	ok "which is still there" test -e "s/inbox/$1.yaml"
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

# As a start finds it that failed jobs of many kinds.
printf -- '--- {aside: PT1H, try: %s, faults: []}\n' "$(date -u -d '+1 hour' +%Y-%m-%dT%H:%M:%S.000Z)" >s/run/trust/north.yaml
once
like "$(cat s/run/metrics)" 'spool_site_aside\{site="north"\} 1' "a site is set aside"
twice site '{command: release, site: north}'
like "$(cat s/run/metrics)" 'spool_site_aside\{site="north"\} 0' "it is trusted again"

done_testing
