#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Persistent storage, and when it is released.
#
# shellcheck disable=SC2012,SC2317
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

hub 'archive: {after: 0}'
site north
job keep.yaml 'resources:
  storage:
  - {name: short, type: persistent, lifetime: PT1M}
  - {name: long, type: "https://example.org/storage/persistent", lifetime: "1D", lifecycle: managed}
  - {name: mine, type: persistent, lifetime: PT1M, lifecycle: unmanaged}
  - {name: plain, type: persistent}'
job brief.yaml 'resources: {storage: {name: out, type: persistent, lifetime: 1s}}'
cp keep.yaml brief.yaml s/inbox/
ok "two jobs" spoold --once s
A=$(job_id keep) B=$(job_id brief)

end() {	# ID PATHS	the job ends, with these files
	local id=$1 path list=
	shift
	for path; do
		list+="${list:+, }$(payload north "$id-${path//\//-}" "$path" <<<"what is in $path")"
	done
	say north "{report: $id, attempt: 1, phase: completed, time: $(now), exit: 0, start: $(now), end: $(now), files: [$list]}"
}
end "$A" short/x long/x mine/x plain/x
ok "they end" spoold --once s
is "$(ls s/results/"$A" | tr '\n' ' ')" "long mine plain short " "all is there at first"
ok "its file too, although ended jobs are archived at once" test -e "s/jobs/completed/$A.yaml"
# As if the hub had been killed when it had told and not yet removed.
printf -- '--- {note: "the lifetime of its storage is over", released: short, time: %s}\n' "$(now)" \
	>>"s/jobs/completed/$A.yaml"
end "$B" out/x
ahead 57
serve
ok "the brief one goes by itself" wait_until 20 grep -q 'released: out' "s/jobs/completed/$B.yaml"
ok "a minute is over" wait_until 20 test ! -e "s/results/$A/short"
ok "which its file says" wait_until 5 grep -q 'released: short' "s/jobs/completed/$A.yaml"
is "$(grep -c 'released: short' "s/jobs/completed/$A.yaml")" 1 "once"
is "$(ls s/results/"$A" | tr '\n' ' ')" "long mine plain " "nothing else goes"
stop "$HUB" KILL
# As if a day had passed while nobody looked.
touch -d '1 hour ago' "s/results/.lifetimes/$A"
ok "after a restart" spoold --once s
ok "it is looked at again, and lives on" test -e "s/results/$A/long/x"
left=$(($(stat -c %Y "s/results/.lifetimes/$A") - $(date +%s)))
ok "for a day" test "$left" -gt 85000 -a "$left" -le 86400
ok "the brief one is archived" test ! -e "s/jobs/completed/$B.yaml"
listed() { tar --zstd -tf s/archive/*/*.tar.zst | grep "$1"; }
ok "it is there" listed "$B.yaml"
exits 1 "without its storage" listed "results/$B/out/"
done_testing
