#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What spoold finds after any kind of end, and what it makes of it.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

hub 'policy: {unplaceable: wait}'
event() { printf -- '--- {phase: %s, time: %s, site: north, attempt: 1%s}\n' "$1" "$(now)" "${2-}"; }

site north 'pull: {jobs: 3}'
for name in one two three four; do drop $name; once; done
A=$(job_id one) B=$(job_id two) C=$(job_id three) D=$(job_id four)
is "$(phase "$A") $(phase "$B") $(phase "$C") $(phase "$D")" "waiting waiting waiting pending" "three jobs at a site, one waits"

# --- job files ------------------------------------------------------------------------

printf -- '--- {phase: run' >>"s/jobs/waiting/$A.yaml"
printf '\0\0\0\0\0\0' >>"s/jobs/waiting/$B.yaml"
event running >>"s/jobs/waiting/$C.yaml"
before=$(cat "s/jobs/pending/$D.yaml")
mv "s/jobs/pending/$D.yaml" "s/jobs/running/$D.yaml"
E=01939a3c-0000-7000-8000-00000000000e F=01939a3c-0000-7000-8000-00000000000f
: >"s/jobs/pending/$E.yaml"
head -c 100 "s/jobs/waiting/$A.yaml" >"s/jobs/waiting/$F.yaml"
echo 'not a job' >s/jobs/pending/notes.txt
ok "after a crash it starts" once
like "$(cat .once)" "took up 4 jobs; cut 2 torn ends, finished 2 moves, removed 2 unfinished files" \
	"and tells what it found"
unlike "$(last_line "$A")" "phase: run" "a torn end is cut off"
ok "zeros, too" test "$(tr -d '\0' <"s/jobs/waiting/$B.yaml" | wc -c)" = "$(stat -c %s "s/jobs/waiting/$B.yaml")"
is "$(phase "$C")" running "history ahead of the directory: the move is made"
is "$(phase "$D")" pending "history behind it: moved back"
is "$(cat "$(file "$D")")" "$before" "and nothing is added"
is "$(file $E)$(file $F)" "" "what was never finished is gone"
ok "what is no job is left alone" test -e s/jobs/pending/notes.txt
rm s/jobs/pending/notes.txt

printf 'garbage\n' >>"s/jobs/waiting/$A.yaml"
ok "a job file with a strange line" once
like "$(cat .once)" "job $A.yaml in waiting is left alone: line [0-9]+: expected a line of the form" \
	"is left alone, and it is said"
sed -i '$d' "s/jobs/waiting/$A.yaml"
ok "until somebody has mended it" once
like "$(cat .once)" "took up 4 jobs" "then it counts again"

# The same in the place where jobs end.
event completed ", exit: 0" >>"s/jobs/waiting/$A.yaml"
mv "s/jobs/waiting/$A.yaml" s/jobs/completed/
sed -i '$d' "s/jobs/completed/$A.yaml"
ok "an end of which the last line was lost" once
is "$(phase "$A")" waiting "has not been: the job goes on"

# What it noted of a site is no file any more.
cp s/run/sites/north.yaml north.yaml
rm s/run/sites/north.yaml && mkdir s/run/sites/north.yaml
ok "what was noted of a site cannot be read" once
like "$(cat .once)" "run/sites/north.yaml is not used: " "it starts without it, and says so"
rmdir s/run/sites/north.yaml && mv north.yaml s/run/sites/
ok "and with it again" once
unlike "$(cat .once)" "is not used" "when it can be read"

# --- drops --------------------------------------------------------------------------------

job five.yaml
cp five.yaml s/inbox/
# Killed where the first drop would leave.
kill_at_removal() {
	strace -f -qq -o /dev/null -P "$TMP/s/inbox" -e trace=unlinkat -e inject=unlinkat:signal=KILL \
		spoold --once s >/dev/null 2>&1 &
	wait $!
	[ $? = 137 ]
} 2>/dev/null
ok "killed between the flush and the removal of a drop" kill_at_removal
is "$(ls s/inbox)" five.yaml "it is there still"
G=$(job_id five)
ok "a drop that was taken already" once
ok "leaves inbox/" inbox_is_empty
is "$(job_id five)" "$G" "without being taken twice"
touch five.yaml
cp -p five.yaml s/inbox/five.yaml
kill_at_removal
touch -d 2001-01-01 s/inbox/five.yaml
once
is "$(grep -rl 'drop: five.yaml' s/jobs | wc -l)" 2 "whatever its time says"
cp -p five.yaml s/inbox/five.yaml
kill_at_removal
rm s/inbox/five.yaml
cp -p five.yaml s/inbox/five.yaml
once
is "$(grep -rl 'drop: five.yaml' s/jobs | wc -l)" 4 "but a new one with the same name, time and content is another job"

