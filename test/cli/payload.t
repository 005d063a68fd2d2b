#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Large results: a child of spoold copies and checks them, and nobody waits but
# the site that sent them.  The child holds the lock of the site's down/ while
# it works; who holds that lock here makes it as slow as one likes.
#
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

LARGE=3000000
STEP=${STEP:-50}		# at most so many calls between two kills
hub
site north
site south
for name in a b c; do drop $name 'placement: {sites: [north]}'; done
serve
for name in a b c; do wait_until 30 taken $name; done
wait_until 30 told north "name: c,"
A=$(job_id a) B=$(job_id b) C=$(job_id c)
bytes() { head -c "$1" /dev/urandom; }
children() { cat "/proc/$HUB/task/$HUB/children" 2>/dev/null; }
has_child() { [ -n "$(children)" ]; }

# --- only its site waits ---------------------------------------------------------------

exec 9<s/sites/north/down
flock 9
bytes $LARGE >large
say north "$(report "$A" 1 completed ", exit: 0, files: [$(payload north p1 out.dat <large), $(echo words | payload north p2 stdout)]")"
say north "$(report "$B" 1 running)"
ok "a child is set to it" wait_until 30 has_child
ok "others go on" others_go_on
ok "and on" others_go_on
is "$(phase "$A") $(phase "$B")" "waiting waiting" "the site's own mail is in order"
is "$(children | wc -w)" 1 "by one child"

child=$(children)
stop "$HUB" KILL
ok "it ends with its hub" wait_until 30 gone "$child"
serve
ok "the next hub begins anew" wait_until 30 has_child
ok "others go on" others_go_on
children | xargs kill -KILL
ok "a child that is killed" wait_until 30 grep -q "was killed" "$HUB_LOG"
ok "holds up nobody" others_go_on
is "$(phase "$A")" waiting "and nothing is believed"
ok "another takes its place" wait_until 30 has_child
flock -u 9
ok "then the job is home" wait_until 30 in_phase "$A" completed
ok "whole" cmp large "s/results/$A/out.dat"
is "$(cat "s/results/$A/stdout")" words "with its words"
ok "and the next message is taken" wait_until 30 in_phase "$B" running
is "$(find s/results -name '.*.tmp')" "" "nothing is left"

# --- wrong, late ---------------------------------------------------------------------------

file=$(payload north p3 out.dat <large)
spoil s/sites/north/up/files/p3 100
say north "$(report "$B" 1 completed ", exit: 0, files: [$file]")"
ok "other bytes are found out" wait_until 30 grep -q "payload p3: its SHA-256" "$HUB_LOG"
is "$(phase "$B")" running "and not taken"
head -c 2000000 large >s/sites/north/up/files/p3
ok "a part" others_go_on
is "$(phase "$B")" running "is not enough"
cp large s/sites/north/up/files/.p3 && mv s/sites/north/up/files/.p3 s/sites/north/up/files/p3
ok "until it is right" wait_until 60 in_phase "$B" completed
ok "and whole" cmp large "s/results/$B/out.dat"
cat large large >long
file=$(payload north p4 out.dat <large)
mv long s/sites/north/up/files/p4
say north "$(report "$C" 1 completed ", exit: 0, files: [$file]")"
ok "what is longer than its site says" wait_until 30 grep -q "payload p4: its SHA-256" "$HUB_LOG"
is "$(find s/results -name out.dat -path '*/.*')" "" "is not even copied"
rm s/sites/north/up/"$(printf '%08d.yaml' "$(up_last north)")"
say north "$(report "$C" 1 completed ', exit: 0')"
ok "and may be taken back" wait_until 60 in_phase "$C" completed

# --- many at once ---------------------------------------------------------------------------

for n in 1 2 3 4 5 6 7; do
	site "many$n"
	drop "of$n" "placement: {sites: [many$n]}"
done
for n in 1 2 3 4 5 6 7; do wait_until 30 told "many$n" "name: of$n,"; done
for n in 1 2 3 4 5 6 7; do
	say "many$n" "$(report "$(job_id "of$n")" 1 completed ", exit: 0, files: [$(payload "many$n" p out.dat <large)]")"
done
for n in 1 2 3 4 5 6 7; do wait_until 60 in_phase "$(job_id "of$n")" completed || break; done
ok "more sites than children" in_phase "$(job_id of7)" completed
is "$(cat s/results/*/out.dat | sha256sum)" "$(for n in {1..9}; do cat large; done | sha256sum)" "all is whole"
ok "spoold stops" stop "$HUB"

# --- killed anywhere -----------------------------------------------------------------------------

CALLS=openat,mkdirat,renameat,unlinkat,copy_file_range,fsync,syncfs,write,clone,flock
killed_at() {	# N	hub or child, whoever makes its Nth call
	! { strace -f -qq -o /dev/null -e "inject=$CALLS:signal=KILL:when=$1" spoold --once s; } >/dev/null 2>&1
}
if strace -o /dev/null true 2>/dev/null; then
	drop last 'placement: {sites: [north]}'
	spoold --once s 2>/dev/null
	L=$(job_id last) bad=''
	say north "$(report "$L" 1 completed ", exit: 0, files: [$(payload north p5 out.dat <large)]")"
	cp -a s before
	for ((n = 1 + RANDOM % STEP; n < 1000; n += 1 + RANDOM % STEP)); do
		killed_at $n || break
		wait_until 30 spoold --once s || bad+=" $n: does not start;"
		cmp -s large "s/results/$L/out.dat" && in_phase "$L" completed || bad+=" $n: not home;"
		[ -z "$(find s/results -name ".$L.*")" ] || bad+=" $n: left over;"
		rm -rf s && cp -a before s
	done
	is "$bad" "" "killed before any call up to $n: the results are there, once and whole"
else
	skip "kills at any call: processes cannot be traced here"
fi
done_testing
