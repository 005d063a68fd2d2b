#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The bytes that jobs leave behind are learned, and count where the next goes.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

NONE=$(printf '' | sha256sum | cut -d ' ' -f 1)
# Jobs of one name.
put() {		# NAME FILE-NAME [LINES]
	job .one "${3-}"
	sed "s/^name: .*/name: $1/" .one >.new && mv .new "s/inbox/$2.yaml"
	once
}
ended() {	# NAME SITE MORE
	say "$2" "{report: $(job_id "$1"), attempt: 1, phase: completed, time: $(now), exit: 0, start: $(now), end: $(now), wall: 1, $3}"
	once
	rm -f "$(file "$(job_id "$1")")"
}
# North is preferred where nothing speaks for the other.
measured() {	# BYTES/S TO THE STORE, AND TO THE HUB
	printf 'interval: PT1S\nstores: [{name: store, url: "s3://store/", bandwidth: 10MB, upload: %s, samples: 8, measured: %s}, {name: hub, url: hub, bandwidth: 10MB, upload: %s, samples: 8, measured: %s}]' \
		"$1" "$(now)" "$2" "$(now)"
}
hub 'policy: {unplaceable: wait}'
small='pull: {cores: 1, jobs: 1}'
site north "tags: [near]
$small
$(measured 10kB 10kB)"
site south "$small
$(measured 10MB 10MB)"
once

to='resources: {storage: [{name: out, type: persistent, to: "s3://store/x/"}], compute: {volumes: [{name: out, path: /out, mode: rw}]}}
placement: {tags: {prefer: [near]}}'
near='placement: {tags: {prefer: [near]}}'
put away one "$to"
is "$(site_of away)" north "a job of which nothing is known goes to the one it prefers"
ended away north "stored: [{name: out, to: \"s3://store/x/\", files: 1, size: 3000000, digest: \"$NONE\"}]"
put away two "$to"
is "$(site_of away)" south "one whose outputs have to go to a store, to where that is near"
like "$(grep 'phase: waiting' "$(file "$(job_id away)")")" 'why: \["done in [^"]*"?.*"north: done in [45]min[^"]*, stage-out [45]min' \
	"and how long they would take from the other is told"
ended away south "stored: [{name: out, to: \"s3://store/x/\", files: 1, size: 3000000, digest: \"$NONE\"}]"

put home three "$near"
is "$(site_of home)" north "one that sends nothing there does not mind"
head -c 2000000 /dev/zero >.big
ended home "$(site_of home)" "files: [$(payload "$(site_of home)" big out/big <.big)]"
put home four "$near"
is "$(site_of home)" south "outputs that come home to the hub count with the way to there"
runs=$(grep -c '^run ' s/run/learned)
ok "what was learned is kept" test "$runs" -ge 5

# --- why it waits -------------------------------------------------------------------------
for s in north south; do put "fills-$s" "$s" "placement: {sites: [$s]}"; done
ended home south "files: [$(payload south big2 out/big <.big)]"
put home five "$near"
words=$(cat s/run/why/*)
like "$words" 'north: it may[^;]*.*; stage-out 1\.9MiB in [123]min[0-9]+s: 2 ends of such jobs.*
south' "why tells of the bytes and seconds at the one"
like "$words" 'south: it may.*; stage-out 1\.9MiB in 0\.[0-9]s' "and at the other"
done_testing
