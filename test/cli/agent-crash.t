#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent, killed at its system calls: whatever is lost, each job runs once,
# its end is told, and nothing is left.  Every STEPth of the calls that may change
# something is tried, or fewer: some twenty in each pass.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

STEP=${STEP:-11}
command -v strace >/dev/null || skip_all "there is no strace here"
strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"

CALLS=renameat,renameat2,unlinkat,mkdirat,linkat,symlinkat,syncfs,fsync,write,clone3,clone,vfork,openat

# A pass that is killed before its Nth call; true: it was.  (strace ends as what
# it traces does, and bash says so.)
killed_at() {	# N
	(
		strace -qq -o /dev/null -e "inject=$CALLS:signal=KILL:when=$1" \
			spool-agent -c "$SITE.yaml" run
		[ $? = 137 ]
	) >/dev/null 2>&1
}

# How many there are.  It opens a file of each process that it sees.
calls() {
	traced -o calls -e trace="$CALLS" spool-agent -c "$SITE.yaml" run
	grep -c '^' calls
}

both_ended() { has_ended "$A.1" && has_ended "$B.1"; }
nothing_held() { [ -z "$(held)" ]; }

begin() {
	count=$((${count:-0} + 1)) settled=
	site "site$count" 'cores: 4'
	request "task: {type: process, spec: {command: \"echo \$SPOOL_JOB_ID >>$TMP/ran.$count; head -c 9000 /dev/zero; echo out >\$SPOOL_RESULTS/out\"}}"
	A=$(uuid) B=$(uuid)
	hub assign "$A" 1 request.yaml <<<"assign $B 1 request.yaml"
}

settle() {
	hub settle "$A" 1 <<<"settle $B 1"
	settled=1
}

wrong() { note "killed in pass $pass before call $n: $*"; bad=$((bad + 1)); }

# The rest of the story, without any more kills.
finish() {
	if [ -z "$settled" ]; then
		wait_until 20 pass_and both_ended || wrong "the jobs do not end"
		wait_until 20 pass_and reported "$A" completed || wrong "the first end is not told"
		wait_until 20 pass_and reported "$B" completed || wrong "the second end is not told"
		is_whole || wrong "what is told is not there"
		settle
	fi
	wait_until 20 pass_and nothing_held || wrong "left over: $(held)"
	[ "$(sort "ran.$count" 2>/dev/null)" = "$(printf '%s\n' "$A" "$B" | sort)" ] ||
		wrong "ran: $(cat "ran.$count")"
	[ -z "$(ls "hub/sites/$SITE/up/files")" ] || wrong "payload is left"
	[ -z "$(find "$SITE.state" -name '.*')" ] ||
		wrong "hidden files: $(find "$SITE.state" -name '.*')"
	gaps || wrong "the numbers have gaps: $(up_numbers)"
}

# What was killed may hold its lock a moment longer, and then a pass does nothing.
pass_and() { agent run; "$@"; }

# All payload that the newest messages name is there, with the right size.
is_whole() {
	local file size
	while read -r size file; do
		[ "$(stat -c %s "hub/sites/$SITE/up/files/$file")" = "$size" ] || return 1
	done < <(cat "hub/sites/$SITE/up"/*.yaml |
		grep -o 'size: [0-9a-zA-Z]*, digest: [0-9a-f]*, payload: [^}]*' |
		sed 's/size: \([0-9]*\)\(kB\)\{0,1\}, .*payload: /\1\2 /; s/^\([0-9]*\)kB/\1000/')
}

gaps() {
	local previous='' number
	for number in $(up_numbers); do
		[ -z "$previous" ] || [ "$number" = $((previous + 1)) ] || return 1
		previous=$number
	done
}

# In pass 1 the assignments arrive, in 2 the ends are collected, in 3 they are
# settled.  Before the pass in question everything goes well.
before() {
	begin
	if [ "$pass" -gt 1 ]; then
		wait_until 20 pass_and both_ended
	fi
	if [ "$pass" -gt 2 ]; then
		wait_until 20 pass_and reported "$B" completed
		settle
	fi
}

for pass in 1 2 3; do
	bad=0 tried=0 n=0
	before
	step=$(($(calls) / 20))
	[ "$step" -gt "$STEP" ] || step=$STEP
	finish
	n=$((RANDOM % step + 1))
	while :; do
		before
		killed_at "$n" || break
		tried=$((tried + 1))
		finish
		n=$((n + step))
	done
	is "$bad" 0 "pass $pass, killed before $tried of its $n calls or so"
	ok "and there were some" test "$tried" -gt 2
done
done_testing
