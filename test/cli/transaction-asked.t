#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Transactions that somebody only asks about: an answer for each job, and nothing is kept.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

member() { printf -- '  - {%stask: {type: process}, resources: {compute: {min-cores: %d}}%s}\n' "${1:+name: $1, }" "$2" "${3:+, $3}"; }	# NAME CORES [FIELDS]
transaction() { printf 'transaction:\n  name: %s\n%s  jobs:\n%s\n' "$1" "${2:+  $2
}" "$3" >"$1.yaml"; }	# NAME OPTIONS MEMBERS
tree() { find s/jobs s/transactions s/sites s/offers s/reservations -type f | sort; }
at='20[0-9-]+T[0-9:.]+Z'

hub 'prices: {core-hour: 2, job: 0.5}
policy: {length: PT1H}'
view
transaction pair '' "$(member a 4; member b 6)"
exits 1 "without a site" spoold --check pair.yaml s
is "$(output)" $'NO\n  no site has told about itself yet' "nobody can say"
site north 'tags: [fast]'
site south 'capacity: {cores: 4, memory: 16GiB, disk: 100GB}'
spoold --once s >.log 2>&1

# --- without a hub: whether, and who could ----------------------------------------------------

ok "two jobs that fit" spoold --check pair.yaml s
either='(north|south)'
like "$(output)" $'^YES\n  all of its jobs, together\n  price, where they are cheapest: 21\n  a: YES: '"$either"' \(price 8.5\), '"$either"$' \(price 8.5\)\n  b: YES: north \(price 12.5\)$' \
	"for each, the sites that could have it, and the price there"
transaction half '' "$(member a 1; member '' 99; member c 1 'placement: {tags: {require: [gpu]}}')"
exits 1 "one of which nobody can have" spoold --check half.yaml s
like "$(output)" $'^NO\n  the sites together cannot have all 3 jobs of the transaction at once; there is one that nobody can have: ' "is a NO"
like "$(output)" $'\n  a: YES: [^\n]*\n  job 2: NO: '"$either: it has [48] cores, the job needs 99; $either: it has [48] cores, the job needs 99"$'\n  c: NO: '"$either: it lacks the tag gpu" \
	"each with its own reasons"
transaction close 'same: site' "$(member a 5; member b 5)"
exits 1 "two that do not fit at one site" spoold --check close.yaml s
like "$(output)" $'^NO\n  no site can have all 2 jobs of the transaction at once\n  a: YES: north \(price 10.5\)\n  b: YES: north' "are a NO, though each could go"
transaction never '' "$(member a 1 'time: [{start: 2036-12-01T20:00Z/PT1H}]'; member b 1 'time: [{start: 2036-12-02T20:00Z/PT1H}]')"
exits 1 "two that may never start together" spoold --check never.yaml s
is "$(output)" $'NO\n  its jobs may never start at the same time' "neither"
printf 'transaction:\n  jobs:\n  - {task: {type: process}}\n  - {tsak: {type: process}}\n' >bad.yaml
exits 2 "what is not valid" spoold --check bad.yaml s
like "$(output)" 'bad.yaml:4:6: unknown field "tsak"' "says where"

# --- by the hub: where, and from when ---------------------------------------------------------

serve
before=$(tree)
chmod 644 ./*.yaml
ok "whatif/ takes it" cp pair.yaml m/whatif/
like "$(cat m/whatif/pair.answer)" $'^YES\n  all of its jobs, together\n  price, where they are cheapest: 21\n  together from '"$at"$'\n  a: YES: at (north|south) \(price 8.5\)\n  b: YES: at north \(price 12.5\)$' \
	"and says where each would be, from when, and at which price"
is "$(tree)" "$before" "in the spool nothing has changed"
exits 1 "a NO" cp half.yaml m/whatif/
like "$(output)" 'No space left' "is an errno"
like "$(cat m/whatif/half.answer)" $'\n  a: YES: .*\n  job 2: NO: north: it has 8 cores' "with an answer for each"
drop busy 'resources: {compute: {min-cores: 8}}'
ok "when north is busy" wait_until 20 told north 'name: busy,'
ok "the question again" cp pair.yaml m/whatif/again.yaml
from=$(sed -n 's/^  together from //p' m/whatif/again.answer)
ok "they would come later, together" test "$(date -d "$from" +%s)" -gt $(($(date +%s) + 1800))
like "$(cat m/whatif/again.answer)" $'\n  b: YES: at north' "where there is room then"
printf '{command: cancel, name: busy}\n' >s/inbox/c.yaml
wait_until 20 told north 'cancel: '
say north "{report: $(job_id busy), attempt: 1, phase: cancelled, time: $(now)}"
wait_until 20 in_phase "$(job_id busy)" cancelled
ok "and the same as at first" cp pair.yaml m/whatif/last.yaml
from=$(sed -n 's/^  together from //p' m/whatif/last.answer)
like "$from" "^$at$" "there is an answer"
ok "when it is not: nothing was kept" test "$(date -d "$from" +%s)" -lt $(($(date +%s) + 600))
is "$(find s/transactions -type f | wc -l) $(files | wc -l)" "0 1" "there is no transaction, and no job of it"
unlike "$(down north)" 'name: (a|b),' "and no site was told"
stop "$HUB"
done_testing
