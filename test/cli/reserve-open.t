#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Jobs in an occurrence that is open: given at once, or behind others before their
# site's visits are over; and an agreed start stays where it is.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

reserve() {	# NAME SITE
	printf 'reservation: {name: %s, resources: {compute: {min-cores: 4}}, time: {duration: PT1H}, placement: {sites: [%s]}}\n' \
		"$1" "$2" >"s/inbox/.$1.new" && mv "s/inbox/.$1.new" "s/inbox/$1.yaml"
}
inside() {	# RESERVATION NAME CORES DURATION
	drop "$2" "resources: {compute: {min-cores: $3}}
time: {max-duration: $4}
placement: {reservation: $(slot "$1")}"
}
seconds() { date -u -d "$1" +%s; }

hub
site often 'interval: PT1S'
site rarely 'interval: PT1H'
once
reserve o often
reserve r rarely
once

inside r one 4 PT10M
once
is "$(phase "$(job_id one)")" waiting "a job in an open slot is given in the next round"
inside r two 4 PT10M
once
is "$(phase "$(job_id two)")" waiting "its site comes once an hour: another is given its start behind that"
is "$(($(seconds "$(given two start)") - $(seconds "$(given one time)")))" 600 "when that ends at the latest"
like "$(down rarely)" "assign: $(job_id two), .*walltime: PT10M, start: " "which the site is told"
say rarely "{report: $(job_id one), attempt: 1, phase: running, time: $(now)}"
say rarely "{report: $(job_id one), attempt: 1, phase: completed, time: $(now), exit: 0}"
before=$(given two start)
inside r three 4 PT5M
once
is "$(phase "$(job_id one)") $(given two start)" "completed $before" "the one before ends early: what was agreed stays"
is "$(grep -c 'phase: waiting' "$(file "$(job_id two)")")" 1 "as one attempt"
is "$(phase "$(job_id three)")" waiting "what came free is for others"
unlike "$(given_line three)" "start:" "now"

# The same of a start that was accepted.
site plain 'interval: PT1M'
drop first 'resources: {compute: {min-cores: 8}}
placement: {sites: [plain]}
time: {max-duration: PT20M}'
once
drop asks 'resources: {compute: {min-cores: 8}}
placement: {sites: [plain]}
time: {max-duration: PT20M}
accept: ask'
once
echo "{command: accept, job: $(job_id asks), offer: 1}" >s/inbox/yes.yaml
once
is "$(phase "$(job_id asks)")" waiting "an offer behind another job is accepted"
before=$(given asks start)
ok "for later" test "$(seconds "$before")" -gt "$(($(date +%s) + 600))"
say plain "{report: $(job_id first), attempt: 1, phase: completed, time: $(now), exit: 0}"
once
is "$(given asks start) $(grep -c 'phase: waiting' "$(file "$(job_id asks)")")" "$before 1" "that ends early: the start is kept"
drop between 'resources: {compute: {min-cores: 8}}
placement: {sites: [plain]}
time: {max-duration: PT2M}'
once
is "$(phase "$(job_id between)")" waiting "and others run before it"

inside o four 4 PT12S
once
serve
inside o five 4 PT10M
ok "where the site comes often" wait_until 20 taken five
ok "one waits for what may come free" wait_until 60 reached five waiting
came=$(head -n 1 "$(file "$(job_id five)")" | sed -n 's/.* time: \([^,}]*\).*/\1/p')
ok "as long as the site hears of its start in time" test "$(seconds "$(given five time)")" -gt "$(seconds "$came")"
# Unless the hub stood still for so long that it came free meanwhile.
over() { [ "$(seconds "$(given five time)")" -ge $(($(seconds "$(given four time)") + 12)) ]; }
ahead_or_over() { [ -n "$(given five start)" ] || over; }
ok "then it is given ahead" ahead_or_over
stop "$HUB"

done_testing
