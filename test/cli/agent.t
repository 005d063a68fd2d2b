#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: one pass at a time, with a hub that is written by hand.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

# --- what it says about itself ------------------------------------------------

site north 'cores: 4
memory: 8GiB
groups: [eu]
tags: [fast-disk]
clearances: [clinical]
dependencies: [conda]
gpus: [{type: A100, count: 2}]
pull: {load: 150%, jobs: 7}
interval: PT10M'
ok "probe" agent probe
doc=$(output)
like "$doc" 'site: north' "it tells its name"
like "$doc" 'capacity: \{cores: 4, memory: 8GiB' "the capacity that is configured"
like "$doc" 'types: \[.*process' "the types of its runners"
like "$doc" 'gpus: \[\{type: A100, count: 2\}\]' "GPUs"
like "$doc" 'groups: \[eu\]' "groups"
like "$doc" 'clearances: \[clinical\]' "clearances"
like "$doc" 'pull: \{cores: [0-6], memory: 12GiB, jobs: 7\}' "how much it wants: 150%, less what others use"
like "$doc" 'interval: PT10M' "when it comes again"
ok "probe changed nothing" test ! -e north.state

ok "the first pass" agent run
is "$(up_numbers)" "1" "writes one message"
like "$(up)" 'site: north' "with the site document"
ok "the second pass" agent run
is "$(up_numbers)" "1" "has nothing to say"

# --- a job -----------------------------------------------------------------------

request 'task: {type: process, spec: {command: "echo hello; echo oops >&2; exit 3"}}'
A=$(uuid)
hub assign "$A" 1 request.yaml 2 1GiB
ok "a pass with an assignment" agent run
like "$(up)" 'ack: 1' "it is acknowledged"
like "$(up)" "report: $A, attempt: 1, phase: running" "it runs"
ok "it ends" wait_until 10 has_ended "$A.1"
is "$(cat "north.state/running/$A.1/stdout")" hello "its output"
ok "the next pass" agent run
like "$(up)" "report: $A, attempt: 1, phase: failed" "tells its end"
like "$(up)" 'exit: 3' "the exit status"
like "$(up)" 'cause: job' "whose doing it was"
like "$(up)" 'path: stdout, size: 6.*text: "hello\\n"' "stdout in line"
like "$(up)" 'path: stderr, size: 5.*text: "oops\\n"' "stderr in line"
n=$(up_numbers)
ok "a pass later" agent run
is "$(up_numbers)" "$n" "what is said in a message still there is not said again"
hub </dev/null
ok "a message without lines" agent run
is "$(up_numbers | tail -n1)" "$(tail -n1 <<<"$n")" "is not answered"
ok "and takes away what it acknowledges" test "$(up_numbers | wc -l)" -le 2
ok "a later process tells it again, as long as it is not settled" up_has "$A.*failed"
hub settle "$A" 1
ok "a settlement" agent run
is "$(held)" "" "nothing is left of it"
n=$(up_numbers)
ok "and then" agent run
is "$(up_numbers | tail -n1)" "$(tail -n1 <<<"$n")" "there is silence"

# --- the environment, results ------------------------------------------------------

request 'name: my job
task:
  type: process
  spec:
    command: |
      env | grep -E "^(SPOOL_|TMPDIR|HOME|PATH)" | sort
      head -c 5000 /dev/zero | tr "\0" x
      mkdir -p "$SPOOL_RESULTS/deep/er"
      echo small >"$SPOOL_RESULTS/deep/er/small"
      head -c 100000 /dev/urandom >"$SPOOL_RESULTS/big"
      cp "$SPOOL_RESULTS/big" "$SPOOL_WORK/copy"
      : >"$SPOOL_RESULTS/empty"
      echo mine >"$SPOOL_RESULTS/stdout"
      ln -s /etc/passwd "$SPOOL_RESULTS/link"
      mkfifo "$SPOOL_RESULTS/fifo"
      chmod 0 "$SPOOL_RESULTS/deep/er/small"
      test -d "$TMPDIR" || echo no TMPDIR >&2'
B=$(uuid)
hub assign "$B" 7 request.yaml 1 64MiB
ok "a job with results" agent run
ok "ends" wait_until 10 has_ended "$B.7"
copy=$(sha256sum <"north.state/running/$B.7/work/copy")
ok "and is told" agent run
report=$(up)
like "$report" "report: $B, attempt: 7, phase: completed.*exit: 0" "completed"
like "$report" "path: stdout, size: [0-9]+, digest: [0-9a-f]{64}, payload: $B.7.0" "long output is payload"
stdout=$(cat "hub/sites/north/up/files/$B.7.0")
for v in "SPOOL_JOB_ID=$B" SPOOL_ATTEMPT=7 SPOOL_SITE=north SPOOL_CORES=1 SPOOL_MEMORY=67108864 \
	 "SPOOL_WORK=$TMP/north.state/running/$B.7/work" \
	"TMPDIR=$TMP/north.state/running/$B.7/work"; do
	like "$stdout" "$v" "the task knows $v"
