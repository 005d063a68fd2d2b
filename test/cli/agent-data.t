#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: datasets that are here, that are fetched, that are wrong, and a
# cache that is too small for all of them.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

sha() { sha256sum "$1" | cut -c1-64; }

mkdir -p local/tree/sub
echo here >local/file
echo a >local/tree/sub/a
echo b >local/tree/b
site north "cores: 2
datasets:
- {name: one, path: $TMP/local/file}
- {name: both, path: local/tree}
- {name: none, path: local/nowhere}
cache: {size: 10kB}"
data=hub/sites/north/down/data
mkdir -p "$data"

# --- local ---------------------------------------------------------------------

ok "a pass" agent run
one=$(sha local/file)
tree=$(cd local/tree && find . -type f -printf '%P\n' | LC_ALL=C sort | while read -r f; do
	printf '%s %s %s\n' "$(sha "$f")" "$(stat -c %s "$f")" "$f"
done | sha256sum | cut -c1-64)
like "$(up)" "\{name: one, bytes: 5, digest: $one\}" "a local file is offered"
like "$(up)" "\{name: both, bytes: 4, digest: $tree\}" "a local tree"
unlike "$(up)" "name: none" "what is not there is not"
like "$(agent status)" "error: .*none at $TMP/local/nowhere is not offered" "and said so"
like "$(agent probe 2>/dev/null)" "name: both, bytes: 4, digest: $tree" "probe measures as well"

request 'task: {type: process, spec: {command: "cat $SPOOL_INPUT_IN_1; cat inputs/in-1 >/dev/null && echo linked"}}
resources: {storage: [{name: in-1, type: dataset, dataset: one}], compute: [{volumes: [{name: in-1, path: /data, mode: r}]}]}'
A=$(uuid)
hub input in-1 one 5 "$one" <<<"assign $A 1 request.yaml"
ok "a job that reads it" agent run
ok "has run" wait_until 10 has_ended "$A.1"
ok "is told" agent run
like "$(up)" 'text: "here\\nlinked\\n"' "and found it in environment and inputs/"
unlike "$(up)" 'staged' "nothing was fetched"
is "$(ls north.state/cache)" "" "nor cached"

echo changed >local/file
ok "once it has changed" agent run
like "$(up)" "\{name: one, bytes: 8, digest: $(sha local/file)\}" "it is another one"

# --- fetched -----------------------------------------------------------------------

head -c 3000 /dev/urandom >x1
X1=$(sha x1)
B=$(uuid)
hub input in-1 x1 3kB "$X1" <<<"assign $B 1 request.yaml"
ok "a job whose data is not there yet" agent run
is "$(held)" "ended/$A.1
preparing/$B.1.yaml" "is being prepared"
like "$(up)" "report: $B, attempt: 1, phase: preparing.*x1 is not at the hub yet" "the hub hears why"
cp x1 "$data/.tmp"
mv "$data/.tmp" "$data/$X1"
ok "once it is there" wait_until 10 has_ended "$B.1"
ok "a pass" agent run
like "$(up)" "report: $B, attempt: 1, phase: completed.*staged: 3kB" "it has run, and what it cost is told"
like "$(up)" "name: x1, bytes: 3kB, digest: $X1" "the site has one dataset more"
is "$(sha "north.state/cache/$X1")" "$X1" "the cache has it"
hub settle "$A" 1 <<<"settle $B 1"
ok "settled" agent run

mkdir -p t1/deep
head -c 2000 /dev/urandom >t1/deep/file
echo x >t1/other
T1=$( (cd t1 && for f in deep/file other; do
	printf '%s %s %s\n' "$(sha "$f")" "$(stat -c %s "$f")" "$f"; done) | sha256sum | cut -c1-64)
cp -r t1 "$data/$T1"
request 'task: {type: process, spec: {command: "cat $SPOOL_INPUT_IN_1/other; ls -R $SPOOL_INPUT_IN_1/ | wc -l"}}
resources: {storage: [{name: in-1, type: dataset, dataset: t1}]}'
C=$(uuid)
hub input in-1 t1 2002 "$T1" <<<"assign $C 1 request.yaml"
ok "a directory tree" agent run
ok "is fetched in the same pass" wait_until 10 has_ended "$C.1"
ok "a pass" agent run
like "$(up)" "report: $C, attempt: 1, phase: completed.*text: \"x" "and read"
ok "its files are whole" diff -r t1 "north.state/cache/$T1"

