#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# A site that is lost under a transaction: all of its jobs are moved together.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"


# --- lost -------------------------------------------------------------------------------------

hub 'lease: PT5S'
site north
once
transact one 'same: site' "$(member a1 "$(cores 2)"; member a2 "$(cores 2)")"
transact two 'same: site' "$(member b1 "$(cores 1)"; member b2 "$(cores 1)")"
once
is "$(sites a1 a2 b1 b2)" "north north north north " "two transactions are at a site"
for name in a1 a2 b1 b2; do say north "{report: $(job_id $name), attempt: 1, phase: running, time: $(now)}"; done
say north "{report: $(job_id b1), attempt: 1, phase: completed, time: $(now), exit: 0}"
serve
came() {
	say south "{site: south} .site.south"
	[ "$(sites a1 a2 b2)" = "south south south " ]
}
site south
ok "that falls silent: all that have not ended go to another together" wait_until 60 came
stop "$HUB"
: >s/config.yaml
is "$(attempts a1 a2 b2)" "2 2 2 " "each once"
is "$(phase "$(job_id b1)")" completed "but for what has ended"
is "$(grep -c 'phase: placed' "$(whole one)")" 2 "their transactions tell of both places"
like "$(tail -n 1 "$(whole one)")" "sites: \[south, south\]" "the last where they are"
like "$(grep 'phase: pending' "$(file "$(job_id a2)")")" "from: north, .*the site has been silent" "and the jobs why they left"
once
is "$(sites a1 a2 b2) $(attempts a1 a2 b2)" "south south south  2 2 2 " "after a start the same"

# --- what a power cut may leave ----------------------------------------------------------------

if strace -o /dev/null true 2>/dev/null; then
	transact last '' "$(member z1)
$(member z2)"
	ok "a transaction is placed" traced -f -y -s 300 -o calls -e trace=openat,write,syncfs spoold --once s
	is "$(sed -n 's/.*openat.*transactions\/pending.*O_CREAT.*/made/p; s/.*openat.*jobs\/pending.*O_CREAT.*/job/p
		s/.*syncfs.*/flushed/p; s/.*write.*phase: placed.*/placed/p' calls | sed -n '/made/,/placed/p' | uniq | tr '\n' ' ')" \
		"made job flushed placed " "not before it and its jobs are on disk"
	# One of its jobs can never run, which ends all of them in the turn that takes it.
	drop bad
	once
	say "$(site_of bad)" "$(report "$(job_id bad)" 1 failed ', exit: 1, cause: job')"
	once
	transact never '' "$(member y1 "after: $(job_id bad)")
$(member y2)"
	ok "one is cancelled as soon as it is taken" traced -f -y -s 300 -o calls -e trace=openat,write,syncfs spoold --once s
	is "$(phases y1 y2)" "cancelled cancelled " "with its jobs"
	is "$(sed -n 's/.*openat.*transactions\/pending.*O_CREAT.*/made/p; s/.*openat.*jobs\/pending.*O_CREAT.*/job/p
		s/.*syncfs.*/flushed/p; s/.*write.*{end: cancelled.*/end/p' calls | sed -n '/made/,/end/p' | uniq | tr '\n' ' ')" \
		"made job flushed end " "which were on disk before its end was"
else
	skip "processes cannot be traced here" 5
fi

done_testing
