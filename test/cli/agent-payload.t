#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: a report was kept by a power cut, and what it names was lost.
#
# Jobs' shells expand what stands in quotes; functions are called by others.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"

site north 'cores: 4'
FILES=hub/sites/north/up/files
request "task: {type: process, spec: {command: 'head -c 9000 /dev/zero >\$SPOOL_RESULTS/more'}}"

# A job has ended; nothing of that was flushed or told when the agent died.
ended_unflushed() {	# JOB...
	local job
	hub assign "$1" 1 request.yaml < <(for job in "${@:2}"; do echo "assign $job 1 request.yaml"; done)
	agent run || return
	for job; do wait_until 30 has_ended "$job.1" || return; done
	wait_until 30 nobody || return
	! strace -qq -o /dev/null -e inject=syncfs:signal=KILL spool-agent -c north.yaml run 2>/dev/null
	for job; do [ -s "north.state/ended/$job.1/report" ] && [ -s "$FILES/$job.1.0" ] || return; done
}
good() { [ "$(wc -c <"$FILES/$1.1.0")" = 9000 ] && up_has "report: $1, attempt: 1, phase: completed.*more"; }

A=$(uuid) B=$(uuid) C=$(uuid)
ok "jobs end" ended_unflushed "$A" "$B" "$C"
rm "$FILES/$A.1.0"
rm "$FILES/$B.1.0"
head -c 10 /dev/zero >"$FILES/$B.1.0"
ok "the site goes on" agent run
for job in "$A" "$B" "$C"; do
	ok "what the report names is there" good "$job"
	ok "and the work goes then" test ! -e "north.state/ended/$job.1/work"
done
hub settle "$A" 1 <<<"settle $B 1
settle $C 1"
ok "they are settled" agent run
is "$(held)$(ls -A $FILES)" "" "without a trace"

D=$(uuid) E=$(uuid)
ok "two more end" ended_unflushed "$D" "$E"
rm -r "$FILES/$D.1.0" "north.state/ended/$D.1/work"
ok "the site goes on" agent run
ok "what cannot be gathered again is told" \
	up_has "report: $D, attempt: 1, phase: failed.*cause: site.*more is not what its report says"
ok "the other is not held up" good "$E"
like "$(cat north.state/log)" "$D.1: more is not what its report says" "the log has it too"
done_testing
