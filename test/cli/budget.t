#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Budgets: what is over them is a NO wherever one asks, and a new period begins with all of it.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

[ "$(id -u)" = 0 ] || skip_all "only root can drop for several users"
command -v faketime >/dev/null || skip_all "faketime is not installed"
clear_of_midnight 120

# The sanitizer's run time has to be the first library, but for this.
export ASAN_OPTIONS=${ASAN_OPTIONS-}:verify_asan_link_order=0
once_at() { faketime -f "$1" spoold --once s >>.log 2>&1 || { note "$(cat .log)"; return 1; }; }	# TIME
check_as() {	# USER FILE	what is known is for who runs the hub: others ask it
	local got
	[ "$1" = root ] || serve
	setpriv --reuid="$1" --clear-groups spoold --check "$2" s
	got=$?
	[ "$1" = root ] || stop "$HUB"
	return "$got"
}
whatif_as() {	# USER FILE	the answer
	local n=q${EPOCHREALTIME/[.,]/}
	cp "$2" "s/whatif/.$n" && chown "$1" "s/whatif/.$n" && mv "s/whatif/.$n" "s/whatif/$n.yaml"
	once && cat "s/run/whatif/$n.yaml.answer"
}
done_as() {	# ID SECONDS TIME	a report
	say north "{report: $1, attempt: 1, phase: completed, exit: 0, wall: $2, start: $3, end: $3, time: $3, user: 0, system: 0, maxrss: 0}"
}
half='time: {maxduration: PT30M}'
config='prices: {core-hour: 2, job: 0.5}
users: {nobody: {budget: 5}}
groups: {crowd: {users: [daemon, bin], budget: 2}}'
dear="north: it would cost 48.5, and nobody has 5 left of 5 for this month"

# --- asked beforehand -------------------------------------------------------------------

