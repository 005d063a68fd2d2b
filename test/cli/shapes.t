#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What is remembered about jobs that are alike goes when they have gone.
# Functions are called by wait_until.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

shapes() { sed -n 's/^spool_shapes //p' s/run/metrics; }
explained_are() { [ "$(explained)" = "$1" ]; }
explained() { find s/run/why -name 'x*' | wc -l; }
command_all() {		# COMMAND
	local file
	for file in s/jobs/pending/*.yaml; do
		file=${file##*/}
		echo "{command: $1, job: ${file%.yaml}}" >"s/inbox/$1-$file"
	done
}

hub 'policy: {unplaceable: wait}'
for i in $(seq 400); do
	echo "{task: {type: process, spec: {command: ['true']}}, resources: {compute: [{min-memory: ${i}MiB}]}}" \
		>"s/inbox/$i.yaml"
done
once
is "$(count pending)" 400 "jobs that are all different wait"
is "$(explained)" 400 "each is explained"
is "$(shapes)" 400 "each has a shape of its own"

serve
command_all hold
wait_until 30 inbox_is_empty
ok "what is on hold waits for no site, and is not explained" wait_until 30 explained_are 0
is "$(shapes)" 400 "but keeps its shape"
command_all release
ok "released, it is explained again" wait_until 30 explained_are 400
command_all cancel
ok "cancelled, none is explained" wait_until 30 explained_are 0
is "$(count cancelled)" 400 "all are cancelled"
ok "only the last shapes are kept" wait_until 30 grep -qx 'spool_shapes 256' s/run/metrics
drop again 'resources: {compute: [{min-memory: 1MiB}]}'
ok "a shape that has gone comes again" wait_until 30 taken again
is "$(phase "$(job_id again)")" pending "with its job"
stop "$HUB"
done_testing
