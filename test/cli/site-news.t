#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A site tells its hub only what has changed of its datasets, and all of it when the
# hub does not know what it changes.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"

spoold --init hub >/dev/null || bail "no spool"
mkdir -p hub/sites/north/{up,down}
config() {	# NAME...	of datasets
	printf 'site: north\nhub: %s/hub\nstate: %s/state\ndatasets:\n' "$TMP" "$TMP"
	for name; do
		echo "$name" >"$name"
		printf -- '- {name: %s, path: %s/%s}\n' "$name" "$TMP" "$name"
	done
}
pass() { spool-agent -c north.yaml run && spoold --once hub; }
up() { cat "$(find hub/sites/north/up -name '[0-9]*.yaml' | sort | tail -n1)"; }
known() { sed -n 's/^- {name: \([^,]*\),.*/\1/p' hub/run/sites/north.yaml | sort | paste -sd' '; }
generation() { sed -n 's/^cache: {generation: \([0-9]*\).*/\1/p' hub/run/sites/north.yaml; }

config one two three >north.yaml
ok "a site with three datasets" pass
is "$(known)" "one three two" "is known"
like "$(generation)" '^[0-9]+$' "by a generation"
first=$(generation)
config one three four >north.yaml
ok "one goes, one comes" pass
like "$(up)" "cache: \{generation: [0-9]+, since: $first," "it tells what changed since then"
is "$(up | grep -c 'name: ')" 1 "the one that came"
like "$(up)" "dropped:.- $(sha256sum two | cut -c1-64)" "and the one that went"
is "$(known)" "four one three" "the hub puts that together"
test "$(generation)" -gt "$first"
ok "as a new generation" test "$(generation)" -gt "$first"
ok "nothing changes" touch -d '-1 hour' state/told.yaml
ok "for an hour" pass
like "$(up)" "since: $(generation)," "it tells that nothing did"
unlike "$(up)" "datasets:" "and not what it has"
is "$(known)" "four one three" "which the hub still knows"

# --- what does not fit --------------------------------------------------------------

sed -i 's/^= .*/= 5/' state/heard
config three four five >north.yaml
ok "a site that has told what never came" pass
is "$(known)" "four one three" "its change is not taken for one of what is known"
is "$(generation)" "" "and knows that it is not right"
like "$(cat hub/sites/north/down/*.yaml)" "ask: [0-9]+, whole: true" "it asks for the whole"
ok "(the answer)" pass
unlike "$(up)" "since:" "and gets it"
is "$(known)" "five four three" "then it knows all"
rm state/heard
config five six >north.yaml
ok "a site that has forgotten what it told" pass
unlike "$(up)" "since:" "tells all"
is "$(known)" "five six" "which is taken"
rm hub/run/sites/north.yaml
config five >north.yaml
ok "a hub that has forgotten the site" pass
ok "(the answer)" pass
is "$(known)" "five" "hears of it again"
done_testing
