#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What README shows is typed here, as it stands there.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"

export HOME=$TMP
readme=$ROOT/README

# The indented lines between two lines of README, without their tab.
lines() {	# FROM TO
	sed -n "/$1/,/$2/p" "$readme" | sed -n 's/^\t//p'
}

lines '# square-root.yaml' 'and what one does' >square-root.yaml
lines '# north.yaml' 'A job' | sed -n '/^site:/p;/^hub:/p;/^# north/p' | sed 's/\t.*//' >north.yaml
sed -i "s|/home/ann|$HOME|" north.yaml
like "$(cat square-root.yaml)" 'type: process' "README has a job"
like "$(cat north.yaml)" 'hub: /' "and a site"

# A command as README has it, without the words behind it.
said() {	# REGEX
	lines 'A hub and a site' 'What lies where' | grep -E -m1 -- "$1" | sed 's/\t\t*[^\t]*$//'
}

run() { eval "$(said "$1")"; }
ok "make a spool" run '^spoold --init'
background spoold ~/spool
ok "the hub serves it" wait_until 10 test -s ~/spool/run/lock
site() { run '^spool-agent'; }
ok "the site makes a pass" site
checked() { run '^spoold --check' | grep -q '^YES'; }
ok "the hub has heard of it, and says YES" wait_until 10 checked
ok "ask" run '^cp square-root.yaml ~/spool'
ended() { site && ls ~/spool/jobs/completed/*.yaml; }
ok "it runs when the site makes its passes" wait_until 30 ended
ok "its phase is a directory" run '^ls ~/spool/jobs'
like "$(run '^cat ~/spool/jobs')" 'phase: completed' "its file is its history"
like "$(run '^cat ~/spool/results')" '1\.41421' "and the root of two came of it"

ok "a place to mount it" run '^mkdir'
unmount_later mnt
if [ -w /dev/fuse ]; then
	ok "mount it" run '^spoolfs'
	ok "ask in the mount" run '^cp square-root.yaml ~/mnt'
	like "$(run '^cat ~/mnt/queue')" 'square-root' "the queue is a table"
	two() { site && [ "$(find ~/spool/jobs/completed -name '*.yaml' | wc -l)" = 2 ]; }
	ok "both have run" wait_until 30 two
	like "$(eval "timeout 100 $(said '/wait')")" 'completed' "wait returns when the job has ended"
	ok "why is there to be read" run '/why'
else
	skip "/dev/fuse cannot be used here" 6
fi
done_testing
