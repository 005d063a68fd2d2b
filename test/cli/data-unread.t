#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spoold cannot list data/: that says nothing about what is there.
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"

hub
site north
echo one >s/data/words
ok "there is a dataset" spoold --once s
needs='resources: {storage: [{name: words, type: dataset, dataset: words}]}'
unread() {	# CALL ERROR
	exits 74 "data/ that cannot be read ($1)" strace -f -qq -o /dev/null -P "$TMP/s/data" \
		-e "inject=$1:error=$2:when=$3" spoold --once s
}
n=0
for call in "getdents64 ENOMEM 1" "getdents64 EIO 2" "getdents64 ENOMEM 3"; do
	drop "job$((++n))" "$needs"
	# shellcheck disable=SC2086
	unread $call
	like "$(output)" 'cannot list data/: ' "is said"
	ok "the job is not refused for that" test ! -e "$(echo s/jobs/failed/*.yaml)"
	ok "the next" spoold --once s
	is "$(phase "$(job_id "job$n")")" waiting "finds it a place"
done
done_testing
