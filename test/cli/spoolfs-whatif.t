#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# whatif/: questions that reserve nothing, through the mount and without it.
#
# What ls says is what is tested here, and our names are tame.
# shellcheck disable=SC2002,SC2010,SC2012,SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

answered() { [ -s "s/run/whatif/$1.answer" ]; }		# NAME
waiting() { [ "$(count pending)" = "$1" ]; }		# NUMBER

hub 'policy: {unplaceable: wait}'
view
site north 'tags: [fast]'
job fits.yaml
job large.yaml 'resources: {compute: {min-cores: 1000}}'
job slow.yaml 'placement: {tags: {require: [gpu]}}'
printf 'name: x\ntsak: {type: process}\n' >bad.yaml
chmod 644 ./*.yaml

exits 1 "without a hub" as $ANN cp fits.yaml m/whatif/
like "$(output)" 'temporarily unavailable' "nobody answers"
like "$(attribute m/whatif/fits.yaml $ANN)" 'no spoold serves the spool now' "which is said"
is "$(cat m/whatif/fits.answer 2>&1)" "cat: m/whatif/fits.answer: No such file or directory" "not to others"
is "$(as $ANN cat m/whatif/fits.answer)" "no spoold serves the spool now: nobody can answer" "in the answer, too"

serve
wait_until 10 test -e s/run/sites/north.yaml || bail "no site"

# --- jobs ---------------------------------------------------------------------------

ok "cp job.yaml whatif/" as $ANN cp fits.yaml m/whatif/
like "$(as $ANN cat m/whatif/fits.answer)" $'^YES\n  north: from 20[0-9-]+T[0-9:.]+Z\n  offer 1: north, from 20[0-9-]+T[0-9:.]+Z, [0-9]+ cores, .*price 0: soonest, cheapest' "it could run: where, and when"
is "$(as $ANN stat -c '%s %u %a' m/whatif/fits.answer)" "$(as $ANN cat m/whatif/fits.answer | wc -c) $ANN 400" \
	"the answer is its author's"
is "$(as $ANN ls m/whatif)" $'fits.answer\nfits.yaml' "both lie there"
is "$(as $BOB ls m/whatif; ls m/whatif)" "" "for their author alone"
is "$(as $ANN cat m/whatif/fits.yaml)" "$(cat fits.yaml)" "the question can be read back"
exits 1 "a NO is an answer as well" as $ANN cp large.yaml m/whatif/
like "$(output)" 'No space left' "and an errno"
like "$(attribute m/whatif/large.yaml $ANN)" $'^NO\n  north: .*1000[^[]*$' "which the attribute explains"
like "$(as $ANN cat m/whatif/large.answer)" $'^NO\n  north: .*1000' "with its reasons"
exits 1 "what is not valid" as $ANN cp bad.yaml m/whatif/
like "$(output)" 'Invalid argument' "is an error of close"
like "$(as $ANN cat m/whatif/bad.answer)" $'^INVALID\n  bad.yaml:2:1: unknown field "tsak"' "with the place"
ok "the same name again" as $ANN sh -c "cp fits.yaml m/whatif/bad.yaml"
like "$(as $ANN cat m/whatif/bad.answer)" '^YES' "is another question"
exits 1 "another user's of the same name" as $BOB cp large.yaml m/whatif/fits.yaml
like "$(as $BOB cat m/whatif/fits.answer)" '^NO' "is their own"
like "$(as $ANN cat m/whatif/fits.answer)" '^YES' "and leaves the first as it was"
ok "what is not needed any more" as $ANN rm m/whatif/bad.yaml
is "$(as $ANN ls m/whatif | grep -c bad)" 0 "goes with its answer"
exits 1 "a name that is no document's" as $ANN cp fits.yaml m/whatif/fits
is "$(files | wc -l) $(ls -A s/whatif s/inbox s/rejected | grep -c yaml)" "0 0" "nothing of it all is in the spool"

# --- by the spool itself -----------------------------------------------------------------

cp fits.yaml s/whatif/.q && chown $BOB s/whatif/.q && mv s/whatif/.q s/whatif/q.yaml
ok "a question in SPOOL/whatif/" wait_until 10 answered q.yaml
like "$(cat s/run/whatif/q.yaml.answer)" '^YES' "is answered beside it"
is "$(stat -c '%u %a' s/run/whatif/q.yaml.answer)" "$BOB 600" "for its author"
ok "and goes" test ! -e s/whatif/q.yaml
ln -s /etc/passwd s/whatif/link.yaml
ok "a symbolic link" wait_until 10 answered link.yaml
like "$(cat s/run/whatif/link.yaml.answer)" $'^INVALID\n  link.yaml: found a symbolic link' "is not followed"
touch -d '1 hour ago' s/run/whatif/q.yaml.answer
cp fits.yaml s/whatif/.q && mv s/whatif/.q s/whatif/r.yaml
wait_until 10 answered r.yaml
ok "old answers are removed" wait_until 10 test ! -e s/run/whatif/q.yaml.answer

# --- sites and datasets --------------------------------------------------------------------

for i in 1 2 3; do drop "gpu$i" 'placement: {tags: {require: [gpu]}}'; done
drop data1 'resources: {storage: [{name: in, type: dataset, dataset: words}], compute: {volumes: [{name: in, path: /in, mode: r}]}}'
ok "jobs that nobody can run wait" wait_until 10 waiting 4
site_doc east 'tags: [gpu]' >east.yaml
site_doc west >west.yaml
chmod 644 ./*.yaml
ok "a site" as $ANN cp east.yaml m/whatif/
like "$(as $ANN cat m/whatif/east.answer)" $'^YES\n  4 jobs of 2 kinds wait; with the site east 3 could run, 3 of which cannot now\n' \
	"and what it would change"
like "$(as $ANN cat m/whatif/east.answer)" $'\n  x[0-9a-f]{16}: 3 jobs: NO now, YES with it\n' "for each kind of jobs"
ok "one that helps nobody" as $ANN cp west.yaml m/whatif/
like "$(as $ANN cat m/whatif/west.answer)" $'^NO\n  4 jobs of 2 kinds wait; with the site west 0 could run' "says so"
like "$(as $ANN cat m/whatif/west.answer)" ': 3 jobs: NO now, NO with it: .*gpu' "and why"
is "$(ls s/sites)" north "and is no site"
{ echo 'dataset: words'; echo 'size: 10MB'; echo "digest: $(sha256sum </dev/null | cut -d ' ' -f 1)"
	echo 'replicas: [{url: "https://data.example.org/words"}]'; } >words.yaml
chmod 644 words.yaml
ok "a dataset" as $ANN cp words.yaml m/whatif/
like "$(as $ANN cat m/whatif/words.answer)" $'^YES\n  1 job of 1 kind wait; with the dataset words 1 could run, 1 of which cannot now\n' \
	"and whom it would help"
is "$(ls s/data)" "" "and is none"

# --- what nobody can pay for ------------------------------------------------------------------

stop "$HUB"
printf 'prices: {core-hour: 2}\nusers: {"%s": {budget: 5}}\n' $ANN >s/config.yaml
serve
job dear.yaml 'time: {maxduration: P1D}'
chmod 644 dear.yaml
exits 1 "a job over the budget" as $ANN cp dear.yaml m/whatif/
like "$(output)" 'Disk quota exceeded' "has an errno of its own"
is "$(as $ANN cat m/whatif/dear.answer)" $'NO\n  north: it would cost 48, and 1001 has 5 left of 5 for this month' "and the reason"
ok "others may" as $BOB cp dear.yaml m/whatif/
stop "$HUB"
done_testing
