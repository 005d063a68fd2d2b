#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Time: offers that start in their windows, agreed starts, and a site that keeps
# them by itself.
#
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

offers() { find "s/offers/$1" -name "$(job_id "$2").*" | sort; }	# STATE NAME
offer() { sed -n 1p "s/offers/${3-offered}/$(job_id "$1").$2.yaml"; }	# NAME NUMBER [STATE]
ask='accept: ask'

# --- offers ---------------------------------------------------------------------

hub 'offers: {lifetime: PT10M, most: 4}
prices: {core-hour: 1}
sites: {cheap: {prices: {core-hour: 0.1}}}'
site north 'capacity: {cores: 8, memory: 16GiB, disk: 1TB}'
site cheap 'capacity: {cores: 2, memory: 4GiB, disk: 1TB}'
site block 'capacity: {cores: 32, memory: 64GiB, disk: 1TB}
pull: {jobs: 10}
flavours: [{name: large, cores: 16, memory: 24GiB}, {name: huge, cores: 32, memory: 64GiB}]'
drop window "$ask
time: [{start: $(at 7200)/PT1H, minduration: PT1H, maxduration: PT3H}]
resources: {compute: [{min-cores: 2, min-memory: 1GiB, max-cores: 8, max-memory: 8GiB}]}"
once
ID=$(job_id window)
is "$(phase "$ID")" offered "a window to come is offered"
like "$(offer window 1)" "start: $(at 7200 | cut -c 1-16)[^/]*, minduration: PT1H, maxduration: PT3H" \
	"its start, and as long as it may"
like "$(offer window 1)" "for: \[soonest, cheapest\]" "the soonest of the cheapest"
like "$(offer window 1)" "site: cheap, .*price: 0.2, auth: owner" "what it costs, and as whom"
like "$(cat "$(offers offered window | sed -n 2p)")" "for: \[largest.*max-cores: 8, min-memory: 1GiB, max-memory: 8GiB" \
	"the largest is the most that was stated"
unlike "$(cat s/offers/offered/*)" "site: block" "no flavour is as small as that"
instruct "{command: accept, job: $ID, attempt: 0, offer: 2}"
once
is "$(phase "$ID")" waiting "one is accepted"
like "$(last_line "$ID")" "start: $(at 7200 | cut -c 1-16).*length: PT3H, cores: 8, memory: 8GiB" "for its start"
like "$(down north)" "assign: $ID, .*cores: 8, memory: 8GiB, walltime: PT3H, start: " "which the site is told"
is "$(offers accepted window | wc -l) $(offers offered window | wc -l)" "1 0" "its siblings are rejected"
instruct "{command: accept, job: $ID, offer: 1}"
once
like "$(reason command-2)" "the job is waiting; it has no open offers" "and cannot be accepted any more"

drop full "$ask
time: [{start: $(at 7200)/PT30M, minduration: PT1H}, {start: $(at 32400)/PT1H, minduration: PT1H}]
resources: {compute: [{min-cores: 8, max-cores: 8}]}"
once
like "$(offer full 1)" "start: $(at 32400 | cut -c 1-13)" "what is promised is not promised again: a later window"
drop flavour "$ask
resources: {compute: [{min-cores: 9, min-memory: 1GiB}]}"
once
like "$(offer flavour 1)" "site: block, .*min-cores: 16, .*min-memory: 24GiB" "a flavour raises the minimum"
drop several "$ask
time: [{start: $(at 72000)/PT1H, minduration: PT1H}]
placement: {sites: [block, north]}
resources:
  compute:
  - {name: head, min-cores: 2, min-memory: 1GiB}
  - {name: worker, min-cores: 1, max-cores: 3, min-memory: 1GiB, max-memory: 2GiB, replicas: 2}"
once
like "$(cat s/offers/offered/"$(job_id several)".*)" \
	"site: north, .*min-cores: 4, max-cores: 4, .*compute: \[\{name: head, cores: 2, memory: 1GiB\}, \{name: worker, replicas: 2, cores: 1, memory: 1GiB\}\]" \
	"several compute resources: what each of them gets"
drop two "$ask
time: [{start: $(at 108000)/PT1H, minduration: PT1H}]
resources:
  compute:
  - {name: head, min-cores: 1, max-cores: 2, min-memory: 1GiB}
  - {name: worker, min-cores: 1, max-cores: 3, min-memory: 1GiB, max-memory: 2GiB}"
once
like "$(cat s/offers/offered/"$(job_id two)".*)" \
	"for: \[largest.*compute: \[\{name: head, cores: 2, memory: 2GiB\}, \{name: worker, cores: 3, memory: 2GiB\}\]" \
	"also where it is more than the least"
drop unstarted "time: [{start: $(at 10800)/PT1H, minduration: PT1H}]"
once
like "$(last_line "$(job_id unstarted)")" "phase: waiting.*start: $(at 10800 | cut -c 1-13)" "the best is taken at once"

# --- what was agreed survives a restart -----------------------------------------------

before=$(offer flavour 1)
drop full2 "$ask
time: [{start: $(at 7200)/PT30M, minduration: PT1H}]
resources: {compute: [{min-cores: 7, max-cores: 7}]}"
once
is "$(phase "$(job_id full2)")" pending "after a restart no room is given twice"
is "$(offer flavour 1)" "$before" "and offers stand"

# --- nobody is delayed ------------------------------------------------------------------