job impossible.yaml 'time: [{start: 2001-01-01T00:00Z/2001-01-02T00:00Z}]'
cp impossible.yaml s/inbox/
kill_at_removal
is "$(count expired)" 1 "a job that ends at once"
once
is "$(count expired)$(ls s/inbox)" 1 "is not made again from its drop either"

# A command, and it was carried out.
printf 'command: cancel\njob: %s\n' "$D" >s/inbox/c.yaml
kill_at_removal
is "$(grep -c 'command: cancel' "$(file "$D")")" 1 "a command is carried out"
ok "once more" once
ok "it is no mistake of its author's" test ! -e s/rejected/c.reason
is "$(grep -c 'command: cancel' "$(file "$D")")$(ls s/inbox)" 1 "nor done twice"

# Half a rejection.
echo 'an old reason' >s/rejected/odd.reason
echo 'task: [' >s/inbox/odd.yaml
once
like "$(reason odd)" "odd.yaml:2:1: not YAML" "a rejection that was half done is done"
is "$(find s/rejected -name 'odd*' | wc -l)" 2 "once"

# --- messages ---------------------------------------------------------------------------------

hidden() {	# NUMBER LINES	as a commit leaves it that was killed
	printf '%s\n' "$2" | "$MAIL" -n "$1" s/sites/north/down hub north
	mv "$(printf 's/sites/north/down/%08d.yaml' "$1")" "$(printf 's/sites/north/down/.%08d.yaml.tmp' "$1")"
}
last=$(down_last north)
hidden $((last + 1)) "{cancel: $B, attempt: 1}"
ok "a hidden message" once
ok "is shown" told north "^--- \{cancel: $B, attempt: 1\}"

last=$(down_last north)
hidden $((last + 1)) "{cancel: $B, attempt: 1, reason: never flushed}"
truncate -s -5 "s/sites/north/down/.$(printf %08d $((last + 1))).yaml.tmp"
ok "one that is not whole" once
ok "is removed" test -z "$(find s/sites/north/down -name '.*.tmp')"
is "$(down north | grep -c 'never flushed')" 0 "and was never said"

# A flush failed when the message was hidden, and this job counts on it, too.
site north 'pull: {jobs: 90}'
drop six
once
H=$(job_id six)
last=$(down_last north)
rm "$(printf 's/sites/north/down/%08d.yaml' "$last")"
hidden "$last" "{cancel: $B, attempt: 1, reason: before}"
ok "a hidden message that lacks a job" once
ok "is written again" told north "assign: $H, attempt: 1"
is "$(down_last north)" "$last" "under its number"

# The newest message is the hub's own memory.
last=$(down_last north)
cp "$(printf 's/sites/north/down/%08d.yaml' "$last")" saved
: >"$(printf 's/sites/north/down/%08d.yaml' "$last")"
drop seven
ok "a newest message that cannot be read stops this site" once
like "$(cat .once)" "north is stopped: the newest message, [0-9]+.yaml, cannot be read: an empty file" "and it is said"
is "$(phase "$(job_id seven)")" pending "it gets no work"
site south
once
is "$(phase "$(job_id seven)")" waiting "others do"
cp saved "$(printf 's/sites/north/down/%08d.yaml' "$last")"
drop eight 'placement: {sites: [north]}'
ok "until the message is back" once
is "$(phase "$(job_id eight)")" waiting "then it goes on"

# --- killed again and again ----------------------------------------------------------------------

rm -rf s
hub
site north 'pull: {jobs: 200}'
fill() {
	local i
	for ((i = 1; i <= 2000; i++)); do
		printf 'name: k%d\ntask: {type: process}\nresources: {compute: [{min-cores: %d}]}\n' "$i" \
			$((i % 10 ? 1 : 64)) >"s/inbox/k$i.yaml"
	done
}
fill & filler=$!
kills=0
while kill -0 $filler 2>/dev/null || ! inbox_is_empty; do
	background spoold s
	# Not for something to happen, but to be anywhere.
	sleep "$(printf '0.%02d' $((RANDOM % 28 + 2)))"
	kill -KILL "$PID"
	wait "$PID" 2>/dev/null
	kills=$((kills + 1))
	[ $kills -lt 60 ] || break
done
wait $filler
wait_until 5 once
note "$kills kills"
ok "after many kills all is taken" inbox_is_empty
is "$(grep -rhoE '^--- \{job: .* name: k[0-9]+,' s/jobs | sed 's/.* name: //' | sort | uniq -d | head -n 3)" "" \
	"no drop twice"
is "$(grep -rhoE '^--- \{job: .* name: k[0-9]+,' s/jobs | sed 's/.* name: //' | sort -u | wc -l)" 2000 "and each once"
is "$(count failed)" 200 "a NO is a NO"
is "$(count waiting)" 200 "the site has as many as it wants"
is "$(down north | grep -c '^--- {assign:')" "$(down north | grep -o '^--- {assign: [^,]*' | sort -u | wc -l)" \
	"and was told of each once"
is "$(down north | grep -c '^--- {assign:')" 200 "of all"

done_testing
