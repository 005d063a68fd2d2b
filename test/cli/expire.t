#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Offers that nobody accepts.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

hub 'offers: {lifetime: PT1M, most: 1}'
site north 'capacity: {cores: 8, memory: 16GiB, disk: 100GB}'
all='resources: {compute: {min-cores: 8}}'
drop asked "$all
accept: ask"
once
A=$(job_id asked)
is "$(phase "$A")" offered "a job that asks is offered all of a site"
drop next "$all"
once
is "$(phase "$(job_id next)")" pending "another one that needs all of it waits, for an offer holds what it offers"
ahead 57
serve
ok "an offer that nobody accepts expires by itself" wait_until 30 in_phase "$A" expired
ok "and what it held is free" wait_until 20 in_phase "$(job_id next)" waiting
is "$(find s/offers -name "$A.*" -printf '%h\n')" s/offers/expired "its file tells"
printf 'command: accept\njob: %s\noffer: 1\n' "$A" >s/inbox/late.yaml
ok "accepting it now" wait_until 20 rejected late
like "$(reason late)" "has ended already: it is expired" "fails with a reason"
is "$(phase "$A")" expired "and changes nothing"
stop "$HUB"

# --- after a crash ----------------------------------------------------------------

rm -rf s
ahead 0
hub 'offers: {lifetime: PT1M, most: 1}'
site north
drop brief 'accept: ask'
once
A=$(job_id brief)
is "$(phase "$A")" offered "an offer is made"
ahead 100
killed() {	# PATH CALLS	spoold, before it makes one of them there
	strace -f -qq -o /dev/null -P "$TMP/$1" -e "inject=$2:signal=KILL" "${_ahead[@]}" spoold --once s >/dev/null 2>&1 &
	wait $!
	[ $? = 137 ]
} 2>/dev/null
if strace -o /dev/null true 2>/dev/null; then
	ok "killed before the job's file tells of it" killed "s/jobs/offered/$A.yaml" write
	is "$(phase "$A") $(find s/offers -name "$A.*" -printf '%h\n')" "offered s/offers/expired" \
		"its offer lies among the expired"
	ok "started again" once
	is "$(phase "$A")" expired "it is expired, too"
	: >s/config.yaml
	drop lost 'accept: ask'
	once
	A=$(job_id lost)
	rm s/offers/offered/"$A".*
	ok "offers whose files the power took" once
	like "$(cat "$(file "$A")")" "phase: pending, .*its offers were lost" "are withdrawn"
	is "$(phase "$A") $(find s/offers/offered -name "$A.*" | wc -l)" "offered 2" "and new ones are made"
	printf 'command: accept\njob: %s\noffer: 1\n' "$A" >s/inbox/take.yaml
	ok "killed before the acceptance is in the job's file" killed "s/jobs/offered/$A.yaml" write
	ok "started again" once
	is "$(phase "$A") $(ls s/offers/accepted)" "waiting $A.1.yaml" "it is accepted"
else
	skip "processes cannot be traced here" 10
fi
done_testing