rm -rf s
hub 'policy: {depth: 3}'
site one 'capacity: {cores: 4, memory: 8GiB, disk: 1TB}
pull: {cores: 4}'
drop first "time: [{minduration: PT1H}]
resources: {compute: [{min-cores: 3}]}"
once
drop wide "time: [{minduration: PT1H}]
resources: {compute: [{min-cores: 4}]}"
once
drop long "time: [{minduration: PT3H}]"
drop short "time: [{minduration: PT30M}]"
once
is "$(phase "$(job_id wide)")" pending "a wide job waits"
is "$(phase "$(job_id short)")" waiting "a short one goes before it"
is "$(phase "$(job_id long)")" pending "a long one would delay it"

# --- a site that will be down ---------------------------------------------------------------

rm -rf s
hub
site north 'capacity: {cores: 4, memory: 8GiB, disk: 1TB}'
drop kept "time: [{start: $(at 7200)/PT1H, minduration: PT1H}]"
drop later "time: [{start: $(at 32400)/PT1H, minduration: PT1H}]"
once
KEPT=$(job_id kept)
like "$(last_line "$KEPT")" "site: north, attempt: 1, .*start: " "a start is agreed"
site south 'capacity: {cores: 4, memory: 8GiB, disk: 1TB}'
site north "capacity: {cores: 4, memory: 8GiB, disk: 1TB}
down: [{from: $(at 3600), to: $(at 18000), text: new pump}]"
once
like "$(cat "$(file "$KEPT")")" "phase: pending, .*had to be broken: north announces to be down from .*new pump" \
	"what cannot be kept is said, and why"
like "$(last_line "$KEPT")" "site: south, attempt: 2, .*start: " "and somebody else keeps it"
like "$(down north)" "cancel: $KEPT, attempt: 1" "the site is told"
like "$(last_line "$(job_id later)")" "site: north, attempt: 1" "what does not concern it stands"
drop over "time: [{minduration: PT2H}]
placement: {sites: [north]}"
drop before "time: [{minduration: PT30M}]
placement: {sites: [north]}"
once
like "$(last_line "$(job_id before)")" "site: north, attempt: 1, message: [0-9]+(, why|})" "what is over before it may start"
like "$(last_line "$(job_id over)")" "planned: $(at 18000 | cut -c 1-13)" "what is not, is planned behind it"

# --- offers for what was accepted, and could not be kept --------------------------------------

rm -rf s
hub
for site in north south; do site "$site" 'capacity: {cores: 4, memory: 8GiB, disk: 1TB}'; done
drop again "$ask
time: [{start: $(at 7200)/PT12H, minduration: PT1H}]
resources: {compute: [{min-cores: 4}]}"
once
AGAIN=$(job_id again)
is "$(offers offered again | wc -l)" 2 "two sites offer"
chosen=$(sed -n 's/.*site: \([a-z]*\).*/\1/p' <<<"$(offer again 2)")
instruct "{command: accept, job: $AGAIN, attempt: 0, offer: 2}"
once
is "$(offers accepted again | wc -l)" 1 "one is accepted"
site "$chosen" "capacity: {cores: 4, memory: 8GiB, disk: 1TB}
down: [{from: $(at 7200), to: $(at 10800)}]"
once
is "$(phase "$AGAIN")" offered "it cannot be kept: there are others"
is "$(offers offered again | wc -l) $(offers accepted again | wc -l)" "2 0" "beside which the old one is not"
instruct "{command: reject, job: $AGAIN, attempt: 1, offer: 2}"
once
once
is "$(offers offered again | wc -l) $(offers rejected again | wc -l)" "1 2" "one that is rejected stays so"
drop there "time: [{start: $(at 10800)/PT1H, minduration: PT1H}]
resources: {compute: [{min-cores: 4}]}
placement: {sites: [$chosen]}"
once
like "$(last_line "$(job_id there)")" "site: $chosen, .*start: " "and holds nothing after a start"

# --- a site keeps its schedule -------------------------------------------------------------

rm -rf s
hub
cat >site.yaml <<END
site: real
hub: $TMP/s
state: $TMP/real.state
cores: 1
pull: {load: inf}
interval: PT1S
END
spoold --add-site real s
background spool-agent -c site.yaml watch
serve
ok "a site comes" wait_until 20 test -e s/run/sites/real.yaml
start=$(date -u -d '+12 seconds' +%s)
cat >.timed <<END
name: timed
task: {type: process, spec: {command: "date +%s"}}
time: [{start: $(date -u -d "@$start" +%Y-%m-%dT%H:%M:%SZ)/PT1H, minduration: PT1M}]
END
mv .timed s/inbox/timed.yaml
ok "its job is assigned" wait_until 20 told real "assign: .*start: "
stop "$HUB"
ID=$(job_id timed)
like "$(phase "$ID")" 'waiting|preparing|running' "and waits, while the hub is away"
ok "it starts all the same" wait_until 30 test -s "real.state/running/$ID.1/stdout" -o -e "real.state/ended/$ID.1"
ran=$(cat "real.state/running/$ID.1/stdout" "real.state/ended/$ID.1/stdout" 2>/dev/null | head -n 1)
ok "not before its time" test "${ran:-0}" -ge "$start"
serve
ok "and comes home" wait_until 20 in_phase "$ID" completed
stop "$HUB"

done_testing
