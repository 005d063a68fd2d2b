#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent in trouble: a full disk, a failing one, jobs that do harm, files
# that a crash has torn.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"


can_trace() { command -v strace >/dev/null && strace -o /dev/null true 2>/dev/null; }

# --- a disk that fails --------------------------------------------------------------

site north 'cores: 2'
request "task: {type: process, spec: {command: \"echo x >>$TMP/ran\"}}"
if can_trace; then
	A=$(uuid)
	ok "a first pass" agent run
	hub assign "$A" 1 request.yaml
	n=$(up_numbers | tail -n1)
	exits 74 "a flush that fails" strace -qq -o /dev/null -e inject=syncfs:error=EIO \
		spool-agent -c north.yaml run
	like "$(output)" 'cannot flush .*Input/output error' "is said"
	is "$(up_numbers | tail -n1)" "$n" "nothing becomes visible"
	ok "nothing is started" test ! -e ran
	exits 74 "a message that cannot be shown" strace -qq -o /dev/null \
		-e inject=renameat:error=EIO:when=1+ spool-agent -c north.yaml run
	is "$(up_numbers | tail -n1)" "$n" "is not"
	ok "when the disk is well again" agent run
	ok "the job runs" wait_until 60 has_ended "$A.1"
	ok "a pass" agent run
	like "$(up)" "report: $A, attempt: 1, phase: completed" "and is told"
	is "$(cat ran)" x "it has run once"
	ok "and settled" hub settle "$A" 1
	background strace -qq -o /dev/null -e inject=syncfs:error=EIO spool-agent -c north.yaml watch
	watch=$PID
	Z=$(uuid)
	hub assign "$Z" 1 request.yaml
	ok "a watch whose flush fails ends" wait_until 60 gone "$watch"
	exits 74 "as a failure of the disk" wait "$watch"
	like "$(agent status)" 'error: .*has to be started again' "and says what is to be done"
	ok "started again" agent run
	ok "it runs the job" wait_until 60 has_ended "$Z.1"
	ok "a pass" agent run
	is "$(cat ran)" $'x\nx' "once"
	hub settle "$Z" 1
	ok "settled" agent run
	background strace -qq -o /dev/null -P "$TMP/north.state/ended" -P "$TMP/north.state/running" \
		-e inject=unlinkat:error=EIO:when=1..3 spool-agent -c north.yaml watch
	Y=$(uuid)
	hub assign "$Y" 1 request.yaml
	ok "a watch that cannot remove anything" wait_until 60 reported "$Y" completed
	hub settle "$Y" 1
	nothing_left() { [ -z "$(held)$(find north.state/ended north.state/running -mindepth 1)" ]; }
	ok "does it later" wait_until 60 nothing_left
	ok "it stops" stop "$(sed -n 's/.*watching, pid //p' north.state/log | tail -n 1)"
	background strace -qq -o /dev/null -P "$TMP/north.state/waiting" -e inject=renameat:error=EIO \
		spool-agent -c north.yaml watch
	X=$(uuid)
	hub assign "$X" 1 request.yaml
	ok "a watch that cannot move an assignment" wait_until 60 reported "$X" completed
	is "$(ls north.state/waiting)" "$X.1.yaml" "runs it all the same"
	hub settle "$X" 1
	ok "and forgets it when it is settled" wait_until 60 nothing_left
	ok "it stops" stop "$(sed -n 's/.*watching, pid //p' north.state/log | tail -n 1)"
	exits 75 "a lock that cannot be had" strace -qq -o /dev/null -e inject=flock:error=ENOLCK:when=1 \
		spool-agent -c north.yaml run
	ok "a pass" agent run
else
	skip "processes cannot be traced here" 30
fi

# --- a full one -------------------------------------------------------------------------

site full 'cores: 2'
mkdir full.state
if mount -t tmpfs -o size=256k tmpfs full.state 2>/dev/null; then
	unmount_later full.state
	ok "a first pass" agent run
	head -c 1000000 /dev/zero >full.state/ballast 2>/dev/null
	B=$(uuid)
	hub assign "$B" 1 request.yaml
	exits 74 "a full disk" agent run
	like "$(output)" 'No space left on device' "is said"
	unlike "$(up)" "ack: 1" "what could not be kept is not acknowledged"
	rm full.state/ballast
	ok "when there is room again" agent run
	ok "the job runs" wait_until 60 has_ended "$B.1"
	ok "a pass" agent run
	like "$(up)" "report: $B, attempt: 1, phase: completed" "and is told"
	hub settle "$B" 1
	ok "settled" agent run
	is "$(held)" "" "nothing is left"
