# shellcheck shell=bash disable=SC2034	# what the parts use
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh - what the parts of test/bench/run share.
#
#	begin				a directory of its own: $W
#	s=$(new_spool 10)		with so many sites
#	serve "$s"; ...; stop
#	say drop_to_assigned "$rate" jobs/s "floor $floor" "$(goal "$rate > 10000")"
#	clean				give the directory back

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
BIN=$BUILD/bin
B=$BUILD/bench
PATH=$BIN:$PATH:/usr/sbin:/sbin
N=${BENCH_N:-100000}
TURNS=${BENCH_TURNS:-3}
W='' HUB='' PIDS=()		# PIDS: by number, what was started and runs

fail() { printf 'bench: %s\n' "$*" >&2; exit 1; }
note() { printf '# %s\n' "$*"; }

# --- sums -----------------------------------------------------------------------

calc() { awk "BEGIN { printf \"${2:-%.3f}\", ($1) }"; }
median() { sort -g | awk '{ v[NR] = $1 } END { print v[int((NR + 1) / 2)] }'; }
least() { [ "$1" -gt "$2" ] && echo "$1" || echo "$2"; }

# The verdict on "3 < 5": whether the first number is what the rest asks for.
goal() {
	if [ "$(calc "$1" %d)" = 1 ]; then printf 'goal %s: met' "${1#* }"; else printf 'goal %s: MISSED' "${1#* }"; fi
}

# One row of the table.  What begins with `goal` goes into a column of its own.
say() {		# NAME VALUE UNIT BESIDE...
	local row goal='-' text beside=''
	printf -v row '%-26s %12s %-8s' "$1" "$2" "$3"
	shift 3
	for text; do
		case $text in
		'') ;;
		'goal '*) goal=${text#goal } ;;
		*) beside+="${beside:+; }$text" ;;
		esac
	done
	printf '%s %-20s %s\n' "$row" "$goal" "$beside"
}

# --- a place ----------------------------------------------------------------------

# Everything of a run lies below one directory, whose children (and theirs, of
# directories made by `place`) the disk keeps apart, as it does for what belongs
# to different people: chattr +T.  Elsewhere than on ext4 it means nothing.
begin() {
	W=$(mktemp -d "${TMPDIR:-/tmp}/spool-bench.XXXXXX") || fail "no directory to work in"
	chattr +T "$W" 2>/dev/null
	cd "$W" || exit 1
}

place() { mktemp -d "$W/$1.XXXXXX"; }

# In parallel: where freed blocks are discarded one by one, it takes its time.
remove() {
	local dir
	for dir; do
		find "$dir" -type f -print0 2>/dev/null | xargs -0 -r -P 8 -n 2000 rm -f
		rm -rf "$dir"
	done
}

end() {		# PID [SIGNAL]	of a background process; it is waited for
	{ kill "-${2:-TERM}" "$1"; wait "$1"; } 2>/dev/null
	unset "PIDS[$1]"
}

clean() {
	local pid
	for pid in "${!PIDS[@]}"; do end "$pid"; done
	cd /
	[ -z "$W" ] || remove "$W"
	W=''
}

# --- a hub ------------------------------------------------------------------------

new_spool() {	# SITES [MORE OF config.yaml]
	local s
	s=$(place spool)
	spoold --init "$s" >/dev/null || fail "no spool"
	[ -z "${2-}" ] || printf '%s\n' "$2" >>"$s/config.yaml"
	[ "$1" = 0 ] || "$B/sites" "$s" "$1" || fail "no sites"
	echo "$s"
}

wait_until() {	# SECONDS CMD...
	local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
	shift
	until "$@" >/dev/null 2>&1; do
		((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
		sleep 0.01
	done
}

serve() {	# SPOOL [SECONDS]	$HUB is its process; not in $(...), which would lose it
	spoold "$1" >/dev/null 2>"$W/hub.log" &
	HUB=$! PIDS[$!]=hub
	wait_until "${2:-120}" grep -q 'serving' "$W/hub.log" || fail "spoold: $(tail -n 3 "$W/hub.log")"
}

# It has done what there was to do: the hub's processes wait, and the disk is clean.
settle() {
	local before=0 after=1
	until [ "$(calc "$after - $before < 0.003" %d)" = 1 ]; do
		before=$(hub_cpu)
		sync -f "$W"
		sleep 0.3
		after=$(hub_cpu)
	done
}

hub_cpu() { "$B/cpu" "$HUB"; }
hub_rss() { awk '/^VmRSS/ { print $2 * 1024 }' "/proc/$HUB/status"; }

stop() {	# [SIGNAL]
	[ -z "$HUB" ] || end "$HUB" "${1:-TERM}"
	HUB=''
}

# --- jobs --------------------------------------------------------------------------

# What a job file looks like; @ becomes its number.
job() {		# [NAME] [MORE]
	cat <<-YAML
	name: ${1:-job-@}
	task:
	  type: process
	  spec:
	    command: [/bin/true]
	resources:
	  compute:
	  - min-cores: 1
	    min-memory: 1MiB
	${2-}
	YAML
}
never='placement: {tags: {require: [nowhere]}}'
waits='policy: {unplaceable: wait}'

drops() {	# N [NAME] [MORE]	a new directory of job files; prints its name
	local dir
	dir=$(place drops)
	job "${2-}" "${3-}" | "$B/drops" "$dir" "$1" || fail "no drops"
	echo "$dir"
}
