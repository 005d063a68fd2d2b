#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many tasks in one request.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

task() { job_id "$1\\.$2"; }					# ARRAY INDEX
record() { head -n 1 "$(file "$1")"; }				# ID
indices() {	# PHASE	of the tasks there
	sed -n 's/^--- {job: .*, index: \([0-9]*\).*/\1/p' s/jobs/"$1"/*.yaml 2>/dev/null | sort -n | paste -sd ' '
}
end_all() {	# SITE PHASE	of what is waiting
	local f lines=
	for f in s/jobs/waiting/*.yaml; do
		[ -e "$f" ] || return
		f=${f##*/}
		lines+=$(report "${f%.yaml}" "$(sed -n 's/.*phase: waiting,.* attempt: \([0-9]*\).*/\1/p' "s/jobs/waiting/$f" | tail -n 1)" "$2" ', exit: 0, cause: job')$'\n'
	done
	say "$1" "${lines%$'\n'}"
}

hub
site north 'pull: {jobs: 10}'
drop few $'array: 1-9:2,20%3\n'
# The index is filled in by spoold.
# shellcheck disable=SC2016
sed -i 's/\["true"\]/[echo, "${index} of ${index}"]/' s/inbox/few.yaml
once
A=$(job_id few)
is "$(phase "$A")" pending "an array is pending"
is "$(indices waiting)" "1 3 5" "as many tasks as it says are given away"
is "$(files | wc -l)" 4 "and the others have no files"
like "$(record "$A")" "tasks: 6, bytes" "its record says how many there are"
like "$(record "$(task few 3)")" "name: \"?few.3\"?, .*, array: $A, index: 3, bytes" "a task's, whose it is and which"
like "$(cat "$(file "$(task few 3)")")" 'command: \[echo, "3 of 3"\]' "the index is filled in"
like "$(down north)" "name: few.5, .*, index: 5, bytes" "and told to the site"
once
is "$(indices waiting)" "1 3 5" "a restart makes no more"
say north "$(report "$(task few 3)" 1 completed ', exit: 0')"
once
is "$(indices waiting)" "1 5 7" "when one has ended there is room for the next"
like "$(grep -h begun: "$(file "$A")")" 'todo: "[0-9,-]*", live: .*, begun: true' "its file says at once that the array has begun"
end_all north completed
once
is "$(indices waiting)" "9 20" "then come the last"
once
end_all north completed
once
is "$(phase "$A")" completed "it has completed when all have"
like "$(last_line "$A")" 'phase: completed, .*array: 6, todo: "", live: "", bad: ""' "and its file says so"
is "$(count completed)" 7 "each is a job of its own"

# --- failures, and again ---------------------------------------------------------------

drop again $'array: 0-4\n'
once
A=$(job_id again)
say north "$(report "$(task again 1)" 1 failed ', exit: 1, cause: job')
$(report "$(task again 3)" 1 failed ', exit: 1, cause: job')"
once
is "$(phase "$A")" pending "a task may fail"
end_all north completed
once
is "$(phase "$A")" failed "then its array fails, when all have ended"
like "$(last_line "$A")" 'bad: "1,3", text: "2 of 5 tasks did not complete"' "and tells how many"
instruct "{command: retry, job: $A}"
once
is "$(phase "$A")" pending "it can be tried again"
is "$(indices waiting)" "1 3" "with the tasks that did not complete"
once
is "$(indices waiting)" "1 3" "no more after a restart"
is "$(grep -c 'attempt: 2' "$(file "$(task again 3)")")" 1 "they go on with their own files"
end_all north completed
once
is "$(phase "$A")" completed "and so it completes"
drop torn $'array: 0-2\n'
once
A=$(job_id torn)
say north "$(report "$(task torn 0)" 1 failed ', exit: 1, cause: job')
$(report "$(task torn 1)" 1 failed ', exit: 1, cause: job')"
end_all north completed
once
is "$(phase "$A")" failed "tasks of another fail"
echo 'not a job' >"$(file "$(task torn 0)")"
instruct "{command: retry, job: $A}"
once
is "$(indices waiting)" "1" "one whose file was spoiled does not keep the other from being tried again"
like "$(cat .once)" "a task of an array cannot be tried again: .*$(task torn 0)" "but it is said"
end_all north completed
once
like "$(last_line "$A")" 'phase: failed, .*bad: "0"' "and it stays what it was"

# --- by hand ------------------------------------------------------------------------------

