#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A site that fails jobs of many kinds is set aside, and tried with one.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"


id=()
hub 'policy: {canary: PT1H}'
site north 'pull: {jobs: 20}'
serve
for i in 1 2 3 4; do drop "k$i" "priority: $i"; done
for i in 1 2 3 4; do ok "job $i is with the site" wait_until 10 told north "name: k$i,"; done
for i in 1 2 3 4; do id[i]=$(job_id "k$i"); done
fail() { say north "$(report "${id[$1]}" "$2" failed ', cause: site')"; }
fail 1 1
ok "a failure of the site's is made good by another attempt" wait_until 10 told north "assign: ${id[1]}, attempt: 2,"
fail 2 1
ok "also a second" wait_until 10 told north "assign: ${id[2]}, attempt: 2,"
fail 3 1
ok "and a third" wait_until 10 told north "assign: ${id[3]}, attempt: 2,"
fail 4 1
ok "but after four, of several kinds" wait_until 10 in_phase "${id[4]}" pending
drop more
ok "another job" wait_until 10 taken more
M=$(job_id more)
set_aside() { grep -q 'spool_site_aside{site="north"} 1' s/run/metrics; }
ok "the metrics tell" wait_until 10 set_aside
said() { cat s/run/why/x* 2>/dev/null | grep -q "north: it may, but it failed jobs of many kinds; it is tried with one again at "; }
ok "and why" wait_until 10 said
is "$(phase "$M")" pending "is not given to it"
printf 'command: release\nsite: north\n' >s/inbox/mended.yaml
ok "until somebody who runs the hub says that it is mended" wait_until 10 in_phase "$M" waiting
ok "which the log tells" grep -q 'north is released' "$HUB_LOG"
printf 'command: release\nsite: north\n' >s/inbox/twice.yaml
ok "said again, it is so already" wait_until 10 grep -q 'was not set aside' "$HUB_LOG"
ok "and no error" wait_until 10 inbox_is_empty


# --- a start knows the same ------------------------------------------------------------------

for i in 1 2 3; do fail $i 2; done
fail 4 2
drop again
ok "it fails as many once more" wait_until 10 set_aside
wait_until 10 taken again
M=$(job_id again)
stop "$HUB" KILL
sed -i 's/ try: [^,]*/ try: 2126-11-22T00:00:00.000Z/' s/run/trust/north.yaml
serve
ok "a start knows that it was set aside" wait_until 10 set_aside
drop third
said_when() { cat s/run/why/x* 2>/dev/null | grep -q "it is tried with one again at 2126-11-22T00:00:00"; }
ok "and when it is to be tried" wait_until 10 said_when
is "$(phase "$M")" pending "so nothing is given to it"
stop "$HUB"
spoold --once s 2>>.log
is "$(phase "$M")" pending "also not at once"
printf 'command: release\nsite: north\n' >s/inbox/mended.yaml
spoold --once s 2>>.log
is "$(phase "$M")" waiting "until it is released"
ok "and then nothing of it is kept" test ! -e s/run/trust/north.yaml

# --- one canary: it fails, it completes ----------------------------------------------------------

rm -rf s
hub 'policy: {canary: PT1S}'
site north 'pull: {jobs: 20}'
serve
at_site() { grep -lE "^--- \{phase: waiting,.* site: $1," s/jobs/waiting/*.yaml 2>/dev/null | wc -l; }
for i in 1 2 3 4 5; do drop "k$i" "priority: $i"; done
for i in 1 2 3 4 5; do ok "job $i is with the site" wait_until 10 told north "name: k$i,"; done
for i in 1 2 3 4 5; do id[i]=$(job_id "k$i"); done
say north "$(for i in 1 2 3 4 5; do report "${id[i]}" 1 failed ', cause: site'; echo; done | sed '$d')"
say north "$(report "${id[5]}" 1 failed ', cause: site')"
ok "all fail by its fault" wait_until 10 set_aside
aside() { sed -n 's/^--- {aside: \([^,]*\),.*/\1/p' s/run/trust/north.yaml; }
is "$(aside)" PT1S "those that it had before prolong nothing"
one() { [ "$(count waiting)" = 1 ]; }
ok "after a while it gets one job" wait_until 20 one
canary() { basename "$(echo s/jobs/waiting/*.yaml)" .yaml; }
C=$(canary)
stop "$HUB"; serve
is "$(count waiting) $(count pending)" "1 4" "and no other, also after a start"
attempt() { sed -n 's/^--- {phase: waiting,.* attempt: \([0-9]*\).*/\1/p' "$(file "$1")" | tail -n 1; }
say north "$(report "$C" "$(attempt "$C")" failed ', cause: site')"
ok "if that fails, it comes back" wait_until 10 in_phase "$C" pending
is "$(aside)" PT2S "and the next while is twice as long"
ok "then it gets one again" wait_until 20 one
C=$(canary)
say north "$(report "$C" "$(attempt "$C")" completed ', exit: 0')"
all_out() { [ "$(count waiting)" = 4 ]; }
ok "if that completes, it gets all the others" wait_until 20 all_out
ok "which the log tells" grep -q 'north completes jobs again' "$HUB_LOG"
ok "and nothing is kept of it" test ! -e s/run/trust/north.yaml

# --- a report that comes again counts once; one that is no fault of the site's counts never --------

C=$(basename "$(find s/jobs/waiting -name '*.yaml' | head -n 1)" .yaml)
say north "$(report "$C" "$(attempt "$C")" failed ', cause: job')"
ok "a job that fails by itself" wait_until 10 in_phase "$C" failed
ok "is nothing against the site" test ! -e s/run/trust/north.yaml
stop "$HUB"
cp -r s before
C=$(basename "$(find s/jobs/waiting -name '*.yaml' | head -n 1)" .yaml)
say north "$(report "$C" "$(attempt "$C")" failed ', cause: site')"
spoold --once s 2>>.log
is "$(grep -o 'job: ' s/run/trust/north.yaml | wc -l)" 1 "one fault"
# As a kill leaves it: this is written, the job's own file is not.
cp s/run/trust/north.yaml trust.yaml
rm -rf s && mv before s && mkdir -p s/run/trust && cp trust.yaml s/run/trust/north.yaml
say north "$(report "$C" "$(attempt "$C")" failed ', cause: site')"
spoold --once s 2>>.log
is "$(phase "$C"),$(grep -o 'job: ' s/run/trust/north.yaml | wc -l)" waiting,1 "that is reported again counts once"

done_testing
