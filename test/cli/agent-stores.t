#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: inputs out of stores: a directory, http, S3 that checks signatures,
# an rsync daemon; and what is cut, wrong, slow, hangs, or is nobody's.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"
. "$ROOT/test/stores.sh"

s3_server inputs
web_server
rsync_server
bad_link "$WEB_PORT"
mkdir -p files
site north "cores: 2
transfers: 4
patience: 1s
stores:
- {name: disk, url: 'file://$TMP/files/'}
- {name: web, url: '$WEB/'}
- {name: bad, url: 'http://127.0.0.1:$LINK/'}
- {name: objects, url: 's3://inputs/', endpoint: '$S3', credentials: s3.key}
- {name: open, url: 's3://open/', endpoint: '$S3', credentials: loose.key}
- {name: strangers, url: 's3://strangers/', endpoint: '$S3'}
- {name: mirror, url: '$RSYNC/', credentials: rsync.key}
- {name: south, url: 'site://south/', endpoint: '$RSYNC/cache/', credentials: rsync.key}"
data=hub/sites/north/down/data
mkdir -p "$data"
echo '{access-key: S3RVER, secret-key: S3RVER}' >loose.key
chmod 644 loose.key

random() { head -c "$2" /dev/urandom >"$1"; }
request 'task: {type: process, spec: {command: "sha256sum <$SPOOL_INPUT_IN_1"}}
resources: {storage: [{name: in-1, type: dataset, dataset: x}]}'
job() {		# DATASET FILE URL...	in $ID; its SHA-256 in $SHA
	local name=$1 file=$2
	shift 2
	ID=$(uuid) SHA=$(sha "$file")
	hub input in-1 "$name" "$(stat -c %s "$file")" "$SHA" 0 "$@" <<<"assign $ID 1 request.yaml"
	agent run
}
comes() { wait_until 30 pass_has "report: $ID, attempt: 1, phase: completed.*$SHA"; }

# --- each kind of store ------------------------------------------------------------

random files/a 3000
job a files/a "file://$TMP/files/a"
ok "a file of a directory" comes
random www/b 400000
job b www/b "$WEB/b"
ok "a page" comes
random c 400000
ok "(an object)" s3_put c "inputs/some%20where/c"
job c c s3://inputs/some%20where/c
ok "an object of S3" comes
random mod/d 50000
job d mod/d "$RSYNC/d"
ok "a file of an rsync daemon" comes
mkdir mod/cache
random e 5000
cp e "mod/cache/$(sha e)"
job e e site://south/
ok "a dataset that another site keeps" comes

# --- one source after the other ------------------------------------------------------

random f 6000
cp f files/f
random www/f 6000
job f f "$WEB/none" "$WEB/f" "s3://strangers/f" "file://$TMP/files/f"
ok "what is not there, wrong, or forbidden is passed" comes
is "$(find north.state/cache -name '*.part' | wc -l)" 0 "nothing half done is left"
random g 6000
job g g "$WEB/f"
ok "what is wrong at its only source" up_has "report: $ID, attempt: 1, phase: failed.*cause: site.*found content with the digest"
job g g "$WEB/none"
ok "or not there" up_has "report: $ID, attempt: 1, phase: failed.*cause: site.*none is not there: status 404"
job g g "file:///etc/passwd"
ok "or in no store" up_has "report: $ID, attempt: 1, phase: failed.*in none of the stores that this site knows"
job g g "file://$TMP/files/%2e%2e/s3.key"
ok "or outside of its store" up_has "report: $ID, attempt: 1, phase: failed.*climbs out of its store"
job g g "s3://open/g"
ok "keys that others can read are not used" up_has "report: $ID, attempt: 1, phase: preparing.*readable by nobody else"
hub cancel "$ID" 1 enough </dev/null
s3_put g inputs/g
sed -i 's/S3RVER}/wrong}/' s3.key
job g g s3://inputs/g
ok "wrong keys are refused" wait_until 60 pass_has "report: $ID, attempt: 1, phase: preparing.*status 403 .SignatureDoesNotMatch"
sed -i 's/wrong}/S3RVER}/' s3.key
ok "and the right ones taken, later" comes

