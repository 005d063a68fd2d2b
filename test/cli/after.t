#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Jobs that wait until others have ended.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"


hub
site north
drop first
once
A=$(job_id first)
drop ok-id "after: $A"
drop ok-name 'after: first'
drop any 'after: {job: first, when: any}'
drop failed 'after: [{job: first, when: failed}]'
drop chain 'after: failed'
drop both $'after:\n- first\n- {job: ok-id, when: any}'
once
for name in ok-id ok-name any failed chain both; do
	is "$(phase "$(job_id $name)")" pending "$name waits"
done
like "$(last_line "$(job_id both)")" "waits: \[\{job: $A, when: ok\}, \{job: $(job_id ok-id), when: any\}\], time: " \
	"its file says for what"
say north "$(report "$A" 1 running)"
once
is "$(count pending)" 6 "also while the other runs"
say north "$(report "$A" 1 completed ', exit: 0')"
once
for name in ok-id ok-name any; do
	is "$(phase "$(job_id $name)")" waiting "when it has completed, $name goes on"
	like "$(cat "$(file "$(job_id $name)")")" "waits: \[\], time: " "and its file says so"
done
like "$(last_line "$(job_id failed)")" "phase: cancelled, .*text: \"it was to run after job $A has failed, and that is completed" \
	"what cannot come true any more is cancelled with the reason"
like "$(last_line "$(job_id chain)")" "phase: cancelled, .*text: \"it was to run after job $(job_id failed) has completed, and that is cancelled" \
	"and so is what waits for that"
is "$(phase "$(job_id both)")" pending "one of two is not enough"
say north "$(report "$(job_id ok-id)" 1 failed ', exit: 1, cause: job')"
once
is "$(phase "$(job_id both)")" waiting "both are"

# --- what cannot be said --------------------------------------------------------------

drop nobody 'after: there-is-no-such'
drop unknown 'after: 01a20151-12bc-7242-8de6-df494b190438'
drop later 'after: later'
once
like "$(reason nobody)" 'there is no job of yours with the name "there-is-no-such"' "a name that nobody has is refused"
like "$(reason unknown)" "there is no job 01a20151-12bc-7242-8de6-df494b190438" "so is an id"
like "$(reason later)" 'there is no job of yours with the name "later"' "and a job cannot wait for itself"
if [ "$(id -u)" = 0 ]; then
	drop theirs "after: $A"
	chown nobody s/inbox/theirs.yaml
	once
	like "$(reason theirs)" "belongs to somebody else" "nor for somebody else's"
fi

# --- what had ended, also long ago ------------------------------------------------------

drop at-once "after: [first, {job: failed, when: failed}]"
once
is "$(phase "$(job_id at-once)")" waiting "what has ended already is not waited for"
printf 'archive: {after: 0}\n' >s/config.yaml
once
is "$(count completed)" 0 "they go to archive/"
like "$(cat s/archive/*/*.list)" "$A completed $(id -u) [^ ]+ north first" "with a list"
printf '# nothing\n' >s/config.yaml
drop archived "after: $A"
drop archived-not "after: {job: $A, when: failed}"
once
is "$(phase "$(job_id archived)")" waiting "one that is archived is found by its id"
is "$(phase "$(job_id archived-not)")" cancelled "with its phase"

# --- stopped and started -----------------------------------------------------------------

drop long
once
L=$(job_id long)
drop rest "after: $L"
drop rest-failed "after: {job: $L, when: failed}"
once
once
is "$(phase "$(job_id rest)")" pending "after a start it waits as before"
# As a kill leaves it: the other has ended, and those that waited were not told.
printf -- '--- {phase: completed, time: %s, site: north, attempt: 1, exit: 0}\n' "$(now)" >>"$(file "$L")"
once
is "$(phase "$L")" completed "an end that was cut short"
is "$(phase "$(job_id rest)")" waiting "is seen by those that waited"
is "$(phase "$(job_id rest-failed)")" cancelled "all of them"

# --- and by hand ----------------------------------------------------------------------------

drop slow
once
drop waits 'after: slow'
drop gone 'after: slow'
once
instruct "{command: hold, job: $(job_id waits)}"
instruct "{command: cancel, job: $(job_id gone)}"
once
is "$(phase "$(job_id gone)")" cancelled "one that waits can be cancelled"
say north "$(report "$(job_id slow)" 1 completed ', exit: 0')"
once
is "$(phase "$(job_id waits)")" pending "one that is held stays so"
instruct "{command: release, job: $(job_id waits)}"
once
is "$(phase "$(job_id waits)")" waiting "until it is released"
drop fails
once
drop afterwards 'after: fails'
once
say north "$(report "$(job_id fails)" 1 failed ', exit: 1, cause: job')"
once
is "$(phase "$(job_id afterwards)")" cancelled "what waited for a failure is cancelled"
instruct "{command: retry, job: $(job_id fails)}"
once
instruct "{command: retry, job: $(job_id afterwards)}"
once
is "$(phase "$(job_id afterwards)")" pending "tried again after the other, it waits again"
say north "$(report "$(job_id fails)" 2 completed ', exit: 0')"
once
is "$(phase "$(job_id afterwards)")" waiting "and goes on"

# --- many ----------------------------------------------------------------------------------

rm -rf s
hub
site north 'pull: {jobs: 1}'
drop root
once
for i in $(seq 300); do
	drop "m$i" 'after: root'
	drop "n$i" "after: {job: root, when: failed}"
done
drop c0 'after: n1'
once
for i in $(seq 60); do drop "c$i" "after: c$((i - 1))"; sleep 0.005; done
once
is "$(count pending)" 661 "many wait"
say north "$(report "$(job_id root)" 1 completed ', exit: 0')"
once
is "$(count cancelled),$(count pending),$(count waiting)" 361,299,1 "and all are seen to"

done_testing