done
like "$report" 'path: deep/er/small, size: 6.*text: "small\\n"' "a small file goes in line, unreadable as it was"
like "$report" 'path: empty, size: 0' "an empty one counts"
like "$report" 'path: results/stdout, size: 5' "a result called stdout gets another name"
like "$report" 'path: big, size: 100kB, digest: '"${copy%% *}"', payload: '"$B"'\.7\.[12]' "a big one is payload"
unlike "$report" 'path: link' "a link is none"
like "$report" '2 of the results could not be taken' "and it is said so"
for f in hub/sites/north/up/files/"$B".7.*; do
	like "$report" "$(sha256sum <"$f" | cut -c1-64), payload: ${f##*/}" "${f##*/} is what it is said to be"
done
ok "its scratch has gone" test ! -e "north.state/ended/$B.7/work"
hub settle "$B" 7
ok "settled" agent run
is "$(ls hub/sites/north/up/files)" "" "its payload has gone"

# --- cores, order ---------------------------------------------------------------------

request 'task: {type: process, spec: {command: [sleep, "1000"]}}'
C=$(uuid) D=$(uuid) E=$(uuid) F=$(uuid)
hub assign "$C" 1 request.yaml 3 <<EOF
assign $D 1 request.yaml 2
assign $E 1 request.yaml 1
assign $F 1 request.yaml 99
EOF
ok "four jobs for four cores" agent run
is "$(held | grep running)" "$(printf 'running/%s\n' "$C.1" "$E.1" | sort)" "what fits runs, in order"
is "$(ls north.state/waiting)" "$D.1.yaml" "what does not has to wait"
like "$(up)" "report: $F, attempt: 1, phase: failed.*cause: site.*99 cores" "what never fits is refused"
ok "again" agent run
is "$(ls north.state/waiting)" "$D.1.yaml" "it still waits"

# --- cancelling -----------------------------------------------------------------------

G=$(uuid)
hub cancel "$D" 1 no longer needed <<EOF
cancel $C 1 stop it
cancel $G 4
settle $F 1
EOF
ok "three cancelled" agent run
like "$(up)" "report: $D, attempt: 1, phase: cancelled.*no longer needed" "the one that waited at once"
like "$(up)" "report: $G, attempt: 4, phase: cancelled" "one that nobody knows as well"
ok "the running one ends" wait_until 20 has_ended "$C.1"
ok "a pass" agent run
like "$(up)" "report: $C, attempt: 1, phase: cancelled.*stop it" "and is told as cancelled, with the reason"
touch "north.state/running/$E.1/stop"
ok "one that somebody here stops" wait_until 20 has_ended "$E.1"
ok "a pass" agent run
like "$(up)" "report: $E, attempt: 1, phase: failed.*cause: operator" "has failed by the operator's doing"
hub settle "$C" 1 <<EOF
settle $D 1
settle $E 1
settle $G 4
EOF
ok "all settled" agent run
is "$(held)" "" "nothing is held"

# --- what cannot run here -----------------------------------------------------------------

request 'task: {type: oci-nonsense, spec: {}}'
H=$(uuid) I=$(uuid)
hub assign "$H" 1 request.yaml
request 'task: {type: process, spec: {command: [nonesuch-program]}}'
hub assign "$I" 1 request.yaml
ok "an unknown type" agent run
like "$(up)" "report: $H, attempt: 1, phase: failed.*cause: site.*oci-nonsense" "is the site's failure"
ok "a program that is not there" wait_until 10 has_ended "$I.1"
ok "a pass" agent run
like "$(up)" "report: $I, attempt: 1, phase: failed.*exit: 127.*cause: job" "is the job's"
hub settle "$H" 1 <<<"settle $I 1"
ok "settled" agent run

# --- a walltime ------------------------------------------------------------------------------

request 'task: {type: process, spec: {command: [sleep, "1000"]}}'
J=$(uuid)
hub assign "$J" 1 request.yaml 1 0 PT0.3S
ok "a short walltime" agent run
ok "ends it" wait_until 20 has_ended "$J.1"
ok "a pass" agent run
like "$(up)" "report: $J, attempt: 1, phase: failed.*cause: job.*walltime" "as the job's failure"
hub settle "$J" 1
ok "settled" agent run

