#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: an output that no store takes comes home, and its job has failed,
# wherever the agent is killed meanwhile.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"

site north "cores: 1
stores: [{name: shut, url: 'file://$TMP/shut/', read-only: yes}]"
request "task: {type: process, spec: {command: 'echo one >\$SPOOL_VOLUME_OUT/one'}}
resources: {storage: [{name: out, type: persistent, to: 'file://$TMP/shut/'}]}"

# While a watch is at it, whoever calls this for PATH befalls INJECTION; then it is killed.
meets() {	# PATH CALL INJECTION
	: >calls
	background strace -f -qq -o calls -P "$1" -e "inject=$2:$3" spool-agent -c north.yaml watch
	wait_until 60 grep -q "$2" calls || return
	pkill -KILL -P "$PID" spool-agent	# unless that was who was killed
	wait_until 60 gone "$PID"
}
begin() {	# a job, in $ID; its directory in $DIR
	ID=$(uuid) DIR=north.state/running/$ID.1
	hub assign "$ID" 1 request.yaml
}
pass_tells() { agent run && up_has "report: $ID, attempt: 1, phase: failed.*cause: site.*the output out came home instead: the store shut is only read from here.*path: out/one"; }

begin
ok "who brings an output home is killed before it moves" meets work/outputs/out renameat signal=KILL
ok "that it comes home is known by then" grep -q 'came home instead' "$DIR/home.out"
ok "the output has not moved" test -e "$DIR/work/outputs/out/one"
ok "it is told all the same" wait_until 60 pass_tells
hub settle "$ID" 1

begin
ok "another is killed after that" meets report renameat signal=KILL
ok "the output has moved" test -e "$DIR/work/results/out/one"
ok "the mark cannot be read" meets home.out openat error=EIO
ok "so the end is not told yet" test -e "$DIR/exit"
ok "it is told when it can" wait_until 60 pass_tells
wait_until 30 nobody
done_testing
