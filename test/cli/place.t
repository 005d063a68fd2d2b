#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Which site gets a job, why, and why not.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

answer() { last_line "$(job_id "$1")"; }	# NAME

hub 'policy: {unplaceable: fail, bandwidth: 100B}
clearances: {clinical: [north, south], secret: [south]}
sites: {north: {groups: [granted]}, east: {enabled: false}}'
mkdir s/data/words && seq 1 1000 >s/data/words/list
bytes=$(stat -c %s s/data/words/list)
once
digest=$(sed -n 's/^digest: "\(.*\)"/\1/p' s/run/catalogue/words.yaml)
like "$digest" '^[0-9a-f]{64}$' "a dataset is measured"
site north 'groups: [eu]
tags: [fast-disk]
clearances: [clinical]
gpus: [{type: A100, count: 2}]'
site south "groups: [eu, us]
tags: [spot]
clearances: [secret]
types: [process, oci-container]
datasets: [{name: words, bytes: $bytes, digest: \"$digest\"}, {name: local, bytes: 10, digest: \"$digest\"}]"
site east
once

# --- may it? ----------------------------------------------------------------------------

gets() {	# NAME SITE LINES DESC
	drop "$1" "$3"
	once
	is "$(site_of "$1")" "$2" "$4"
}
no() {		# NAME REGEX LINES DESC
	drop "$1" "$3"
	once
	is "$(phase "$(job_id "$1")")" failed "$4: NO"
	like "$(answer "$1")" "answer: \"NO\", text: \".*$2" "and why"
}
gets c1 north 'placement: {sensitivity: clinical}' "only a site that claims a clearance and is granted it"
gets c2 south 'placement: {sensitivity: secret}' "gets what needs it"
no c3 'north: it does not claim the clearance military; south: it does not claim the clearance military' \
	'placement: {sensitivity: military}' "a clearance that nobody has"
gets g1 south 'placement: {groups: [us]}' "groups: a site tells its own"
gets g2 north 'placement: {groups: [granted]}' "or they are granted"
no g3 'north: it is in none of the groups mars' 'placement: {groups: [mars]}' "a group without a site"
gets t1 north 'placement: {tags: {require: [fast-disk]}}' "tags: required"
gets t2 north 'placement: {tags: {prefer: [fast-disk]}}' "preferred"
gets t3 north 'placement: {tags: {avoid: [spot]}}' "avoided"
no t4 'south: it lacks the tag tape' 'placement: {tags: {require: [tape]}}' "a tag that nobody has"
gets s1 south 'placement: {sites: [south]}' "a site by name"
no s2 'east: it is switched off in config.yaml' 'placement: {sites: [east]}' "one that is switched off"
gets r1 north 'resources: {compute: [{gpu: {type: A100, count: 2}}]}' "GPUs"
no r2 'north: it has 2 GPUs of type A100, the job needs 3' 'resources: {compute: [{gpu: {type: A100, count: 3}}]}' "too many"
printf 'name: y1\ntask: {type: oci-container, spec: {image: x, command: [y]}}\n' >s/inbox/y1.yaml
once
is "$(site_of y1)" south "a type that one can run"
printf 'name: y2\ntask: {type: quantum-circuit}\n' >s/inbox/y2.yaml
once
like "$(answer y2)" 'answer: "NO", text: ".*north: it runs no quantum-circuit; south: it runs no quantum-circuit' "one that none can"

# --- what would it have to fetch? --------------------------------------------------------------

data='resources: {storage: [{name: w, type: dataset, dataset: words}]}'
gets d1 south "$data" "a job goes where its data is"
like "$(grep 'phase: waiting' "$(file "$(job_id d1)")")" "why: \[\"[0-9.]+[kKMiB]* of its data is there, 0B? to fetch\", \"done in .* before\", \"north: done in .* with [^\"]* to fetch, .*eta: 20" "and says so, and what another would have cost"
gets d2 north "$data
placement: {sites: [north]}" "or has to take it along"
ok "which lies ready for the site" test -e "s/sites/north/down/data/$digest/list"
ok "and is named by its digest" told north "name: d2,.*inputs: \[\{name: w, dataset: words, bytes: $bytes, digest: \"?$digest"
gets d3 south 'resources: {storage: [{name: w, type: dataset, dataset: local}]}' "what only one has can be used only there"
no d4 'north: it does not hold the dataset nowhere' 'resources: {storage: [{name: w, type: dataset, dataset: nowhere}]}' \
	"what nobody has"
site north "datasets: [{name: words, bytes: $bytes, digest: \"$digest\"}]"
once
ok "what a site has by now does not lie ready any longer" test ! -e "s/sites/north/down/data/$digest"

# --- in which version? -------------------------------------------------------------------------

site north "pull: {jobs: 100}
datasets: [{name: words, bytes: $bytes, digest: \"$digest\"}]"
pinned() { printf 'resources: {storage: [{name: w, type: dataset, dataset: words, digest: "%s"}]}' "$1"; }	# DIGEST
gets v1 north "$(pinned "$digest")
placement: {sites: [north]}" "a version that is wanted and is the one that counts"
ok "is named by its digest" told north "name: v1,.*inputs: \[\{name: w, dataset: words, bytes: $bytes, digest: \"?$digest"
other=$(printf '%064d' 7)
no v2 "north: it does not hold the version ${other:0:12} of the dataset words, and the hub has another" \
	"$(pinned "$other")" "a version that nobody has"
seq 1 2000 >s/data/words/list
once
once
new=$(sed -n 's/^digest: "\(.*\)"/\1/p' s/run/catalogue/words.yaml)
ok "the dataset has another version now" [ "$new" != "$digest" ]
gets v3 north "$(pinned "$digest")
placement: {sites: [north]}" "the version before goes where it still lies"
ok "and is what the job gets" told north "name: v3,.*inputs: \[\{name: w, dataset: words, bytes: $bytes, digest: \"?$digest"
gets v4 north "$data
placement: {sites: [north]}" "who wants none gets the new one"
ok "which has to be fetched" told north "name: v4,.*inputs: \[\{name: w, dataset: words, bytes: [0-9]*, digest: \"?$new"
drop v5 "$(pinned "$digest")
accept: ask"
once
like "$(cat s/offers/offered/"$(job_id v5)".*.yaml)" "inputs: \[\{dataset: words, digest: \"?$digest\"?, from: (north|south)\}" \
	"an offer says which version, and that it is there"

# --- does it want it? -----------------------------------------------------------------------------

rm -rf s
hub
site north 'pull: {cores: 4, memory: 4GiB, jobs: 3}'
for i in 1 2 3 4 5; do drop p$i; done
once
is "$(count waiting) $(count pending)" "3 2" "a site gets as many jobs as it wants"
like "$(why_shape p5)" "north: it may, but it holds 3 jobs with 3 cores and wants no more now" "the others are told why they wait"
first=$(find s/jobs/waiting -name '*.yaml' | sort | head -n 1)
is "$(find s/jobs/pending -name '*.yaml' | sort | head -n 1 | xargs basename)" \
	"$(find s/jobs -name '*.yaml' -printf '%f\n' | sort | sed -n 4p)" "in the order in which they came"
ID=$(basename "$first" .yaml)
say north "{report: $ID, attempt: 1, phase: completed, time: $(now), exit: 0}"
once
is "$(count waiting) $(count pending)" "3 1" "each that ends makes room for another"
site north 'pull: {cores: 4, memory: 4GiB, jobs: 30}'
once
is "$(count waiting) $(count pending)" "4 0" "and so does a site that wants more"
drop wide 'resources: {compute: [{min-cores: 2}]}'
once
is "$(phase "$(job_id wide)")" pending "cores are counted, too"
drop narrow 'resources: {compute: [{min-memory: 5GiB}]}'
once
is "$(phase "$(job_id narrow)")" failed "what it never wants is a NO"
like "$(answer narrow)" "it has 4GiB of memory for pulled work, the job needs 5GiB" "and why"
say north "{site: north} .site.north
$(find s/jobs/waiting -name '*.yaml' -printf "{report: %f, attempt: 1, phase: completed, time: $(now), exit: 0}\n" | sed 's/\.yaml//')"
once
is "$(site_of wide)" north "when there is room for it, it goes"
ok "and nobody explains any more" test -z "$(ls s/run/why)"

# --- a day's limits ------------------------------------------------------------------------------

rm -rf s
hub
today() { site_doc day "pull: {day: {$1, until: $(at 36000), each: PT1H}}" >.site.day; }	# LEFT
mkdir -p s/sites/day/down s/sites/day/up/files
today 'jobs: 3, cores: 40'
say day '{site: day} .site.day'
for i in 1 2 3 4 5; do drop p$i; done
once
is "$(count waiting) $(count pending)" "3 2" "a batch is no more than what a site takes today"
once
is "$(count waiting) $(count pending)" "3 2" "nor are several, and a restart"
ID=$(find s/jobs/waiting -name '*.yaml' -printf '%f\n' | sort | head -n 1)
say day "{report: ${ID%.yaml}, attempt: 1, phase: completed, time: $(now), exit: 0}"
once
is "$(count waiting) $(count pending)" "2 2" "one that ends gives nothing back"
today 'jobs: 1, cores: 37'
printf '{site: day} .site.day\n' | "$MAIL" -a "$(down_last day)" -A "$(down_box day)" s/sites/day/up day hub || bail "no mail"
once
is "$(count waiting) $(count pending)" "3 1" "what the site counted already is not counted twice"
today 'walltime: PT2H30M'
printf '{site: day} .site.day\n' | "$MAIL" -a "$(down_last day)" -A "$(down_box day)" s/sites/day/up day hub || bail "no mail"
for i in 6 7 8; do drop p$i; done
once
is "$(count waiting) $(count pending)" "5 2" "walltime counts, by what the site says that one comes to"

# Nobody who could ever: wait instead of NO.
rm -rf s
hub 'policy: {unplaceable: wait}'
site north
drop large 'resources: {compute: [{min-cores: 99}]}'
once
is "$(phase "$(job_id large)")" pending "by policy a job may wait for a site that can"
like "$(why_shape large)" "north: it has 8 cores, the job needs 99" "which is explained"
site giant 'capacity: {cores: 128, memory: 1TiB, disk: 1TB}
pull: {cores: 128}'
once
is "$(site_of large)" giant "until there is one"

# --- when? --------------------------------------------------------------------------------------------

drop later "time: [{start: $(at 3600)/$(at 7200)}]"
drop missed "time: [{start: $(at -7200)/$(at -3600)}]"
drop open "time: [{start: $(at -3600)/$(at 3600)}]"
once
is "$(phase "$(job_id later)")" waiting "before its time a job has a place already"
like "$(last_line "$(job_id later)")" ", start: $(at 3600 | cut -c 1-13)" "and a start in its window"
is "$(phase "$(job_id missed)")" expired "after its time it is expired"
like "$(answer missed)" "the time in which it could have started has passed" "as it says"
is "$(phase "$(job_id open)")" waiting "in between it goes"
serve
drop soon "time: [{start: $(date -u -d '+2 seconds' +%Y-%m-%dT%H:%M:%SZ)/$(at 3600)}]"
wait_until 5 taken soon
ok "one that may start soon" wait_until 10 in_phase "$(job_id soon)" waiting
stop "$HUB"

done_testing