# --- mail ----------------------------------------------------------------------------------------

last=$(newest down)
next=$(printf '%08d.yaml' $((10#${last%.yaml} + 1)))
printf -- '--- {message: nonsense}\n' >"hub/sites/north/down/$next"
exits 74 "a message that does not parse" agent run
like "$(output)" "message $((10#${next%.yaml})), line 1" "is named"
like "$(agent status)" 'error: .*message' "also by status"
rm "hub/sites/north/down/$next"
ok "once it is gone" agent run
unlike "$(agent status)" 'error:' "all is well"

K=$(uuid)
request 'task: {type: process, spec: {command: "echo $$ >>'"$TMP"'/ran"}}'
hub assign "$K" 1 request.yaml
after=$(printf '%08d.yaml' $((10#${next%.yaml} + 1)))
mv "hub/sites/north/down/$next" held-back
cp held-back "hub/sites/north/down/$after"
ok "behind a gap" agent run
ok "nothing is read" test ! -e "north.state/running/$K.1"
rm "hub/sites/north/down/$after"
cp held-back "hub/sites/north/down/$next"
ok "once the gap is closed" agent run
ok "it is" wait_until 10 test -s ran
touch "hub/sites/north/down/$next"
ok "copied again" agent run
ok "and again" agent run
is "$(wc -l <ran)" 1 "it has run once"
hub settle "$K" 1
ok "settled" agent run

rm -rf hub/sites/north/down
mkdir hub/sites/north/down
L=$(uuid)
hub assign "$L" 1 request.yaml
ok "a hub that lost its mailbox begins again" agent run
ok "and its job runs" wait_until 10 has_ended "$L.1"
is "$(wc -l <ran)" 2 "once"
hub settle "$L" 1
ok "a settlement that comes too early" agent run
is "$(held)" "ended/$L.1" "is none"
hub settle "$L" 1
ok "a second one" agent run
is "$(held)" "" "is"

# A site that lost everything: what was sent to it before is not its any more.
M=$(uuid) N=$(uuid)
hub assign "$M" 1 request.yaml
rm -rf north.state hub/sites/north/up
ok "a site that lost everything" agent run
is "$(held)" "" "leaves alone what was for the one before"
like "$(up)" "message: 1,.*ack: 0" "begins a new sequence"
hub assign "$N" 1 request.yaml
first=hub/sites/north/down/$(newest down)
O=$(uuid)
hub assign "$O" 1 request.yaml
cp "$first" held-back && echo garbage >"$first"
exits 74 "where nobody knows whom a message is for" agent run
is "$(held)" "" "those after it are not read either"
like "$(output)" "the hub's message [0-9]+, line 1" "and it is said"
cp held-back "$first"
ok "and what the hub says then" agent run
ok "is done" wait_until 10 has_ended "$N.1"
ok "both of it" wait_until 10 has_ended "$O.1"
ok "and told" agent run
like "$(up)" "report: $O, attempt: 1, phase: completed" "all"
like "$(up)" "report: $N, attempt: 1, phase: completed" "to the hub"
ok "and only that" test ! -e "north.state/ended/$M.1"
hub settle "$N" 1
hub settle "$O" 1
ok "settled" agent run

# --- configuration ------------------------------------------------------------------------------------

ok "the manual's example is good" env HOME="$TMP" spool-agent \
	-c "$ROOT/docs/examples/agent/north.yaml" status
like "$(output)" 'site: north' "and read"
exits 64 "no verb" spool-agent -c north.yaml
exits 64 "an unknown verb" spool-agent -c north.yaml frobnicate
exits 66 "no file" spool-agent -c nowhere.yaml run
printf 'site: north\nhub: hub\ncroes: 3\n' >bad.yaml
exits 78 "an unknown field" spool-agent -c bad.yaml run
like "$(output)" 'bad.yaml:3:1: .*did you mean.*cores' "with a suggestion"
printf 'site: north\nhub: hub\npull: {load: much}\n' >bad.yaml
exits 78 "a bad load" spool-agent -c bad.yaml run
like "$(output)" 'bad.yaml:3:.*percentage' "is explained"
printf 'site: north\nhub: nowhere\nstate: s2\n' >bad.yaml
exits 75 "a hub that is not there" spool-agent -c bad.yaml run
like "$(output)" "there is no spool at $TMP/nowhere" "is named"

done_testing
