#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Three sites, each with something else in its cache: work goes to its data.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

hub ''
sites=(north south west)
for i in 0 1 2; do
	printf 'site: %s\nhub: %s\nstate: %s\ninterval: PT1S\ngroups: [g%s]\ncores: 4\npull: {load: inf}\n' \
		"${sites[i]}" "$TMP/s" "$TMP/${sites[i]}.state" "$i" >"${sites[i]}.yaml"
	head -c 20000000 /dev/urandom >"s/data/d$i"
done
serve
for site in "${sites[@]}"; do background spool-agent -c "$site.yaml" watch; done
known() { [ "$(find s/run/sites -name '*.yaml' | wc -l)" = 3 ]; }
wait_until 60 known || bail "no sites"

ask() {		# NAME DATASET [PLACEMENT]
	printf 'name: %s\ntask: {type: process, spec: {command: "sha256sum <$SPOOL_INPUT_IN"}}\nresources: {storage: [{name: in, type: dataset, dataset: %s}]}\n%s\n' \
		"$1" "$2" "${3-}" >"$1.new"
	mv "$1.new" "s/inbox/$1.yaml"
}

for i in 0 1 2; do ask "first$i" "d$i" "placement: {groups: [g$i]}"; done
for i in 0 1 2; do
	ok "a job in the group of ${sites[i]}" wait_until 100 reached "first$i" completed
	is "$(site_of "first$i")" "${sites[i]}" "runs there"
done
has() { grep -q "name: d$1," "s/run/sites/${sites[$1]}.yaml"; }
for i in 0 1 2; do ok "whose cache has its data now" wait_until 60 has "$i"; done
for i in 0 1 2; do ask "then$i" "d$i"; done
for i in 0 1 2; do
	ok "a job that may run anywhere" wait_until 100 reached "then$i" completed
	is "$(site_of "then$i")" "${sites[i]}" "runs where its data is"
	is "$(cut -c1-64 "s/results/$(job_id "then$i")/stdout")" "$(sha256sum "s/data/d$i" | cut -c1-64)" "and reads it"
done
done_testing