drop held $'array: 1-4%2\n'
once
A=$(job_id held)
instruct "{command: hold, job: $A}"
once
end_all north completed
once
is "$(indices waiting)" "" "of one that is held no more tasks are made"
instruct "{command: release, job: $A}"
once
is "$(indices waiting)" "3 4" "until it is released"
instruct "{command: cancel, job: $(task held 3)}"
once
ok "a task is cancelled" told north "cancel: $(task held 3), attempt: 1"
instruct "{command: cancel, job: $A}"
once
ok "the array is cancelled, and with it what is under way" told north "cancel: $(task held 4), attempt: 1"
is "$(phase "$A")" pending "it waits for that"
end_all north cancelled
once
is "$(phase "$A")" cancelled "and is cancelled then"
drop none $'array: 1-100000\n'
drop never $'array: 1-100000\nplacement: {sites: [nowhere]}\n'
mv s/inbox/none.yaml .none
once
is "$(phase "$(job_id never)")" failed "an array that no site can run is a NO"
like "$(last_line "$(job_id never)")" "the job does not name this site" "with the reasons"
is "$(find s/jobs -name '*.yaml' -exec grep -l '^--- {job: .*name: "*never\.1' {} + | wc -l)" 0 "without a task"

# --- tasks that are not made yet ------------------------------------------------------------------

rm -rf s
hub
site north 'pull: {jobs: 10}'
drop plan $'array: 1-9%2\n'
once
A=$(job_id plan)
drop by-id "after: $A.8"
drop by-name 'after: plan.9'
drop by-failure 'after: [{job: plan.7, when: failed}]'
drop no-such "after: $A.10"
drop no-such-name 'after: plan.x'
once
is "$(indices waiting)" "1 2" "two tasks are made"
like "$(reason no-such)" "after: job $A has no task with the index 10" "an index that the array has not is refused"
like "$(reason no-such-name)" 'there is no job of yours with the name \"plan.x\"' "so is a word"
like "$(last_line "$(job_id by-id)")" "waits: \[\{job: [0-9a-f-]*, when: ok, array: $A, index: 8\}\]" "what waits for one that is not made says which"
once
is "$(phase "$(job_id by-id)") $(phase "$(job_id by-name)")" "pending pending" "and waits, also after a start"
instruct "{command: cancel, job: $A, index: 7, reason: not wanted}"
instruct "{command: cancel, name: plan.6}"
instruct "{command: cancel, name: plan, index: 5}"
instruct "{command: hold, name: plan, index: 4}"
once
ok "one that is not made can be held" test ! -e s/rejected/command-$commands.reason
like "$(grep -h held-task: "$(file "$A")")" "todo: \"2,7-8\", live: \"0-1\", bad: \"4-6\", held: \"3\", .*held-task: 4, by: .uid 0" "its array's file says so"
instruct "{command: retry, name: plan, index: 4}"
once
like "$(cat s/rejected/command-$commands.reason)" "task 4 of the array is not made yet; it can only be cancelled, held or released" "but not tried again"
instruct "{command: release, name: plan, index: 4}"
once
like "$(grep -h cancelled: "$(file "$A")")" "todo: \"2-5,7-8\".*, bad: \"6\", .*cancelled: 7, by: .uid 0., text: .not wanted" "it is cancelled in the array's file"
like "$(grep -h cancelled: "$(file "$A")" | tail -n 1)" "todo: \"2-3,7-8\".*, bad: \"4-6\"" "by its name as well"
is "$(phase "$(job_id by-failure)")" waiting "and who waits for that to fail goes on"
end_all north completed
once
instruct "{command: hold, name: plan}"
once
end_all north completed
once
is "$(indices waiting)" "" "an array is held by its name"
instruct "{command: release, name: plan}"
once
is "$(indices waiting)" "8 9" "and released; what was cancelled is not made"
is "$(phase "$(job_id by-id)") $(phase "$(job_id by-name)")" "pending pending" "those after it wait still"
end_all north completed
once
is "$(phase "$(job_id by-id)") $(phase "$(job_id by-name)")" "waiting waiting" "until their tasks have completed"
is "$(phase "$A")" failed "an array with cancelled tasks has not completed"
instruct "{command: retry, job: $A}"
once
is "$(indices waiting)" "5 6" "to try it again makes them"
drop after-made 'after: plan.5'
instruct "{command: cancel, name: plan}"
once
drop none $'array: 1-9%1\n'
once
drop after-none 'after: none.9'
once
instruct "{command: cancel, name: none}"
once
end_all north cancelled
once
is "$(phase "$(job_id after-none)")" cancelled "who waits for one that will never be made is cancelled"
like "$(last_line "$(job_id after-none)")" 'it was to run after job .* has completed, and that is cancelled' "with the reason"
is "$(phase "$(job_id after-made)")" cancelled "as for one that was"

