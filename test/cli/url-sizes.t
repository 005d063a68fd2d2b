#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Inputs that jobs name by address: how long they are is learned, and counts where
# the next goes.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

url() {		# PATHS... [MORE LINES]	a job's storage
	local list='' path
	for path; do list="$list, {name: i${#list}, type: dataset, url: \"http://web/$path\"${SIZE:+, size: $SIZE}}"; done
	printf 'resources: {storage: [%s]}\nplacement: {tags: {prefer: [near]}}' "${list#, }"
}
put() {		# NAME LINES
	drop "$1" "$2"
	once
}
ended() {	# NAME MORE
	say "$(site_of "$1")" "{report: $(job_id "$1"), attempt: 1, phase: completed, time: $(now), exit: 0, start: $(now), end: $(now), wall: 1${2:+, $2}}"
	once
}
why_there() { sed -n 's/.* why: \[//p' "$(file "$(job_id "$1")")"; }	# NAME
# North is preferred where nothing speaks for the other.
near='tags: [near]'
store() { printf 'interval: PT1S\nstores: [{name: web, url: "http://web/", bandwidth: %s, samples: 8, measured: %s}]' "$1" "$(now)"; }
hub 'policy: {unplaceable: wait}'
site north "$near
$(store 10kB)"
site south "$(store 10MB)"
once

put blind "$(url a)"
is "$(site_of blind)" north "an input of which nobody knows how long it is counts nothing"
ended blind 'staged: 3000000'
put seen "$(url a)"
is "$(site_of seen)" south "the next job knows what the site has fetched for the first"
like "$(why_there seen)" '"north: done in [^"]* with 2\.[89]MiB to fetch, there in [456]min' "and so does what is said of it"
ended seen 'staged: 3000000'
SIZE=3MB
put said "$(url b)"
is "$(site_of said)" south "one whose size the job says counts, too"
SIZE=
ended said

# Two of them, of which only the sum is known.
put pair "$(url c d)"
is "$(site_of pair)" north "two unknown ones count nothing"
ended pair 'staged: 4000000'
put pairs "$(url c d)"
is "$(site_of pairs)" south "both together are known then"
ended pairs
put alone "$(url c)"
is "$(site_of alone)" north "but neither of them alone"
ended alone

# What is on its way says how long it is.
site north "$near
$(store 10kB)
transfers: [{what: url, from: \"http://web/e\", bytes: 3MB, done: 1kB, rate: 10kB, left: PT5M}]"
once
site north "$near
$(store 10kB)"
put under-way "$(url e)"
is "$(site_of under-way)" south "a transfer tells of it before it has ended"
ended under-way

# --- why it waits ---------------------------------------------------------------------------
small='pull: {cores: 1, jobs: 1}'
site north "$near
$(store 10kB)
$small"
site south "$(store 10MB)
$small"
for s in north south; do put "fills-$s" "placement: {sites: [$s]}"; done
put waits "$(url a z)"
like "$(cat s/run/why/*)" "north: it may.*
  url: 2\.[89]MiB from http://web/a in [45]min[0-9]+s at [0-9.]+KiB/s, measured [^
]*
  url: from http://web/z, how much that is nobody knows yet
  data: 2\.[89]MiB to fetch" "why tells what is known of each, and what is not"
ok "what was learned is kept" test "$(grep -c '^run ' s/run/learned)" -ge 3
done_testing
