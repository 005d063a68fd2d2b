#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# How jobs end: at home, late, elsewhere, cancelled, failed, archived.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

lines() { grep -c "$2" "$(file "$1")"; }

# --- leases: a site that stays silent ---------------------------------------------------

# Short only while somebody has to be given up: a start begins every lease anew.
lease() { stop "$HUB"; echo "lease: $1" >s/config.yaml; serve; }
hub 'lease: PT2S'
site north
site south
drop long 'placement: {sites: [north, south], tags: {prefer: [x]}}'
once
ID=$(job_id long)
first=north second=south
told south "assign: $ID" && first=south second=north
ok "a job is with a site" told $first "assign: $ID, attempt: 1,"
say $first "$(report "$ID" 1 running)"
once
is "$(phase "$ID")" running "which has begun"
serve
talks() { say "$second" "{site: $second} .site.$second"; [ "$(site_of long)" = "$second" ]; }
talks_and_has() { talks && in_phase "$ID" waiting; }
ok "when it says no more, another that does gets the job" wait_until 20 talks
lease PT1H
ok "and has it" wait_until 20 talks_and_has
n=$(given long attempt)
ok "which it is told" wait_until 20 told $second "assign: $ID, attempt: $n,"
ok "and it is told to stop" wait_until 5 told $first "cancel: $ID, attempt: 1, reason: \"?the lease ran out"
like "$(grep 'phase: pending' "$(file "$ID")")" "attempt: 1, from: $first, cause: site, text: \"the site has been silent" \
	"the file tells why"
say $second "$(report "$ID" "$n" running)"
ok "the further attempt runs" wait_until 5 in_phase "$ID" running

# It was not dead: its result comes home first.
say $first "$(report "$ID" 1 completed ", exit: 0, files: [$(printf 'first' | payload $first p stdout)]")"
ok "a late result of the first counts" wait_until 5 in_phase "$ID" completed
is "$(cat "s/results/$ID/stdout")" first "with what it brings"
like "$(last_line "$ID")" "phase: completed, .*site: $first, attempt: 1, .*exit: 0" "and the file tells whose it is"
ok "the first may forget it" wait_until 5 told $first "settle: $ID, attempt: 1"
ok "the second is told to stop" wait_until 5 told $second "cancel: $ID, attempt: $n"
say $second "$(report "$ID" "$n" completed ", exit: 0, files: [$(printf 'second' | payload $second p stdout)]")"
ok "what it brings after all" wait_until 5 told $second "settle: $ID, attempt: $n"
is "$(cat "s/results/$ID/stdout")" first "changes nothing"
is "$(lines "$ID" 'phase: completed')" 1 "a job completes once"
is "$(find s/results -name '.*' -not -path s/results | wc -l)" 0 "and nothing is left over"

# The same while nobody has it.
drop waits "placement: {sites: [$first]}"
ID=
ok "another job" wait_until 5 taken waits
ID=$(job_id waits)
say $first "{site: $first} .site.$first"
ok "is assigned" wait_until 5 told $first "assign: $ID, attempt: 1,"
lease PT2S
ok "given up" wait_until 12 in_phase "$ID" pending
lease PT1H
say $first "$(report "$ID" 1 running)"
ok "the site, back again, is told so or has it again" wait_until 5 told $first "(cancel: $ID, attempt: 1|assign: $ID, attempt: 2)"
say $first "$(report "$ID" 1 completed ', exit: 3')"
ok "and its result is good" wait_until 5 in_phase "$ID" completed
like "$(last_line "$ID")" "site: $first, attempt: 1, exit: 3" "as what it is"
stop "$HUB"
ok "all can be taken up again" once
is "$(phase "$ID")" completed "and is where it was"

# A job that was offered anew when its first result comes.
rm -rf s
hub 'lease: PT1S'
site north 'interval: PT1S'
drop asked $'accept: ask\nplacement: {sites: [north]}'
once
ID=$(job_id asked)
is "$(phase "$ID")" offered "a job is offered"
printf 'command: accept\njob: %s\noffer: 1\n' "$ID" >s/inbox/accept.yaml
once
is "$(phase "$ID")" waiting "accepted"
serve
ok "given up" wait_until 12 grep -rq 'phase: pending' s/jobs
lease PT1H
say north "{site: north} .site.north"
ok "and offered anew" wait_until 8 in_phase "$ID" offered
say north "$(report "$ID" 1 completed ', exit: 0')"
ok "the first result counts here as well" wait_until 5 in_phase "$ID" completed
is "$(find s/offers/offered -type f | wc -l)" 0 "and the offers are closed"
ok "spoold lives" stop "$HUB"

# --- cancelling ------------------------------------------------------------------------------

rm -rf s
hub
cancel() { printf 'command: cancel\njob: %s\nreason: %s\n' "$1" "${2-enough}" >s/inbox/cancel-"$1".yaml; }
drop p
once
ID=$(job_id p)
cancel "$ID"
once
is "$(phase "$ID")" cancelled "a job that waits is cancelled at once"
like "$(last_line "$ID")" 'phase: cancelled, .*by: "uid [0-9]+", text: enough' "by whom and why"
cancel "$ID"
once
is "$(phase "$ID")" cancelled "a second time is the same"

