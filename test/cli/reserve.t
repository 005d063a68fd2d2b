#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Reservations: placed, held, used, renewed, released, expired; and after a crash.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

reserve() {	# NAME LINES
	printf 'reservation:\n  name: %s\n%s\n' "$1" "  ${2//$'\n'/$'\n'  }" >"s/inbox/.$1.new" &&
		mv "s/inbox/.$1.new" "s/inbox/$1.yaml"
}
slot_phase() { basename "$(dirname "$(slot_file "$1")")"; }
slot_is() { [ "$(slot_phase "$1")" = "$2" ]; }
value() { sed -n "s/^--- {phase: .*[{ ]$2: \([^,}]*\).*/\1/p" "$(slot_file "$1")" | tail -n 1; }	# NAME KEY
tell() { printf '%s\n' "$2" >"s/inbox/$1.yaml"; }	# NAME TEXT

hub
site north 'capacity: {cores: 8, memory: 16GiB, disk: 100GB}
groups: [eu]'
site south 'capacity: {cores: 4, memory: 16GiB, disk: 100GB}
pull: {cores: 4, jobs: 100}
groups: [eu, us]'
once

# --- where and when -----------------------------------------------------------------------

six='resources: {compute: {min-cores: 6}}'
reserve first "$six
time: {start: $(at 3600)/PT4H, duration: PT1H}
placement: {groups: [eu]}"
once
is "$(slot_phase first)" active "a reservation is taken"
is "$(value first site) $(value first start)" "north $(at 3600 | sed 's/Z/.000Z/')" "at the site that can, as early as can be"
is "$(value first expires)" "$(at 7200 | sed 's/Z/.000Z/')" "and expires when its slot ends"
ok "its drop has left" inbox_is_empty
is "$(sed -n '3,/^--- {phase/p' "$(slot_file first)" | head -n 1)" "reservation:" "its file has what was asked"
reserve second "$six
time: {start: $(at 3600)/PT4H, duration: PT1H}"
once
is "$(value second start)" "$(at 7200 | sed 's/Z/.000Z/')" "the next comes behind it"
reserve third "$six
time: {start: $(at 3600)/PT30M, duration: PT2H}"
once
ok "one for which there is no room in its time" rejected third
like "$(reason third)" "^third.yaml: NO: north: at $(at 3600 | cut -c 1-13).* it has 2 cores free of the 6 that are wanted; south: it has 4 cores" \
	"is told why, of each site"
reserve fourth 'resources: {compute: {min-cores: 2}}
time: {duration: PT1H}
placement: {groups: [us]}'
once
is "$(value fourth site)" south "a group is a group"
is "$(value fourth start)" "$(value fourth time)" "and now is as early as can be"
reserve past "$six
time: {start: 2001-01-01, duration: PT1H}"
reserve wrong "resources: {}
time: {duration: never}"
once
like "$(reason past)" "the time in which it could have begun has passed" "a slot in the past"
like "$(reason wrong)" "wrong.yaml:4:20: duration: " "a document that is wrong"

reserve daily "$six
time: {start: $(at 7200)/P1D, duration: PT1H}
repeat: {every: P1D, times: 3}"
once
is "$(value daily start) $(value daily expires)" \
	"$(at 10800 | sed 's/Z/.000Z/') $(at $((10800 + 2 * 86400 + 3600)) | sed 's/Z/.000Z/')" "one that is repeated"
reserve tomorrow "$six
time: {start: $(at $((10800 + 86400)))/PT10M, duration: PT1H}"
once
like "$(reason tomorrow)" "2 cores free of the 6" "holds each occurrence"
exits 1 "--check tells the same" spoold --check s/rejected/tomorrow.yaml s
like "$(output)" '^NO' "in words"
sed "s/PT10M/P1D/" s/rejected/tomorrow.yaml >check.yaml
ok "--check of one that can be had" spoold --check check.yaml s
like "$(output)" '^YES.  north from ' "says where and from when"

# --- after a crash ----------------------------------------------------------------------------

