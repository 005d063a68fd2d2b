#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: what a job has of the cache: links and clones, which it cannot lose
# for others; and what it has changed all the same.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"
. "$ROOT/test/stores.sh"

site north "cores: 2
cache: {copy: 0}"
data=hub/sites/north/down/data
mkdir -p "$data"
# It begins with what no job writes there.
{ printf -- --; head -c 2998 /dev/urandom; } >x
X=$(sha x)
cp x "$data/$X"
mkdir -p tree/sub
echo one >tree/one
echo two >tree/sub/two
T=$(tree_sha tree)
cp -r tree "$data/$T"
job() {		# COMMAND DATASET BYTES DIGEST	in $ID
	request "task: {type: process, spec: {command: '$1'}}
resources: {storage: [{name: in-1, type: dataset, dataset: $2}]}"
	ID=$(uuid)
	hub input in-1 "$2" "$3" "$4" <<<"assign $ID 1 request.yaml"
	agent run
}
ends() { wait_until 30 pass_has "report: $ID, attempt: 1, phase: $1"; }

# --- hard links ---------------------------------------------------------------------

job 'stat -L -c "%i %h %a" "$SPOOL_INPUT_IN_1" inputs/in-1; test ! -L inputs/in-1 && echo no symlink' x 3kB "$X"
ok "a job that looks at its input" ends completed
inode=$(stat -c %i "north.state/cache/$X")
like "$(up)" "text: \"$inode 2 444.n$inode 2 444.nno symlink" "has a second name of what is cached, that nobody can write"
job 'cat "$SPOOL_INPUT_IN_1/sub/two"; find inputs/in-1/ -type f -links 2 | wc -l' t 8 "$T"
ok "of a tree" ends completed
like "$(up)" 'text: "two.n2' "each file"
job 'rm -rf inputs/in-1 "$SPOOL_INPUT_IN_1"' t 8 "$T"
ok "one that removes its input" ends completed
ok "takes nothing from others" diff -r tree "north.state/cache/$T"

job 'while [ ! -e "$TMPDIR/go" ]; do sleep 0.05; done; sha256sum <inputs/in-1' x 3kB "$X"
ok "one that has it" wait_until 20 test -e "north.state/running/$ID.1/started"
rm -f "north.state/cache/$X" "north.state/cache/.$X.yaml"
touch "north.state/running/$ID.1/work/go"
ok "keeps it when it goes from the cache" ends completed
like "$(up)" "text: \"$X" "whole"
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "another has it fetched anew" ends completed

# --- what a job can do all the same ---------------------------------------------------

job 'chmod u+w inputs/in-1 && echo more >>inputs/in-1' x 3kB "$X"
ok "one that changes it" ends completed
ok "is found out" grep -q "! $ID.1: the dataset x ($X) was changed in the cache" north.state/log
ok "and its work thrown away" test ! -e "north.state/cache/$X"
unlike "$(up)" "name: x," "which the hub hears"
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "the next one" ends completed
like "$(up)" "text: \"$X" "has it as it was"
job 'chmod u+w inputs/in-1/sub/two && echo 2wo >inputs/in-1/sub/two' t 8 "$T"
ok "and in a tree" ends completed
ok "the same" test ! -e "north.state/cache/$T"

# --- what does not show by its times -------------------------------------------------

again() { grep -c 'may have been changed in the cache, and is read again' north.state/log; }
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "(it is fetched again)" ends completed
before=$(again)
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "after one that only read it" ends completed
is "$(again)" "$before" "it is not read again"
feign='f=inputs/in-1; touch -r $f t; chmod u+w $f; printf no | dd of=$f conv=notrunc 2>/dev/null; touch -r t $f'
job "$feign; : >\$TMPDIR/done; while [ ! -e \$TMPDIR/go ]; do sleep 0.05; done" x 3kB "$X"
A=$ID
ok "one that changes it and sets its time back" wait_until 20 test -e "north.state/running/$A.1/work/done"
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "while it runs, another" ends completed
like "$(up)" "text: \"$X" "is given what the digest says"
is "$(again)" $((before + 1)) "for what is given is looked at first"
touch "north.state/running/$A.1/work/go"
ID=$A
ok "when it has ended" ends completed
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "as well" ends completed
like "$(up)" "text: \"$X" "(whole)"
touch -r "north.state/cache/$X" when
chmod u+w "north.state/cache/$X"
spoil "north.state/cache/$X"
touch -r when "north.state/cache/$X"
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "one by another way than its link" ends completed
like "$(up)" "text: \"$X" "is not given either"

