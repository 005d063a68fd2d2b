#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Transactions whose jobs wait for other jobs, or for a program's word on who asks.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"

ends() { say north "{report: $(job_id "$1"), attempt: 1, phase: $2, time: $(now)${3:+, $3}}"; }	# NAME PHASE MORE
record() { head -n 1 "$(file "$(job_id "$1")")"; }	# NAME

hub
site north 'capacity: {cores: 32, memory: 64GiB, disk: 100GB}
pull: {cores: 32, jobs: 100}'
drop first
drop second
once

# --- after ---------------------------------------------------------------------------------------

transact one '' "$(member a1 'after: [first]'; member a2 "after: [$(job_id second)]"; member a3)"
once
is "$(phases a1 a2 a3)" "pending pending pending " "a transaction waits for what its jobs wait for"
like "$(cat "s/run/why/$(basename "$(whole one)" .yaml)")" "^jobs of it wait until others have ended: $(job_id first) \(ok\)" "and says so"
like "$(grep "member: $(job_id a2)" "$(whole one)")" "^--- \{member: $(job_id a2), time: .*waits: \[\{job: $(job_id second), when: ok\}\]\}" "its file has the ids"
ends first completed 'exit: 0'
once
is "$(phases a1 a2 a3)" "pending pending pending " "for all of that"
like "$(last_line "$(job_id a1)")" "waits: \[\]" "one of them has what it waited for"
ends second completed 'exit: 0'
once
is "$(phases a1 a2 a3)" "waiting waiting waiting " "then all go together"
for name in a1 a2 a3; do ends $name completed 'exit: 0'; done

drop third 'retries: 0'
once
transact two '' "$(member b1 'after: [third]'; member b2)"
transact three 'cancel: one' "$(member c1 'after: [third]'; member c2)"
transact four '' "$(member d1 'after: [{job: third, when: failed}]'; member d2)"
transact five '' "$(member e1; member e2 'after: [e1]')"
transact six '' "$(member f1; member f2 'after: [nobody]')"
once
is "$(phases b1 b2 c1 c2 d1 d2)" "pending pending pending pending pending pending " "all wait"
like "$(reason five)" '^five.yaml:5:.*after: "e1" is a job of the same transaction, and all of them begin together' \
	"one that waits for another of them is refused, with its place"
like "$(reason six)" '^six.yaml:5:.*after: .*nobody' "and one that waits for none that is there"
ends third failed 'cause: job'
once
is "$(phases b1 b2)" "cancelled cancelled " "what cannot come true any more cancels all"
like "$(last_line "$(job_id b2)")" "text: .*it was to run after job $(job_id third) has completed, and that is failed" "and says why"
is "$(phases c1 c2)" "cancelled waiting " "or one of them, where each goes alone"
is "$(phases d1 d2)" "waiting waiting " "a failure may be what was waited for"
for name in c2 d1 d2; do ends $name completed 'exit: 0'; done
once

drop fourth
once
for when in 1 2 3 4; do
	transact "k$when" '' "$(member "s$when" 'after: [fourth]'; member "t$when" 'after: [fourth]')"
	kill_at fdatasync,fsync,syncfs "$when"
	once
	is "$(phases "s$when" "t$when")" "pending pending " "killed at flush $when: both wait"
	is "$(grep -c 'waits: \[{job' "$(file "$(job_id "t$when")")")" 1 "for what was meant"
done
# A member that is made at a start waits for the job that its word meant then.
transact seven '' "$(member g1 'after: [fourth]'; member g2 'after: [fourth]')"
once
meant=$(job_id fourth)
rm "$(file "$(job_id g2)")"
drop fourth 'priority: 3'
once
once
like "$(cat "$(file "$(job_id g2)")")" "waits: \[\{job: $meant, when: ok\}\]" "made anew, it waits for the same"
say north "{report: $meant, attempt: 1, phase: completed, time: $(now), exit: 0}"
once
is "$(phases s1 t2 g1 g2)" "waiting waiting waiting waiting " "and goes on with the others"

# --- auth -----------------------------------------------------------------------------------------

cat >check <<'SH'
#!/bin/sh
words=$(sed -n 's/.*word: *\([a-z]*\).*/\1/p')
echo "$words" >>"${0%/*}/asked"
case $words in
sesame) echo "CN=Ali Baba" ;;
later) [ -e "${0%/*}/up" ] && echo "CN=Late" || exit 75 ;;
*) echo "the word is not $words"; exit 1 ;;
esac
SH
chmod +x check
cat >>s/config.yaml <<END
auth: {methods: {magic: {check: $TMP/check, timeout: PT30S}}}
END
word() { echo "auth: {type: magic, spec: {word: $1}}"; }
transact eight '' "$(member h1 "$(word sesame)"; member h2 "$(word sesame)"; member h3)"
transact nine '' "$(member i1 "$(word sesame)"; member i2 "$(word please)")"
transact ten '' "$(member j1 "$(word sesame)"; member j2 "$(word later)")"
once
is "$(phases h1 h2 h3)" "waiting waiting waiting " "jobs that a program accepts go, together"
like "$(record h2)" 'auth: magic, identity: "?CN=Ali Baba' "with what it said"
unlike "$(record h3)" 'identity' "but only those that asked for it"
is "$(sort asked | tr '\n' ' ')" "later please sesame sesame sesame " "jobs that say the same are asked about once"
like "$(reason nine)" '^nine.yaml:5:.*auth: magic: the word is not please' "one that it refuses takes all along, with its place"
ok "nothing is left of them" test -z "$(job_id i1)"
ok "one that it cannot tell about yet keeps all in the inbox" test -e s/inbox/ten.yaml
: >up
once
is "$(phases j1 j2)" "waiting waiting " "until it can"
like "$(record j2)" 'identity: "?CN=Late' "each with its own answer"
transact eleven 'same: site' "$(member l1 "$(word sesame), resources: {compute: {min-cores: 30}}"; member l2 "$(word sesame)")"
once
is "$(phases l1 l2)" "pending pending " "others wait for room"
rm "$(file "$(job_id l2)")"
: >asked
once
like "$(record l2)" 'identity: "?CN=Ali Baba' "one that is made anew at a start keeps what was said of it"
is "$(cat asked)" "" "and nobody is asked again"

done_testing
