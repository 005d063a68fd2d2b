#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# events: a line for each transition, which waits at the end; and index.html.
#
# What ls says is what is tested here, and our names are tame.
# shellcheck disable=SC2002,SC2010,SC2012,SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

lines() { [ "$(grep -c . "$2")" -ge "$1" ]; }	# NUMBER FILE
has() { grep -q "$1" "$2"; }		# REGEX FILE
all() { timeout 100 head -c "$(stat -c %s m/events)" m/events; }

hub
drop_as $ANN before
spoold --once s || bail "no turn"
OLD=$(job_id before)
view
like "$(all)" '^[0-9TZ:.-]+ - mounted$' "at first there is the mount"
is "$(stat -c %s m/events)" "$(all | wc -c)" "with its size"
background timeout 300 cat m/events
reader=$PID got=$LOG
background as $BOB cat m/events
bobs=$PID bob_got=$LOG
background tail -s 0.1 -f m/events
follower=$PID followed=$LOG
background timeout 300 "$PYTHON" -c 'import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY | os.O_NONBLOCK)
while True:
	try:
		os.read(fd, 4096)
	except BlockingIOError:
		break
p = select.poll(); p.register(fd, select.POLLIN)
print(p.poll(100), flush=True)
print(p.poll(200000), os.read(fd, 4096).decode(), flush=True)' m/events
poller=$PID polled=$LOG
ok "poll says: not yet" wait_until 10 has '^\[\]' "$polled"
ok "who reads to the end waits" kill -0 "$reader"
serve
site north
drop_as $ANN one
ok "and is told" wait_until 10 has ' waiting site=north' "$got"
ok "poll wakes" wait_until 60 gone "$poller"
like "$(cat "$polled")" $'\\[\\([0-9]+, 1\\)\\] 20' "and there is something to read"
ONE=$(job_id one)
ok "tail -f goes on" wait_until 10 has " $ONE waiting" "$followed"
say north "{report: $ONE, attempt: 1, phase: running, time: $(now)}"
ok "the next step" wait_until 10 has " $ONE running" "$got"
is "$(sed "s/^[^ ]* //" "$got" | grep "^$ONE" | cut -d ' ' -f 2)" $'taken\nwaiting\nrunning' "each step has one line"
like "$(grep "$OLD" "$got")" "^[^ ]+ $OLD waiting site=north" "of an older job what came since"
drop_as $BOB two
ok "another user's job" wait_until 10 has ' taken drop=two.yaml' "$got"
TWO=$(job_id two)
ok "they see themselves" wait_until 10 has " $TWO waiting" "$bob_got"
is "$(grep -c "$ONE" "$bob_got")" 0 "but nobody else's"
is "$(as $BOB stat -c %s m/events)" "$(wc -c <"$bob_got")" "with the size of what they see"
is "$(stat -c %s m/events)" "$(wc -c <"$got")" "as who sees all"
printf '{command: cancel, job: %s}\n' "$TWO" >s/inbox/.c && mv s/inbox/.c s/inbox/c.yaml
wait_until 10 inbox_is_empty
is "$(grep -c 'command' "$got")" 0 "remarks are no transitions"
is "$(as $BOB timeout 100 tail -n 1 m/events | cut -d ' ' -f 2,3)" "$TWO waiting" "tail has the last line"
stop "$bobs"
ok "a signal ends the wait" gone "$bobs"
is "$(cat m/jobs/"$ONE"/status | sed -n 's/^phase: //p')" running "and nothing else waits for it"
begin=$(stat -c %s m/events)
for i in $(seq 300); do drop "n$i"; done
ok "many at once" wait_until 20 sh -c "[ \"\$(grep -c ' taken drop=n' '$got')\" = 300 ]"
is "$(tail -c +$((begin + 1)) "$got" | sed 's/^[^ ]* \([^ ]*\) taken .*/\1/;t;d' | sort -u | wc -l)" 300 "each once"
stop "$reader"; stop "$follower"

# --- index.html ---------------------------------------------------------------------------

as $ANN sh -c 'printf "name: <b>&\\\"x\ntask: {type: process, spec: {command: [\"true\"]}}\n" >m/inbox/h.yaml'
wait_until 10 sh -c 'grep -q "&#60;b&#62;&#38;" m/index.html'
like "$(as $ANN cat m/index.html)" '^<!DOCTYPE html>.*&#60;b&#62;&#38;' "a page, with names escaped"
unlike "$(cat m/index.html)" '<b>' "and nothing unescaped"
unlike "$(cat m/index.html)" '(src|href)="(https?:)?//' "nothing comes from elsewhere"
like "$(cat m/index.html)" "<a href=\"jobs/$ONE/\">" "jobs are links"
like "$(cat m/index.html)" 'src="sites/north/timeline.svg"' "sites have their picture"
is "$(as $BOB grep -c "$ONE" m/index.html)" 0 "to each their own"
is "$(stat -c %s m/index.html)" "$(wc -c <m/index.html)" "of a size that a browser can trust"
ok "that is well-formed" "$PYTHON" -c '
import html.parser, sys
class P(html.parser.HTMLParser):
	stack = []
	def handle_starttag(self, tag, attrs):
		if tag not in ("meta", "img"): self.stack.append(tag)
	def handle_endtag(self, tag):
		assert self.stack.pop() == tag, tag
p = P(); p.feed(open(sys.argv[1]).read()); assert not p.stack, p.stack' m/index.html
background timeout 300 cat m/events
reader=$PID
ok "unmounted while somebody waits" sh -c 'kill "$(pgrep -f "^spoolfs s '"$TMP"'/m$")"'
ok "who is sent away" wait_until 60 gone "$reader"
stop "$HUB"
done_testing
