#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What sites say: in order, out of order, twice, in part, wrong, forged.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

hub
site north
site south 'tags: [south]'
for name in a b c d e f; do drop $name 'placement: {sites: [north]}'; done
serve
for name in a b c d e f; do wait_until 30 taken $name; done
wait_until 30 told north "name: f,"
A=$(job_id a) B=$(job_id b) C=$(job_id c) D=$(job_id d) E=$(job_id e) F=$(job_id f)
name_of() { printf 's/sites/%s/up/%08d.yaml' "$1" "$2"; }
forget_log() { log_from=$(($(wc -l <"$HUB_LOG") + 1)); }
log() { tail -n "+${log_from:-1}" "$HUB_LOG"; }
stopped() { log | grep -aF "north is stopped: $(basename "$(name_of north "$1")"):"; }

says_why() { stopped "$1" | grep -Eaq -- "$2"; }	# NUMBER REGEX

# --- order -----------------------------------------------------------------------------

last=$(up_last north)
report "$A" 1 running | "$MAIL" -n $((last + 2)) s/sites/north/up north hub
ok "a gap means: wait" others_go_on
is "$(phase "$A")" waiting "what comes too early is not acted on"
report "$A" 1 preparing | "$MAIL" -n $((last + 1)) s/sites/north/up north hub
ok "when it is filled both are taken" wait_until 30 in_phase "$A" running
is "$(grep -o 'phase: [a-z]*' "$(file "$A")" | tr '\n' ' ')" "phase: waiting phase: preparing phase: running " "in order"
ok "and acknowledged" wait_until 30 heard north $((last + 2))

cp "$(name_of north $((last + 1)))" old
events=$(wc -l <"$(file "$A")")
rm "$(name_of north $((last + 1)))"
cp old "$(name_of north $((last + 1)))"
cp "$(name_of north $((last + 2)))" again && mv again "$(name_of north $((last + 2)))"
ok "messages that come again" others_go_on
is "$(wc -l <"$(file "$A")")" "$events" "change nothing"
touch "$(name_of north 0)" s/sites/north/up/notes.txt s/sites/north/up/.00000099.yaml.Ab12cD
ok "nor does what is no message" others_go_on

# --- in part ---------------------------------------------------------------------------------

say north "$(report "$B" 1 running)"
last=$(up_last north)
ok "in the usual case" wait_until 30 in_phase "$B" running
mkdir -p elsewhere && cp "$(name_of north "$last")" elsewhere/
"$MAIL" -n $((last + 1)) elsewhere north hub <<<"$(report "$C" 1 running)
$(report "$D" 1 running)"
next=elsewhere/$(basename "$(name_of north $((last + 1)))")
head -c 300 "$next" >"$(name_of north $((last + 1)))"
ok "a message that is there in part" others_go_on
is "$(phase "$C") $(phase "$D")" "waiting waiting" "is not acted on"
head -n 2 "$next" >"$(name_of north $((last + 1)))"
ok "in whole lines" others_go_on
is "$(phase "$C") $(phase "$D")" "waiting waiting" "neither"
ok "and it is said" wait_until 30 stopped $((last + 1))
cat "$next" >"$(name_of north $((last + 1)))"
ok "when all of it has come it is taken" wait_until 30 in_phase "$D" running

# --- wrong --------------------------------------------------------------------------------------

wrong() {	# TEXT REGEX DESC	as the next message; then a good one takes its place
	local last
	last=$(($(up_last north) + 1))
	forget_log
	printf '%s\n' "$1" >.wrong
	mv .wrong "$(name_of north $last)"
	others_go_on
	ok "$3" wait_until 30 says_why $last "$2" || note "$(log)"
	rm "$(name_of north $last)"
	say north "$(report "$D" 1 running)"
	wait_until 30 heard north "$last" || note "north is not heard again after: $3"
}
head_of() { head -n 1 "$(name_of north "$(up_last north)")" | sed "s/message: [0-9]*/message: $(($(up_last north) + 1))/"; }
end_of() { printf -- '--- {end: %d, lines: 1}' $(($(up_last north) + 1)); }
full() { printf '%s\n%s\n%s\n' "$(head_of)" "$1" "$(end_of)"; }

wrong 'hello' '00000...yaml:1:1: expected a line of the form' "words are no message"
wrong "$(head -c 5000 /dev/zero | tr '\0' '\377')" 'expected a line of the form' "nor are bytes"
wrong "$(full '--- {settle: x}')" '2: a site does not say this' "what only a hub may say"
wrong "$(full '--- {hello: 1}')" '2:6: a line that begins with "hello"; expected assign' "nor what nobody says"
wrong "$(full "--- {report: $A, attempt: 1, phase: pending, time: $(now)}")" \
	'phase: expected one of waiting' "what a site may not decide"
