#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What past jobs and messages tell of those to come, and that a restart knows it.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"


# A job ran at its site for so many seconds.
ran() {		# NAME SITE SECONDS
	say "$2" "{report: $(job_id "$1"), attempt: 1, phase: completed, time: $(now), exit: 0, start: $(now), end: $(now), wall: $3}"
}

hub
site north
site south
once
ok "what is learned is kept" grep -q '^visits north ' s/run/learned

# --- how long jobs take, and how fast sites are ----------------------------------------------
for i in 1 2 3 4 5 6 7 8; do
	for s in north south; do
		mkdir -p drops
		job drops/same.yaml "placement: {sites: [$s]}"
		cp drops/same.yaml "s/inbox/$s.$i.yaml"
		once
		id=$(grep -lE "^--- \{phase: waiting.* site: $s," s/jobs/waiting/*.yaml | head -n 1)
		id=${id##*/}
		id=${id%.yaml}
		say "$s" "{report: $id, attempt: 1, phase: completed, time: $(now), exit: 0, start: $(now), end: $(now), wall: $([ "$s" = north ] && echo 400 || echo 100)}"
		once
	done
done
is "$(count completed)" 16 "jobs of one name have run at two sites"
like "$(cat s/run/learned)" 'speed north [0-9.]+ 0\.[0-9]' "north is slower"
like "$(cat s/run/learned)" 'speed south [0-9.]+ -0\.[0-9]' "than south"
before=$(grep -E '^(run|speed|all) ' s/run/learned)
drop other
once
is "$(site_of other)" south "a job that both may have goes to the faster one"
is "$(grep -E '^(run|speed|all) ' s/run/learned)" "$before" "a restart forgets nothing of it"

# Names count before shapes: both are alike but for that.
for name in long short; do
	drop "$name.1"
	mv "s/inbox/$name.1.yaml" .job
	sed "s/^name: .*/name: $name/" .job >"s/inbox/$name.yaml"
	once
	ran "$name" "$(site_of $name)" "$([ $name = long ] && echo 90000 || echo 1)"
	once
done
runs=$(grep -c '^run ' s/run/learned)
ok "jobs of each name, shape and user are known apart" [ "$runs" -ge 5 ]

# --- nobody is hurt by what stands there -------------------------------------------------------
printf 'learned 1 1\nrun 5 nan inf -1\nrun zz\nspeed north 1e30 9\nvisits north -5 3 77:1:1\nvisits\nall\n\377\n' >s/run/learned
ok "a file that is not right is no obstacle" once
printf 'learned 9\n' >s/run/learned
ok "nor one of another kind" once
rm s/run/learned
drop last
ok "nor none" once
like "$(site_of last)" 'north|south' "and jobs go on"
done_testing
