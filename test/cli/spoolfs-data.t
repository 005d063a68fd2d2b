#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Datasets, reservations and sites in the view, and what is not shown to others.
#
# What ls says is what is tested here, and our names are tame.
# shellcheck disable=SC2002,SC2010,SC2012,SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

seen() { [ -e "m/jobs/$1" ]; }		# ID
input() {	# DATASET [LINES]
	printf 'resources: {storage: [{name: in, type: dataset, dataset: %s}], compute: {volumes: [{name: in, path: /in, mode: r}]}}\n%s\n' \
		"$1" "${2-}"
}

hub 'policy: {unplaceable: wait}'
view
echo words >s/data/words
printf 'dataset: patients\ndigest: %s\nsize: 10MB\nsensitivity: clinical\nreplicas: [{site: north}, {url: "https://x.example.org/p"}]\n' \
	"$(sha256sum </dev/null | cut -d ' ' -f 1)" >s/data/patients.yaml
echo locked >s/data/locked && chmod 640 s/data/locked
ABC=$(printf abc | sha256sum | cut -d ' ' -f 1)
site north "datasets: [{name: words, bytes: 6, digest: $(sha256sum <s/data/words | cut -d ' ' -f 1)}, {name: stars, bytes: 3, digest: $ABC}, {name: patients, bytes: 10000000, digest: $ABC}]
stores: [{name: store-b, url: \"s3://store-b/\", latency: PT0.02S, bandwidth: 10MB, samples: 4, measured: 2026-11-22T03:00:00Z}]"
serve
wait_until 10 test -e s/run/sites/north.yaml
wait_until 10 test -e s/run/catalogue/words.yaml

# --- datasets/ -------------------------------------------------------------------------

is "$(ls m/datasets)" $'locked\npatients\nstars\nwords' "root sees all datasets"
is "$(ls m/datasets/words | tr '\n' ' ')" "digest size users where " "each has its files"
is "$(cat m/datasets/words/size)" 6 "the size"
is "$(cat m/datasets/words/digest)" "$(sha256sum <s/data/words | cut -d ' ' -f 1)" "the digest"
is "$(cat m/datasets/words/where | cut -d , -f 1)" $'hub: 6 bytes\nsite north: 6 bytes' "where it lies"
is "$(cat m/datasets/stars/where)" "site north: 3 bytes, $ABC" "one that only a site has"
like "$(cat m/datasets/patients/where)" 'https://x.example.org/p' "replicas of the catalogue"
is "$(stat -c %s m/datasets/words/where)" "$(wc -c <m/datasets/words/where)" "sizes are right"
exits 1 "no other" test -e m/datasets/nothing

is "$(as $BOB ls m/datasets)" $'stars\nwords' "others do not see what is sensitive, or not theirs to read"
exits 1 "nor find it by name" as $BOB test -e m/datasets/patients
is "$(as $BOB ls m/sites/north/cache)" $'stars\nwords' "nor in a site's cache"
exits 1 "nor there by name" as $BOB cat m/sites/north/cache/patients
is "$(as $BOB grep -c patients m/sites/north/site.yaml)" 0 "nor in what the site says"
is "$(grep -c patients m/sites/north/site.yaml)" 1 "as root does"
is "$(as $BOB stat -c %s m/sites/north/site.yaml)" "$(as $BOB cat m/sites/north/site.yaml | wc -c)" "which has the size that they see"

# --- by-dataset/ -----------------------------------------------------------------------------

drop_as $ANN one "$(input patients 'placement: {sensitivity: clinical}')"
drop_as $BOB two "$(input stars 'placement: {tags: {require: [gpu]}}')"
wait_until 10 taken one; wait_until 10 taken two
ONE=$(job_id one) TWO=$(job_id two)
wait_until 10 seen "$ONE"; wait_until 10 seen "$TWO"
is "$(ls m/by-dataset)" $'patients\nstars' "datasets that jobs want"
is "$(ls m/by-dataset/patients)" "$ONE" "and the jobs"
is "$(readlink "m/by-dataset/patients/$ONE")" "../../jobs/$ONE" "as links"
ok "that lead there" test -f "m/by-dataset/patients/$ONE/status"
is "$(as $BOB ls m/by-dataset)" stars "each sees those of their own jobs"
exits 1 "and finds no others" as $BOB test -e "m/by-dataset/patients"
is "$(as $ANN ls m/datasets | tr '\n' ' ')" "patients stars words " "who uses it sees a sensitive one"
like "$(as $ANN cat m/datasets/patients/users)" "^$ONE (pending|failed) $ANN$|^$" "and that they do"
is "$(cat m/datasets/stars/users)" "$TWO pending $BOB" "users are jobs that have not ended"
is "$(as $ANN cat m/datasets/stars/users)" "" "of those that one sees"

# --- sites/ ------------------------------------------------------------------------------------

is "$(ls m/sites/north | tr '\n' ' ')" "cache latency load queue site.yaml timeline.svg why " "a site has its files"
like "$(cat m/sites/north/latency)" $'\nstore-b +20.000 +- +9.5 MiB|\nstore-b +20.000 +- +10 MB|\nstore-b +20.000 ' "latency has a line for each store"
wait_until 10 grep -q gpu m/sites/north/why
like "$(as $BOB cat m/sites/north/why)" '^1 job waiting: .*gpu' "why has the other side's reasons"
is "$(as $ANN grep -c gpu m/sites/north/why)" 0 "of one's own jobs"
drop_as $ANN runs
wait_until 10 taken runs
wait_until 10 told north "$(job_id runs)"
say north "{report: $(job_id runs), attempt: 1, phase: running, time: $(now)}"
wait_until 10 in_phase "$(job_id runs)" running
wait_until 10 grep -q 'class="running"' m/sites/north/timeline.svg
like "$(cat m/sites/north/timeline.svg)" '^<svg .*>runs</text><rect class="running"' "a picture of what runs there"
is "$(as $BOB grep -c '>runs<' m/sites/north/timeline.svg)" 0 "to each their own"
is "$(stat -c %s m/sites/north/timeline.svg)" "$(wc -c <m/sites/north/timeline.svg)" "of a size that a browser can trust"
ok "that is well-formed" "$PYTHON" -c 'import sys, xml.dom.minidom; xml.dom.minidom.parse(sys.argv[1])' m/sites/north/timeline.svg

# --- reservations/ ---------------------------------------------------------------------------------

tomorrow=$(date -u -d '+1 day' +%Y-%m-%dT12:00Z)
printf 'reservation:\n  name: class\n  resources: {compute: {min-cores: 2}}\n  time: {start: %s/PT1H, duration: PT1H}\n' \
	"$tomorrow" >res.yaml
chmod 644 res.yaml
ok "a reservation is dropped" as $ANN cp res.yaml m/inbox/
wait_until 10 sh -c 'ls s/reservations/active | grep -q yaml' || bail "not taken: $(cat s/rejected/*.reason)"
RES=$(basename s/reservations/active/*.yaml .yaml)
is "$(ls m/reservations)" "$RES" "and is seen"
like "$(as $ANN cat "m/reservations/$RES")" 'name: class' "by its owner"
is "$(as $BOB ls m/reservations)" "" "not by others"
is "$(stat -c '%u' "m/reservations/$RES")" $ANN "it is its owner's"
like "$(stat -c %y "m/reservations/$RES")" "^${tomorrow%T*}" "its time is when it expires"
before=$(stat -c %Y "m/reservations/$RES")
later=$(date -u -d "@$((before + 3600))" +%Y-%m-%dT%H:%M:%SZ)
exits 1 "another user changes nothing" as $BOB touch -d "$later" "m/reservations/$RES"
ok "touch -d" as $ANN touch -d "$later" "m/reservations/$RES"
is "$(stat -c %Y "m/reservations/$RES")" "$((before + 3600))" "asks for another time, which the hub gives"
like "$(cat m/sites/north/timeline.svg)" 'class="reserved"' "the site's picture has it"
drop_as $ANN inside "placement: {reservation: $RES}"
wait_until 10 taken inside
wait_until 10 seen "$(job_id inside)"
is "$(ls m/by-reservation) $(ls "m/by-reservation/$RES")" "$RES $(job_id inside)" "by-reservation has the jobs in it"
is "$(as $BOB ls m/by-reservation)" "" "for who may see them"
ok "touch without a date" as $ANN touch "m/reservations/$RES"
ok "lets it end now" wait_until 10 test -e "s/reservations/expired/$RES.yaml"
is "$(ls m/reservations)" "" "so that it is listed no more"
like "$(as $ANN cat "m/reservations/$RES")" 'name: class' "and can be read by its id"
stop "$HUB"
done_testing
