# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh - the Test Anything Protocol for tests in bash.
#
#	#!/usr/bin/env bash
#	# SPDX-License-Identifier: GPL-2.0-or-later
#	. "$(dirname "$0")/../lib.sh"
#
#	ok "the spool is made" spoold --init s
#	exits 64 "no argument is a usage error" spoold
#	like "$(output)" 'usage:' "and it says so"
#	background spoold s
#	ok "it is ready" wait_until 10 test -e s/run/lock
#	is "$(ls s/rejected)" "" "nothing was rejected"
#	done_testing
#
# The test starts in a directory of its own, $TMP, that is removed at the
# end, after what was started has been killed and what was mounted unmounted.
# $ROOT is the source tree, $BUILD the build tree; $BUILD/bin, also $BIN, is
# first in PATH.  Standard input is /dev/null.  Nothing stops a test but
# done_testing, bail and skip_all: without a plan at its end, it has failed.

set -u

ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
BUILD=${BUILD:-build}
case $BUILD in /*) ;; *) BUILD=$ROOT/$BUILD ;; esac
BIN=$BUILD/bin
PATH=$BIN:$PATH:/usr/sbin:/sbin
export BUILD PATH

_count=0 _failed=0 _pids=() _mounts=()
TMP=$(mktemp -d "${TMPDIR:-/tmp}/spool-test.XXXXXX") || exit 1
_log=$(mktemp "${TMPDIR:-/tmp}/spool-test.XXXXXX") || exit 1
cd "$TMP" || exit 1
exec </dev/null

# --- results -----------------------------------------------------------------

# The line of the test file that we were called from.
_where() {
	local i
	for i in "${!BASH_SOURCE[@]}"; do
		[ "${BASH_SOURCE[i]##*/}" = lib.sh ] && continue
		note "at ${BASH_SOURCE[i]##*/}:${BASH_LINENO[i - 1]}"
		return
	done
}

# A '#' in a description would start a directive, a newline end the line.
_result() {	# PASSED DESC	PASSED is 0 or 1, as exit statuses are
	_count=$((_count + 1))
	local desc=${2//'#'/'\#'}
	desc=${desc//$'\n'/ }
	if [ "$1" = 0 ]; then
		printf 'ok %d - %s\n' "$_count" "$desc"
	else
		_failed=$((_failed + 1))
		printf 'not ok %d - %s\n' "$_count" "$desc"
		_where
	fi
	return "$1"
}

note() {	# TEXT...	a comment, each line marked as one
	local line
	while IFS= read -r line; do printf '# %s\n' "$line"; done <<<"$*"
}

ok() {		# DESC CMD...	the command succeeds
	exits 0 "$@"
}

exits() {	# STATUS DESC CMD...	the command exits with this status
	local want=$1 desc=$2 got=0
	shift 2
	"$@" >"$_log" 2>&1 || got=$?
	local passed=0
	[ "$got" = "$want" ] || passed=1
	_result "$passed" "$desc" && return 0
	note "command: $*"
	note "exit status $got, want $want; it said:"
	note "$(head -c 4000 "$_log")"
	return 1
}

output() {	# what the command of the last ok or exits said, both streams
	cat "$_log"
}

is() {		# GOT WANT DESC
	local passed=0
	[ "$1" = "$2" ] || passed=1
	_result "$passed" "$3" && return 0
	note "got:  $1"
	note "want: $2"
	return 1
}

like() {	# GOT REGEX DESC		an extended regular expression
	local passed=0
	[[ $1 =~ $2 ]] || passed=1
	_result "$passed" "$3" && return 0
	note "got:  ${1:0:4000}"
	note "want: /$2/"
	return 1
}

unlike() {	# GOT REGEX DESC
	local passed=0
	[[ $1 =~ $2 ]] && passed=1
	_result "$passed" "$3" && return 0
	note "got:      ${1:0:4000}"
	note "unwanted: /$2/"
	return 1
}

skip() {	# REASON [N]	N checks (1) that cannot be made here
	local i
	for ((i = 0; i < ${2:-1}; i++)); do
		_count=$((_count + 1))
		printf 'ok %d # SKIP %s\n' "$_count" "$1"
	done
}

skip_all() {	# REASON	nothing in this file can be tested here
	printf '1..0 # SKIP %s\n' "$1"
	exit 0
}

bail() {	# TEXT		the test cannot go on
	_result 1 "cannot go on: $*"
	exit 1
}

done_testing() {
	printf '1..%d\n' "$_count"
	[ "$_failed" = 0 ] || note "$_failed of $_count failed"
	exit $((_failed != 0))
}

# --- sanitizers --------------------------------------------------------------

# What sanitizers report is a file that says by its name which test it was; see
# sanitize.c.
if [ -w "$BUILD/reports" ]; then
	_report=log_path=$BUILD/reports/$(basename "$0" .t)
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}$_report
	export UBSAN_OPTIONS=${UBSAN_OPTIONS:+$UBSAN_OPTIONS:}$_report
fi
# Programs are built with sanitizers: for what cannot be so then.
sanitized() { case $BUILD in */san) ;; *) return 1 ;; esac; }

