#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Jobs that were packed into archive/ can still be read in the view.
#
# What ls says is what is tested here, and our names are tame.
# shellcheck disable=SC2002,SC2010,SC2012,SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

ended() {	# NAME UID [RESULT]	a job that completed at north; its id in $ID
	drop_as "$2" "$1"
	spoold --once s || bail "no turn"
	ID=$(job_id "$1")
	local results=""
	[ -z "${3-}" ] || results=", files: [$(echo "$3" | payload north "$1.out" out/x.dat), $(echo printed | payload north "$1.std" stdout)]"
	say north "{report: $ID, attempt: 1, phase: completed, time: $(now), exit: 0$results}"
	spoold --once s || bail "no turn"
	[ "$(phase "$ID")" = completed ] || bail "$1 does not complete: $(cat s/jobs/*/"$ID.yaml")"
}

hub 'policy: {unplaceable: wait}'
site north
spoold --once s || bail "no turn"
ended one $ANN 'some data'; ONE=$ID
ended two $BOB; TWO=$ID
drop_as $ANN live 'placement: {tags: {require: [gpu]}}'
spoold --once s || bail "no turn"
LIVE=$(job_id live)
view
status=$(cat "m/jobs/$ONE/status")
log=$(cat "m/jobs/$ONE/log")
is "$(cat "m/jobs/$ONE/results/out/x.dat")" "some data" "a job before it is archived"
printf 'policy: {unplaceable: wait}\narchive: {after: 0}\n' >s/config.yaml
spoold --once s || bail "no turn"
is "$(file "$ONE")" "" "it is archived"
# The view has heard of it when the job is none of the index's own any more.
unlisted() { ! ls m/jobs | grep -q "$1"; }
ok "jobs/ lists what is not archived" wait_until 10 unlisted "$ONE"

is "$(cat "m/jobs/$ONE/status")" "$status" "its status can still be read"
is "$(cat "m/jobs/$ONE/log")" "$log" "and its log"
like "$(cat "m/jobs/$ONE/request.yaml")" '^name: one' "and its request"
is "$(cat "m/jobs/$ONE/stdout")" printed "and its output"
is "$(stat -c %s "m/jobs/$ONE/stdout")" 8 "with its size"
is "$(cat "m/jobs/$ONE/results/out/x.dat")" "some data" "and its results"
is "$(find "m/jobs/$ONE/results" -mindepth 1 -printf '%P ')" "out out/x.dat " "which are a tree"
is "$(timeout 100 cat "m/jobs/$ONE/wait")" completed "nobody waits for it"
is "$(stat -c '%u %a' "m/jobs/$ONE/status")" "$ANN 440" "it is its owner's"
exits 1 "others do not read it" as $BOB cat "m/jobs/$ONE/status"
exits 1 "nor its output" as $BOB cat "m/jobs/$ONE/stdout"
exits 1 "another id is not there" test -e m/jobs/0193a0c0-1000-7000-8000-00000000dead
exits 1 "it cannot be cancelled" rmdir "m/jobs/$ONE"

is "$(ls "m/by-name/one")" "$ONE" "by-name has it"
ok "as a link that leads there" test -f "m/by-name/one/$ONE/status"
like "$(ls m/by-name)" 'one' "among the names"
like "$(ls m/by-site/north)" "$ONE" "by-site has it"
like "$(ls m/by-phase/completed)" "$ONE" "and by-phase"
like "$(ls "m/by-user/$ANN")" "$ONE" "and by-user"
exits 1 "not where it does not belong" test -e "m/by-user/$BOB/$ONE"
is "$(ls m/jobs)" "$LIVE" "and jobs/ is as it was"

# --- a view that has never seen them -----------------------------------------------------

fusermount3 -u m
view
is "$(cat "m/by-name/one/$ONE/stdout")" printed "after a new mount it is there, by name"
is "$(cat "m/jobs/$TWO/status" | sed -n 's/^phase: //p')" completed "and another by id"
: >"$(echo s/archive/*/*.tar.zst)"
fusermount3 -u m
view
exits 1 "an empty archive has nothing" cat "m/jobs/$ONE/status"
like "$(ls m/by-name/live 2>&1)" "$LIVE|No such" "and harms nobody else"
done_testing
