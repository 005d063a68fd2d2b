#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A reservation's jobs start in their slot at a site that nobody can reach then.
#
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

utc() { date -u -d "@$1" +%Y-%m-%dT%H:%M:%SZ; }
inside() {	# NAME CORES DURATION	a job that says when it ran
	cat >".$1" <<END
name: $1
task: {type: process, spec: {command: "date +%s"}}
resources: {compute: {min-cores: $2}}
time: {max-duration: $3}
placement: {reservation: $SLOT}
END
	mv ".$1" "s/inbox/$1.yaml"
}
ran() { cat "real.state/running/$(job_id "$1").1/stdout" "real.state/ended/$(job_id "$1").1/stdout" 2>/dev/null | head -n 1; }
has_run() { [ -n "$(ran "$1")" ]; }	# NAME

hub
cat >site.yaml <<END
site: real
hub: $TMP/s
state: $TMP/real.state
cores: 2
pull: {load: inf}
interval: PT1S
END
spoold --add-site real s
ok "a site comes" spool-agent -c site.yaml run
once
start=$(($(date +%s) + 9))
printf 'reservation:\n  resources: {compute: {min-cores: 2}}\n  time: {start: %s, duration: PT5S}\n  repeat: {every: PT6S, times: 2}\n' \
	"$(utc $start)" >s/inbox/slot.yaml
once
SLOT=$(basename "$(ls s/reservations/active)" .yaml)
inside one 1 PT2S
inside two 1 PT2S
inside both 2 PT3S
inside again 2 PT4S
once
is "$(count waiting)" 4 "all are given ahead"
like "$(down real)" "assign: $(job_id both), .*cores: 2, .*walltime: PT3S, start: $(utc $((start + 2)) | tr -d Z)" \
	"one behind two that share the slot"
like "$(down real)" "assign: $(job_id again), .*start: $(utc $((start + 6)) | tr -d Z)" "and one in the next occurrence"

# No hub from here on.
background spool-agent -c site.yaml watch
for name in one two both again; do
	ok "$name starts though no hub is there" wait_until 60 has_run $name
done
ok "in the slot, not before" test "$(ran one)" -ge $start -a "$(ran two)" -ge $start
ok "nor the one behind them" test "$(ran both)" -ge $((start + 2))
ok "nor that of the next" test "$(ran again)" -ge $((start + 6))
serve
for name in one two both again; do
	ok "$name comes home" wait_until 60 in_phase "$(job_id $name)" completed
done
stop "$HUB"

done_testing