# --- a bad link ---------------------------------------------------------------------------

random www/h 3000000
link cut 1500000
job h www/h "http://127.0.0.1:$LINK/h"
part() { stat -c %s "north.state/cache/.$SHA.part/$SHA"; }
ok "a transfer that is cut" wait_until 20 up_has "report: $ID, attempt: 1, phase: preparing.*could not be fetched"
like "$(part)" '^[12][0-9]{6}$' "leaves what came"
before=$(part)
link pass
ok "and comes" comes
parts() { sed -n 's/.*"GET \/h .* 206 \([0-9]*\) .*/\1/p' nginx/access; }
ok "goes on from there" wait_until 10 eval '[ -n "$(parts)" ]'
ok "with what was missing alone" test "$(parts | tail -n 1)" -le "$((3000000 - before))"

random www/i 2000
link hang
cp www/i files/i
job i www/i "http://127.0.0.1:$LINK/i" "file://$TMP/files/i"
ok "a store that hangs is left for another" comes

random www/j 600000
link rate 100000
job j www/j "http://127.0.0.1:$LINK/j"
told() { agent run && up_has 'transfers:' && up_has "what: j, from: http://127.0.0.1:$LINK/j, bytes: 600kB, done: .*jobs: .*$ID"; }
ok "how far a slow one is, is told" wait_until 20 told
ok "and it comes" comes

# --- trees, and what has no digest --------------------------------------------------------

mkdir -p "www/tree/deep er"
random "www/tree/deep er/one" 3000
random www/tree/two 100
T=$(tree_sha www/tree)
request 'task: {type: process, spec: {command: "cd $SPOOL_INPUT_IN_1 && cat */one two | sha256sum"}}
resources: {storage: [{name: in-1, type: dataset, dataset: t}]}'
ID=$(uuid) SHA=$(cat www/tree/*/one www/tree/two | sha256sum | cut -c1-64)
hub input in-1 t 3100 "$T" 2 "$WEB/tree/" <<<"assign $ID 1 request.yaml"
ok "a tree without its manifest" agent run
ok "has to wait" up_has "report: $ID, attempt: 1, phase: preparing.*not at the hub yet"
manifest www/tree >"$data/$T.manifest"
ok "with it, it comes" comes
ok "as it is" diff -r www/tree "north.state/cache/$T"

request 'task: {type: process, spec: {command: "sha256sum <$SPOOL_INPUT_IN_1"}}
resources: {storage: [{name: in-1, type: dataset, url: "http://x/k"}]}'
random www/k 7000
ID=$(uuid) SHA=$(sha www/k)
hub input in-1 k - - 0 "$WEB/k" <<<"assign $ID 1 request.yaml"
ok "what has no digest is taken as it comes" comes
ok "under the digest it has" test -f "north.state/cache/$SHA"
like "$(agent probe)" "name: web, url: $WEB/, latency: PT.*bandwidth: .*measured: " "what was measured on the way is told"

# --- a fresh look -----------------------------------------------------------------------------

link pass
hub ask 7 look </dev/null
ok "asked to look" agent run
answer=$(up)
like "$answer" 'answers: 7' "the site answers"
like "$answer" 'machine: \{busy: .*measured: ' "with how busy it is now"
like "$answer" 'name: disk, url: .*latency: PT.*measured: ' "and what it measured of its stores"
like "$answer" "name: strangers, .*measured: " "of every one"
link hang
hub ask 8 look </dev/null
ok "a store that hangs" agent run
ok "does not keep it from answering" up_has 'answers: 8'
ok "nobody stays behind" wait_until 10 nobody
sed -i 's/^patience: .*/patience: 8s/' north.yaml
hub ask 9 look </dev/null
ok "nor one" agent run
ok "that hangs for longer than a pass waits" up_has 'answers: 9'
ok "nobody stays behind" wait_until 10 nobody
done_testing
