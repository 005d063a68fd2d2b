#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Datasets that lie elsewhere than at the hub: hub and site together, with a
# catalogue of documents, stores, inputs and outputs by address.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/stores.sh"

s3_server inputs results
web_server
hub "stores:
  objects: {url: 's3://inputs/'}
clearances: {clinical: north}"
mkdir files
echo '{access-key: S3RVER, secret-key: S3RVER}' >s3.key
chmod 600 s3.key
agent_of() {	# NAME [MORE]
	printf 'site: %s\nhub: %s\nstate: %s\ninterval: PT1S\npull: {load: inf}\n%s\n' "$1" "$TMP/s" "$TMP/$1.state" "${2-}" >"$1.yaml"
}
agent_of north "clearances: [clinical]
stores:
- {name: objects, url: 's3://inputs/', endpoint: '$S3', credentials: s3.key}
- {name: results, url: 's3://results/', endpoint: '$S3', credentials: s3.key}
- {name: web, url: '$WEB/'}"
agent_of south "stores: {name: web, url: '$WEB/'}"

mkdir -p www/tree/sub
head -c 300000 /dev/urandom >www/tree/sub/one
echo two >www/tree/two
s3_put www/tree/sub/one inputs/tree/sub/one
s3_put www/tree/two inputs/tree/two
{
	printf 'dataset: forest\nfiles:\n'
	manifest www/tree | while read -r digest size path; do
		echo "- {path: $path, size: $size, digest: $digest}"
	done
	printf 'replicas:\n- {store: objects, path: none/}\n- {store: objects, path: tree/}\n- {site: west}\n'
} >s/data/forest.yaml
printf 'dataset: secret\nsensitivity: clinical\nreplicas: {url: "%s/tree/two"}\n' "$WEB" >s/data/secret.yaml
echo two >s/data/secret
echo 'dataset: other' >s/data/wrong.yaml
serve
background spool-agent -c north.yaml watch
background spool-agent -c south.yaml watch
known() { [ -e s/run/sites/north.yaml ] && [ -e s/run/sites/south.yaml ]; }
wait_until 60 known || bail "no sites"

ask() {		# NAME STORAGE COMMAND
	printf 'name: %s\ntask: {type: process, spec: {command: %s}}\nresources: {storage: [%s]}\n' "$1" "$3" "$2" >"$1.new"
	mv "$1.new" "s/inbox/$1.yaml"
}
why() { cat "s/run/why/$(job_id "$1").yaml" 2>/dev/null; }

ask trees '{name: in, type: dataset, dataset: forest}' "'sha256sum <\$SPOOL_INPUT_IN/sub/one'"
ok "a dataset that lies in S3 alone" wait_until 60 reached trees completed
is "$(cut -c1-64 "s/results/$(job_id trees)/stdout")" "$(sha www/tree/sub/one)" "is read where it can be reached"
like "$(cat "$(file "$(job_id trees)")")" 'site: north' "at the site that knows the store"
ask page "{name: in, type: dataset, url: '$WEB/tree/two'}, {name: out, type: persistent, to: 's3://results/page/'}" \
	"'cp \$SPOOL_INPUT_IN \$SPOOL_VOLUME_OUT/copy'"
ok "an input and an output by their addresses" wait_until 60 reached page completed
is "$(s3_get results/page/copy)" two "are fetched and sent"
ask pinned "{name: in, type: dataset, url: '$WEB/tree/two', digest: $(printf '%064d' 3)}" "'true'"
ok "one with another digest" wait_until 60 reached pinned failed
ask hidden '{name: in, type: dataset, dataset: secret}' "'cat \$SPOOL_INPUT_IN'"
ok "what is sensitive" wait_until 60 reached hidden completed
like "$(cat "$(file "$(job_id hidden)")")" 'site: north' "goes to who is cleared"
unlike "$(down south)" 'hidden|secret' "and nobody else hears of it"
ask nowhere "{name: in, type: dataset, url: 'https://nowhere.example/x'}" "'true'"
ok "what no site reaches" wait_until 60 reached nowhere failed
like "$(cat "$(file "$(job_id nowhere)")")" 'it knows no store that https://nowhere.example/x lies in' "is told so"
like "$(cat "$HUB_LOG")" 'data/wrong.yaml.*it is about the dataset other, expected wrong' "a document that is about something else is named"
done_testing
