#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: an output that is told to be in a store of files is there after a
# power cut; so its file is flushed, and each name on the way to it.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"

strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"

site north "cores: 1
stores: [{name: disk, url: 'file://$TMP/out/'}]"
request "task: {type: process, spec: {command: 'echo one >\$SPOOL_VOLUME_OUT/one'}}
resources: {storage: [{name: out, type: persistent, to: 'file://$TMP/out/p/q/'}]}"
ID=$(uuid)
hub assign "$ID" 1 request.yaml
pass() {
	strace -f -qq -y -s 4096 -A -o calls -e trace=rename,renameat,renameat2,fsync,syncfs spool-agent -c north.yaml run &&
		up_has "report: $ID, attempt: 1, phase: completed.*stored: "
}
ok "an output is sent" wait_until 60 pass
is "$(cat out/p/q/one)" one "it is there"

line() { grep -nE "$1" calls | "${2-tail}" -n 1 | cut -d: -f1; }
named=$(line ' rename\(.*/out/p/q/one"') told=$(line 'renameat.*/north.state/ended>')
file=$(line 'fsync\([0-9]+<[^>]*/out/p/q/\.one\.part>\) += 0')
ok "the file is flushed before it has its name" test "$file" -lt "$named"
for dir in out/p/q out/p out; do
	at=$(line "fsync\\([0-9]+<[^>]*/$dir>\\) += 0")
	ok "$dir is flushed after that" test "${at:-0}" -gt "$named"
	ok "and before the end is known" test "${at:-999999}" -lt "$told"
done
done_testing
