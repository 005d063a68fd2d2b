#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent watch that is told of nothing, or of too much: no inotify instance
# to be had, a queue that runs over.  All is done, only later.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

all_told() { [ "$(cat "hub/sites/$SITE/up"/*.yaml | grep -c 'phase: completed')" -ge "$1" ]; }
request 'task: {type: process, spec: {command: [echo, done]}}'

# The limits of a user namespace are its own.
if unshare --user --map-root-user sh -c 'echo 0 >/proc/sys/user/max_inotify_instances' 2>/dev/null; then
	site north 'cores: 2'
	background unshare --user --map-root-user sh -c \
		'echo 0 >/proc/sys/user/max_inotify_instances && exec spool-agent -c north.yaml watch'
	ok "without an inotify instance it comes up" wait_until 30 up_has 'site: north'
	ok "and says what that means" wait_until 30 grep -q 'down/ is looked at by the clock only' north.state/log
	A=$(uuid) B=$(uuid)
	hub assign "$A" 1 request.yaml
	ok "a job is run" wait_until 30 up_has "report: $A, attempt: 1, phase: completed"
	hub assign "$B" 1 request.yaml <<<"settle $A 1"
	ok "so is the next" wait_until 30 up_has "report: $B, attempt: 1, phase: completed"
	ok "it stops" stop "$PID"
else
	skip "no user namespaces" 5
fi

queue=/proc/sys/fs/inotify/max_queued_events
if [ -w $queue ] && read -r events <$queue && echo 4 >$queue 2>/dev/null; then
	site south 'cores: 2'
	background spool-agent -c south.yaml watch
	wait_until 30 up_has 'site: south'
	echo "$events" >$queue
	kill -STOP "$PID"
	for ((i = 1; i <= 40; i++)); do hub assign "$(uuid)" 1 request.yaml </dev/null; done
	kill -CONT "$PID"
	ok "40 messages and a queue of 4 events: all are acted on" wait_until 60 all_told 40
	ok "it stops" stop "$PID"
else
	skip "fs.inotify.max_queued_events cannot be set" 2
fi
done_testing