wrong "$(full "--- {report: $A, attempt: 1, phase: running}")" 'time' "a report without its time"
wrong "$(full "--- {site: north, bytes: 11}"$'\n---\nsite: north')" 'missing|expected|time' "a site that tells half"
wrong "$(full '--- {site: south, bytes: 1}'$'\n---\n'"$(site_doc south)")" 'bytes' "with a wrong length"
wrong "$(full "--- {report: $A, attempt: 1, phase: running, time: $(now)}" | sed 's/from: north/from: south/')" \
	'the message says it is from "south", and lies in the mailbox of north' "a message of somebody else"
wrong "$(full "--- {report: $A, attempt: 1, phase: completed, time: $(now), files: [{path: ../../x, size: 1, digest: \"$(printf 'x' | sha256sum | cut -c 1-64)\", text: x}]}")" \
	'path: expected a relative path' "files that are to lie elsewhere"
wrong "$(full "--- {report: $A, attempt: 1, phase: completed, time: $(now), files: [{path: a, size: 1, digest: \"$(printf 'y' | sha256sum | cut -c 1-64)\", text: x}]}")" \
	'text: not the 1 bytes that size and digest tell of' "texts that are not what they should be"
wrong "$(full "--- {report: $A, attempt: 1, phase: completed, time: $(now), files: [{path: a, size: 1, digest: \"$(printf 'x' | sha256sum | cut -c 1-64)\", text: x}, {path: a/b, size: 1, digest: \"$(printf 'x' | sha256sum | cut -c 1-64)\", text: x}]}")" \
	'a/b' "a file that is to be a directory as well"
wrong "$(full "--- {report: $A, attempt: 1, phase: completed, time: $(now), files: [{path: $(printf 'n%.0s' {1..300}), size: 1, digest: \"$(printf 'x' | sha256sum | cut -c 1-64)\", text: x}]}")" \
	'path' "names that are too long"
is "$(phase "$A")" running "nothing of this was acted on"

# What takes the place of a message may be anything.
forget_log
next=$(($(up_last north) + 1))
mkdir "$(name_of north $next)"
ok "a directory for a message" others_go_on
ok "stops this site's mail alone" wait_until 30 says_why "$next" "not a regular file"
rmdir "$(name_of north $next)"
mkfifo "$(name_of north $next)"
ok "a FIFO" others_go_on
rm "$(name_of north $next)"
ln -s /etc/passwd "$(name_of north $next)"
ok "a link" others_go_on
ok "neither" wait_until 30 says_why "$next" "is a symbolic link, expected a regular file"
rm "$(name_of north $next)"
site north 'sockets: {each: 4}'
ok "a site of a newer kind is heard" wait_until 30 grep -q 'north tells of "sockets", which is not known here' "$HUB_LOG"
ok "and nothing lies around outside" test ! -e s/x -a ! -e x

# --- whose job ------------------------------------------------------------------------------------

NONE=01939a3c-0000-7000-8000-0000000000aa
forget_log
say north "{report: $NONE, attempt: 1, phase: running, time: $(now)}"
ok "a job that nobody knows" wait_until 30 told north "cancel: $NONE, attempt: 1"
like "$(log)" "north reports job $NONE attempt 1 as running: refused, there is no such job" "is refused"
say north "{report: $NONE, attempt: 1, phase: completed, time: $(now), exit: 0}"
ok "its end can be forgotten" wait_until 30 told north "settle: $NONE, attempt: 1"
say south "{report: $A, attempt: 1, phase: completed, time: $(now), exit: 0}"
ok "a job of another site" wait_until 30 told south "settle: $A, attempt: 1"
is "$(phase "$A")" running "is not ended by its word"
say north "{report: $A, attempt: 7, phase: completed, time: $(now), exit: 0}"
ok "an attempt that never was" wait_until 30 told north "settle: $A, attempt: 7"
is "$(phase "$A")" running "neither"
say north "$(report "$A" 1 waiting)
$(report "$A" 1 preparing)"
wait_until 30 heard north "$(up_last north)"
is "$(phase "$A")" running "no phase goes back"

# --- results ---------------------------------------------------------------------------------------

say north "$(report "$A" 1 completed ", exit: 0, files: [$(printf 'the words\n' | payload north p1 stdout), $(printf 'x' | payload north p2 out/deep/x.dat)]")"
ok "a job comes home" wait_until 30 in_phase "$A" completed
is "$(cat "s/results/$A/stdout")" "the words" "with its words"
is "$(cat "s/results/$A/out/deep/x.dat")" "x" "and its files"
like "$(last_line "$A")" "phase: completed, .*exit: 0, files: 2" "as many as were told"
ok "the site may forget it" wait_until 30 told north "settle: $A, attempt: 1"

file_b=$(printf 'late' | payload north p3 stdout)
mv s/sites/north/up/files/p3 .p3
say north "$(report "$B" 1 completed ", exit: 0, files: [$file_b]")"
ok "a payload that has not come yet" others_go_on
is "$(phase "$B")" running "is waited for"
head -c 2 .p3 >s/sites/north/up/files/p3
ok "also a part of it" others_go_on
is "$(phase "$B")" running "is not enough"
mv .p3 s/sites/north/up/files/p3
ok "then it is home" wait_until 30 in_phase "$B" completed
is "$(cat "s/results/$B/stdout")" "late" "whole"

forget_log
file_c=$(printf 'true' | payload north p4 stdout)
printf 'lies' >s/sites/north/up/files/p4
say north "$(report "$C" 1 completed ", exit: 0, files: [$file_c]")"
ok "a payload with other bytes" others_go_on
is "$(phase "$C")" running "is not taken"
ok "and it is said" wait_until 30 says_why "$(up_last north)" "payload p4: its SHA-256 is not the one that the message names"
ok "it is not shown" test ! -e "s/results/$C"
printf 'true' >s/sites/north/up/files/p4
ok "until it is right" wait_until 30 in_phase "$C" completed

# A directory in files/ that leads out of it.
mkdir secret && printf 'secret' >secret/word
ln -s "$TMP/secret" s/sites/north/up/files/way
ln -s "$TMP/secret/word" s/sites/north/up/files/short
digest=$(printf secret | sha256sum | cut -c 1-64)
say north "$(report "$D" 1 completed ", exit: 0, files: [{path: stdout, size: 6, digest: \"$digest\", payload: way/word}]")"
others_go_on
is "$(phase "$D")" running "a payload is not looked for outside of files/"
rm "$(name_of north "$(up_last north)")"
say north "$(report "$D" 1 completed ", exit: 0, files: [{path: stdout, size: 6, digest: \"$digest\", payload: short}]")"
others_go_on
is "$(phase "$D")" running "nor behind a link"
rm "$(name_of north "$(up_last north)")"
say north "$(report "$D" 1 completed ', exit: 0')"
ok "without files it is fine" wait_until 30 in_phase "$D" completed
ok "and has no results" test ! -e "s/results/$D"

# --- a new beginning -----------------------------------------------------------------------------------

BOX0=01000000-0000-7000-8000-000000000000 BOX2=01ffffff-0000-7000-8000-000000000002
mkdir older newer
report "$E" 1 completed | "$MAIL" -b $BOX0 older north hub
mkdir other
report "$E" 1 running | "$MAIL" -b $BOX2 other south hub
cp other/00000001.yaml "$(name_of north 1)"
ok "the first message of another site" others_go_on
is "$(phase "$E") $(phase "$F")" "waiting waiting" "is no new beginning"
cp older/00000001.yaml "$(name_of north 1)"
ok "nor is one of an older box that comes late" others_go_on
is "$(phase "$E") $(phase "$F")" "waiting waiting" "the site holds what it held"
say north "$(report "$E" 1 running)"
ok "and goes on" wait_until 30 in_phase "$E" running

rm -f s/sites/north/up/[0-9]*.yaml
site_doc north >.doc
printf '{site: north} .doc\n' | "$MAIL" -b $BOX2 s/sites/north/up north hub
ok "a site that has lost its state" wait_until 30 grep -q 'north begins a new mailbox' "$HUB_LOG"
has_lost() { grep -q 'text: "the site lost its state"' "$(file "$E")"; }
ok "loses its jobs" wait_until 30 has_lost
ok "gets them again as new attempts" wait_until 30 told north "assign: $E, attempt: 2"
ok "and is heard from its first message on" wait_until 30 heard north 1
is "$(find s/sites/north/up -name '[0-9]*.yaml' | wc -l)" 1 "under new numbers"
# That box was of the year 2039.
printf 'site: north\nhub: %s/s\nstate: %s/north.state\ncores: 1\n' "$TMP" "$TMP" >north.yaml
rm -f s/sites/north/up/[0-9]*.yaml
begun() { [ "$(grep -c 'north begins a new mailbox' "$HUB_LOG")" = "$1" ]; }
ok "a site that has lost its state, and whose clock went back" spool-agent -c north.yaml run
ok "is heard as well" wait_until 30 begun 2
stop "$HUB"

done_testing