chmod 755 .
hub "$config"
site north
sed -i 's/^users: {/&root: {budget: 40}, /' s/config.yaml
once
job big.yaml 'time: {maxduration: P1D}'
job fits.yaml "$half"
chmod 644 ./*.yaml
exits 1 "what is over the budget" check_as nobody big.yaml
is "$(output)" $'NO\n  '"$dear" "is a NO with the price and what is left"
ok "others may" check_as 1234 big.yaml
exits 1 "who runs the hub needs no hub for it" check_as root big.yaml
is "$(output)" $'NO\n  north: it would cost 48.5, and root has 40 left of 40 for this month' "and has a budget like anybody else"
ok "and they may what they can pay for" check_as nobody fits.yaml
is "$(whatif_as nobody big.yaml)" $'NO\n  '"$dear [EDQUOT]" "whatif/ says the same, and the errno"
like "$(whatif_as nobody fits.yaml)" $'^YES\n  north: from [^\n]*\n  offer 1: .*, price 1.5: ' "and the price of what can be paid for"
drop_as daemon a "$half"
once
is "$(phase "$(job_id a)")" waiting "one of the group's jobs is under way"
like "$(whatif_as bin fits.yaml)" "^YES.  north: from [^:]*:.*: it would cost 1.5, and the group crowd has 2 left of 2 for this month, of which other jobs may need a part" \
	"another may have to wait for what that costs"
done_as "$(job_id a)" 1800 "$(now)"
once
exits 1 "when it has ended" check_as bin fits.yaml
is "$(output)" $'NO\n  north: it would cost 1.5, and the group crowd has 0.5 left of 2 for this month' "it is known how much is left"
drop_as root r "$half"
once
done_as "$(job_id r)" 36000 "$(now)"
once
exits 1 "what is spent" spoold --check big.yaml s
like "$(output)" 'and root has 19.5 left of 40 for this month' "is known without a hub, too"

# --- transactions --------------------------------------------------------------------------

{
	printf 'transaction:\n  name: four\n  jobs:\n'
	for i in 1 2 3 4; do printf '  - {name: m%d, task: {type: process}, %s}\n' $i 'time: {maxduration: PT30M}'; done
} >four.yaml
head -n 5 four.yaml | sed 's/four/two/; s/name: m/name: n/' >two.yaml
chmod 644 ./*.yaml
each=$(printf '\n  m%d: YES: north (price 1.5)' 1 2 3 4)
exits 1 "a transaction over the budget" check_as nobody four.yaml
is "$(output)" "NO
  it would cost 6, and nobody has 5 left of 5 for this month$each" "is a NO, though each of its jobs is not"
ok "one that can be paid for" check_as nobody two.yaml
is "$(output)" "YES
  all of its jobs, together
  price, where they are cheapest: 3
  n1: YES: north (price 1.5)
  n2: YES: north (price 1.5)" "tells its price"
is "$(whatif_as nobody four.yaml)" $'NO\n  it would cost 6, and nobody has 5 left of 5 for this month'"$each [EDQUOT]" "and so in whatif/"
for f in four two; do cp $f.yaml s/inbox/$f.yaml && chown nobody s/inbox/$f.yaml; done
once
is "$(phase "$(job_id m1)"),$(phase "$(job_id m4)")" failed,failed "dropped, it fails as a whole"
like "$(last_line "$(job_id m4)")" 'answer: "NO", text: "it would cost 6, and nobody has 5 left of 5 for this month"' "with the reason"
is "$(phase "$(job_id n1)"),$(phase "$(job_id n2)")" waiting,waiting "the other is placed"
sed 's/two/three/; s/name: n/name: o/' two.yaml >s/inbox/three.yaml && chown nobody s/inbox/three.yaml
once
is "$(phase "$(job_id o1)")" pending "a third waits for what those under way may leave"
like "$(cat s/run/why/????????-*)" "^it would cost 3, and nobody has 5 left of 5 for this month, of which other jobs may need a part$" "and says so"
for j in n1 n2; do done_as "$(job_id $j)" 1 "$(now)"; done
once
is "$(phase "$(job_id o1)"),$(phase "$(job_id o2)")" waiting,waiting "until that is known to be enough"

# --- offers ----------------------------------------------------------------------------------

rm -rf s
hub "$config"
site north
drop_as nobody choice $'accept: ask\nresources: {compute: {min-cores: 1, max-cores: 4}}\n'"$half"
once
C=$(job_id choice)
largest=$(grep -l 'max-cores: 4,' "s/offers/offered/$C".*.yaml | sed 's/.*\.\([0-9]*\)\.yaml/\1/' | head -n 1)
like "$(cat "s/offers/offered/$C.$largest.yaml")" "price: 4.5" "an offer of four cores costs as many"
drop_as nobody first "$half"
once
printf '{command: accept, job: %s, offer: %s}\n' "$C" "$largest" >s/inbox/take.yaml
once
like "$(cat s/rejected/take.reason)" "offer $largest: it would cost 4.5, and nobody has 5 left of 5 for this month, of which other jobs may need a part \\[EDQUOT\\]" \
	"one that cannot be paid for any more is not given"
is "$(phase "$C")" offered "and stays open"
done_as "$(job_id first)" 0 "$(now)"
once
cp s/rejected/take.yaml s/inbox/
once
is "$(phase "$C")" waiting "until there is enough again"
done_as "$C" 1800 "$(now)"
once
like "$(tail -n 1 s/accounting/*.csv)" "^$C,1,north,65534,nobody,choice,completed,,4,.*,4.500000$" "what it was given is what it pays for"

# --- the next period ----------------------------------------------------------------------------

# A site's clock is not looked at; a hub's says which month it is.
for period in month year; do
	rm -rf s
	hub "$config"$'\nbudgets: {period: '$period'}'
	site north
	for i in 1 2 3; do drop_as nobody "j$i" "$half"; done
	once_at '2027-10-30 12:00:00'
	is "$(count waiting)" 3 "in October there is enough for three jobs"
	for i in 1 2 3; do done_as "$(job_id "j$i")" 1800 2027-10-30T13:00:00.000Z; done
	drop_as nobody late "$half"
	once_at '2027-10-31 23:00:00'
	is "$(phase "$(job_id late)")" failed "and for no fourth"
	drop_as nobody next "$half"
	once_at '2027-11-01 00:00:10'
	case $period in
	month) is "$(phase "$(job_id next)")" waiting "November begins with all of it" ;;
	year)
		like "$(last_line "$(job_id next)")" "has 0.5 left of 5 for this year" "a year has not ended with October"
		drop_as nobody again "$half"
		once_at '2028-01-01 00:00:10'
		is "$(phase "$(job_id again)")" waiting "but with December" ;;
	esac
done

# While the hub runs, and by itself.
rm -rf s
hub "$config"$'\npolicy: {unplaceable: wait}'
site north
for i in 1 2 3; do drop_as nobody "j$i" "$half"; done
once_at '2027-10-30 12:00:00'
for i in 1 2 3; do done_as "$(job_id "j$i")" 1800 2027-10-30T13:00:00.000Z; done
once_at '2027-10-31 23:00:00'
background faketime -f '@2027-10-31 23:59:50' spoold s
HUB=$PID
wait_until 10 grep -q serving "$LOG" || bail "spoold does not start: $(cat "$LOG")"
drop_as nobody late "$half"
sed 's/two/pair/; s/name: n/name: p/' two.yaml >s/inbox/.pair && chown nobody s/inbox/.pair && mv s/inbox/.pair s/inbox/pair.yaml
wait_until 10 taken late
L=$(job_id late)
wait_until 10 taken p1
ok "one that waits for the next month" wait_until 60 in_phase "$L" waiting
like "$(last_line "$L")" "time: 2027-11-01T00:00:" "goes when that begins"
ok "and so does a transaction" wait_until 60 in_phase "$(job_id p1)" waiting
stop "$HUB"
done_testing
