#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The names of sensitive jobs and datasets, and of what is nobody else's to read:
# another user finds them nowhere in the spool, and nowhere in the view.
#
# Globs are of ids, and what ls says is what is tested here.
# shellcheck disable=SC2010,SC2012,SC2086,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

SENSITIVE='placement: {sensitivity: clinical}'
input() {	# DATASET [LINES]
	printf 'resources: {storage: [{name: in, type: dataset, dataset: %s}], compute: {volumes: [{name: in, path: /in, mode: r}]}}\n%s\n' \
		"$1" "${2-}"
}
# All that a user can read or list below a directory; of the files that wait at
# their end, what can be had at once.
all_of() {	# UID DIRECTORY
	as "$1" find "$2" 2>/dev/null
	as "$1" find "$2" -type f ! -name wait ! -name events -exec cat {} + 2>/dev/null
	as "$1" find "$2" -type l -printf '%p %l\n' 2>/dev/null
	[ ! -e "$2/events" ] || as "$1" dd if="$2/events" iflag=nonblock bs=64k count=64 2>/dev/null
}
sees() {	# UID DIRECTORY WORD
	all_of "$1" "$2" | grep -q -- "$3"
}
names() { all_of "$1" "$2" | grep -oE 'xq[a-z]+' | sort -u | tr '\n' ' '; }	# UID DIRECTORY

hub 'policy: {unplaceable: wait}
clearances: {clinical: [north]}
archive: {after: PT1S}'
view
for site in north south; do spoold --add-site "$site" s; done

# Data: by its document, by its mode, held by a site, and of which only a job says so.
printf 'dataset: xqtold\ndigest: %s\nsize: 10MB\nsensitivity: clinical\nreplicas: [{site: north}]\n' \
	"$(sha256sum </dev/null | cut -d ' ' -f 1)" >s/data/xqtold.yaml
echo locked >s/data/xqlocked && chmod 640 s/data/xqlocked
echo open >s/data/open
ABC=$(printf abc | sha256sum | cut -d ' ' -f 1)
site north "clearances: [clinical]
datasets: [{name: xqtold, bytes: 10000000, digest: $ABC}, {name: xqstated, bytes: 3, digest: $ABC}]
transfers: [{what: xqstated, from: \"https://x.example.org/xqstated\", bytes: 1GB}]"
site south "datasets: [{name: open, bytes: 5, digest: $(sha256sum <s/data/open | cut -d ' ' -f 1)}]"
serve
wait_until 10 test -e s/run/sites/south.yaml
wait_until 10 test -e s/run/catalogue/xqlocked.yaml

# Jobs: one that waits, one that runs, one that has ended, one that is archived, an
# offer, one that was rejected, one that was not taken.
drop_as $ANN xqwaits "$(input xqstated 'placement: {sensitivity: clinical, tags: {require: [gpu]}}')"
drop_as $ANN xqasks "accept: ask
$SENSITIVE"
drop_as $ANN xqends "$(input xqstated "$SENSITIVE")"
wait_until 10 taken xqwaits
wait_until 10 taken xqasks
wait_until 10 taken xqends
wait_until 10 told north "$(job_id xqends)"
ID=$(job_id xqends)
say north "{report: $ID, attempt: 1, phase: completed, time: $(now), exit: 0, wall: 1, files: [$(payload north p1 xqresult <<<words)]}"
wait_until 10 in_phase "$ID" completed
stop "$HUB"
archived() { spoold --once s; ls s/archive/*/*.tar.zst; }
wait_until 10 archived
serve
drop_as $ANN xqruns "$(input xqstated "$SENSITIVE")"
wait_until 10 taken xqruns
wait_until 10 told north "$(job_id xqruns)"
say north "{report: $(job_id xqruns), attempt: 1, phase: running, time: $(now)}"
wait_until 10 in_phase "$(job_id xqruns)" running
wait_until 10 grep -rq xq s/run/why
printf 'name: xqwrong\ntsk: 1\n' >s/inbox/.x && chown $ANN s/inbox/.x && mv s/inbox/.x s/inbox/xqwrong.yaml
wait_until 10 rejected xqwrong
as $ANN "$PYTHON" -c 'open("m/inbox/.xqdraft.swp", "w").write("name: xqdraft")'
printf 'name: xqwhat\ntask: {type: process}\n%s\n' "$SENSITIVE" >what.yaml && chmod 644 what.yaml
as $ANN cp what.yaml m/whatif/xqwhat.yaml
drop_as $ANN xqplain "$(input xqtold 'placement: {tags: {require: [gpu]}}')"
wait_until 10 taken xqplain
site_doc probe >probe.yaml && chmod 644 probe.yaml
as $BOB cp probe.yaml m/whatif/probe.yaml
# Another user has work as well, also where the sensitive data lies.
drop_as $BOB bobs "$(input open 'placement: {tags: {require: [gpu]}}')"
drop_as $BOB here 'placement: {sites: [north]}'
wait_until 10 taken bobs
wait_until 10 told north "$(job_id here)"
wait_until 10 grep -q gpu m/sites/north/why

# --- what others find --------------------------------------------------------------------

is "$(names $BOB s)" "" "in the whole spool another user finds no name of them"
is "$(names $BOB m)" "" "nor in the whole view"
is "$(as $BOB ls m/by-name | tr '\n' ' ')" "bobs here " "by-name has their own jobs"
for name in xqwaits xqasks xqends xqruns; do
	all_of 0 "m/by-name/$name" >found
	exits 1 "$name is not found by name, though somebody else has just looked at it" as $BOB test -e "m/by-name/$name"
done
ok "what another site would change is told" as $BOB grep -q 'wait; with the site probe' m/whatif/probe.answer
for path in datasets/xqtold datasets/xqlocked datasets/xqstated by-dataset/xqstated sites/north/cache/xqtold \
	sites/north/cache/xqstated; do
	all_of 0 "m/$path" >found
	exits 1 "nor $path" as $BOB test -e "m/$path"
done
ok "spoold --check is answered" as $BOB spoold --check what.yaml s
is "$(down south | grep -c xq)" 0 "a site that is not cleared is told nothing of them"

# --- what those find who may -----------------------------------------------------------------

is "$(names $ANN m | tr ' ' '\n' | grep -c .)" "$(names $ANN m | wc -w)" "their owner sees some"
for name in xqwaits xqasks xqends xqruns xqstated xqwrong; do
	ok "their owner finds $name in the view" sees $ANN m $name
done
for name in xqwaits xqasks xqends xqruns xqtold xqlocked xqstated xqwrong; do
	ok "the administrator finds $name in the spool" sees 0 m $name
done
is "$(as $ANN ls m/by-name | tr '\n' ' ')" "xqasks xqends xqplain xqruns xqwaits " "by-name has the owner's, archived ones too"

# --- mailboxes ---------------------------------------------------------------------------------

is "$(stat -c %a s/sites/north)" 750 "a site's mailboxes are for itself and the hub"
printf 'site: made\nhub: %s\nstate: %s\n' "$TMP/s" "$TMP/made" >made.yaml
ok "a site on the same machine" spool-agent -c made.yaml run
is "$(stat -c %a s/sites/made)" 750 "makes its own so"

# --- a spool of an older version ------------------------------------------------------------------

stop "$HUB"
chmod 755 s/run/why s/run/sites s/run/catalogue s/accounting
serve
is "$(stat -c %a s/run/why s/run/sites s/run/catalogue s/accounting | tr '\n' ' ')" "750 750 750 750 " \
	"what an older one made for all to read is closed"
is "$(names $BOB s)" "" "and another user finds no name"
stop "$HUB"
done_testing