# --- one task held -----------------------------------------------------------------------------

drop hold $'array: 1-6%2\n'
once
A=$(job_id hold)
instruct "{command: hold, name: hold.4}"
instruct "{command: hold, job: $A, index: 5}"
instruct "{command: cancel, name: hold.5}"
once
end_all north completed
once
is "$(indices waiting)" "3 6" "what is held is passed over, also after a start"
end_all north completed
once
is "$(phase "$A") $(indices pending) $(indices waiting)" "pending  " "its array waits for it, and it has no file"
instruct "{command: release, name: hold.4}"
once
is "$(indices waiting)" "4" "released it is made"
end_all north completed
once
like "$(last_line "$A")" 'phase: failed, .*todo: "", live: "", bad: "4", text' "then the array ends"
drop holds $'array: 1-4%1\n'
once
A=$(job_id holds)
instruct "{command: hold, name: holds.2}"
instruct "{command: hold, name: holds.3}"
once
instruct "{command: release, name: holds}"
once
end_all north completed
once
is "$(indices waiting)" "2" "to release the array releases each of its tasks"
instruct "{command: hold, name: holds}"
once
instruct "{command: release, name: holds.4}"
once
like "$(cat s/rejected/command-$commands.reason)" "the whole array is held; release that" "of one that is held no single task is released"
instruct "{command: hold, name: holds.4}"
once
instruct "{command: cancel, name: holds}"
once
end_all north cancelled
once
is "$(phase "$A")" cancelled "what is held does not keep a cancelled array"

# --- a million ----------------------------------------------------------------------------------

rm -rf s
hub
site north 'pull: {jobs: 1000}'
drop million $'array: 0-999999%5\n'
drop after-all 'after: million'
once
M=$(job_id million)
is "$(files | wc -l)" 7 "a million tasks cost as many files as are under way"
for i in 1 2 3; do
	end_all north completed
	once
done
is "$(indices waiting)" "15 16 17 18 19" "they follow one another"
is "$(phase "$(job_id after-all)")" pending "what comes after the array waits for all of it"
printf 'archive: {after: 0}\n' >s/config.yaml
once
like "$(cat "$(file "$M")")" 'array: 1000000, todo: "20-999999", live: "15-19", bad: ""' "before tasks are archived the file says how far it is"
is "$(count completed)" 0 "they are"
once
is "$(indices waiting)" "15 16 17 18 19" "and are not made again"
instruct "{command: cancel, job: $M}"
once
end_all north cancelled
once
is "$(find s/jobs -name "$M.yaml" | wc -l)" 0 "cancelled, it goes as a whole"
like "$(cat s/archive/*/*.list)" "$(job_id after-all) cancelled" "and what waited for it"

# --- killed again and again --------------------------------------------------------------

rm -rf s
hub
site north 'pull: {jobs: 100}'
drop tough $'array: 1-60%4
'
most=0
for ((i = 0; i < 200; i++)); do
	spoold s >>.log 2>&1 &
	pid=$!
	sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
	kill -9 $pid
	wait $pid 2>/dev/null
	live=$(($(count waiting) + $(count pending) - $(find s/jobs/pending -name '*.yaml' -exec grep -l 'tasks: 60' {} + | wc -l)))
	[ $live -le $most ] || most=$live
	[ "$(count completed)" -lt 61 ] || break
	end_all north completed
done
# On a machine where few of them came far, the rest without kills.
goes_on() { end_all north completed; once; [ "$(count completed)" = 61 ]; }
# Each turn ends four of them: so many turns are enough, however long they take.
all_end() { local i; for ((i = 0; i < 40; i++)); do goes_on && return; done; return 1; }
ok "it ends in the end" all_end
is "$most" 4 "never are more under way than it says"
is "$(indices completed)" "$(seq 60 | paste -sd ' ')" "and each task is there once, whenever spoold was killed"
is "$(down north | grep -c 'attempt: [2-9]')" 0 "none was given away twice"

# --- what cannot be ---------------------------------------------------------------------------------

drop input $'array: 1-2\nresources: {storage: [{name: a, type: dataset, dataset: "x${index}"}]}\n'
once
ok "tasks that sites would have to tell apart are refused" rejected input

done_testing