before=$(find s/reservations -type f -exec sha256sum {} + | sort)
once
is "$(find s/reservations -type f -exec sha256sum {} + | sort)" "$before" "a start changes nothing"
reserve fifth "$six
time: {start: $(at 3600)/PT30M, duration: PT1H}"
once
ok "and holds the same" rejected fifth
kill_at_removal() {
	strace -f -qq -o /dev/null -P "$TMP/s/inbox" -e trace=unlinkat -e inject=unlinkat:signal=KILL \
		spoold --once s >/dev/null 2>&1 &
	wait $!
	[ $? = 137 ]
} 2>/dev/null
reserve sixth 'resources: {compute: {min-cores: 1}}
time: {duration: PT10M}'
ok "killed before its drop is removed" kill_at_removal
once
is "$(slot_file sixth | wc -l)$(ls s/inbox)" 1 "it is there once"
printf -- '--- {phase: relea' >>"$(slot_file sixth)"
once
unlike "$(tail -n 1 "$(slot_file sixth)")" relea "a torn end is cut off"
printf -- '--- {phase: released, time: %s}\n' "$(now)" >>"$(slot_file sixth)"
once
is "$(slot_phase sixth)" released "history ahead of the directory: the move is made"
seventh=s/reservations/active/01939a3c-0000-7000-8000-00000000000e.yaml
head -n 5 "$(slot_file first)" >$seventh
once
ok "what was never placed is gone" test ! -e $seventh

# --- renewed and released ------------------------------------------------------------------------

tell r1 "{command: renew, reservation: $(slot first), expires: $(at 9000)}"
once
like "$(reason r1)" "cannot be held until then: at .* it has 2 cores free of the 6" "a later end, where somebody else is"
is "$(value first expires)" "$(at 7200 | sed 's/Z/.000Z/')" "changes nothing"
tell r2 "{command: renew, reservation: $(slot first), expires: $(at 5400)}"
once
is "$(value first expires)" "$(at 5400 | sed 's/Z/.000Z/')" "an earlier end"
reserve eighth "$six
time: {start: $(at 5400), duration: PT30M}"
once
is "$(slot_phase eighth)" active "gives back what is left"
tell r3 "{command: release, reservation: $(slot second)}"
tell r4 "{command: renew, reservation: $(slot daily), expires: $(at $((10800 + 3600)))}"
once
is "$(slot_phase second)" released "released"
reserve ninth "$six
time: {start: $(at 7200), duration: PT1H}"
reserve tenth "$six
time: {start: $(at $((10800 + 86400))), duration: PT1H}"
once
is "$(slot_phase ninth) $(slot_phase tenth)" "active active" "others get it, and the days that are no more"
tell r5 "{command: renew, reservation: $(slot daily), expires: $(at $((10800 + 86400 + 1800)))}"
once
like "$(reason r5)" "cannot be held until then" "days that somebody else has by now do not come back"
tell r6 "{command: renew, reservation: $(slot ninth), expires: $(at -1)}"
once
is "$(slot_phase ninth)" expired "to expire in the past is to expire"
tell r7 "{command: release, reservation: $(slot ninth)}"
tell r8 "{command: release, reservation: 01939a3c-0000-7000-8000-00000000000f}"
once
like "$(reason r7)" "has ended already: it is expired" "what has ended cannot be released"
like "$(reason r8)" "there is no reservation 01939a3c" "nor what never was"
chmod 755 .
nobody sh -c "echo '{command: release, reservation: $(slot tenth)}' >s/inbox/r9.yaml"
once
like "$(reason r9)" "belongs to somebody else" "nor another's"

# --- jobs in it -------------------------------------------------------------------------------------

