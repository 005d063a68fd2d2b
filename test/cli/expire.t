#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Offers that nobody accepts.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

hub 'offers: {lifetime: 3s, most: 1}'
site north 'capacity: {cores: 8, memory: 16GiB, disk: 100GB}'
serve
all='resources: {compute: {min-cores: 8}}'
drop asked "$all
accept: ask"
ok "a job that asks" wait_until 20 taken asked
A=$(job_id asked)
ok "is offered all of a site" wait_until 20 in_phase "$A" offered
drop next "$all"
ok "another one that needs all of it" wait_until 20 taken next
is "$(phase "$(job_id next)")" pending "waits, for an offer holds what it offers"
ok "an offer that nobody accepts expires by itself" wait_until 30 in_phase "$A" expired
ok "and what it held is free" wait_until 20 in_phase "$(job_id next)" waiting
is "$(find s/offers -name "$A.*" -printf '%h\n')" s/offers/expired "its file tells"
printf 'command: accept\njob: %s\noffer: 1\n' "$A" >s/inbox/late.yaml
ok "accepting it now" wait_until 20 rejected late
like "$(reason late)" "has ended already: it is expired" "fails with a reason"
is "$(phase "$A")" expired "and changes nothing"
done_testing
