#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent watch, and several agents at once; with a hub written by hand.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

running() { [ -e "$SITE.state/running/$1.1/started" ]; }
nothing_held() { [ -z "$(held)" ]; }
watch() { background spool-agent -c "$SITE.yaml" watch; AGENT=$PID; }

# --- at once ----------------------------------------------------------------------

site north 'cores: 3'
watch
ok "it comes up" wait_until 10 up_has 'site: north'
like "$(up)" 'interval: PT0S' "and says that it is there all the time"
exits 75 "a second one" agent watch
like "$(output)" 'another agent of the site north' "is not needed"
ok "run does nothing meanwhile" agent run
like "$(agent status)" 'agent: at work' "status knows it"

# By an event, not by the clock: on a machine that is busy it may need some tries.
request 'task: {type: process, spec: {command: "date +%s%N"}}'
at_once() {	# what a job's first words say, and its only report
	local begin said
	A=$(uuid) begin=$(date +%s%N)
	hub assign "$A" 1 request.yaml
	wait_until 60 up_has "report: $A, attempt: 1, phase: completed" || return
	said=$(cat hub/sites/north/up/*.yaml | sed -n "s/.*report: $A, .*text: [^0-9]*\([0-9]\{19\}\).*/\1/p" | tail -n 1)
	ms=$(((said - begin) / 1000000))
	up_has "report: $A, attempt: 1, phase: running" && once='' || once=1
	hub settle "$A" 1
	wait_until 60 nothing_held && [ "$ms" -lt 500 ] && [ "$once" ]
}
ok "a job is run at once, so quickly that only its end is told" wait_until 120 at_once
note "from the hub's writing to the task's first words: $ms ms"
ok "and settled" nothing_held

request 'task: {type: process, spec: {command: [sleep, "1000"]}}'
B=$(uuid)
hub assign "$B" 1 request.yaml
ok "a long one is told to run" wait_until 10 up_has "report: $B, attempt: 1, phase: running"
hub cancel "$B" 1 no more
ok "and to be cancelled" wait_until 20 up_has "report: $B, attempt: 1, phase: cancelled"
hub settle "$B" 1

# --- many ----------------------------------------------------------------------------

request "task: {type: process, spec: {command: [sh, -c, 'echo \$SPOOL_JOB_ID >>$TMP/ran']}}"
for _ in {1..150}; do echo "assign $(uuid) 1 request.yaml"; done >many
begin=$(date +%s%N) before=$(up_numbers | tail -n1)
hub <many
all_ran() { [ "$(wc -l <ran)" -ge 150 ]; }
ok "150 jobs in one message" wait_until 60 all_ran
note "took $((($(date +%s%N) - begin) / 1000000)) ms"
is "$(sort ran | uniq | wc -l)" 150 "each has run"
is "$(wc -l <ran)" 150 "once"
reports() { cat hub/sites/north/up/*.yaml | grep -c 'phase: completed'; }
all_told() { [ "$(reports)" -ge 150 ]; }
ok "all are told" wait_until 20 all_told
sed 's/assign \([^ ]* 1\).*/settle \1/' many | hub
ok "and settled" wait_until 20 nothing_held
ok "without one waiting for another's message" test $(($(up_numbers | tail -n1) - before)) -lt 300

# --- stopping, and being killed ----------------------------------------------------------

request "task: {type: process, spec: {command: \"echo begun >>$TMP/begun; while [ ! -e $TMP/go ]; do sleep 0.05; done; echo done\"}}"
C=$(uuid) D=$(uuid)
hub assign "$C" 1 request.yaml
ok "a job runs" wait_until 10 running "$C"
ok "SIGTERM" stop "$AGENT"
ok "the agent has gone, the job goes on" test ! -e "north.state/running/$C.1/exit"
hub assign "$D" 1 request.yaml
watch
ok "the next agent starts another one" wait_until 10 running "$D"
ok "kill -9" stop "$AGENT" KILL
watch
at_work() { agent status | grep -q 'agent: at work'; }
ok "one more agent" wait_until 10 at_work
touch go
ok "hears of the end of the first" wait_until 20 up_has "report: $C, attempt: 1, phase: completed"
ok "and of the second" wait_until 20 up_has "report: $D, attempt: 1, phase: completed"
is "$(wc -l <begun)" 2 "both have run once"
hub settle "$C" 1 <<<"settle $D 1"

# --- a shim that is killed ----------------------------------------------------------------

rm go
E=$(uuid)
hub assign "$E" 1 request.yaml
ok "a job" wait_until 10 running "$E"
kill -KILL "$(sed -n 's/^pid //p' "north.state/running/$E.1/started")"
ok "whose shim is killed has failed" wait_until 60 up_has "report: $E, attempt: 1, phase: failed.*cause: site"
hub settle "$E" 1
F=$(uuid)
hub assign "$F" 1 request.yaml
ok "a job" wait_until 10 running "$F"
stop "$AGENT"
kill -KILL "$(sed -n 's/^pid //p' "north.state/running/$F.1/started")"
# It may take a moment to die.
lost_by_now() { agent run; up_has "report: $F, attempt: 1, phase: failed.*cause: site"; }
ok "whose shim is killed while nobody looks has failed as well" wait_until 60 lost_by_now
hub settle "$F" 1

# --- large results go to a child --------------------------------------------------------------

request 'task: {type: process, spec: {command: "head -c 40000000 /dev/zero >$SPOOL_RESULTS/large"}}'
G=$(uuid)
watch
hub assign "$G" 1 request.yaml
ok "a job with 40 MB" wait_until 30 up_has "report: $G, attempt: 1, phase: completed.*size: 40MB"
is "$(stat -c %s hub/sites/north/up/files/"$G".*)" 40000000 "they are there"
hub settle "$G" 1
no_payload() { [ -z "$(ls hub/sites/north/up/files)" ]; }
ok "and go" wait_until 10 no_payload

# --- data that comes later ---------------------------------------------------------------------

head -c 1000 /dev/urandom >x
X=$(sha256sum x | cut -c1-64)
request 'task: {type: process, spec: {command: [cmp, inputs/in, "'"$TMP"'/x"]}}'
H=$(uuid)
hub input in x 1000 "$X" <<<"assign $H 1 request.yaml"
ok "a job that waits for data" wait_until 10 up_has "report: $H, attempt: 1, phase: preparing"
mkdir -p hub/sites/north/down/data
cp x "hub/sites/north/down/data/.x"
mv "hub/sites/north/down/data/.x" "hub/sites/north/down/data/$X"
ok "runs when it has come" wait_until 20 up_has "report: $H, attempt: 1, phase: completed"
hub settle "$H" 1
ok "and is settled" wait_until 10 nothing_held
stop "$AGENT"

# --- after a power cut -------------------------------------------------------------------

# Nothing but the mark of an earlier boot tells that files may be torn.
ORIGIN=00000000-0000-0000-0000-000000000000
another_boot() { sed -i "s/^boot .*/boot $ORIGIN/" "$@"; }
site east 'cores: 1'
request "task: {type: process, spec: {command: \"echo \$SPOOL_JOB_ID >>$TMP/ran3; sleep 0.2; until [ -e $TMP/go3 ]; do sleep 0.05; done\"}}"
J=$(uuid) K=$(uuid)
hub assign "$J" 1 request.yaml <<<"assign $K 1 request.yaml"
watch
ok "a job runs" wait_until 10 test -s ran3
ok "another one is ready" wait_until 10 test -e "east.state/running/.$K.1.tmp/limits"
like "$(cat "east.state/running/$J.1/limits")" $'\nboot [0-9a-f-]{36}' "the boot is written down"
stop "$AGENT" KILL
touch go3
ok "it ends" wait_until 10 test -e "east.state/running/$J.1/exit"
like "$(cat "east.state/running/$J.1/exit")" 'exit 0' "well"
# One that took long is flushed by its shim.
grep -q '^boot' "east.state/running/$J.1/exit" || sed -i 's/^limits/boot x\n&/' "east.state/running/$J.1/exit"
another_boot "east.state/running/$J.1/limits" "east.state/running/$J.1/exit" \
	"east.state/running/.$K.1.tmp/limits"
rm "east.state/running/$J.1/started"
watch
ok "an end that nobody flushed is none" wait_until 20 up_has "report: $J, attempt: 1, phase: failed.*cause: site"
ok "what may have been started" wait_until 20 up_has "report: $K, attempt: 1, phase: failed.*cause: site"
is "$(wc -l <ran3)" 1 "is not started again"
hub settle "$J" 1 <<<"settle $K 1"
ok "and all of it goes" wait_until 10 nothing_held
is "$(ls -A east.state/running)" "" "without a trace"

# The hub has acted on the message; the disk loses its name, and what the hub wrote.
ended_with() {		# how the job is told to have ended, after the cut
	stop "$AGENT" KILL
	rm hub/sites/east/up/0*.yaml
	another_boot "east.state/ended/$1/limits" "east.state/ended/$1/exit"
	watch
	wait_until 20 up_has "report: ${1%.1}, attempt: 1, phase: $2"
}
request "task: {type: process, spec: {command: 'echo here; head -c 9000 /dev/zero >\$SPOOL_RESULTS/more'}}"
P=$(uuid) Q=$(uuid)
hub assign "$P" 1 request.yaml
ok "a third ends" wait_until 20 up_has "report: $P, attempt: 1, phase: completed"
sed -i 's/^limits/boot x\n&/' "east.state/ended/$P.1/exit"
ok "a report that is whole is told again" ended_with "$P.1" 'completed.*path: stdout.*path: more'
hub assign "$Q" 1 request.yaml
ok "a fourth ends" wait_until 20 up_has "report: $Q, attempt: 1, phase: completed"
sed -i 's/^limits/boot x\n&/' "east.state/ended/$Q.1/exit"
: >"hub/sites/east/up/files/$Q.1.0"
ok "not if what it names is torn" ended_with "$Q.1" 'failed.*cause: site.*went down'
hub settle "$P" 1 <<<"settle $Q 1"
ok "both go" wait_until 10 nothing_held
stop "$AGENT"

# --- overlapping passes -----------------------------------------------------------------------------

site south 'cores: 2'
request "task: {type: process, spec: {command: \"echo \$SPOOL_JOB_ID >>$TMP/ran2; sleep 0.1\"}}"
for _ in {1..10}; do echo "assign $(uuid) 1 request.yaml"; done >many
hub <many
passes=()
for _ in {1..20}; do
	spool-agent -c south.yaml run 2>>passes.err &
	passes+=($!)
	kill_later $!
done
failed=0
for pid in "${passes[@]}"; do wait "$pid" || failed=$((failed + 1)); done
is "$failed" 0 "20 passes at once, and none fails"
is "$(cat passes.err)" "" "or says anything"
ten_ran() { [ "$(wc -l <ran2)" -ge 10 ]; }
ok "what waits for a core is started between two passes" wait_until 30 ten_ran
is "$(sort -u ran2 | wc -l) $(wc -l <ran2)" "10 10" "each runs once"
all_ended() {
	local key
	for key in $(held | sed 's,.*/,,'); do has_ended "$key" || return 1; done
}
ok "all end" wait_until 20 all_ended
ok "and then nobody stays behind" wait_until 10 nobody
ok "a pass" agent run
is "$(cat hub/sites/south/up/*.yaml | grep -c 'phase: completed')" 10 "tells all of them"

# --- as cron calls it --------------------------------------------------------------------------------

cp -r "$BUILD/runners" runners
site west "runners: [$TMP/runners]"
sed -i '/^state:/d' west.yaml
I=$(uuid)
request 'task: {type: process, spec: {command: "echo $HOME"}}'
hub assign "$I" 1 request.yaml
mkdir home
ok "no environment but HOME" env -i HOME="$TMP/home" "$BIN/spool-agent" -c "$TMP/west.yaml" run
state=home/.local/share/spool-agent/west
ok "the state is where it belongs" test -d "$state"
ok "the job runs" wait_until 10 test -e "$state/running/$I.1/exit"
like "$(cat "$state/running/$I.1/stdout")" "$TMP/home" "and has a home"
done_testing