reserve room 'resources: {compute: {min-cores: 4}}
placement: {sites: [north]}
time: {duration: PT50M}'
reserve later 'resources: {compute: {min-cores: 1}}
placement: {sites: [south]}
time: {start: '"$(at 36000)"', duration: PT1H}'
once
ROOM=$(slot room)
inside() {	# NAME LINES [ID]
	drop "$1" "placement: {reservation: ${3-$ROOM}}${2:+
$2}"
}
answer() { last_line "$(job_id "$1")"; }	# NAME
inside one 'resources: {compute: {min-cores: 3}}
time: {max-duration: PT20M}'
inside two 'resources: {compute: {min-cores: 2}}
time: {max-duration: PT10M}'
inside three 'resources: {compute: {min-cores: 1}}'
inside large 'resources: {compute: {min-cores: 5}}'
inside long 'time: {max-duration: PT3H}'
inside nowhere '' 01939a3c-0000-7000-8000-00000000000f
inside gone '' "$(slot ninth)"
inside early 'time: {max-duration: PT10M}' "$(slot later)"
once
is "$(phase "$(job_id one)") $(phase "$(job_id three)")" "waiting waiting" "jobs share a reservation"
ok "at its site" told north "assign: $(job_id one)"
is "$(phase "$(job_id two)")" pending "one for which nothing is left waits"
like "$(why_shape two)" "other jobs have what it needs of its reservation; if none ends before, it gets a start behind them at 20" "and is told until when"
like "$(answer large)" 'answer: "NO", text: "it asks for more than its reservation holds"' "one that is too large: NO"
like "$(answer long)" 'NO".*no occurrence left that is long enough' "one that takes too long: NO"
like "$(answer nowhere)" 'NO".*there is no reservation 0193' "a reservation that is none: NO"
like "$(answer gone)" 'NO".*has expired' "one that has ended: NO"
like "$(answer early)" "phase: waiting, .*site: south, .*start: $(at 36000 | cut -c 1-16).*length: PT10M" \
	"one that begins later is given to the site ahead"
like "$(down south)" "assign: $(job_id early), .*walltime: PT10M, start: $(at 36000 | cut -c 1-16)" "which is told when"
drop asks "placement: {reservation: $ROOM}
accept: ask"
once
like "$(answer asks)" 'NO", text: "a reservation is a choice that was made' "one that waits for offers there: NO"
nobody sh -c "printf 'name: thief\ntask: {type: process}\nplacement: {reservation: $ROOM}\n' >s/inbox/thief.yaml"
once
like "$(answer thief)" "NO\", text: \"its reservation belongs to somebody else" "one of somebody else's: NO"
exits 1 "--check answers for such jobs, too" spoold --check <(printf 'task: {type: process}\nplacement: {reservation: %s}\nresources: {compute: {min-cores: 5}}' "$ROOM") s
ok "yes" spoold --check <(printf 'task: {type: process}\nplacement: {reservation: %s}' "$ROOM") s

once
is "$(phase "$(job_id two)")" pending "after a start the same"
say north "{report: $(job_id one), attempt: 1, phase: running, time: $(now)}"
once
is "$(phase "$(job_id two)")" pending "also when it runs"
say north "{report: $(job_id one), attempt: 1, phase: completed, time: $(now), exit: 0}"
once
is "$(phase "$(job_id two)")" waiting "what ends makes room"

inside four 'resources: {compute: {min-cores: 4}}'
once
is "$(phase "$(job_id four)")" pending "full again"
tell r10 "{command: release, reservation: $ROOM}"
once
like "$(answer four)" 'NO".*has been released' "when it is released, who waits is told NO"
is "$(phase "$(job_id two)") $(grep -c cancel "$(file "$(job_id two)")")" "waiting 0" "and who is there goes on"

reserve short 'resources: {compute: {min-cores: 2}}
placement: {sites: [south]}
time: {duration: PT2H}'
once
inside five '' "$(slot short)"
once
is "$(phase "$(job_id five)")" waiting "a job in another"
say south "{report: $(job_id five), attempt: 1, phase: running, time: $(now)}"
tell r11 "{command: renew, reservation: $(slot short), expires: $(at -1)}"
once
like "$(answer five)" "command: cancel, .* by: spoold" "when it expires its jobs are cancelled"
ok "and their site is told" told south "cancel: $(job_id five), .*its reservation has expired"

