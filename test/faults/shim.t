#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The shim is killed before each system call that it makes, one run for each.
# Whatever is found then must be one of two: never started, and then it can be;
# or started, and then reaping gives it an end, nothing of it is left, and it
# has run at most once.
. "$(dirname "$0")/../lib.sh"

strace -qq -o /dev/null true 2>/dev/null || skip_all "strace cannot be used here"

job() {		# DIR LIMITS
	mkdir -p "$1/spec" "$1/work/results"
	printf '%b' "$2" >"$1/limits"
	# A child that nobody waits for is left to the shim.
	printf '%s\0' sh -c 'echo x >>ran; echo y >results/y; (setsid sleep 60 &)' \
		>"$1/spec/command"
}
shim() { spool-shim --foreground "$1" "$BUILD/runners/process"; }	# DIR
shim_gone() { wait_until 10 flock -n "$1/started" true; }	# DIR

# What is wrong with this one, after its shim has gone; nothing: nothing.
verdict() {	# DIR
	local dir=$1 got word group pid
	spool-shim --reap "$dir" >/dev/null 2>&1
	got=$?
	case $got in
	0)	;;
	66)	[ ! -e "$dir/work/ran" ] || echo "ran without being started"
		shim "$dir" >/dev/null 2>&1 || echo "cannot be started again: $?" ;;
	*)	echo "reaping exits $got" ;;
	esac
	[ -s "$dir/exit" ] || echo "no end"
	[ "$(head -c 5 "$dir/exit" 2>/dev/null)" != "exit " ] || [ -e "$dir/work/results/y" ] ||
		echo "an end without a result"
	[ "$(grep -sc x "$dir/work/ran")" != 2 ] || echo "ran twice"
	while read -r word group; do
		[ "$word" != cgroup ] || [ ! -e "$group" ] || echo "left $group"
	done <"$dir/started"
	for pid in $(grep -lsxz "SPOOL_JOBDIR=$TMP/$dir" /proc/[0-9]*/environ | tr -dc '0-9\n'); do
		gone "$pid" || echo "left process $pid"
	done
}

# Every call of the shim itself as "NAME COUNT", from one run that is let go.
count_calls() {	# DIR
	strace -qq -o calls.log spool-shim --foreground "$1" "$BUILD/runners/process"
	sed -n 's/^\([a-z_0-9]*\)(.*/\1/p' calls.log | sort | uniq -c |
		awk '$2 !~ /^(execve|exit_group|brk|mmap|munmap|mprotect|pread64|arch_prctl)$/ { print $2, $1 }'
}

sweep() {	# NAME LIMITS
	local name=$1 limits=$2 call count i n=0 bad="" said
	job "$name-all" "$limits"
	count_calls "$name-all" >calls
	while read -r call count; do
		# Looking through /proc for what is left makes hundreds that are alike.
		for ((i = 1; i <= count; i += i < 50 ? 1 : 25)); do
			n=$((n + 1))
			job "$name-$n" "$limits"
			(strace -qq -o /dev/null -e inject="$call:signal=KILL:when=$i" \
				spool-shim --foreground "$name-$n" "$BUILD/runners/process"
				true) >/dev/null 2>&1
			[ ! -e "$name-$n/started" ] || shim_gone "$name-$n"
			said=$(verdict "$name-$n")
			[ -z "$said" ] || bad="$bad$call $i: $said"$'\n'
			rm -rf "${name:?}-$n"
		done
	done <calls
	ok "$name: there was something to kill" test "$n" -gt 50
	is "$bad" "" "$name: killed at each of $n calls"
}

sweep plain ''
sweep limited 'memory 100000000\ncores 1\npids 50\nwalltime 60\n'
done_testing
