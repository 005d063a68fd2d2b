#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent and spool-shim: a disk that fails where something is looked for.
# Nothing is taken for absent that may be there; when the disk is well again the
# job ends as if it had always been.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"
RUNNERS=$BUILD/runners

blind() {	# CALLS PATH... -- PROGRAM...	they fail for these names, as written in the call
	local calls=$1 paths=()
	shift
	while [ "$1" != -- ]; do
		paths+=(-P "$1")
		shift
	done
	shift
	strace -f -qq -o /dev/null "${paths[@]}" -e "inject=$calls:error=EIO" "$@"
}
blind_agent() { blind "$@" -- spool-agent -c north.yaml run; }
fails() { ! "$@" >.fails 2>&1; }
another_boot() { sed -i 's/^boot .*/boot 00000000-0000-0000-0000-000000000000/' "$@"; }

# --- the end of a job of which a power cut has kept the report and no payload --------------------

site north 'cores: 4'
FILES=hub/sites/north/up/files
request "task: {type: process, spec: {command: 'head -c 9000 /dev/zero >\$SPOOL_RESULTS/more'}}"
A=$(uuid)
hub assign "$A" 1 request.yaml
ok "a job is started" agent run
ok "and ends" wait_until 30 has_ended "$A.1"
wait_until 30 nobody
ok "its end is not flushed" fails strace -qq -o /dev/null -e inject=syncfs:signal=KILL spool-agent -c north.yaml run
rm "$FILES/$A.1.0"
exits 75 "whether it has run cannot be told" blind_agent faccessat2 "$A.1/exit"
like "$(output)" 'cannot look for .*: Input/output error' "which is said"
ok "when that can be told, it is gathered again" wait_until 30 pass_reports "$A" 'completed.*path: more'
hub settle "$A" 1

# --- a job that runs while the agent is away -----------------------------------------------------

request "task: {type: process, spec: {command: 'until [ -e $TMP/go ]; do sleep 0.1; done; echo done >\$SPOOL_RESULTS/more'}}"
away() {	# a job has been started by a watch, and ended after that was killed
	rm -f go
	A=$(uuid)
	hub assign "$A" 1 request.yaml
	background spool-agent -c north.yaml watch
	wait_until 30 test -e "north.state/running/$A.1/started" || return
	stop "$PID" KILL
	touch go
	wait_until 30 test -e "north.state/running/$A.1/exit" &&
		wait_until 30 flock -n "north.state/running/$A.1/started" true
}
ok "a job ends while nobody looks" away
another_boot "north.state/running/$A.1/limits"
sed -i '/^boot/d' "north.state/running/$A.1/exit"
blind_agent openat exit >.said 2>&1
blind_agent faccessat2 exit started >.said 2>&1
ok "how it ended cannot be read, nor looked for" test -e "north.state/running/$A.1/exit"
ok "its end is told when it can be read" wait_until 30 pass_reports "$A" 'completed.*path: more'
hub settle "$A" 1

ok "another" away
mv "north.state/running/$A.1" "north.state/running/.$A.1.tmp"
rm -f "north.state/running/$A.1.yaml"
exits 75 "one that lost its name, and cannot be looked into" blind_agent faccessat2 ".$A.1.tmp/started"
ok "is not removed" wait_until 30 pass_reports "$A" 'completed.*path: more'
hub settle "$A" 1

# --- the boot in which a job was to run ------------------------------------------------------------

request "task: {type: process, spec: {command: 'echo x >>$TMP/ran-\$SPOOL_JOB_ID; until [ -e $TMP/go ]; do sleep 0.1; done; echo done >\$SPOOL_RESULTS/more'}}"
ok "one that the power ended" away
another_boot "north.state/running/$A.1/limits"
rm "north.state/running/$A.1/started" "north.state/running/$A.1/exit"
blind_agent openat limits >.said 2>&1
ok "in which boot it was to run cannot be read" wait_until 30 nobody
is "$(wc -l <"ran-$A")" 1 "it is not started again for that"
ok "it is lost when that can be read" wait_until 30 pass_reports "$A" 'failed.*cause: site.*the machine went down'
is "$(wc -l <"ran-$A")" 1 "and has run once"
hub settle "$A" 1

ok "one whose end the power may have torn" away
grep -q '^boot' "north.state/running/$A.1/exit" || sed -i 's/^limits/boot x\n&/' "north.state/running/$A.1/exit"
another_boot "north.state/running/$A.1/limits" "north.state/running/$A.1/exit"
blind_agent openat limits >.said 2>&1
ok "which cannot be read" test -e "north.state/running/$A.1/exit"
ok "has not completed" wait_until 30 pass_reports "$A" 'failed.*cause: site'
exits 1 "nor was that told" reported "$A" completed
hub settle "$A" 1

# --- a job that is cancelled ---------------------------------------------------------------------

A=$(uuid)
rm go
hub assign "$A" 1 request.yaml
ok "a job runs" agent run
hub cancel "$A" 1 'no more wanted'
blind_agent openat cancelled >.said 2>&1
ok "it is stopped" wait_until 30 has_ended "$A.1"
wait_until 30 nobody
blind_agent openat cancelled >.said 2>&1
ok "why cannot be read" wait_until 30 pass_reports "$A" 'cancelled.*no more wanted'

# --- the shim --------------------------------------------------------------------------------------

job() {		# DIR CMD...
	mkdir -p "$1/spec" "$1/work/results"
	: >"$1/limits"
	printf 'SPOOL_JOB_ID=%s\0SPOOL_WORK=%s\0' "$1" "$TMP/$1/work" >"$1/env"
	printf '%s\0' "${@:2}" >"$1/spec/command"
}
job wrote sh -c 'echo out'
blind newfstatat stdout -- spool-shim --foreground wrote "$RUNNERS/process" >.said 2>&1
like "$(cat wrote/exit)" 'cause site.*cannot flush stdout: Input/output error' "output that cannot be flushed is the site's failure"
job ended true
spool-shim --foreground ended "$RUNNERS/process"
before=$(cat ended/exit)
ok "an end that cannot be looked for" fails blind faccessat2 exit -- spool-shim --reap ended
like "$(cat .fails)" 'cannot look for exit' "is not made again"
is "$(cat ended/exit)" "$before" "and stands"
done_testing
