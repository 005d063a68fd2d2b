#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Offers through the mount: seen, chosen by a write and by mv, and answered.
#
# Words in quotes are python's and the other user's shell's.
# What ls says is what is tested here, and our names are tame.
# shellcheck disable=SC2002,SC2010,SC2012,SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

ask() {		# NAME	a job of Ann's with offers; its id in $ID, its directory in $D
	local name=$1
	as $ANN sh -c "printf 'name: %s\ntask: {type: process, spec: {command: [\"true\"]}}\naccept: ask\n' $name >m/inbox/$name.yaml" ||
		bail "it cannot be dropped"
	offered "$name"
}
offered() {	# NAME
	wait_until 60 taken "$1" || bail "it is not taken"
	ID=$(job_id "$1") D=m/jobs/$ID
	{ wait_until 60 in_phase "$ID" offered && wait_until 60 test -e "$D/offers/2.yaml"; } || bail "nothing is offered"
}

hub
view
for s in north south; do site $s; done
serve
wait_until 10 test -e s/run/sites/south.yaml

# --- what is offered ----------------------------------------------------------

ask one
is "$(ls "$D/offers" "$D/accepted" | tr '\n' ' ')" "$D/accepted:  $D/offers: 1.yaml 2.yaml 3.yaml " "offers are files"
like "$(cat "$D/offers/1.yaml")" "offer: 1, job: $ID, .*site: .*name: one" "the request with what is offered"
is "$(stat -c '%u %a' "$D/offers/1.yaml")" "$ANN 440" "for the job's owner"
like "$(cat "$D/accept")" 'nothing is accepted yet; open offers: 1, 2' "accept says what there is"
is "$(stat -c %s "$D/accept")" "$(wc -c <"$D/accept")" "with its size"
is "$(errno $BOB "open('$D/offers/1.yaml')")" EACCES "others do not read them"
is "$(attribute "$D/accept" 2>&1 | grep -c 'No data')" 1 "no reason without an answer"

# --- choosing by a write ----------------------------------------------------------

is "$(errno $BOB "open('$D/accept', 'w').write('2')")" EACCES "another user chooses nothing"
is "$(errno $ANN "os.write(os.open('$D/accept', os.O_WRONLY), b'two')")" EINVAL "a word is no number"
is "$(attribute "$D/accept")" "expected the number of an offer, or best" "and the attribute says so"
is "$(cat "$D/accept")" "expected the number of an offer, or best" "as the file does"
is "$(errno $ANN "os.write(os.open('$D/accept', os.O_WRONLY), b'7')")" EINVAL "there is no seventh"
like "$(cat "$D/accept")" 'there is no offer 7; this job has had 3' "which is said"
ok "echo 2 > accept" as $ANN sh -c "echo 2 >$D/accept"
is "$(phase "$ID")" waiting "it is accepted when the write returns"
is "$(cat "$D/accept")" "offer 2 is accepted" "accept says so"
ok "it lies among the accepted" test -f "$D/accepted/2.yaml"
is "$(ls "$D/offers")" "" "and no other is open"
is "$(ls -A s/inbox s/rejected | grep -c accept)" 0 "no command stays"
is "$(errno $ANN "os.write(os.open('$D/accept', os.O_WRONLY), b'1')")" ESTALE "its sibling is gone"
is "$(attribute "$D/offers")" "the job is waiting; it has no open offers" "and why"

# --- by mv, and the best ------------------------------------------------------------

ask two
exits 1 "another user moves nothing" as $BOB mv "$D/offers/1.yaml" "$D/accepted/"
ok "mv offers/1.yaml accepted/" as $ANN mv "$D/offers/1.yaml" "$D/accepted/"
is "$(phase "$ID") $(ls "$D/accepted")" "waiting 1.yaml" "accepts it"
ask three
exits 1 "it keeps its name" as $ANN mv "$D/offers/1.yaml" "$D/accepted/best.yaml"
exits 1 "and nothing else is moved there" as $ANN mv "$D/log" "$D/accepted/"
ok "best" as $ANN sh -c "echo best >$D/accept"
is "$(ls "$D/accepted")" "1.yaml" "is the first"

# --- what the hub refuses ---------------------------------------------------------------

# The hub's own no: what the view knew was true, and is not any more.
ask four
kill -STOP "$HUB"
printf '{command: cancel, job: %s}\n' "$ID" >s/inbox/.c && mv s/inbox/.c s/inbox/aa.yaml
background as $ANN "$PYTHON" -c '
import errno, os, sys
try:
	os.write(os.open(sys.argv[1], os.O_WRONLY), b"1")
	print("none")
except OSError as e:
	print(errno.errorcode[e.errno])' "$D/accept"
asked=$PID said=$LOG
wait_until 10 sh -c 'ls s/inbox | grep -q ^accept-' || bail "no command"
like "$(cat s/inbox/accept-*)" "^\\{command: accept, job: $ID, attempt: 0, offer: 1\\}" "the command names the offer"
is "$(stat -c %u s/inbox/accept-*)" "$ANN" "and is its author's"
kill -CONT "$HUB"
ok "the hub answers" wait_until 60 gone "$asked"
is "$(cat "$said")" ESTALE "by an errno"
like "$(cat "$D/accept")" "^job $ID has ended already: it is cancelled$" "with its sentence"
like "$(cat s/rejected/accept-*.reason)" 'it is cancelled \[ESTALE\]' "which stands in rejected/"

# --- without a hub ----------------------------------------------------------------------------

ask five
stop "$HUB"
ok "without a hub" as $ANN sh -c "echo 1 >$D/accept"
like "$(cat "$D/accept")" 'offer 1 was asked for; no spoold serves the spool now, so the command waits in inbox/' \
	"it is asked for, and that is said"
ok "and the offer is open still" test -f "$D/offers/1.yaml"
serve
ok "a hub that comes takes it" wait_until 10 in_phase "$ID" waiting
ok "and it lies among the accepted" wait_until 10 test -f "$D/accepted/1.yaml"
stop "$HUB"
serve
drop_as $ANN six 'accept: ask'
offered six
stop "$HUB"
sed -i 's/expires: [^,]*,/expires: 2026-01-01T00:00:00.000Z,/' "s/offers/offered/$ID.1.yaml"
is "$(errno $ANN "os.write(os.open('$D/accept', os.O_WRONLY), b'1')")" ESTALE "an expired one is refused by its own date"
is "$(cat "$D/accept")" "offer 1 has expired" "with the sentence"
is "$(ls -A s/inbox)" "" "without a command"

# --- what cannot be paid for any more ------------------------------------------------------------

# What the sites have of Ann's, and something for one more.
money=$((3 * $(count waiting) + 5))
printf 'prices: {job: 3}\nusers: {"%s": {budget: %d}}\n' $ANN $money >s/config.yaml
serve
ask seven
as $ANN sh -c "printf 'name: eight\ntask: {type: process}\n' >m/inbox/eight.yaml"
wait_until 60 taken eight
wait_until 60 in_phase "$(job_id eight)" waiting
is "$(errno $ANN "os.write(os.open('$D/accept', os.O_WRONLY), b'1')")" EDQUOT "an offer that other jobs have spent the money of"
is "$(cat "$D/accept")" "offer 1: it would cost 3, and 1001 has $money left of $money for this month, of which other jobs may need a part" "with the reason"
ok "which stays open" test -f "$D/offers/1.yaml"
stop "$HUB"
done_testing
