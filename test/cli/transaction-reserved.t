#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Transactions inside a reservation: all of its jobs in one slot, or none.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"

stamp() { at "$1" | sed 's/Z/.000Z/'; }
reserve() {	# NAME LINES
	printf 'reservation:\n  name: %s\n%s\n' "$1" "  ${2//$'\n'/$'\n'  }" >"s/inbox/.$1.new" &&
		mv "s/inbox/.$1.new" "s/inbox/$1.yaml"
}
member() {	# RESERVATION NAME CORES [FIELDS]
	printf -- '  - {name: %s, task: {type: process}, placement: {reservation: %s}, resources: {compute: {min-cores: %d}}%s}\n' \
		"$2" "$1" "$3" "${4:+, $4}"
}
transact() {	# NAME MEMBERS
	printf 'transaction:\n  name: %s\n  jobs:\n%s\n' "$1" "$2" >"s/inbox/.$1.new" && mv "s/inbox/.$1.new" "s/inbox/$1.yaml"
}
why() { cat "s/run/why/$(basename "$(whole "$1")" .yaml)"; }
tell() { printf '%s\n' "$2" >"s/inbox/$1.yaml"; }	# NAME TEXT

hub
site north
site south
once
reserve tomorrow "resources: {compute: {min-cores: 4}}
time: {start: $(at 3600), duration: PT1H}
repeat: {every: P1D, times: 3}
placement: {sites: [north]}"
once
R=$(slot tomorrow)

# --- ahead -------------------------------------------------------------------------------------

transact one "$(member "$R" a1 1 'time: {min-duration: PT20M, max-duration: PT40M}'; member "$R" a2 2 'time: {max-duration: PT30M}'
	member "$R" a3 1)"
once
is "$(phases a1 a2 a3)" "waiting waiting waiting " "all jobs of a transaction are given to their reservation"
is "$(starts a1 a2 a3)" "$(stamp 3600) " "with the same start, when it begins"
is "$(given a1 length) $(given a2 length) $(given a3 length)" "PT40M PT30M PT1H" "each for as long as it may"
like "$(tail -n 1 "$(whole one)")" "phase: placed, .*sites: \[north, north, north\], start: $(stamp 3600)" "and the file says so"
transact two "$(member "$R" b1 2 'time: {max-duration: PT20M}'; member "$R" b2 2 'time: {max-duration: PT20M}')"
once
is "$(starts b1 b2)" "$(stamp $((3600 + 86400))) " "others come when there is room for all of them: not 2 cores now and 2 then"
transact three "$(member "$R" c1 3; member "$R" c2 2)"
transact four "$(member "$R" d1 1 'time: {max-duration: PT2H}'; member "$R" d2 1)"
transact five "$(member 0193a2b4-5c6d-7e8f-9012-3456789abcde e1 1; member 0193a2b4-5c6d-7e8f-9012-3456789abcde e2 1)"
once
is "$(phases c1 c2 d1 d2 e1 e2)" "failed failed failed failed failed failed " "what can never be: NO, to all"
like "$(last_line "$(job_id c1)")" 'answer: "NO", text: "?all jobs of the transaction ask for more at once than their reservation holds' "too many at once"
like "$(last_line "$(job_id d2)")" 'no occurrence left that is long enough' "one that takes too long"
like "$(last_line "$(job_id e2)")" 'there is no reservation 0193a2b4' "none that is known"
transact six "$(member "$R" f1 1; printf '  - {name: f2, task: {type: process}}')"
once
like "$(reason six)" '^six.yaml:4:.*reservation: all jobs of a transaction name the same, or none of them names one' \
	"all have to name it"

# --- after a crash -----------------------------------------------------------------------------------

once
is "$(phases a1 b2) $(starts a1 a2 a3 | wc -w)" "waiting waiting  1" "a start keeps them"
# What a power cut leaves of what was not flushed yet: the others are behind.
before="$(given b1 length) $(starts b1 b2)"
sed -i '/^--- {phase: waiting/d' "$(file "$(job_id b2)")"
rm -f s/sites/north/down/[0-9]*.yaml
once
is "$(given b1 length) $(starts b1 b2)" "$before" "and gives one that is behind the start that was found for all"
ok "the site is told of it" told north "assign: $(job_id b2), .*start: $(at $((3600 + 86400)) | tr -d Z)"

# --- a slot that cannot be kept -------------------------------------------------------------------------

tell over "{command: cancel, transaction: $(basename "$(whole one)" .yaml)}"
once
for name in a1 a2 a3; do
	say north "{report: $(job_id $name), attempt: 1, phase: cancelled, time: $(now)}"
done
once
is "$(phases a1 a2 a3)" "cancelled cancelled cancelled " "one is cancelled as a whole"
tell keep "{command: renew, reservation: $R, expires: $(at 90000)}"
once
is "$(phases b1 b2) $(starts b1 b2)" "waiting waiting  $(stamp 3600) " "a slot that becomes shorter: both move, to one start"
like "$(cat "$(file "$(job_id b2)")")" "phase: pending, .*cause: site, text: .*the promise to start it at .* had to be broken" "and their logs say so"
is "$(grep -c 'phase: placed' "$(whole two)")" 2 "as the transaction's does where they are now"

# One of them comes back before it has begun: so does the other.
say north "{report: $(job_id b2), attempt: $(grep -c 'phase: waiting' "$(file "$(job_id b2)")"), phase: failed, cause: site, time: $(now)}"
once
is "$(phases b1 b2) $(starts b1 b2)" "waiting waiting  $(stamp 3600) " "one that fails before the start takes the other along"
like "$(cat "$(file "$(job_id b1)")")" "phase: pending, .*another job of its transaction cannot start then" "which its log says"
ok "the site is told" told north "cancel: $(job_id b1), attempt: 2"

tell away "{command: release, reservation: $R}"
once
is "$(phases b1 b2)" "failed failed " "released, it answers them NO, together"
like "$(last_line "$(job_id b1)")" "has been released" "and why"

# --- a slot that is open -----------------------------------------------------------------------------------

reserve open "resources: {compute: {min-cores: 4}}
time: {duration: PT1H}
placement: {sites: [south]}"
once
S=$(slot open)
transact seven "$(member "$S" g1 2 'time: {max-duration: PT10M}'; member "$S" g2 2 'time: {max-duration: PT10M}')"
once
transact eight "$(member "$S" h1 1 'time: {max-duration: PT10M}'; member "$S" h2 1 'time: {max-duration: PT10M}')"
once
is "$(phases g1 g2)" "waiting waiting " "in a slot that is open they are given at once"
unlike "$(tail -n 1 "$(whole seven)")" "start:" "to begin now"
is "$(phases h1 h2)" "pending pending " "others wait"
like "$(why eight)" "^other jobs have what it needs of its reservation; if none ends before, it gets a start behind them at 20" "and say for what"
say south "{report: $(job_id g1), attempt: 1, phase: running, time: $(now)}"
once
is "$(phases h1 h2)" "pending pending " "after a start, too"
say south "{report: $(job_id g1), attempt: 1, phase: completed, time: $(now), exit: 0}"
once
is "$(phases h1 h2)" "waiting waiting " "until there is room for both"

done_testing
