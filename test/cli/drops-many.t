#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# 50,000 drops at once, from 100 writers.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

WRITERS=100 EACH=500
hub 'policy: {unplaceable: wait}'
serve
writer() {	# NUMBER
	local k
	for ((k = 1; k <= EACH; k++)); do
		printf 'name: w%d-%d\ntask: {type: process, spec: {command: ["%d"]}}\n' "$1" $k $k \
			>"s/inbox/w$1-$k.yaml"
	done
}
writers=()
for ((i = 1; i <= WRITERS; i++)); do
	writer $i &
	writers+=($!)
done
wait "${writers[@]}"
ok "$((WRITERS * EACH)) drops of $WRITERS writers are taken" wait_until 200 inbox_is_empty
ok "spoold is still there" kill -0 "$HUB"
unlike "$(cat "$HUB_LOG")" "cannot|trouble" "and has had no trouble"
ok "it stops" stop "$HUB"
is "$(files | wc -l)" $((WRITERS * EACH)) "each becomes a job"
is "$(find s/jobs -name '*.yaml' -exec grep -hoE '^--- \{job: .* name: w[0-9]+-[0-9]+,' {} + | sed 's/.* name: //' | sort -u | wc -l)" \
	$((WRITERS * EACH)) "of its own"
done_testing