else
	skip "nothing can be mounted here" 10
fi

# --- torn files, rubbish ---------------------------------------------------------------------

SITE=north
C=$(uuid) D=$(uuid)
printf -- '--- {received: 9, line: 1}\n--- {assign: %s, attempt: 1, own' "$C" \
	>"north.state/waiting/$C.1.yaml"
printf 'rubbish: [\n' >"north.state/waiting/$D.1.yaml"
: >north.state/waiting/not-ours
mkdir -p "north.state/running/.$C.1.tmp/spec" "north.state/ended/.$D.1.tmp"
: >"hub/sites/north/up/files/$D.1.0"
: >north.state/.error.tmp
ok "after a crash" agent run
is "$(held)" "waiting/.$D.1.yaml.bad
waiting/not-ours" "torn files and hidden ones have gone, what cannot be read is kept"
is "$(ls hub/sites/north/up/files)" "" "payload that nobody knows has gone"
ok "and the error that was being noted" test ! -e north.state/.error.tmp
rm "north.state/waiting/.$D.1.yaml.bad" north.state/waiting/not-ours

# A report that the job wrote itself is thrown away, or seen through.
# --- jobs that do harm -------------------------------------------------------------------------

# As somebody whom permissions stop, if we are root.
user=
if [ "$(id -u)" = 0 ] && command -v setpriv >/dev/null && id nobody >/dev/null 2>&1; then
	user=nobody
	agent() {
		chown -R nobody "$TMP/hub/sites/$SITE" "$TMP/$SITE.state"
		setpriv --reuid=nobody --clear-groups spool-agent -c "$SITE.yaml" "$@"
	}
	chmod 755 "$TMP"
fi
site harm 'cores: 4'
mkdir -p harm.state
job() {		# COMMAND	its id in $ID
	request "task: {type: process, spec: {command: '$1'}}"
	ID=$(uuid)
	hub assign "$ID" 1 request.yaml
}
X=$(uuid)
job "printf -- \"--- {report: $X, attempt: 1, phase: completed, time: 2026-01-01T00:00:00Z, exit: 0}\\n\" >\$SPOOL_JOBDIR/report"
E=$ID
job 'echo nonsense >$SPOOL_JOBDIR/report'
F=$ID
job 'chmod 0 $SPOOL_RESULTS $SPOOL_WORK $SPOOL_JOBDIR'
G=$ID
job 'cd /; rm -rf $SPOOL_JOBDIR; mkdir $SPOOL_JOBDIR; rmdir $SPOOL_JOBDIR'
H=$ID
job 'rm -rf $SPOOL_RESULTS; ln -s /etc $SPOOL_RESULTS; ln -sf /etc/passwd $SPOOL_JOBDIR/stderr'
I=$ID
job 'mkdir -p $SPOOL_RESULTS/a; cd $SPOOL_RESULTS/a; for i in 1 2 3 4 5 6 7 8 9; do for j in 1 2 3 4 5 6 7 8 9; do mkdir d; cd d; done; done; echo deep >x'
J=$ID
job 'cd $SPOOL_RESULTS; : >"$(printf "new\nline")"; : >"$(printf "\377")"; : >.hidden; mkfifo fifo'
K=$ID
passes_until() {	# ID PHASE...
	wait_until 60 eval "agent run; reported $1 '$2'"
}
ok "a report about another job" passes_until "$E" '(completed|failed.*about something else)'
unlike "$(cat hub/sites/harm/up/*.yaml)" "report: $X" "does not get out"
ok "one that is none" passes_until "$F" '(completed|failed.*cannot be read)'
ok "a directory that is closed" passes_until "$G" 'completed'
ok "one that has gone" passes_until "$H" 'failed.*has gone'
ok "links in place of results" passes_until "$I" 'completed'
unlike "$(cat hub/sites/harm/up/*.yaml)" 'root:' "are not followed"
ok "results that lie very deep" passes_until "$J" 'completed.*could not be taken'
ok "names that cannot be told" passes_until "$K" 'completed.*3 of the results could not be taken.*path: .{0,1}.hidden'
{
	for id in "$E" "$F" "$G" "$H" "$I" "$J" "$K"; do echo "settle $id 1"; done
} | hub
all_gone() { agent run; [ -z "$(held)" ]; }
ok "all of them can be settled" wait_until 60 all_gone
note "${user:-$(id -un)} was the user"
done_testing
