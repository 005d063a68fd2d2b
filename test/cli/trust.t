#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A site that fails jobs of many kinds is set aside, and tried with one.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

report() { printf '{report: %s, attempt: %s, phase: %s, time: %s%s}' "$1" "$2" "$3" "$(now)" "${4-}"; }

id=()
hub
site north 'pull: {jobs: 20}'
serve
for i in 1 2 3 4; do drop "k$i" "priority: $i"; done
for i in 1 2 3 4; do ok "job $i is with the site" wait_until 10 told north "name: k$i,"; done
for i in 1 2 3 4; do id[i]=$(job_id "k$i"); done
fail() { say north "$(report "${id[$1]}" "$2" failed ', cause: site')"; }
fail 1 1
ok "a failure of the site's is made good by another attempt" wait_until 10 told north "assign: ${id[1]}, attempt: 2,"
fail 2 1
ok "also a second" wait_until 10 told north "assign: ${id[2]}, attempt: 2,"
fail 3 1
ok "and a third" wait_until 10 told north "assign: ${id[3]}, attempt: 2,"
fail 4 1
ok "but after four, of several kinds" wait_until 10 in_phase "${id[4]}" pending
drop more
ok "another job" wait_until 10 taken more
M=$(job_id more)
set_aside() { grep -q 'spool_site_aside{site="north"} 1' s/run/metrics; }
ok "the metrics tell" wait_until 10 set_aside
said() { cat s/run/why/x* 2>/dev/null | grep -q "north: it may, but it failed jobs of many kinds; it is tried with one again at "; }
ok "and why" wait_until 10 said
is "$(phase "$M")" pending "is not given to it"
printf 'command: release\nsite: north\n' >s/inbox/mended.yaml
ok "until somebody who runs the hub says that it is mended" wait_until 10 in_phase "$M" waiting
ok "which the log tells" grep -q 'north is released' "$HUB_LOG"
printf 'command: release\nsite: north\n' >s/inbox/twice.yaml
ok "once" wait_until 10 grep -q 'was not set aside' s/rejected/twice.reason
stop "$HUB"
serve
for i in 1 2 3; do fail $i 2; done
fail 4 2
drop again
ok "it fails as many once more" wait_until 10 set_aside
M=$(job_id again)
say north "$(report "${id[1]}" 2 completed ', exit: 0')"
ok "until one of those that it has completes" wait_until 10 in_phase "$M" waiting
ok "then all go on" wait_until 10 in_phase "${id[4]}" waiting
stop "$HUB"

done_testing
