# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# agent.sh - for tests of spool-agent: a site, and a hub that is written by hand.
#
#	site north 'cores: 4'		north.yaml, north.state, hub/sites/north
#	request 'task: ...'		request.yaml
#	A=$(uuid)
#	hub assign "$A" 1 request.yaml	one message; more lines on standard input
#	agent run
#	like "$(up)" "report: $A"	the newest message of the site

SAYS=$BUILD/tools/hub-says
SITE=

site() {	# NAME [MORE CONFIGURATION]	it is the one that the others mean
	SITE=$1
	[ -d hub ] || spoold --init hub >/dev/null || bail "no spool"
	mkdir -p "hub/sites/$SITE/down" "hub/sites/$SITE/up"
	{
		printf 'site: %s\nhub: %s/hub\nstate: %s/%s.state\n' "$SITE" "$TMP" "$TMP" "$SITE"
		[ -z "${2-}" ] || printf '%s\n' "$2"
	} >"$SITE.yaml"
}

agent() { spool-agent -c "$SITE.yaml" "$@"; }
request() { printf '%s\n' "$1" >request.yaml; }
uuid() { cat /proc/sys/kernel/random/uuid; }

hub() {		# WORDS... [more lines on standard input]
	{
		[ $# = 0 ] || printf '%s\n' "$*"
		cat
	} | "$SAYS" "hub/sites/$SITE" "$SITE" >/dev/null || bail "the hub cannot write"
}

up_numbers() { find "hub/sites/$SITE/up" -name '[0-9]*.yaml' -printf '%f\n' |
	sed 's/^0*\(.*\)\.yaml$/\1/' | sort -n; }

newest() {	# up|down	its name
	find "hub/sites/$SITE/$1" -name '[0-9]*.yaml' -printf '%f\n' | sort | tail -n1
}
up() {		# the newest message
	local name
	name=$(newest up)
	[ -z "$name" ] || cat "hub/sites/$SITE/up/$name"
}
# A message that is still there; what it says is not said again in the newest.
up_has() { cat "hub/sites/$SITE/up/"[0-9]*.yaml 2>/dev/null | grep -Eq -- "$1"; }
pass_has() { agent run && up_has "$1"; }
reported() { up_has "report: $1, attempt: 1, phase: $2"; }	# ID PHASE...
pass_reports() { agent run && reported "$@"; }

# What the site holds: PHASE/KEY, in order.  (Beside each running/KEY lies KEY.yaml.)
held() {
	(
		cd "$SITE.state" || exit
		find waiting preparing ended -mindepth 1 -maxdepth 1
		find running -mindepth 1 -maxdepth 1 -name '*.yaml' | sed 's/\.yaml$//'
		find running -mindepth 1 -maxdepth 1 -type d | while read -r dir; do
			[ -e "$dir.yaml" ] || echo "$dir"
		done
	) | sort
}

# No agent is at work, and nobody between two passes.
nobody() { agent status | grep -q 'agent: none'; }

# An attempt has: between two passes, or when `run` left somebody to tend it.
has_ended() { [ -e "$SITE.state/running/$1/exit" ] || [ -e "$SITE.state/ended/$1/report" ]; }