# --- given ahead, and taken back ---------------------------------------------------------------------------

rm -rf s
hub
site north 'capacity: {cores: 8, memory: 16GiB, disk: 100GB}
pull: {jobs: 2}'
once
reserve monday 'resources: {compute: {min-cores: 4}}
time: {start: '"$(at 3600)"', duration: PT1H}
repeat: {every: PT2H, times: 3}'
once
MONDAY=$(slot monday)
starts() { last_line "$(job_id "$1")" | sed -n 's/.* start: \([^,}]*\).*length: \([^,}]*\).*/\1 \2/p'; }	# NAME
soon() { at "$1" | sed 's/Z/.000Z/'; }
inside half 'resources: {compute: {min-cores: 2}}
time: {minduration: PT20M, maxduration: PT1H30M}' "$MONDAY"
inside other 'resources: {compute: {min-cores: 2}}
time: {maxduration: PT20M}' "$MONDAY"
once
inside third 'resources: {compute: {min-cores: 1}}
time: {maxduration: PT30M}' "$MONDAY"
inside rest 'resources: {compute: {min-cores: 4}}' "$MONDAY"
inside exact 'resources: {compute: {min-cores: 1}}
time: {maxduration: PT1.5S}' "$MONDAY"
once
is "$(starts half)" "$(soon 3600) PT1H" "as much of its longest time as the slot has"
is "$(starts other)" "$(soon 3600) PT20M" "beside it another"
is "$(starts third)" "$(soon 4800) PT30M" "behind that a third"
is "$(starts rest)" "$(soon 10800) PT1H" "and in the next occurrence one that takes all of it"
like "$(starts exact)" " PT1.5S" "parts of seconds count"
is "$(count pending)" 0 "more than the site pulls at once: they use no credit before"
once
is "$(count waiting)" 5 "after a start they are there"
inside full 'resources: {compute: {min-cores: 4}}
time: {maxduration: PT1H}' "$MONDAY"
once
is "$(starts full)" "$(soon 18000) PT1H" "what is given ahead is held over a start"
tell a1 "{command: renew, reservation: $MONDAY, expires: $(at 10800)}"
once
like "$(cat "$(file "$(job_id rest)")")" "phase: pending, .*from: north, .*its reservation has no room for it" \
	"a reservation that ends earlier: who has no place any more is told so"
like "$(why_shape full)" "other jobs have what it needs" "and waits for what is left"
ok "the site, too" told north "cancel: $(job_id full), attempt: 1"
is "$(phase "$(job_id half)")" waiting "who has one keeps it"
tell a2 "{command: release, reservation: $MONDAY}"
once
like "$(answer half)" 'NO".*has been released' "released before it begins: who was given ahead is told NO"
like "$(cat "$(file "$(job_id half)")")" "cause: operator, text: \"?its reservation was released" "and why"
ok "and the site is" told north "cancel: $(job_id half), attempt: 1, .*released"

reserve weekly 'resources: {compute: {min-cores: 8}}
time: {start: '"$(at 3600)/PT1H"', duration: PT30M}
repeat: {every: P1D, times: 2}'
once
inside moved 'resources: {compute: {min-cores: 2}}
time: {maxduration: PT10M}' "$(slot weekly)"
once
is "$(starts moved)" "$(soon 3600) PT10M" "a job in one of two"
site north "capacity: {cores: 8, memory: 16GiB, disk: 100GB}
down: [{from: $(at 3000), to: $(at 5000)}]"
once
like "$(cat "$(slot_file weekly)")" "broken: $(soon 3600), .*announces to be down" "an occurrence that the site cannot keep"
is "$(starts moved)" "$(soon 90000) PT10M" "moves its job to the next"
ok "and the site is told" told north "assign: $(job_id moved), attempt: 2, .*start: $(at 90000 | cut -c 1-16)"