# --- wrong -----------------------------------------------------------------------------

bad=$(printf '%064d' 7)
cp x1 "$data/$bad"
D=$(uuid)
hub input in-1 worse 3kB "$bad" <<<"assign $D 1 request.yaml"
ok "data that is something else" agent run
ok "fails" up_has "report: $D, attempt: 1, phase: failed.*cause: site.*worse cannot be had: found content with the digest $X1"
ok "and is not kept" test ! -e "north.state/cache/$bad"

# --- the cache has 10 kB -------------------------------------------------------------------

head -c 4000 /dev/urandom >x2
head -c 6000 /dev/urandom >x3
X2=$(sha x2) X3=$(sha x3)
cp x2 "$data/$X2"
cp x3 "$data/$X3"
request 'task: {type: process, spec: {command: "sleep 1000"}}
resources: {storage: [{name: in-1, type: dataset, dataset: x2}]}'
F=$(uuid)
hub input in-1 x2 4kB "$X2" <<<"assign $F 1 request.yaml"
ok "another 4 kB" agent run
is "$(find north.state/cache -maxdepth 1 -type f -size +0 -name "$X2" | wc -l)" 1 "come"
ok "beside what was there" test -e "north.state/cache/$T1"
G=$(uuid)
hub input in-1 x3 6kB "$X3" <<<"assign $G 1 request.yaml"
ok "and 6 kB more" agent run
ok "take the place of" test -e "north.state/cache/$X3"
ok "the least recently used" test ! -e "north.state/cache/$X1"
ok "and the next" test ! -e "north.state/cache/$T1"
ok "but of none that a job reads" test -e "north.state/cache/$X2"
head -c 5000 /dev/urandom >x4
X4=$(sha x4)
cp x4 "$data/$X4"
H=$(uuid)
hub input in-1 x4 5kB "$X4" <<<"assign $H 1 request.yaml"
ok "when all of it is needed" agent run
ok "one has to wait" up_has "report: $H, attempt: 1, phase: preparing.*no room in the cache"
hub cancel "$G" 1 enough <<<"cancel $F 1 enough"
ok "until another ends" agent run
ok "and then" wait_until 20 test -e "north.state/cache/$X4"
I=$(uuid)
hub input in-1 x5 20kB "$(printf '%064d' 8)" <<<"assign $I 1 request.yaml"
ok "what is larger than the cache" agent run
ok "never fits" up_has "report: $I, attempt: 1, phase: failed.*cause: site.*20000 bytes.*cache here holds 10000"
ok "status knows the cache" grep -q 'cache: {datasets: [12], bytes: ' <(agent status)

# --- rot, and water ---------------------------------------------------------------------------

exits 0 "a cache that is as it should be" agent scrub
chmod u+w "north.state/cache/$X4"
spoil "north.state/cache/$X4" 100
exits 1 "one that is not" agent scrub
like "$(output)" "rotten: $X4 x4" "is told of"
ok "and what is rotten is gone" test ! -e "north.state/cache/$X4"

site wet "cache: {size: 10kB, high: 8kB, low: 3kB}"
data=hub/sites/wet/down/data
mkdir -p "$data"
request 'task: {type: process, spec: {command: "true"}}
resources: {storage: [{name: in-1, type: dataset, dataset: x}]}'
for i in 1 2 3 4; do
	head -c 2000 /dev/urandom >"w$i"
	cp "w$i" "$data/$(sha "w$i")"
	W=$(uuid)
	hub input in-1 "w$i" 2kB "$(sha "w$i")" <<<"assign $W 1 request.yaml"
	agent run
	wait_until 20 has_ended "$W.1"
	agent run
done
is "$(find wet.state/cache -maxdepth 1 -type f -name '[0-9a-f]*' | wc -l)" 4 "up to the high water all is kept"
head -c 2000 /dev/urandom >w5
cp w5 "$data/$(sha w5)"
W=$(uuid)
hub input in-1 w5 2kB "$(sha w5)" <<<"assign $W 1 request.yaml"
ok "beyond it" agent run
is "$(find wet.state/cache -maxdepth 1 -type f -name '[0-9a-f]*' | wc -l)" 1 "it is emptied to the low"
wait_until 20 has_ended "$W.1"
wait_until 10 nobody
SITE=north

hub cancel "$H" 1 enough </dev/null
ok "the rest is stopped" agent run
ok "ends" wait_until 20 has_ended "$H.1"
ok "and nobody stays behind" wait_until 10 nobody
done_testing
