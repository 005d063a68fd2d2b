#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spoold: a disk that fails where something is looked for.  Nothing is taken for
# absent that may be there; when the disk is well again all is as it was.
#
# Functions may do without their arguments.
# shellcheck disable=SC2119,SC2317
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"
# shellcheck source=../transaction.sh
. "$ROOT/test/transaction.sh"

strace -o /dev/null true 2>/dev/null || skip_all "processes cannot be traced here"

blind() {	# PATH	one look for this name fails, as it is written in the call
	strace -f -qq -o /dev/null -P "$1" -e inject=faccessat2:error=EIO spoold --once s
}

hub 'offers: {most: 1}
archive: {after: 0}'
site north
once

# --- a transaction whose own file says nothing, as nobody can read it ---------------------------

transact one '' "$(member a1)
$(member a2)"
once
is "$(phases a1 a2)" "waiting waiting " "a transaction is placed"
echo garbage >>"$(whole one)"
exits 74 "whether it is there cannot be told" blind "$(basename "$(whole one)")"
like "$(output)" 'cannot look for .*: Input/output error' "which is said"
is "$(phases a1 a2)" "waiting waiting " "its jobs stay"
sed -i '$d' "$(whole one)"
ok "started again" once
is "$(phases a1 a2)" "waiting waiting " "all is as it was"
for name in a1 a2; do say north "$(report "$(job_id $name)" 1 failed ', exit: 1, cause: job')"; done
once

# --- offers ---------------------------------------------------------------------------------

drop choose 'accept: ask'
once
A=$(job_id choose)
is "$(phase "$A")" offered "a job is offered"
exits 74 "its offer cannot be looked for" blind "offers/offered/$A.1.yaml"
ok "started again" once
is "$(phase "$A") $(ls s/offers/offered)" "offered $A.1.yaml" "it stands"
unlike "$(cat "$(file "$A")")" "were lost" "and was not withdrawn"
printf 'command: cancel\njob: %s\n' "$A" >s/inbox/cancel.yaml
once

# --- results --------------------------------------------------------------------------------

hub_of_results() {
	rm -rf s
	hub
	site north
	drop "$1" 'retries: 1'
	once
	A=$(job_id "$1")
}
ends() {	# ATTEMPT PHASE FILE TEXT [FILE TEXT]
	local files n=$1.${EPOCHREALTIME/[.,]/}
	files=$(printf '%s' "$4" | payload north "$A.$n.0" "$3")
	[ $# = 4 ] || files+=", $(printf '%s' "$6" | payload north "$A.$n.1" "$5")"
	say north "$(report "$A" "$1" "$2" ", exit: 0, cause: job, files: [$files]")"
}
results() { cd "s/results/$A" && grep -r . . | sort | tr '\n' ' '; }

hub_of_results again
ends 1 completed stdout right more other
once
is "$(results)" "./more:other ./stdout:right " "results come home"
ends 1 completed stdout right
blind "$A" >.said 2>&1
is "$(results)" "./more:other ./stdout:right " "told again while they cannot be looked for: they stay"
ok "started again" once
is "$(results)" "./more:other ./stdout:right " "they are all there"

hub_of_results torn
mkdir "s/results/$A"
echo torn >"s/results/$A/stdout"
ends 1 completed stdout right
blind ".$A.1.tmp" >.said 2>&1
ok "what came home cannot be looked for, and a part of it lies there since a power cut" once
is "$(phase "$A") $(results)" "completed ./stdout:right " "it is shown when it can"

# --- storage that lives for a while, and archives ------------------------------------------------

hub_of_storage() {	# one job, in $A, that has ended and left storage
	rm -rf s
	hub 'archive: {after: 0}'
	site north
	drop keep 'resources: {storage: [{name: out, type: persistent, lifetime: 1D}]}'
	once
	A=$(job_id keep)
	ends 1 completed out/x text
	once
}
hub_of_storage
is "$(results)" "./out/x:text " "a job leaves storage"
exits 74 "how long cannot be told" blind .lifetimes
blind ".lifetimes/$A" >.said 2>&1
is "$(phase "$A") $(results)" "completed ./out/x:text " "it is not archived when that cannot be told"

drop first
once
say north "$(report "$(job_id first)" 1 completed ', exit: 0')"
once
is "$(jobs_are 1 && cat s/archive/*/*.list | wc -l)" 1 "another job is archived"
list=$(cat s/archive/*/*.list)
drop second
once
say north "$(report "$(job_id second)" 1 completed ', exit: 0')"
day=$(basename s/archive/*/*.tar.zst)
blind "$day" >.said 2>&1
is "$(cat "s/archive/$(date -u +%Y)/${day%.tar.zst}.list")" "$list" \
	"what an archive lists stays, though the archive cannot be looked for"
ok "started again" once
is "$(cat s/archive/*/*.list | wc -l)" 2 "the next is in another"
# --- lists that break off ---------------------------------------------------------------------

unlisted() {	# DIRECTORY
	strace -f -qq -o /dev/null -P "$TMP/s/$1" -e inject=getdents64:error=EIO spoold --once s
}
hub_of_storage
drop twice
kill_at_removal() {
	strace -f -qq -o /dev/null -P "$TMP/s/inbox" -e trace=unlinkat -e inject=unlinkat:signal=KILL \
		spoold --once s >/dev/null 2>&1 &
	wait $!
} 2>/dev/null
kill_at_removal
is "$(files | wc -l) $(ls s/inbox)" "2 twice.yaml" "a job is made, and its drop still there"
for dir in accounting inbox results/.lifetimes; do
	exits 74 "$dir/ cannot be read to its end" unlisted $dir
	like "$(output)" "cannot list $dir.*: Input/output error" "which is said"
done
ok "started again" once
is "$(grep -rl 'drop: twice.yaml' s/jobs | wc -l) $(ls s/inbox)" "1 " "the drop was taken once"
is "$(results)" "./out/x:text " "the storage is there"
done_testing
