#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a site has room for: who waits for data holds no core, whose start is agreed
# keeps its data in the cache, and what other users of the machine do is load.
#
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

sha() { sha256sum "$1" | cut -c1-64; }

# --- cores -------------------------------------------------------------------------------

site north 'cores: 1
pull: {load: inf}
cache: {size: 10kB}'
data=hub/sites/north/down/data
mkdir -p "$data"
for n in 1 2 3; do head -c 4000 /dev/urandom >"x$n"; done
X1=$(sha x1) X2=$(sha x2) X3=$(sha x3)

request 'task: {type: process, spec: {command: "true"}}
resources: {storage: [{name: in, type: dataset, dataset: x}]}'
A=$(uuid) B=$(uuid) C=$(uuid) D=$(uuid) E=$(uuid)
hub input in x1 4kB "$X1" <<<"assign $A 1 request.yaml"
ok "a job that takes the only core waits for its data" agent run
like "$(up)" "report: $A, attempt: 1, phase: preparing" "which is told"
request 'task: {type: process, spec: {command: "true"}}'
hub assign "$B" 1 request.yaml </dev/null
ok "one behind it runs meanwhile" wait_until 30 pass_reports "$B" completed
is "$(held | grep -c "^preparing/$A.1.yaml$")" 1 "and the first one waits still"
cp x1 "$data/.tmp" && mv "$data/.tmp" "$data/$X1"
ok "with its data it runs, too" wait_until 30 pass_reports "$A" completed
hub settle "$A" 1 <<<"settle $B 1"
agent run

# --- the cache: 10 kB ----------------------------------------------------------------------

cp x2 "$data/$X2" && cp x3 "$data/$X3"
request 'task: {type: process, spec: {command: "true"}}
resources: {storage: [{name: in, type: dataset, dataset: x}]}'
hub start 3600 <<<"input in x2 4kB $X2"$'\n'"assign $C 1 request.yaml 1 0 PT10S"
ok "a job whose start is agreed, in an hour" agent run
ok "has its data already" wait_until 30 test -e "north.state/cache/$X2"
hub input in x1 4kB "$X1" <<<"assign $D 1 request.yaml 1 0 PT10S"
ok "the other in the cache is used after it" wait_until 30 pass_reports "$D" completed
hub settle "$D" 1 <<<"input in x3 4kB $X3"$'\n'"assign $E 1 request.yaml 1 0 PT10S"
ok "where there has to be room for a third" wait_until 30 pass_reports "$E" completed
ok "that of the agreed one stays" test -e "north.state/cache/$X2"
ok "and the other goes" test ! -e "north.state/cache/$X1"
hub settle "$E" 1 <<<"cancel $C 1 enough"
agent run

# --- load -----------------------------------------------------------------------------------

cores=$(nproc)
fewer() {	# than it has
	local wants
	wants=$(agent run && agent probe 2>/dev/null | sed -n 's/^pull: {cores: \([0-9]*\),.*/\1/p') && [ "${wants:-$cores}" -lt "$cores" ]
}
pulls() { agent run && agent probe 2>/dev/null | grep -Eq "$1"; }	# ERE
site south "cores: $cores
pull: {load: 100%}"
for ((i = 0; i < 2 * cores; i++)); do
	background sh -c 'while :; do :; done'
done
ok "where others use the cores, the site wants less" wait_until 60 fewer
like "$(agent probe 2>/dev/null)" 'machine: \{busy: [0-9.]+, others: [0-9.]+,.* queue: [0-9]+,.* measured: ' "and tells of their use"
site west "cores: $cores
pull: {load: +100%}"
ok "one that takes twice of what there is takes some" wait_until 60 pulls '^pull: \{cores: [1-9]'
site east "cores: $cores
pull: {load: inf}"
ok "and one without a limit asks nobody" wait_until 60 pulls '^machine: \{busy: '
unlike "$(agent probe 2>/dev/null)" '^pull: \{cores:' "at all"
done_testing
