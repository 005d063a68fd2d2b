#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How long sites take to get software ready is learned from jobs that were given to
# one that did not have it.
#
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

image() {	# NAME IMAGE [MORE]
	printf 'name: %s\ntask: {type: oci-container, spec: {image: "localhost/%s"}}\n%s\n' "$1" "$2" "${3-}" >.new &&
		mv .new "s/inbox/$1.yaml"
	wait_until 60 placed "$1" || bail "$1 is not placed"
}
placed() { taken "$1" && { in_phase "$(job_id "$1")" waiting || in_phase "$(job_id "$1")" offered; }; }
# It began with it, and so many seconds later its task ran.
ran() {		# NAME SECONDS
	local id site
	id=$(job_id "$1") site=$(site_of "$1")
	say "$site" "{report: $id, attempt: 1, phase: running, time: $(at 0), start: $(at 0)}"
	wait_until 60 in_phase "$id" running || bail "$1 does not run"
	say "$site" "{report: $id, attempt: 1, phase: completed, time: $(at "$2"), exit: 0, start: $(at "$2"), end: $(at "$2"), wall: 1}"
	wait_until 60 in_phase "$id" completed || bail "$1 does not end"
}
# What is offered by a site for such an image, as seconds; "none": it is there.
prepare() {	# NAME IMAGE SITE
	local offer
	image "$1" "$2" "accept: ask
placement: {sites: [$3]}"
	offer=$(head -n 1 "s/offers/offered/$(job_id "$1").1.yaml")
	case $offer in
	*prepare:*)
		offer=${offer##*prepare: PT}
		awk -F '[MS]' '{ print int(/M/ ? $1 * 60 + $2 : $1) }' <<<"${offer%%,*}"
		;;
	*) echo none ;;
	esac
}
between() { [ "$1" != none ] && [ "$1" -ge "$2" ] && [ "$1" -le "$3" ]; }	# SECONDS LEAST MOST

hub 'policy: {unplaceable: wait}
offers: {most: 1}'
types='types: [oci-container]'
for s in north south; do site $s "$types"; done
site east "$types
resolved: [\"oci:localhost/there:1\"]"
serve
wait_until 60 test -e s/run/sites/east.yaml || bail "no sites"
is "$(prepare guess slow:1 north)" 30 "of what is not known half a minute is taken"
image there there:1
is "$(site_of there)" east "where it is resolved is the best place"
ran there 500
is "$(prepare still slow:1 north)" 30 "whatever happened there tells nothing"

image slow slow:1 'placement: {sites: [north]}'
ran slow 200
ok "what a site took to get it is learned, and counts for that image elsewhere" between "$(prepare slows slow:1 south)" 190 210
is "$(prepare here slow:1 north)" none "but not where it ran"
ok "for another image it is the best guess" between "$(prepare other other:1 south)" 190 210
image quick quick:1 'placement: {sites: [south]}'
ran quick 20
ok "until that has been got, too" between "$(prepare quicks quick:1 north)" 18 22
ok "one keeps its own" between "$(prepare slower slow:1 south)" 190 210
ok "and both stand for those that are not known" between "$(prepare others others:1 south)" 50 80
stop "$HUB"
like "$(grep '^prepare' s/run/learned)" '^prepare 1\.95 ' "what was learned is kept"
serve
ok "by a restart, too" between "$(prepare again quick:1 east)" 18 22
stop "$HUB"

# --- by a site that does it -------------------------------------------------------------------
rm -rf s
hub 'policy: {unplaceable: wait}'
mkdir runners
cat >runners/thing <<'SH'
#!/bin/sh
case $1 in
probe)	echo 'type: thing'; echo 'verbs: [prepare, start]' ;;
prepare) sleep 2 ;;
start)	exec true ;;
esac
SH
chmod 755 runners/thing
printf 'site: real\nhub: %s/s\nstate: %s/real.state\ncores: 4\npull: {load: inf}\nrunners: [%s/runners]\n' "$TMP" "$TMP" "$TMP" >real.yaml
serve
background spool-agent -c real.yaml watch
wait_until 120 test -e s/run/sites/real.yaml || bail "no site"
printf 'name: real\ntask: {type: thing, spec: {environment: big}}\n' >.new && mv .new s/inbox/real.yaml
ends() { taken real && in_phase "$(job_id real)" completed; }
ok "a real one prepares for two seconds" wait_until 120 ends
stop "$HUB"
mean=$(sed -n 's/^prepare 1 \([^ ]*\) .*/\1/p' s/run/learned)
ok "and that is what is learned" awk -v mean="${mean:-none}" 'BEGIN { exit !(mean != "none" && exp(mean) >= 1.5 && exp(mean) < 60) }'
done_testing
