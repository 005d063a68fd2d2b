# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# transaction.sh - tests of transactions; sourced after hub.sh.

member() { printf -- '  - {name: %s, task: {type: process}%s}\n' "$1" "${2:+, $2}"; }	# NAME FIELDS
cores() { printf 'resources: {compute: {min-cores: %d}}' "$1"; }
transact() {	# NAME OPTIONS MEMBERS
	printf 'transaction:\n  name: %s\n%s  jobs:\n%s\n' "$1" "${2:+  $2
}" "$3" >"s/inbox/.$1.new" && mv "s/inbox/.$1.new" "s/inbox/$1.yaml"
}
whole() { grep -rlE -- "^--- \{transaction: [^{]* name: \"?$1\"?," s/transactions; }	# NAME

# Of jobs by name: what their files say, for all of them.
phases() { for name; do phase "$(job_id "$name")"; done | tr '\n' ' '; }
sites() { for name; do site_of "$name"; done | tr '\n' ' '; }
starts() { for name; do given "$name" start; done | sort -u | tr '\n' ' '; }
attempts() { for name; do grep -c 'phase: waiting' "$(file "$(job_id "$name")")"; done | tr '\n' ' '; }

# The hub is killed before its WHENth SYSCALL, of those on PATH; false: it had ended.
kill_at() {	# SYSCALL WHEN [PATH]
	strace -f -qq -o /dev/null ${3:+-P "$3"} -e trace="$1" -e inject="$1":signal=KILL:when="$2" \
		spoold --once s >/dev/null 2>&1 &
	wait $!
	[ $? = 137 ]
} 2>/dev/null
