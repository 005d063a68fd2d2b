#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What accounting/ says of a job is what the shim and the agent measured: hub and site
# together, and nothing written by hand.
# Functions are called by wait_until, and what stands in quotes is for the job's shell.
# shellcheck disable=SC2016,SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

pass() { spool-agent -c north.yaml run >>agent.log 2>&1 && spoold --once s 2>>.log; }
ended() { pass; phase "$ID" | grep -Eq '^(completed|failed)$'; }
line() { grep -h "^$ID," s/accounting/*.csv; }
column() { line | cut -d , -f "$1"; }
table() { tail -n +3 s/run/accounts/"$(date -u +%Y-%m)".csv | grep "^$1" | cut -d , -f "$2"; }

clear_of_midnight 120
hub 'prices: {core-hour: 36, memory-hour: 3.6, gpu-hour: 360, moved: 1024, job: 0.25}
groups: {lab: {users: [root]}}'
mkdir s/data/plates
head -c 3000000 /dev/urandom >s/data/plates/one
printf 'site: north\nhub: %s/s\nstate: %s/state\ngpus: [{type: A100, count: 2}]\npull: {load: inf}\nstores: [{name: disk, url: "file://%s/store/"}]\n' "$TMP" "$TMP" "$TMP" >north.yaml
mkdir store
pass
cat >burn.py <<'PY'
import os
block = bytearray(80000000)
block[::4096] = b"x" * len(block[::4096])
n = 0
for i in range(8000000):
    n += i
print(n, os.path.getsize(os.environ["SPOOL_INPUT_IN"] + "/one"))
open(os.environ["SPOOL_VOLUME_OUT"] + "/part", "wb").write(block[:1234567])
open(os.environ["SPOOL_VOLUME_MADE"] + "/block", "wb").write(block[:5000000])
PY
cat >s/inbox/.burn <<EOF
name: burn
task: {type: process, spec: {command: [python3, $TMP/burn.py]}}
resources:
  compute: [{min-cores: 1, min-memory: 256MiB, gpu: {type: A100, count: 1}}]
  storage: [{name: in, type: dataset, dataset: plates}, {name: made, type: persistent}, {name: out, type: persistent, to: "file://$TMP/store/burn/"}]
time: {maxduration: PT1H}
EOF
mv s/inbox/.burn s/inbox/burn.yaml
spoold --once s 2>>.log
cat s/rejected/*.reason 2>/dev/null | while read -r l; do note "$l"; done
ID=$(job_id burn)
ok "a job that uses something of everything" wait_until 120 ended
is "$(phase "$ID")" completed "completes"
note "$(line)"
real() { awk "BEGIN { exit !($1) }"; }
is "$(column 2,3,5,6,7,8,9)" "1,north,root,burn,completed,,1" "attempt, site, user, name, phase, cause and cores"
is "$(column 10)" 268435456 "memory"
ok "wall time, as measured" real "$(column 13) > 0.1 && $(column 13) < 300"
ok "processor time" real "$(column 14) > 0.05 && $(column 14) <= $(column 13) * $(nproc) + 1"
ok "between its start and its end" real "$(column 13) <= $(date -d "$(column 12)" +%s.%N) - $(date -d "$(column 11)" +%s.%N) + 0.1"
ok "the most memory that it had" real "$(column 16) > 80000000 && $(column 16) < 268435456"
is "$(column 17)" 3000000 "bytes that were staged in"
is "$(column 18,19)" lab,1 "group and GPUs"
home=$(find "s/results/$ID" -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
ok "which are more than the output" real "$home > 5000000"
stored=$(find store/burn -type f -printf '%s\n' | awk '{ n += $1 } END { print n }')
is "$stored" 1234567 "what went to a store lies there"
is "$(find "s/results/$ID" -name part | wc -l)" 0 "and not at home"
home=$((home + stored))
is "$(column 20)" "$home" "bytes that left the site: for home, with what it printed, and for the store"
wall=$(column 13)
ok "the price is of all that" real "($(column 21) - (0.25 + $wall / 3600 * (36 + 360 + 3.6 * 0.25) + (3000000 + $home) / 1024 / 1024)) ^ 2 < 1e-6"
for kind in user,0,root group,,lab site,,north; do
	is "$(table "$kind" 4-6)" 1,1,0 "the table of $kind has it once"
	ok "with core-, memory-, GPU- and wall-seconds" real "($(table "$kind" 7) - $wall) ^ 2 < 1e-5 && ($(table "$kind" 8) - $wall / 4) ^ 2 < 1e-5 && ($(table "$kind" 9) - $wall) ^ 2 < 1e-5 && ($(table "$kind" 10) - $wall) ^ 2 < 1e-5"
	is "$(table "$kind" 11,12,13)" "3000000,$home,$(column 21)" "with the bytes moved in and out, and the price"
done
pass
pass
is "$(line | wc -l)" 1 "further passes add nothing"
done_testing
