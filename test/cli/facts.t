#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A hub and three sites with different caches, stores and software: jobs go where
# that makes them end soonest, by what the sites have measured.
#
# Functions are called by wait_until.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/stores.sh"

web_server
hub 'policy: {bandwidth: 20kB}'
mkdir -p www/fast
for n in 1 2 3; do
	head -c 200000 /dev/urandom >www/fast/stars$n
	printf 'dataset: stars%s\ndigest: %s\nsize: 200000\nreplicas:\n- {url: "%s/slow/stars%s"}\n- {url: "%s/fast/stars%s"}\n' \
		$n "$(sha256sum <www/fast/stars$n | cut -c1-64)" "$WEB" $n "$WEB" $n >s/data/stars$n.yaml
done
head -c 400000 /dev/urandom >s/data/near

# A task type of its own, with what is resolved there already.
runner() {	# SITE [RESOLVED]
	mkdir -p "$1.runners"
	{
		printf '#!/bin/sh\ncase $1 in\n'
		printf 'probe) echo "type: thing"; echo "verbs: [start]"; echo "resolved: [%s]" ;;\n' "${2-}"
		printf 'start) exec true ;;\nesac\n'
	} >"$1.runners/thing"
	chmod 755 "$1.runners/thing"
}
agent_of() {	# NAME [RESOLVED [MORE]]
	runner "$1" "${2-}"
	printf 'site: %s\nhub: %s\nstate: %s\ncores: 4\npull: {load: inf}\nrunners: [%s]\n%s\n' "$1" "$TMP/s" "$TMP/$1.state" \
		"$TMP/$1.runners" "${3-}" >"$1.yaml"
}
agent_of north
agent_of south '"conda:astro-2"' "stores: {name: slow, url: '$WEB/slow/'}"
agent_of west '' "stores: {name: fast, url: '$WEB/fast/'}"
serve
for s in north south west; do background spool-agent -c "$s.yaml" watch; done
known() { for s in north south west; do [ -e "s/run/sites/$s.yaml" ] || return 1; done; }
wait_until 120 known || bail "no sites"
measured() { grep -q '^digest' s/run/catalogue/near.yaml; }
wait_until 120 measured || bail "the dataset is not measured"

task() {	# NAME DATASET [MORE]
	printf 'name: %s\ntask: {type: process, spec: {command: "true"}}\nresources: {storage: [{name: in, type: dataset, dataset: %s}]}\n%s\n' \
		"$1" "$2" "${3-}" >"$1.new"
	mv "$1.new" "s/inbox/$1.yaml"
}

# --- caches ------------------------------------------------------------------------------------
task first near 'placement: {sites: north}'
ok "a site fetches a dataset" wait_until 120 reached first completed
has() { grep -q "name: \"\?$2\"\?, " "s/run/sites/$1.yaml"; }
ok "and tells that it has it" wait_until 120 has north near
task again near
ok "the next job that needs it" wait_until 120 reached again completed
is "$(site_of again)" north "goes there, though others are idle"

# --- stores ------------------------------------------------------------------------------------
task slow stars1 'placement: {sites: south}'
task fast stars1 'placement: {sites: west}'
ok "a dataset comes over a slow link" wait_until 120 reached slow completed
ok "and over a fast one" wait_until 120 reached fast completed
bandwidth() { grep -Eq "name: \"?$2\"?, .*bandwidth: " "s/run/sites/$1.yaml"; }
ok "what was measured of the one" wait_until 120 bandwidth south slow
ok "and of the other is told" wait_until 120 bandwidth west fast
task ask stars2 'accept: ask'
offered() { taken ask && in_phase "$(job_id ask)" offered; }
ok "who asks" wait_until 120 offered
like "$(cat s/offers/offered/"$(job_id ask)".*.yaml)" "site: west,.*inputs: \[\{dataset: stars2, from: \"?$WEB/fast/stars2" \
	"is told from where it would come,"
like "$(cat s/offers/offered/"$(job_id ask)".*.yaml)" "site: south,.*inputs: \[\{dataset: stars2, from: \"?$WEB/slow/stars2\"?, bytes: [^,]*, fetching: PT([2-9]|[1-9][0-9]|[0-9]+M)" \
	"and that the slow one takes seconds"
task other stars3
ok "a job that needs what neither has" wait_until 120 reached other completed
is "$(site_of other)" west "goes to the near store"
task north stars3 'placement: {sites: north}'
no() { taken north && in_phase "$(job_id north)" failed; }
ok "one that reaches no store is no place for it" wait_until 120 no

# --- inputs by address ------------------------------------------------------------------
by_url() {	# NAME [MORE]
	printf 'name: %s\ntask: {type: process, spec: {command: "true"}}\nresources: {storage: [{name: in, type: dataset, url: "%s/fast/stars1"}]}\n%s\n' \
		"$1" "$WEB" "${2-}" >"$1.new"
	mv "$1.new" "s/inbox/$1.yaml"
}
by_url address
ok "a job with an input by address" wait_until 120 reached address completed
by_url asks 'accept: ask'
url_offered() { taken asks && in_phase "$(job_id asks)" offered; }
ok "who asks for another" wait_until 120 url_offered
like "$(cat s/offers/offered/"$(job_id asks)".*.yaml)" "to-fetch: 200kB, fetching: [^,]*, inputs: \[\{dataset: url, from: \"?$WEB/fast/stars1\"?, bytes: 200kB, fetching: " \
	"is told what the site fetched for the first"

# --- software ------------------------------------------------------------------------------------
for n in 1 2 3; do
	printf 'name: thing%s\ntask: {type: thing, spec: {environment: astro-2}}\n' $n >t.new
	mv t.new "s/inbox/thing$n.yaml"
	ok "a job with an environment" wait_until 120 reached thing$n completed
	is "$(site_of thing$n)" south "runs where that is resolved"
done
done_testing
