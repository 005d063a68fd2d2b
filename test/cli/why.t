#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Why a job waits, and why it went where it did, with figures, and how old they are.
#
# What ls says is what is tested here.
# shellcheck disable=SC2012
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

SECONDS_='[0-9.]+(s|min[0-9]+s|h[0-9]+min)'
TIME='20[-0-9T:.]+Z'
input() { printf 'resources: {storage: [{name: in, type: dataset, dataset: %s}], compute: {volumes: [{name: in, path: /in, mode: r}]}}' "$1"; }
why() { cat "m/jobs/$(job_id "$1")/why"; }		# NAME
waits_for() { why "$1" | grep -Eq -- "$2"; }		# NAME PATTERN

hub 'policy: {unplaceable: wait}
prices: {core-hour: 2}'
view
head -c 3000000 /dev/urandom >s/data/words
DIGEST=$(sha256sum <s/data/words | cut -d ' ' -f 1)
small='capacity: {cores: 1, memory: 16GiB, disk: 100GB}
pull: {cores: 1, jobs: 1}'
site north "$small
datasets: [{name: words, bytes: 3000000, digest: $DIGEST}]"
site south "$small
tags: [slow]"
serve
wait_until 10 test -e s/run/sites/south.yaml
wait_until 10 grep -q digest s/run/catalogue/words.yaml

# --- why there ------------------------------------------------------------------------

drop one "$(input words)
time: {maxduration: PT10M}"
wait_until 10 taken one
wait_until 10 in_phase "$(job_id one)" waiting
wait_until 10 waits_for one chosen
like "$(why one)" "^It is assigned to north, which has not begun with it.
north was chosen at $TIME:
  2.9MiB of its data is there, 0B to fetch
  done in 1[0-9]min[0-9]+s: start in $SECONDS_, run 10min0s, by what it told $SECONDS_ before
  south: done in 1[0-9]min[0-9]+s: start in $SECONDS_ with 2.9MiB to fetch, there in $SECONDS_, run 10min0s\$" \
	"the site that has the data, at which cost, and what another would have cost"
like "$(cat "m/jobs/$(job_id one)/status")" "
eta: $TIME
" "status has when it should be done"
say north "{report: $(job_id one), attempt: 1, phase: running, time: $(now)}"
wait_until 10 waits_for one 'runs at'
like "$(why one)" "^It runs at north.
north was chosen at $TIME:
  2.9MiB of its data" "it stays to be read while the job runs"
eta=$(sed -n 's/^eta: //p' "m/jobs/$(job_id one)/status")
left=$(($(date -d "$eta" +%s) - $(date +%s)))
ok "and then it should be done ten minutes later" test "$left" -gt 500 -a "$left" -lt 605

# --- why not yet --------------------------------------------------------------------------

drop fills 'placement: {sites: [south]}'
wait_until 10 taken fills
wait_until 10 in_phase "$(job_id fills)" waiting
drop two "$(input words)"
drop three 'placement: {tags: {require: [gpu]}, sites: [south]}'
wait_until 10 taken two
wait_until 10 taken three
ok "a job that waits is told so by each site" wait_until 20 waits_for two 'north: it may, but it holds 1 jobs'
TWO=$(why two)
like "$TWO" "
  to change: one of its jobs has to end, the first is planned to in $SECONDS_; or it has to pull more
" "and what would have to change"
like "$TWO" "north: it may[^
]*
  to change: [^
]*
  done in $SECONDS_( \\($SECONDS_ to $SECONDS_\\))?, price 2[.0-9]*
  picked up in $SECONDS_( \\($SECONDS_ to $SECONDS_\\))?: it syncs every $SECONDS_, [a-z0-9 ]*
  words: here, as told $SECONDS_ ago
  start in $SECONDS_, $SECONDS_ of it until cores are free; run 1h0min" "the costs at the one that has the data"
like "$TWO" "
south: it may, [^
]* fetch 2.9MiB
  to change: [^
]*
  done in [^
]*
  picked up in [^
]*
  words: 2.9MiB from hub in $SECONDS_ at 11.9MiB/s, not measured: as config.yaml assumes
  data: 2.9MiB to fetch in $SECONDS_
" "and at the one that has to fetch it, from where and how fast"
like "$TWO" "
  what it is and has: as told $SECONDS_ ago
" "how old the facts are"
like "$TWO" "
eta $TIME, between $TIME and $TIME, at (north|south)
as of $TIME\$" "when it should be done, as of when"
wait_until 20 waits_for three 'least would'
like "$(cat "m/jobs/$(job_id two)/status")" "
eta: $TIME
eta-low: $TIME
eta-high: $TIME\$" "which status has, too"
is "$(stat -c %s "m/jobs/$(job_id two)/status")" "$(wc -c <"m/jobs/$(job_id two)/status")" "with its right size"
like "$(why three)" "^north: the job does not name this site; it lacks the tag gpu
south: it lacks the tag gpu
least would have to change at south: it lacks the tag gpu
as of $TIME\$" "what speaks against each, and where the least would have to change"
like "$(grep "^$(job_id two)" m/queue)" 'wants no more now; south: it may' "a table has the words without the figures"
like "$(cat m/sites/south/why)" "(^|
)1 job waiting: it may, but it holds 1 jobs[^
]*
  to change: [^
]*
  done in " "a site tells the same the other way round"
like "$(cat m/sites/south/why)" "(^|
)1 job waiting: it lacks the tag gpu
  as of $TIME" "of each kind of job"

# --- when it has ended -----------------------------------------------------------------------

say north "{report: $(job_id one), attempt: 1, phase: completed, time: $(now), exit: 0, wall: 1, start: $(now), end: $(now)}"
wait_until 10 in_phase "$(job_id one)" completed
wait_until 10 waits_for one completed
like "$(why one)" "^It completed at north.
north was chosen at $TIME:" "why it was there can still be read"
is "$(grep -c eta "m/jobs/$(job_id one)/status")" 0 "it is expected no more"
stop "$HUB"
done_testing
