#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: a transfer under way ends when nobody wants its data any more; what
# came is kept for the next, for a while, and its place is free at once.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"
. "$ROOT/test/stores.sh"

web_server
rsync_server
port=${RSYNC##*:}
bad_link "${port%%/*}"
mkdir -p www/fast
SLOW=rsync://spool@127.0.0.1:$LINK/mod
site north "cores: 1
transfers: 1
patience: 100s
stores: [{name: web, url: '$WEB/'}, {name: slow, url: '$SLOW/', credentials: $TMP/rsync.key}]"
cache=north.state/cache
request 'task: {type: process, spec: {command: "sha256sum <$SPOOL_INPUT_IN_1"}}
resources: {storage: [{name: in-1, type: dataset, dataset: x}]}'
assign() {	# FILE URL	a job in $ID that wants it; its digest in $D
	ID=$(uuid) D=$(sha "$1")
	hub input in-1 "${1##*/}" "$(stat -c %s "$1")" "$D" 0 "$2" <<<"assign $ID 1 request.yaml"
}
ends() { wait_until 60 pass_has "report: $ID, attempt: 1, phase: $1"; }
part() { stat -c %s "$cache/.$1.part/"* 2>/dev/null | sort -n | tail -n1; }
is_at_work() { [ -e "$cache/.$1.lock" ] && ! flock -n "$cache/.$1.lock" true; }
coming() { agent run; [ "$(part "$1")" -gt 0 ] 2>/dev/null && is_at_work "$1"; }
stopped() { ! is_at_work "$1"; }

head -c 4000000 /dev/urandom >www/fast/large
head -c 4000000 /dev/urandom >mod/large
head -c 3000 /dev/urandom >www/small

# --- http -----------------------------------------------------------------------

assign www/fast/large "$WEB/slow/large"
L=$D F=$ID
ok "a large one takes the only place" wait_until 30 coming "$L"
like "$(cat "$cache/.$L.lock")" '^[0-9]+$' "and its lock says who brings it"
assign www/small "$WEB/small"
S=$ID
agent run
unlike "$(up)" "report: $S, attempt: 1, phase: completed" "a small one has to wait"
hub cancel "$F" 1 enough </dev/null
agent run
ok "when it is cancelled, its transfer ends" wait_until 20 stopped "$L"
had=$(part "$L")
ok "with what came kept" test "$had" -gt 0 -a "$had" -lt 4000000
ID=$S
ok "and the small one has its place" ends completed
assign www/fast/large "$WEB/fast/large"
ok "who wants it later" ends completed
like "$(grep fast nginx/access)" '" 206 ' "gets the rest of it only"

# --- rsync, and one that watches ------------------------------------------------------

link rate 40000
background spool-agent -c north.yaml watch
watcher=$!
at_work() { is_at_work "$1" && [ "$(part "$1")" -gt 0 ] 2>/dev/null; }
rsyncs() { pgrep -f "^rsync .*$TMP/$cache/" | wc -l; }
assign mod/large "$SLOW/large"
R=$ID L=$D
ok "one by rsync" wait_until 30 at_work "$L"
head -c 5000 /dev/urandom >www/second
assign www/second "$WEB/second"
S=$ID
hub cancel "$R" 1 enough </dev/null
ok "makes room as well when it is cancelled" wait_until 30 reported "$S" completed
ok "its lock is free" stopped "$L"
no_rsync() { [ "$(rsyncs)" = 0 ]; }
ok "and no rsync goes on" wait_until 30 no_rsync
ok "with what came kept" test "$(part "$L")" -gt 0
link pass
assign mod/large "$SLOW/large"
S=$ID
ok "who wants it later gets all of it" wait_until 30 reported "$S" completed
kill "$watcher"
wait "$watcher" 2>/dev/null

# --- two that want it ---------------------------------------------------------------

head -c 4000000 /dev/urandom >www/fast/third
assign www/fast/third "$WEB/slow/third"
A=$ID
assign www/fast/third "$WEB/slow/third"
ok "one for two" wait_until 30 coming "$D"
hub cancel "$A" 1 enough </dev/null
agent run
ok "goes on for the other" is_at_work "$D"

# --- what nobody comes back for ------------------------------------------------------

hub cancel "$ID" 1 enough </dev/null
agent run
ok "until that is cancelled, too" wait_until 20 stopped "$D"
aged() { find "$cache" -path "*$D*" -exec touch -d "-$1 days" {} +; }
aged 6
agent run
ok "six days later it is there" test -n "$(part "$D")"
aged 8
agent run
is "$(find "$cache" -name ".$D.*")" "" "after a week nothing of it"
ok "nobody stays behind" wait_until 30 nobody
done_testing
