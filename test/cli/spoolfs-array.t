#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# An array in the mount: its status tells how far it is.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

task() { job_id "many\\.$1"; }				# INDEX
tasks() { sed -n 's/^tasks: //p' "m/jobs/$A/status"; }
says() { [ "$(tasks)" = "$1" ]; }

hub
view
site north
serve
drop many $'array: 1-9%4\n'
wait_until 20 taken many
A=$(job_id many)
wait_until 20 test -e "m/jobs/$A/status"
like "$(tasks)" '^\{to come: 9\}$|waiting: 4' "at first all tasks are to come"
wait_until 20 told north 'name: many.4,'
ok "it is pending" wait_until 20 test -L "m/by-phase/pending/$A"
like "$(cat "m/jobs/$A/status")" $'\nphase: pending\n' "while no task has begun"
say north "$(report "$(task 2)" 1 running)"
ok "it is listed where it belongs as soon as one runs" wait_until 20 test -L "m/by-phase/running/$A"
ok "and no more where it was" test ! -e "m/by-phase/pending/$A"
like "$(grep "^$A" m/queue)" "^$A +many +[a-z]+ +running " "the queue says so, too"
stop "$HUB"
serve
say north "$(report "$(task 1)" 1 completed ', exit: 0')
$(report "$(task 2)" 1 running)
$(report "$(task 3)" 1 failed ', exit: 1, cause: job')"
ok "how many are in which phase" wait_until 60 says '{to come: 3, waiting: 3, running: 1, completed: 1, not completed: 1}'
like "$(cat "m/jobs/$A/status")" $'\nphase: running\n' "an array runs from its first task on"
like "$(cat "m/jobs/$A/status")" $'\ncounted: 20[0-9T:.-]+Z' "it is said when they were counted"
is "$(cat "m/jobs/$A/why")" "Its tasks are under way." "and why it has not ended"
is "$(phase "$A")" pending "its file waits for the end of them all"
like "$(grep -h under-way: "$(file "$A")" | tail -n 1)" 'array: 9, todo: "6-8", live: "1,3-5", bad: "2", under-way: \{waiting: 3, running: 1\}, time: ' \
	"which its file says now and then"

# --- one task, made or not ---------------------------------------------------------------------

unmade() { cat "m/jobs/$A.$1/$2"; }			# INDEX FILE
phase_of() { [ "$(sed -n 's/^phase: //p' "m/jobs/$A.$1/status")" = "$2" ]; }	# INDEX PHASE
is "$(readlink "m/jobs/$A.2")" "$(task 2)" "a task that is made is a link to its own directory"
like "$(cat "m/jobs/$A.2/status")" $'\nphase: running\n' "and can be read by its index"
is "$(ls "m/jobs/$A.7")" $'status\nwhy' "one that is not made yet is a directory"
is "$(unmade 7 status | sed 's/^submitted: .*/submitted: then/')" "id: $(sed -n 's/^id: //p' "m/jobs/$A.7/status")
name: many.7
owner: $(id -un)
uid: $(id -u)
phase: pending
submitted: then
array: $A
index: 7" "which says that it is pending"
is "$(stat -c %s "m/jobs/$A.7/why")" "$(unmade 7 why | wc -c)" "sizes are right"
like "$(unmade 7 why)" "It is not made yet" "and why"
ok "what has no such index is not there" test ! -e "m/jobs/$A.10"
ok "nor an index in other words" test ! -e "m/jobs/$A.07"
ok "nor the task of what is no array" test ! -e "m/jobs/$(task 2).1"
# shellcheck disable=SC2010,SC2012
is "$(ls m/jobs | grep -c '\.')" 0 "they are not listed"
exits 1 "it is its owner's" nobody cat "m/jobs/$A.7/status"
hidden=$(sed -n 's/^id: //p' "m/jobs/$A.7/status")
printf '{command: hold, name: many.8}\n' >s/inbox/h.yaml
says_held() { unmade 8 why | grep -q "It is held"; }
ok "one that is held says so" wait_until 20 says_held
like "$(tasks)" '^\{to come: 2, held: 1, ' "and is counted"
ok "rmdir" rmdir "m/jobs/$A.9"
ok "cancels one that is not made" wait_until 20 phase_of 9 cancelled
like "$(unmade 9 why)" "It was cancelled before it was made" "and says so"
say north "$(report "$(task 2)" 1 completed ', exit: 0')"
made() { [ "$(readlink "m/jobs/$A.7")" = "$hidden" ]; }
ok "when it is made it is a link" wait_until 20 made
like "$(cat "m/jobs/$A.7/status")" $'\nphase: (pending|waiting)\n' "and its status is its own"
printf '{command: cancel, name: many}\n' >s/inbox/c.yaml
ok "the other tasks" wait_until 20 told north "cancel: $(task 4), attempt: 1"
lines=
for i in 4 5 6 7; do lines+="$(report "$(task $i)" 1 cancelled)"$'\n'; done
say north "${lines%$'\n'}"
ok "end with it" wait_until 20 in_phase "$A" cancelled
ok "and are counted to the last" wait_until 20 says '{to come: 0, held: 1, completed: 2, not completed: 6}'
like "$(unmade 8 status)" $'\nphase: cancelled\n' "what was never made ended with its array"
stop "$HUB"
done_testing
