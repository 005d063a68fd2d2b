#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# A spool on a file system that tells nobody of changes made elsewhere, as a
# network has it: all is done, only later.  Here bindfs is the network, and what
# others do is done behind its back.

# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

command -v bindfs >/dev/null || skip_all "no bindfs"
mkdir server mount
bindfs server mount 2>"$TMP/why" || skip_all "cannot mount: $(cat "$TMP/why")"
unmount_later mount

# The others see the server's side, spoold and the agent the mounted one.
ln -s server/s s
ok "a spool is made through the mount" spoold --init mount/s
background spoold mount/s
HUB=$PID
ok "it is served" wait_until 10 grep -q serving "$LOG"
site north
ok "a site is heard of" wait_until 15 test -s s/run/sites/north.yaml
drop one 'placement: {sites: [north]}'
ok "a drop is taken" wait_until 15 taken one
ID=$(job_id one)
ok "and assigned" wait_until 15 in_phase "$ID" waiting
say north "{report: $ID, attempt: 1, phase: running, time: $(now)}"
ok "mail is taken" wait_until 15 in_phase "$ID" running
drop two 'placement: {sites: [north]}'
ok "the next drop, too" wait_until 15 taken two

cat >south.yaml <<END
site: south
hub: $TMP/mount/s
state: $TMP/south
cores: 2
pull: {load: inf}
END
background spool-agent -c south.yaml watch
ok "an agent on the mount tells about itself" wait_until 15 test -s s/run/sites/south.yaml
printf 'name: three\ntask: {type: process, spec: {command: [echo, done]}}\nplacement: {sites: [south]}\n' \
	>s/inbox/.three && mv s/inbox/.three s/inbox/three.yaml
three_completed() { taken three && in_phase "$(job_id three)" completed; }
ok "and does what it is given" wait_until 40 three_completed
is "$(cat "s/results/$(job_id three)/stdout")" "done" "with its result"
ok "spoold stops" stop "$HUB"
done_testing