# --- tracing -----------------------------------------------------------------

traced() (exec strace -qq "$@")	# OPTIONS CMD...

# --- spoiling ----------------------------------------------------------------

# One bit of a byte is another then, so that the file differs whatever was in it.
spoil() {	# FILE [OFFSET]
	local byte
	byte=$(od -An -tu1 -j "${2:-0}" -N 1 "$1") || return
	# shellcheck disable=SC2059	# the format is the byte
	printf "\\$(printf %o $((byte ^ 1)))" |
		dd of="$1" bs=1 seek="${2:-0}" conv=notrunc status=none
}

# --- waiting -----------------------------------------------------------------

# Poll every 20 ms until CMD succeeds; 1 when SECONDS have passed without.  What
# bash says meanwhile of a process that was killed is for nobody.
_poll() {	# SECONDS CMD...
	local deadline=$((${EPOCHREALTIME/[.,]/} + $1 * 1000000))
	shift
	until "$@" >/dev/null; do
		((${EPOCHREALTIME/[.,]/} < deadline)) || return 1
		sleep 0.02
	done
} 2>/dev/null

# A machine with much else to do may stand still for seconds: nothing is given up
# before $WAIT_LEAST of them, whatever would be enough on a calm one.
WAIT_LEAST=60
wait_until() {	# SECONDS CMD...
	local seconds=$1
	shift
	_poll "$((seconds > WAIT_LEAST ? seconds : WAIT_LEAST))" "$@"
}

# For what is counted by the day or the month: midnight is waited for if it is so near.
clear_of_midnight() {	# SECONDS
	local left=$((86400 - $(date +%s) % 86400))
	[ "$left" -gt "$1" ] || sleep "$left"
}

# No such process, or only its zombie, which nobody has waited for yet.
# A thread of a killed process may outlive the one that is its name, and keep its
# files and locks meanwhile.
gone() {	# PID
	local state tasks=("/proc/$1/task/"*)
	state=$(sed -n 's/^State:[[:space:]]*\(.\).*/\1/p' "/proc/$1/status" 2>/dev/null)
	[ -z "$state" ] || { [ "$state" = Z ] && [ ${#tasks[@]} -le 1 ]; }
}

# --- what has to be undone ---------------------------------------------------

# Start it in a process group of its own; its process in $PID, its output in $LOG.
background() {	# CMD...
	LOG=$TMP/.background.$((${#_pids[@]} + 1))
	set -m
	"$@" >"$LOG" 2>&1 &
	set +m
	PID=$!
	_pids+=("$PID")
}

kill_later() { _pids+=("$1"); }		# PID	kill it at the end
unmount_later() { _mounts+=("$(realpath -m "$1")"); }	# DIR	unmount it at the end

stop() {	# PID [SIGNAL]	send TERM or SIGNAL, and wait until it has ended
	kill "-${2:-TERM}" "$1"
	wait_until 60 gone "$1" || return 1
	wait "$1"
	return 0
} 2>/dev/null

_unmount_all() {	# [LAZY]
	local i
	for ((i = ${#_mounts[@]} - 1; i >= 0; i--)); do
		fusermount3 -u ${1:+-z} "${_mounts[i]}" || umount ${1:+-l} "${_mounts[i]}"
	done 2>/dev/null
}

# Of a process, or of its whole group where it leads one.
_kill() {	# SIGNAL PID
	kill "-$1" -- "-$2" || kill "-$1" "$2"
} 2>/dev/null

# What still works in our directory was started here, by whomever.
_kill_left_behind() {
	local cwd pid
	# /proc's names hold no blanks.
	# shellcheck disable=SC2044
	for cwd in $(find /proc -maxdepth 2 -name cwd \( -lname "$TMP" -o -lname "$TMP/*" \) \
			2>/dev/null); do
		pid=${cwd#/proc/} pid=${pid%/cwd}
		note "left behind, and killed: $pid $(tr '\0' ' ' <"/proc/$pid/cmdline")"
		kill -KILL "$pid"
	done 2>/dev/null
}

# Kindly first; what does not listen, or holds a mount, by force.
_cleanup() {
	local status=$? pid
	trap '' INT TERM HUP
	cd /
	_unmount_all
	for pid in "${_pids[@]}"; do _kill TERM "$pid"; done
	for pid in "${_pids[@]}"; do
		_poll "${KILL_AFTER:-5}" gone "$pid" || _kill KILL "$pid"
		wait "$pid" 2>/dev/null
	done
	_kill_left_behind
	_unmount_all lazy
	# Never into what could not be unmounted.
	rm -rf --one-file-system "$TMP" "$_log"
	exit "$status"
}

trap _cleanup EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