# One made ahead of time has its link already.
agent_log() { grep -c "$1" north.state/log; }
background spool-agent -c north.yaml watch
watcher=$!
assign() {	# COMMAND
	request "task: {type: process, spec: {command: '$1'}}
resources: {compute: [{min-cores: 2}], storage: [{name: in-1, type: dataset, dataset: x}]}"
	ID=$(uuid)
	hub input in-1 x 3kB "$X" <<<"assign $ID 1 request.yaml"
}
assign ": >\$TMPDIR/here; while [ ! -e \$TMPDIR/go ]; do sleep 0.05; done; $feign"
A=$ID
assign 'while [ ! -e $TMPDIR/go ]; do sleep 0.05; done; : >done'
B=$ID
ok "two that take all cores" wait_until 20 test -d "north.state/running/$B.1/work" -a -e "north.state/running/$A.1/work/here"
assign 'sha256sum <inputs/in-1; : >done'
ok "the next is made ready" wait_until 20 test -e "north.state/running/.$ID.1.tmp"
touch "north.state/running/$A.1/work/go"
said() { cat hub/sites/north/up/*.yaml | grep "report: $ID, attempt: 1, phase: completed"; }
ok "and starts when that has changed its input" wait_until 20 said
like "$(said)" "text: \"$X" "with what the digest says"
touch "north.state/running/$B.1/work/go"
kill "$watcher"
wait "$watcher" 2>/dev/null

# What a power cut has taken of its .yaml.
: >"north.state/cache/.$X.yaml"
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "one of which nothing is known any more" ends completed
like "$(cat "north.state/cache/.$X.yaml")" 'dataset: x, size: 3000, .*any: ' "is read again"

# What is known by its URL alone: no state of what it turned out to be is a dead end.
mkdir files
cp x files/x
site urls "cache: {copy: 0}
stores: [{name: disk, url: 'file://$TMP/files/'}]"
of_url() {
	request "task: {type: process, spec: {command: 'sha256sum <inputs/in-1'}}
resources: {storage: [{name: in-1, type: dataset, url: 'file://$TMP/files/x'}]}"
	ID=$(uuid)
	hub input in-1 x - - 0 "file://$TMP/files/x" <<<"assign $ID 1 request.yaml"
	agent run
}
comes() { of_url; ends completed && up | grep -q "text: \"$X"; }
cache=urls.state/cache
ok "what has no digest" comes
: >"$cache/.$X.yaml"
ok "comes again when what it turned out to be is doubtful" comes
like "$(cat "$cache/.$X.yaml")" 'dataset: .*, size: 3000, .*any: ' "and is not doubtful any more"
: >"$cache/.$X.yaml"
echo "trouble cannot open $X" >"$cache/.$X.outcome"
: >"$cache/.$X.lock"
mkdir -p "$cache/.$X.part/$X/sub"
ok "with what a killed transfer left beside it" comes
is "$(find "$cache" -name ".$X.*" ! -name '*.yaml' ! -name '*.checked')" "$cache/.$X.part" \
	"of which no word is left"
chmod u+w "$cache/$X"
spoil "$cache/$X"
ok "also when it is wrong" comes
is "$(find "$cache" -name ".$X.*" ! -name '*.yaml')" "" "and nothing is in its way"
rm -f "$cache/$X"
ok "or gone" comes
rm -f "$cache/$X" "$cache/.$X.yaml"
exec 8>"$cache/.$X.lock"
flock 8
of_url 8>&-
ok "nobody names it while another transfer of it is at work" test ! -e "$cache/$X"
rm -f "$cache/.$X.lock"
exec 8>&-
ok "and it comes when that has ended" ends completed
SITE=north

site copies
data=hub/sites/copies/down/data
mkdir -p "$data"
cp x "$data/$X"
job 'stat -c %h inputs/in-1; chmod u+w inputs/in-1 && echo more >>inputs/in-1' x 3kB "$X"
ok "a small one" ends completed
like "$(up)" 'text: "1' "is copied"
is "$(sha "copies.state/cache/$X")" "$X" "and a job's own"
ok "nobody stays behind" wait_until 10 nobody
SITE=north

# --- rot ----------------------------------------------------------------------------

job 'true' x 3kB "$X"
ok "(it is fetched again)" ends completed
ok "(and the tree)" job 'true' t 8 "$T"
ok "(whole)" ends completed
rot() {		# as a disk does it: nothing but the bytes says so
	chmod u+w "north.state/cache/$1"
	touch -r "north.state/cache/$1" when
	spoil "north.state/cache/$1" 1
	touch -r when "north.state/cache/$1"
}
rot "$X"
rm -f north.state/scrubbed
ok "what came just now" agent run
ok "is not read again" wait_until 20 flock -n north.state/scrub.lock test -e "north.state/cache/$X"
touch -d '-40 days' "north.state/cache/.$X.checked" "north.state/cache/.$T.checked"
ok "nor before it is time" agent run
ok "for a slice" test -e "north.state/cache/$X"
touch -d '-20 days' north.state/scrubbed
thrown_away() { agent run; [ ! -e "north.state/cache/$X" ]; }
ok "then it is, beside the passes" wait_until 20 thrown_away
told() { agent run; grep -q "! rotten, and thrown away: $X x" north.state/log; }
ok "told of" wait_until 20 told
ok "as what is not there any more" wait_until 20 eval 'agent run; ! up | grep -q "name: x,"'
ok "what is right is noted" wait_until 20 eval '[ -n "$(find north.state/cache -name ".$T.checked" -mmin -5)" ]'
ok "once" test "$(grep -c '! rotten' north.state/log)" = 1
job 'sha256sum <inputs/in-1' x 3kB "$X"
ok "and it is fetched again" ends completed
like "$(up)" "text: \"$X" "as it was"

# --- clones ---------------------------------------------------------------------------

clones() {
	command -v mkfs.btrfs >/dev/null && [ "$(id -u)" = 0 ] || return 1
	truncate -s 120M disk && mkfs.btrfs -q disk && mkdir btrfs && mount -o loop disk btrfs
}
if clones >/dev/null 2>&1; then
	unmount_later btrfs
	site south "state: $TMP/btrfs/state"
	sed -i '/^state: .*south.state$/d' south.yaml
	data=hub/sites/south/down/data
	mkdir -p "$data"
	cp x "$data/$X"
	cp -r tree "$data/$T"
	job 'stat -c %h inputs/in-1; chmod u+w inputs/in-1 && echo more >inputs/in-1' x 3kB "$X"
	ok "where there are clones, a job" ends completed
	like "$(up)" 'text: "1' "has one"
	is "$(sha "btrfs/state/cache/$X")" "$X" "and can do with it what it likes"
	job 'rm inputs/in-1/one; chmod u+w inputs/in-1/sub/two; echo >inputs/in-1/sub/two' t 8 "$T"
	ok "with a tree" ends completed
	ok "the same" diff -r tree "btrfs/state/cache/$T"
	ok "and nothing is thrown away" test "$(grep -c 'was changed' btrfs/state/log)" = 0
	ok "nobody stays behind" wait_until 10 nobody
else
	skip "no file system with clones here" 7
fi

# --- another file system ----------------------------------------------------------------

if [ -w /dev/shm ] && [ "$(stat -c %d /dev/shm)" != "$(stat -c %d .)" ]; then
	far=$(mktemp -d /dev/shm/spool-test.XXXXXX)
	site west "cache: {path: $far/cache, copy: 0}"
	data=hub/sites/west/down/data
	mkdir -p "$data"
	cp x "$data/$X"
	job 'sha256sum <inputs/in-1; readlink inputs/in-1' x 3kB "$X"
	ok "a cache on another disk" ends completed
	like "$(up)" "text: \"$X  -.n$far/cache/$X" "is linked to as it is"
	rm -rf "$far"
else
	skip "no other file system here" 2
fi
SITE=north
ok "nobody stays behind" wait_until 10 nobody
# --- half written when the power failed -----------------------------------------

torn() { find north.state/cache -name '..*.tmp'; }
for suffix in outcome progress yaml; do : >"north.state/cache/..$X.$suffix.tmp"; done
exec 8>"north.state/cache/.$X.lock"
flock 8
agent run
is "$(torn | wc -l)" 3 "notes of a transfer that goes on are left alone"
exec 8>&-
agent run
is "$(torn)" "" "those of one that does not are removed"

done_testing
