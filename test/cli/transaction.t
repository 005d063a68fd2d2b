#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Transactions: jobs that are placed together or not at all; and after a crash.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"

whole_id() { basename "$(whole "$1")" .yaml; }
whole_phase() { basename "$(dirname "$(whole "$1")")"; }
ended() {	# NAME...	of a job at a site
	local id
	for name; do
		id=$(job_id "$name")
		say "$(site_of "$name")" "{report: $id, attempt: 1, phase: completed, time: $(now), exit: 0}"
	done
}
tell() { printf '%s\n' "$2" >"s/inbox/$1.yaml"; }	# NAME TEXT

hub
site north 'groups: [eu]'
site south 'capacity: {cores: 4, memory: 16GiB, disk: 100GB}
pull: {cores: 4, jobs: 100}
groups: [eu, us]'
once

# --- all together ----------------------------------------------------------------------------

transact one 'same: site' "$(member a1 "$(cores 3)"; member a2 "$(cores 3)"; member a3 "$(cores 2)")"
once
is "$(phases a1 a2 a3)" "waiting waiting waiting " "all jobs of a transaction go"
is "$(sites a1 a2 a3)" "north north north " "to the same site"
is "$(whole_phase one)" placed "its file says so"
like "$(tail -n 1 "$(whole one)")" "phase: placed, .*sites: \[north, north, north\]" "and where"
like "$(head -n 1 "$(file "$(job_id a2)")")" "transaction: $(whole_id one), shape" "each of them names it"
ok "its drop has left" inbox_is_empty
transact two '' "$(member b1 "$(cores 3)"; member b2 "$(cores 3)")"
once
is "$(phases b1 b2)" "pending pending " "another, for which there is no room, waits together"
like "$(cat "s/run/why/$(whole_id two)")" "^there will be room for all of its jobs, if nothing ends before, at 20" "and says for what"
once
is "$(phases b1 b2)" "pending pending " "after a start, too"
ended a1
once
is "$(phases b1 b2) $(sites b1 b2 | tr " " "\n" | sort | tr "\n" " ")" "waiting waiting  north south " "until there is room for all"
ended a2 a3 b1 b2
once
is "$(whole_phase one) $(whole_phase two)" "ended ended" "they end with their jobs"

transact three 'same: site' "$(member c1 "$(cores 5)"; member c2 "$(cores 5)")"
transact four '' "$(member d1; member d2 'placement: {sites: [mars]}')"
transact five 'same: group' "$(member e1 'placement: {groups: [us]}'; member e2 "$(cores 5)")"
transact six 'same: group' "$(member f1 "$(cores 20)")"
once
is "$(phases c1 c2)" "failed failed " "what can never be together: NO, to all"
like "$(last_line "$(job_id c2)")" 'answer: "NO", text: "?no site can have all 2 jobs of the transaction at once' "and why"
is "$(phases d1 d2)" "failed failed " "one that nobody can have takes the others along"
like "$(last_line "$(job_id d1)")" 'there is one that nobody can have: .*south: the job does not name this site' "with each site's reason"
is "$(phases e1 e2) $(sites e1 e2)" "waiting waiting  south north " "a group that has both"
is "$(phases f1)" "failed " "and none that could have this"
once
is "$(whole_phase three) $(whole_phase four) $(whole_phase six)" "ended ended ended" "which ends them"
ended e1 e2
once

transact seven 'layout: spread' "$(member g1; member g2)"
transact eight 'layout: pack' "$(member h1; member h2; member h3)"
once
is "$(sites g1 g2 | tr ' ' '\n' | sort -u | wc -w)" 2 "spread: on as many sites as can be"
is "$(sites h1 h2 h3 | tr ' ' '\n' | sort -u | wc -w)" 1 "pack: on as few"
ended g1 g2 h1 h2 h3
once

# --- two that compete ---------------------------------------------------------------------------

transact nine 'same: site' "$(member i1 "$(cores 5)"; member i2 "$(cores 3)")"
transact ten 'same: site' "$(member k1 "$(cores 4)"; member k2 "$(cores 4), priority: 5")"
once
is "$(phases i1 i2 k1 k2)" "pending pending waiting waiting " "of two that compete the one with the higher priority gets all"
drop small "resources: {compute: {min-cores: 1}}
placement: {sites: [north]}"
ended k1 k2
once
is "$(phases i1 i2)" "waiting waiting " "then the other"
ended i1 i2
once

# --- commands ---------------------------------------------------------------------------------------

