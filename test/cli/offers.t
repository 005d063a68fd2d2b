#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The four offers of one request, each for another reason and at another site; what they
# say; and that expired ones leave room in the order of their own times.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

offer() { sed -n 1p "s/offers/offered/$ID.$1.yaml"; }	# NUMBER
later="down: [{from: $(at -60), to: $(at 7200), text: moved}]"

hub 'offers: {lifetime: PT10M, most: 4}
policy: {bandwidth: 1MB}'
mkdir s/data/survey
head -c 2000000 /dev/zero >s/data/survey/plate
once
bytes=2000000 digest=$(sed -n 's/^digest: "\(.*\)"/\1/p' s/run/catalogue/survey.yaml)
like "$digest" '^[0-9a-f]{64}$' "a dataset is measured"
site soon 'capacity: {cores: 4, memory: 16GiB, disk: 100GB}
prices: {core-hour: 9, moved: 1000}'
site cheap "capacity: {cores: 4, memory: 16GiB, disk: 100GB}
prices: {core-hour: 0.5}
$later"
site near "capacity: {cores: 4, memory: 16GiB, disk: 100GB}
prices: {core-hour: 5}
datasets: [{name: survey, bytes: $bytes, digest: \"$digest\"}]
$later"
site large "capacity: {cores: 64, memory: 256GiB, disk: 100GB}
pull: {cores: 64, jobs: 100}
prices: {core-hour: 6}
$later"
site other "capacity: {cores: 4, memory: 16GiB, disk: 100GB}
prices: {core-hour: 7}
$later"
drop choice "accept: ask
auth: {type: owner}
time: [{start: $(at -60)/P1D, minduration: PT1H, maxduration: PT2H}]
resources: {compute: [{min-cores: 2, max-cores: 64, min-memory: 1GiB, max-memory: 200GiB, volumes: [{name: in, path: /in, mode: r}]}],
  storage: [{name: in, type: dataset, dataset: survey}]}"
once
ID=$(job_id choice)
is "$(phase "$ID")" offered "a job is offered"
is "$(find s/offers/offered -name "$ID.*" | wc -l)" 4 "as many offers as may be"
is "$(for i in 1 2 3 4; do offer $i; done | sed 's/.* site: \([a-z]*\), .* for: \[\([a-z, ]*\)\].*/\1: \2/')" \
	$'soon: soonest\ncheap: cheapest\nnear: nearest\nlarge: largest' "one for each reason, each at another site"
like "$(offer 1)" "start: ($(at -60 | cut -c 1-13)|$(at 120 | cut -c 1-13)).*/" "the soonest starts when it is accepted"
like "$(offer 1)" 'price: 19.86[0-9]*, ' "and costs what its site asks, also for what has to be moved"
like "$(offer 1)" 'held: 0B?, to-fetch: [0-9.]*[kMGTi]*B?, fetching: PT2S, inputs: \[\{dataset: survey, from: hub, bytes: [0-9.A-Za-z]*, fetching: PT2S' \
	"its input comes from the hub, and takes so long"
like "$(offer 2)" "start: $(at 7200 | cut -c 1-13).*price: 1, " "the cheapest is as cheap as its site"
like "$(offer 3)" 'to-fetch: 0B?, fetching: PT0S, inputs: \[\{dataset: survey, from: near\}\]' "the nearest has its input"
like "$(offer 4)" 'min-cores: 2, max-cores: 64, min-memory: 1GiB, max-memory: 200GiB' "the largest gives the most that was stated"
for i in 1 2 3 4; do
	like "$(offer $i)" "^--- \\{offer: $i, job: $ID, attempt: 0, site: .*, time: .*, expires: .*, minduration: PT1H, maxduration: PT2H, .*auth: owner" \
		"offer $i says until when it stands, for how long it is, and as whom"
done
printf 'offers: {most: 2}\npolicy: {bandwidth: 1MB}\n' >s/config.yaml
drop fewer 'accept: ask'
once
ID=$(job_id fewer)
is "$(find s/offers/offered -name "$ID.*" | wc -l)" 2 "how many there may be is configured"

# --- the shorter lifetime goes first ----------------------------------------------------------

rm -rf s
hub 'offers: {lifetime: PT1H}'
site north
drop slow 'accept: ask'
once
echo 'offers: {lifetime: PT2S}' >s/config.yaml
drop quick 'accept: ask'
serve
wait_until 20 taken quick
Q=$(job_id quick)
ok "an offer that was made later, for a shorter time" wait_until 30 in_phase "$Q" expired
is "$(phase "$(job_id slow)")" offered "goes before one that stands longer"
stop "$HUB"

# --- a start that the site can keep -----------------------------------------------------------

rm -rf s
hub 'offers: {lifetime: PT10M, most: 1}'
site hourly 'interval: PT1H'
once
start() { date -d "$(offer 1 | sed 's/.* start: \([^,/}]*\).*/\1/')" +%s; }
about() { test "$1" -ge $(($(date +%s) + $2 - 60)) -a "$1" -le $(($(date +%s) + $2 + 60)); }	# INSTANT SECONDS-FROM-NOW
drop plain 'accept: ask'
once
ID=$(job_id plain)
like "$(offer 1)" 'pickup: PT(59M[0-9.]*S|1H)' "an offer says when the site will have heard of it"
ok "and starts no sooner" about "$(start)" 3600
FIRST=$(start)
printf 'command: accept\njob: %s\noffer: 1\n' "$ID" >s/inbox/accept.yaml
once
is "$(date -d "$(last_line "$ID" | sed 's/.* start: \([^,}]*\).*/\1/')" +%s)" "$FIRST" "accepted, it starts then"
printf 'name: image\ntask: {type: oci-container, spec: {image: "localhost/x:1"}}\naccept: ask\n' >.image
site hourly 'interval: PT1H
types: [oci-container]'
cp .image s/inbox/image.yaml
once
ID=$(job_id image)
like "$(offer 1)" 'prepare: PT30S' "software that is not there has to be got"
ok "which takes from then on" about "$(start)" 3630
site hourly 'interval: PT1H
types: [oci-container]
resolved: ["oci:localhost/x:1"]'
sed 's/^name: .*/name: there/' .image >s/inbox/there.yaml
once
ID=$(job_id there)
unlike "$(offer 1)" 'prepare:' "what is there has not"

# Who comes every minute may start late in the offer's time, but then has heard of it.
site hourly 'interval: PT1M'
drop minutes 'accept: ask'
once
ID=$(job_id minutes)
like "$(offer 1)" 'start: 20[^,]*/20[^,]*, ' "an offer that starts when it is accepted"
late=$(date -d "$(offer 1 | sed 's/.* start: [^,/]*\/\([^,]*\),.*/\1/')" +%s)
expires=$(date -d "$(offer 1 | sed 's/.* expires: \([^,]*\),.*/\1/')" +%s)
ok "ends when the site has heard of the last that accepts it" test "$late" -ge "$expires" -a "$late" -le $((expires + 61))
done_testing