site north
drop q
once
ID=$(job_id q)
cancel "$ID" "no more"
once
is "$(phase "$ID")" waiting "a job at a site is the site's to end"
ok "it is told" told north "cancel: $ID, attempt: 1, reason: \"no more\""
say north "$(report "$ID" 1 cancelled)"
once
is "$(phase "$ID")" cancelled "then it is"

drop r
once
ID=$(job_id r)
cancel "$ID"
once
say north "$(report "$ID" 1 failed ', signal: 15, cause: site')"
once
is "$(phase "$ID")" cancelled "one that failed while it was being cancelled is not tried again"
drop t
once
ID=$(job_id t)
cancel "$ID"
once
say north "$(report "$ID" 1 completed ', exit: 0')"
once
is "$(phase "$ID")" completed "one that was faster is completed"
drop u
once
ID=$(job_id u)
printf 'command: cancel\njob: %s\nattempt: 7\n' "$ID" >s/inbox/stale.yaml
once
like "$(reason stale)" "the command means attempt 7 of job $ID, which is at attempt 1" "a stale command is refused"
printf 'command: cancel\njob: 01939a3c-0000-7000-8000-0000000000aa\n' >s/inbox/none.yaml
once
like "$(reason none)" "there is no job 01939a3c-0000-7000-8000-0000000000aa" "so is one for nobody's job"
say north "$(report "$ID" 1 completed ', exit: 0')"
once

# --- failing -------------------------------------------------------------------------------------

site south
drop blame 'placement: {sites: [north, south]}'
once
ID=$(job_id blame)
for n in 1 2 3 4 5; do
	at=$(tail -n 1 "$(file "$ID")" | sed -n 's/.*site: \([a-z]*\), attempt.*/\1/p')
	say "$at" "$(report "$ID" $n failed ', cause: site, text: "no disk"')"
	once
	sites+="$at "
done
like "$sites" "north south |south north " "what fails for the site's sake is tried elsewhere"
is "$(phase "$ID")" failed "but not for ever"
like "$(last_line "$ID")" 'attempt: 5, cause: site, text: "no disk"' "in the end it has failed"
like "$(grep 'phase: pending' "$(file "$ID")" | head -n 1)" "from: (north|south), cause: site, .*text: \"no disk\"" "each attempt tells why"

drop own 'placement: {sites: [north]}'
once
ID=$(job_id own)
say north "$(report "$ID" 1 failed ', exit: 1, cause: job, text: "it says 1"')"
once
is "$(phase "$ID")" failed "what fails by itself has failed"
like "$(last_line "$ID")" 'exit: 1, cause: job, .*text: "it says 1"' "as it says"
drop again $'placement: {sites: [north]}\nretries: 2'
once
ID=$(job_id again)
for n in 1 2 3; do
	is "$(phase "$ID")" waiting "a job that may be tried again, attempt $n"
	say north "$(report "$ID" $n failed ', exit: 1, cause: job')"
	once
done
is "$(phase "$ID")" failed "is failed after that"
is "$(lines "$ID" 'phase: waiting')" 3 "three attempts"

# --- the archive --------------------------------------------------------------------------------------

rm -rf s
hub
site north
for name in x y z; do drop $name; done
once
X=$(job_id x) Y=$(job_id y) Z=$(job_id z)
say north "$(report "$X" 1 completed ", exit: 0, files: [$(printf 'words' | payload north p stdout), $(printf 'deep' | payload north q out/a/b)]")
$(report "$Y" 1 failed ', exit: 1, cause: job')"
once
ok "jobs have ended" test "$(phase "$X") $(phase "$Y") $(phase "$Z")" = "completed failed waiting"
story=$(cat "$(file "$X")")
day=$(date -u +%Y/%m-%d)
echo 'archive: {after: PT1S}' >s/config.yaml
archived() { once && [ -z "$(file "$X")$(file "$Y")" ]; }
ok "after a while they are out of the way" wait_until 10 archived
archive=$(find s/archive -name '*.tar.zst')
like "$archive" "^s/archive/($day|$(date -u +%Y/%m-%d))[.0-9]*.tar.zst$" "in the archive of the day"
unpack() { zstd -dcq "$archive" | tar -x -C out; }
mkdir out
ok "that any tar can read" unpack
is "$(cd out && find . -type f | sort)" "./jobs/completed/$X.yaml
./jobs/failed/$Y.yaml
./results/$X/out/a/b
./results/$X/stdout" "with their results"
is "$(cat "out/jobs/completed/$X.yaml")" "$story" "as they were"
is "$(cat "out/results/$X/out/a/b")" deep "byte for byte"
ok "results have gone from results/" test ! -e "s/results/$X"
is "$(phase "$Z")" waiting "what has not ended stays"
is "$(stat -c %a "$archive")" 600 "not everybody reads it"
say north "$(report "$X" 1 completed ', exit: 0')
$(report "$Y" 1 running)"
once
ok "a site that tells of them again may forget them" told north "settle: $X, attempt: 1"
ok "and is told to stop" told north "cancel: $Y, attempt: 1"
is "$(file "$X")$(file "$Y")" "" "they do not come back"
is "$(head -n 1 "$(find s/accounting -name '*.csv')" | tr ',' '\n' | wc -l)" \
	"$(tail -n 1 "$(find s/accounting -name '*.csv')" | tr ',' '\n' | wc -l)" "accounting/ keeps a line of each"

done_testing
