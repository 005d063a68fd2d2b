#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: how much a site takes: so much a day, never beyond it by a batch
# or a restart; and by the calendar.
#
# Functions are called by wait_until.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

clear_of_midnight 120
site north "cores: 2
walltime: PT1H
pull: {load: inf, per-day: {jobs: 4, cores: 6}}"
request 'task: {type: process, spec: {command: "true"}}'
batch() {	# CORES N	ids in $IDS
	local i
	IDS=()
	for ((i = 0; i < $2; i++)); do IDS+=("$(uuid)"); done
	printf 'assign %s 1 request.yaml '"$1"'\n' "${IDS[@]}" | hub
}

ok "a pass" agent run
like "$(up)" 'pull: \{jobs: 4, day: \{jobs: 4, cores: 6, until: ' "it says what it still takes today"
batch 1 3
ok "three are taken" agent run
like "$(agent status)" 'today: \{asked: \{jobs: 1, cores: 3\}, granted: \{jobs: 3, cores: 3, memory: 0, walltime: PT3H\}, refused: 0\}' "and counted"
batch 1 5
ok "of five more" agent run
is "$(up | grep -c 'phase: failed.*cause: policy, text: "\?this site has no jobs left to give today')" 4 "one"
like "$(agent status)" 'today: \{asked: \{jobs: 0, cores: 2\}, granted: \{jobs: 4, cores: 4, .*refused: 4\}' "no more, after how many passes ever"
ok "then it wants nothing" wait_until 20 pass_reports "${IDS[0]}" completed
like "$(agent probe 2>/dev/null)" 'pull: \{' "(probe works beside it)"
sed -i 's/jobs: 4, cores: 6/cores: 6/' north.yaml
batch 3 1
ok "a larger one" agent run
like "$(up)" "report: ${IDS[0]}.*cause: policy, text: \"?this site has no cores left" "does not fit any more"
batch 2 1
ok "a smaller one" wait_until 20 pass_reports "${IDS[0]}" completed
like "$(agent status)" 'granted: \{jobs: 5, cores: 6' "fills the day"

rm north.state/ledger
ok "a ledger that is lost" agent run
like "$(agent status)" 'granted: \{jobs: 0' "begins anew"

yesterday=$(date -d yesterday +%F)
printf 'day %s x\ntook a.1 6 0 0\n' "$yesterday" >north.state/ledger
batch 1 1
ok "what was taken yesterday" wait_until 20 pass_reports "${IDS[0]}" completed
like "$(cat north.state/ledger)" "past $yesterday 1 6 0 0 0" "counts no more, and is kept"

# --- the calendar ----------------------------------------------------------------------

site south "pull: {load: inf, calendar: [{days: [$(LC_ALL=C date +%a -d '+3 days' | tr '[:upper:]' '[:lower:]')]}]}"
ok "a site that is closed today" agent run
like "$(up)" 'pull: \{jobs: 0, opens: 20' "wants nothing, and says until when"
like "$(agent status)" 'pull: \{now: closed, until: 20.*load: inf\}' "status says so, too"
site west "pull: {load: -20%, jobs: 9, calendar: [{days: [$(LC_ALL=C date +%a | tr '[:upper:]' '[:lower:]'), $(LC_ALL=C date +%a -d tomorrow | tr '[:upper:]' '[:lower:]')], load: inf}]}"
ok "one that is open" agent run
like "$(up)" 'pull: \{jobs: 9, closes: 20' "says until when"
like "$(agent status)" 'pull: \{now: open, until: 20.*load: inf, jobs: 9\}' "with the load of today"
done_testing
