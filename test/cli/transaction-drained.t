#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A site that is drained under a transaction, and a hub killed then: all of its jobs
# are moved together, or all are told why not.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"


hub
site north
once
transact three 'same: site' "$(member c1 "$(cores 6)"; member c2 "$(cores 1)")"
once
site north 'pull: {cores: 8, jobs: 0}'
transact four 'same: site' "$(member d1 "$(cores 1)"; member d2 "$(cores 1)")"
once
is "$(phases c1 c2 d1 d2)" "waiting waiting pending pending " "a site that wants no more keeps what it has, and gets none of another"
site south
once
is "$(sites d1 d2)" "south south " "which goes elsewhere, as a whole"
site north
for name in c1 c2; do say north "{report: $(job_id $name), attempt: 1, phase: completed, time: $(now), exit: 0}"; done
once

printf 'reservation: {name: weekly, resources: {compute: {min-cores: 4}}, placement: {sites: [north]},
  time: {start: %s, duration: PT1H}, repeat: {every: P7D, times: 2}}\n' "$(at 3600)" >weekly.yaml
cp weekly.yaml s/inbox/
once
R=$(basename "$(ls s/reservations/active)" .yaml)
in_it="placement: {reservation: $R}"
transact five '' "$(member e1 "$in_it, $(cores 1), time: {max-duration: PT10M}"; member e2 "$in_it, $(cores 3)")"
once
is "$(starts e1 e2)" "$(at 3600 | sed s/Z/.000Z/) " "one in a reservation, ahead"
site north "down: [{from: $(at 4000), to: $(at 9000), text: new pump}]"
once
is "$(starts e1 e2) $(attempts e1 e2)" "$(at $((3600 + 7 * 86400)) | sed s/Z/.000Z/)  2 2 " \
	"a site that announces to be down: all of them move to one other start"
like "$(cat "s/reservations/active/$R.yaml")" "broken: $(at 3600 | cut -d Z -f 1).*, .*announces to be down" "the promise is broken aloud"
like "$(grep 'phase: pending' "$(file "$(job_id e1)")")" "the promise to start it at .* had to be broken" "by each job, too"
site north "down: [{from: $(at 4000), text: pulled down}]"
once
is "$(phases e1 e2)" "pending pending " "where there is no other, all wait together"
ok "and say why" test -s "s/run/why/$(basename "$(whole five)" .yaml)"
site north
once
is "$(starts e1 e2) $(attempts e1 e2)" "$(at 3600 | sed s/Z/.000Z/)  3 3 " "until the site is there again"

# --- killed while they are moved ------------------------------------------------------------------

killed=0
for when in 2 4 6 8 10 12 14 16; do
	rm -rf s
	hub
	site north
	once
	cp weekly.yaml s/inbox/
	once
	in_it="placement: {reservation: $(basename "$(ls s/reservations/active)" .yaml)}, $(cores 1)"
	transact six '' "$(member f1 "$in_it"; member f2 "$in_it")"
	once
	site north "down: [{from: $(at 4000), to: $(at 9000)}]"
	kill_at renameat,renameat2,write "$when" && killed=$((killed + 1))
	once
	is "$(phases f1 f2) $(starts f1 f2)" "waiting waiting  $(at $((3600 + 7 * 86400)) | sed s/Z/.000Z/) " \
		"killed at write or rename $when: both, and at one start"
done
ok "it was killed often enough ($killed)" test "$killed" -gt 3

done_testing
