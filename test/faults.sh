# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# faults.sh - tests that call build/tools/fault; sourced after lib.sh.
#
#	sample 10 kill spoold		ten points, chosen at random
#	all kill spoold			every point
#	parts 10 power			the same, with ten lives one after the other
#
# What was tried is said in a comment each time.

fault=$BUILD/tools/fault
[ -x "$fault" ] || skip_all "build/tools/fault knows the system calls of x86-64 only"
export TMPDIR=$TMP

_harm() {	# ARG...
	local workers=${FAULT_WORKERS:-$(nproc)}
	ok "$* ends well" "$fault" --build="$BUILD" --workers="$workers" ${FAULT_SEED:+--seed="$FAULT_SEED"} "$@" &&
		note "$(output | sed 's/^# //')"
	case " $* " in *" error "*) # see calls.h
		! sanitized || skip "mmap and brk do not fail: a sanitizer's allocator would end the program" ;;
	esac
}

sample() {	# N ARG...
	_harm --sample="$1" "${@:2}"
}

all() {		# ARG...
	_harm "$@"
}

# What lives by the clock should not be older than some minutes when it goes on.
parts() {	# N ARG...
	local n=$1 i
	for ((i = 1; i <= n; i++)); do
		_harm --part="$i/$n" "${@:2}"
	done
}

full() {	# N	so many sizes of a disk that is full; 0: all
	exits_or_skips "full" --sample="$1" full
}

exits_or_skips() {	# WHAT ARG...
	local what=$1 workers=${FAULT_WORKERS:-$(nproc)} status=0
	shift
	"$fault" --build="$BUILD" --workers="$workers" "$@" >"$TMP/said" 2>&1 || status=$?
	if [ "$status" = 77 ]; then
		skip "$what: $(tail -n 1 "$TMP/said")"
		return
	fi
	is "$status" 0 "$* ends well"
	note "$(sed 's/^# //' "$TMP/said")"
}

"$fault" --build="$BUILD" unharmed >"$TMP/unharmed" 2>&1 || case $(cat "$TMP/unharmed") in
*PTRACE_SEIZE*) skip_all "programs may not be traced here: $(tail -n 1 "$TMP/unharmed")" ;;
esac
