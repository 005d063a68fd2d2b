#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# assess: live: sites are asked to look anew, by a hub that waits for them, but not for
# ever; with real agents that watch, and sites by hand that do not answer.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

# The file moves while it is looked for.
job_line() {	# NAME
	local line=''
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		line=$(grep -h 'phase: waiting' s/jobs/*/"$(job_id "$1")".yaml 2>/dev/null) && break
		sleep 0.1
	done
	[ -n "$line" ] && echo "$line"
}
placed() { [ -n "$(job_id "$1")" ] && job_line "$1" >/dev/null; }		# NAME
agent() {	# NAME	that watches, with the hub at hand
	printf 'site: %s\nhub: %s/s\nstate: %s/%s.state\ncores: 2\npull: {load: inf}\ninterval: PT1S\n' "$1" "$TMP" "$TMP" "$1" >"$1.yaml"
	background spool-agent -c "$1.yaml" watch
	wait_until 20 test -e "s/run/sites/$1.yaml" || bail "$1 was not heard of: $(cat "$LOG")"
}
measured() { sed -n 's/.*measured: //p' "s/run/sites/$1.yaml" | head -n 1; }	# SITE

hub 'policy: {unplaceable: wait, assess: PT1M}'
serve
agent north
agent south
NORTH=$PID

# --- all answer -----------------------------------------------------------------------

drop one 'assess: live'
ok "a job that is assessed live is placed when the sites have answered" wait_until 30 placed one
like "$(job_line one)" '"asked to look anew: (north, south|south, north) answered"' "and says that they did"
ok "one that is not" drop two
ok "asks nobody" wait_until 20 placed two
unlike "$(job_line two)" 'anew' "and says nothing of it"

# --- one does not -----------------------------------------------------------------------

site far
wait_until 10 test -e s/run/sites/far.yaml
kill -STOP "$NORTH"
drop three 'assess: live
placement: {sites: [south, far]}'
wait_until 10 taken three
asked() { told south 'ask: [0-9]+, look: true'; }
ok "who does not answer was asked" wait_until 20 asked
is "$(phase "$(job_id three)")" pending "and is waited for"
ok "which the reasons say" wait_until 20 grep -rq 'south: .*it was asked to look anew, and has not answered yet' s/run/why
stop "$HUB"
printf 'policy: {unplaceable: wait, assess: PT1S}\n' >s/config.yaml
serve
ok "but not for longer than policy.assess" wait_until 30 placed three
like "$(job_line three)" '"asked to look anew: south did not in time, and counts as it told before; far syncs too seldom to be asked"' \
	"and each is named"
kill -CONT "$NORTH"
ended() { [ "$(count completed)" -ge 2 ]; }
ok "jobs run as ever" wait_until 30 ended

# --- with offers ----------------------------------------------------------------------------

drop four 'assess: live
accept: ask
placement: {sites: [north]}'
offered() { [ "$(phase "$(job_id four)")" = offered ]; }
ok "offers are made after the answers, too" wait_until 30 offered

# --- an older agent -----------------------------------------------------------------------------

stop "$HUB"

spoold --init old >/dev/null; spoold --add-site south old
printf 'site: south\nhub: %s/old\nstate: %s/old.state\n' "$TMP" "$TMP" >old.yaml
printf '%s\n' '{sing: loudly, at: noon}' 'ask 7' | "$BUILD/tools/hub-says" old/sites/south south >/dev/null
ok "a line that an agent does not know" spool-agent -c old.yaml run
like "$(output; cat old.state/log* 2>/dev/null)" 'not known here \(sing\); it is left out' "is left out, which is said"
ok "and what follows is acted on" grep -q '^answers: 7' old/sites/south/up/*.yaml
done_testing
