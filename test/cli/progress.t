#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# How far data is on its way, in a job's status: bytes, rate, time left; with a real
# agent and a server that is slow.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"
. "$ROOT/test/stores.sh"

status() { cat "m/jobs/$ID/status"; }
says() { status | grep -Eq -- "$1"; }

hub 'policy: {unplaceable: wait}'
view
web_server
bad_link "$WEB_PORT"
head -c 3000000 /dev/urandom >www/slow
printf 'dataset: slow\ndigest: %s\nsize: 3000000\nreplicas: [{url: "http://127.0.0.1:%s/slow"}]\n' \
	"$(sha www/slow)" "$LINK" >s/data/slow.yaml
serve
cat >north.yaml <<END
site: north
hub: $TMP/s
state: $TMP/north.state
cores: 2
pull: {load: inf}
interval: PT1S
stores: [{name: bad, url: 'http://127.0.0.1:$LINK/'}]
END
background spool-agent -c north.yaml watch
wait_until 20 test -e s/run/sites/north.yaml || bail "north was not heard of: $(cat "$LOG")"

link rate 100000
drop one 'resources: {storage: [{name: in, type: dataset, dataset: slow}], compute: {volumes: [{name: in, path: /in, mode: r}]}}'
wait_until 20 taken one
ID=$(job_id one)
wait_until 20 in_phase "$ID" preparing
part='[0-9.]+(B|KiB|MiB)'
ok "a job whose data is on its way says how far that is" wait_until 30 says \
	"^transfer: \{what: slow, from: http://127.0.0.1:$LINK/slow, done: $part, bytes: 2.9MiB, percent: [0-9]+, rate: $part/s, left: PT[0-9MS]+, told: 20"
percent() { status | sed -n 's/.*percent: \([0-9]*\),.*/\1/p'; }
before=$(percent)
further() { [ "$(percent)" -gt "$before" ]; }
ok "and then that it is further" wait_until 30 further
right_size() { [ "$(stat -c %s "m/jobs/$ID/status")" = "$(status | wc -c)" ]; }
ok "its size is that of the text" wait_until 30 right_size
like "$(spool-agent -c north.yaml status)" "transfers: \\[\\{from: http://127.0.0.1:$LINK/slow, done: $part, bytes: 2.9MiB, percent: [0-9]+, rate: $part/s" \
	"and so it stands on a terminal at the site"
link pass
ended() { in_phase "$ID" completed; }
ok "when it is there the job runs" wait_until 60 ended
is "$(status | grep -c transfer:)" 0 "and nothing is on its way any more"
stop "$HUB"
done_testing