transact eleven '' "$(member l1 "$(cores 8)"; member l2 "$(cores 8)")"
once
is "$(phases l1 l2)" "failed failed " "more than all have"
transact twelve '' "$(member m1 "$(cores 7)"; member m2 "$(cores 4)")"
once
transact thirteen 'cancel: one' "$(member n1 "$(cores 7)"; member n2 "$(cores 4)"; member n3)"
once
is "$(phases m1 m2 n1 n2 n3)" "waiting waiting pending pending pending " "one runs, one waits"
tell c1 "{command: cancel, job: $(job_id n2)}"
once
is "$(phases n1 n2 n3)" "pending cancelled pending " "one of them is cancelled, and goes alone where that is said"
like "$(tail -n 1 "$(whole thirteen)")" "without: $(job_id n2)" "which the file remembers"
once
tell c2 "{command: hold, transaction: $(whole_id thirteen)}"
once
ended m1 m2
once
is "$(phases n1 n3)" "pending pending " "on hold it is not placed"
tell c3 "{command: release, transaction: $(whole_id thirteen)}"
once
is "$(phases n1 n3)" "waiting waiting " "released, it is"
like "$(tail -n 1 "$(whole thirteen)")" 'sites: \[north, "-", (north|south)\]' "without the one that is gone"
transact fourteen '' "$(member o1 "$(cores 7)"; member o2 "$(cores 4)")"
once
tell c4 "{command: cancel, job: $(job_id o2), reason: enough}"
once
is "$(phases o1 o2)" "cancelled cancelled " "cancelling one cancels all, if nothing else is said"
like "$(last_line "$(job_id o1)")" "text: enough" "with its words"
tell c5 "{command: cancel, transaction: $(whole_id thirteen)}"
once
like "$(last_line "$(job_id n1)")$(last_line "$(job_id n3)")" "command: cancel.*command: cancel" "a whole that runs: each is told"
ended n1 n3
once
chmod 755 .
transact fifteen '' "$(member p1 "$(cores 7)")"
once
nobody sh -c "echo '{command: cancel, transaction: $(whole_id fifteen)}' >s/inbox/c6.yaml"
once
like "$(reason c6)" "belongs to somebody else" "it is not for others"
ended p1
once

# --- a member comes back ---------------------------------------------------------------------------------

transact sixteen 'same: site' "$(member q1; member q2)"
once
at=$(site_of q1)
say "$at" "{report: $(job_id q2), attempt: 1, phase: failed, cause: site, time: $(now)}"
once
is "$(site_of q2) $(grep -c 'phase: waiting' "$(file "$(job_id q2)")")" "$at 2" "a further attempt is made at the same site"
ended q1
say "$at" "{report: $(job_id q2), attempt: 2, phase: completed, time: $(now), exit: 0}"
once

# --- after a crash -----------------------------------------------------------------------------------------

members() { find s/jobs -name '*.yaml' -exec grep -lE "^--- \{job: [^{]* name: $1[0-9]," {} + | wc -l; }	# LETTER

transact seventeen '' "$(member r1; member r2; member r3)"
ok "killed when some members have their files" kill_at fdatasync,fsync,syncfs 1
before=$(members r)
once
is "$(members r) $(phases r1 r2 r3)" "3 waiting waiting waiting " "($before of them) all are made, and once"
ok "the drop has left" inbox_is_empty
ended r1 r2 r3
once

for when in 1 2 3 4 5 6 7 8; do
	transact "k$when" '' "$(member "s$when"; member "t$when"; member "u$when")"
	kill_at renameat,renameat2 "$when"
	once
	is "$(phases "s$when" "t$when" "u$when")" "waiting waiting waiting " "killed at rename $when: all"
	is "$(down north | grep -c "assign: $(job_id "s$when"),")$(down south | grep -c "assign: $(job_id "s$when"),")" \
		"$([ "$(site_of "s$when")" = north ] && echo 10 || echo 01)" "and told once"
	ended "s$when" "t$when" "u$when"
	once
done

# What a power cut leaves of what was not flushed yet.
transact eighteen '' "$(member v1; member v2; member v3)"
cp s/inbox/eighteen.yaml kept
once
W=$(whole eighteen)
for name in v1 v2 v3; do
	sed -i '/^--- {phase: waiting/d' "$(file "$(job_id $name)")"
done
once
is "$(phases v1 v2 v3)" "waiting waiting waiting " "members behind their transaction are given to its sites"
sed -i '/^--- {phase: placed/d' "$W"
rm -f s/sites/*/down/[0-9]*.yaml
once
is "$(phases v1 v2 v3) $(whole_phase eighteen)" "waiting waiting waiting  placed" "members ahead of it are taken back, and placed with it"
like "$(cat "$(file "$(job_id v2)")")" "phase: pending, .*not placed after all" "as they tell"
ended_again() { for name; do say "$(site_of "$name")" "{report: $(job_id "$name"), attempt: $(grep -c 'phase: waiting' "$(file "$(job_id "$name")")"), phase: completed, time: $(now), exit: 0}"; done; }

transact nineteen '' "$(member w1 "$(cores 8)"; member w2 "$(cores 8), placement: {sites: [north]}")"
site east 'capacity: {cores: 8, memory: 16GiB, disk: 100GB}
pull: {cores: 1, jobs: 0}'
once
rm -f "$(whole nineteen)"
once
is "$(members w)" 0 "members without their transaction never were"

# --- the archive -----------------------------------------------------------------------------------------------

site north
printf 'reservation: {resources: {}, time: {duration: PT1H}, name: old}\n' >s/inbox/old.yaml
once
slot=$(basename "$(grep -rl 'name: old' s/reservations)" .yaml)
tell c7 "{command: release, reservation: $slot}"
once
printf 'archive: {after: 0}\n' >s/config.yaml
once
is "$(find s/transactions/ended s/reservations/released -type f)" "" "what has ended goes to archive/"
packed=$(for a in s/archive/*/*.tar.zst; do bsdtar -tf "$a" 2>/dev/null || tar --zstd -tf "$a"; done)
like "$packed" "reservations/released/$slot.yaml" "reservations"
like "$packed" "transactions/ended/" "and transactions"

done_testing