# What ended while nobody served, or was cut off.
printf -- '--- {phase: expired, time: %s}\n' "$(now)" >>"$(slot_file weekly)"
once
like "$(cat "$(file "$(job_id moved)")")" "attempt: 2, from: north, cause: operator, text: .*has expired" \
	"killed between a reservation's end and its jobs': the start goes on with that"
like "$(answer moved)" 'NO".*has expired' "to the end"

# --- lost, and found again ----------------------------------------------------------------------------

rm -rf s
hub
site north
once
reserve whole 'resources: {compute: {min-cores: 8}}
time: {start: '"$(at 3600)/PT1H"', duration: PT1H}'
once
site north "capacity: {cores: 2, memory: 16GiB, disk: 100GB}"
drop queued 'time: [{minduration: PT2H}]'
once
like "$(cat "$(slot_file whole)")" "broken: $(soon 3600), .*has less than before" "a site that shrinks cannot keep it"
is "$(phase "$(job_id queued)")" waiting "a job is queued there"
site north
once
like "$(tail -n 1 "$(slot_file whole)")" "held: $(soon 3600)" "when it has all again, what is only queued gives way"
once
is "$(grep -c 'held:\|broken:' "$(slot_file whole)")" 2 "and a start changes nothing"

# --- not more than is allowed ---------------------------------------------------------------------------

rm -rf s
hub 'reservations: {most: 2, core-hours: 20}'
site north
once
four='resources: {compute: {min-cores: 4}}'
reserve l1 "$four
time: {start: $(at 3600), duration: PT2H}
repeat: {every: P1D, times: 2}"
reserve l2 "$four
time: {start: $(at 36000), duration: PT2H}"
once
is "$(slot_phase l1)" active "16 core-hours are not too many"
like "$(reason l2)" "^l2.yaml: NO: your reservations would hold 24 core-hours from now on, this one 8; at most 20 may be held \\[EDQUOT\\]" \
	"24 are"
exits 1 "--check says the same" spoold --check s/rejected/l2.yaml s
like "$(output)" "^NO.  your reservations would hold 24 core-hours.*may be held$" "in the same words"
tell l3 "{command: renew, reservation: $(slot l1), expires: $(at $((2 * 86400 + 36000)))}"
once
like "$(reason l3)" "would hold 24 core-hours" "nor by renewing"
reserve l4 'resources: {compute: {min-cores: 1}}
time: {duration: PT1H}'
reserve l5 'resources: {compute: {min-cores: 1}}
time: {duration: PT1H}'
once
like "$(reason l5)" "NO: you would have 3 reservations; at most 2 may be active .EDQUOT" "a third is one too many"
nobody sh -c 'cp s/rejected/l2.yaml s/inbox/l6.yaml'
once
is "$(slot_phase l2)" active "others have limits of their own"
tell l7 "{command: release, reservation: $(slot l4)}"
once
mv s/rejected/l5.yaml s/inbox/l8.yaml
once
is "$(slot_phase l5)" active "what is released counts no more"

# --- and others ----------------------------------------------------------------------------------------

rm -rf s
hub
site north
once
reserve mine "$six
time: {duration: PT1H}"
once
drop outside "resources: {compute: {min-cores: 4}}"
drop beside "resources: {compute: {min-cores: 2}}"
once
is "$(phase "$(job_id outside)") $(phase "$(job_id beside)")" "pending waiting" "nobody else gets what is reserved"
inside six "$six" "$(slot mine)"
once
is "$(phase "$(job_id six)")" waiting "but who names it does"
reserve next "$six
time: {start: $(at 5400), duration: PT1H}"
drop across 'resources: {compute: {min-cores: 4}}
time: {max-duration: PT4H}'
tell r12 "{command: release, reservation: $(slot mine)}"
once
is "$(phase "$(job_id across)")" pending "one that would last into a reservation waits, too"

site large 'capacity: {cores: 64, memory: 16GiB, disk: 100GB}
pull: {jobs: 100}'
once
serve
reserve brief 'resources: {compute: {min-cores: 1}}
time: {duration: PT2S}'
ok "by the clock" wait_until 20 slot_is brief expired
stop "$HUB"

done_testing
