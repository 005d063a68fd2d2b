#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# spoold: its command line, what becomes of a job, who owns it, starting and stopping.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

# --- the command line ------------------------------------------------------------

exits 64 "without a spool there is nothing to do" spoold
like "$(output)" "usage: spoold --init SPOOL" "and it says how it is called"
exits 64 "nor with two" spoold a b
exits 64 "nor with an option that it does not know" spoold --nonsense s
exits 64 "nor with two things at once" spoold --init --once s
ok "--help is no error" spoold --help
like "$(output)" "--check FILE SPOOL" "and tells of everything"
ok "--version as well" spoold --version
like "$(output)" "^spoold [0-9]" "with a number"
exits 66 "a directory that is not there" spoold --once nowhere
like "$(output)" "cannot open the spool nowhere" "is named"
mkdir empty
exits 78 "a directory that is no spool" spoold --once empty
like "$(output)" "is no spool.*spoold --init" "with what to do about it"

ok "a spool is made" spoold --init s
is "$(stat -c %a s/inbox)" 1733 "where everybody may drop and nobody may list"
ok "again is fine" spoold --init s
ok "and it can be served with nothing to do" spoold --once s
exits 73 "where none can be made" spoold --init /proc/s
echo 'lease: soon' >s/config.yaml
exits 78 "a config.yaml with a mistake" spoold --once s
like "$(output)" "config.yaml:1:8: lease: .soon. is not a duration" "is told with its place"
exits 78 "by --check, too" spoold --check /dev/null s
: >s/config.yaml

# --- is it valid, and who could run it? ---------------------------------------------

ok "a site's mailbox is made" spoold --add-site west s
ok "with both directions" test -d s/sites/west/up -a -d s/sites/west/down
exits 73 "but not under any name" spoold --add-site ../west s
like "$(output)" '"../west" is no name for a site' "which is said"
rm -r s/sites/west
before=$(find s -printf '%p %T@ %s\n' | sort)
job valid.yaml
exits 1 "--check without any site: valid, and NO" spoold --check valid.yaml s
is "$(output)" "NO
  no site has told about itself yet" "with the reason"
printf 'task: {typ: process}\n' >bad.yaml
exits 2 "not valid" spoold --check bad.yaml s
is "$(output)" 'bad.yaml:1:8: unknown field "typ" in the task; did you mean "type"?' "with line and column"
printf 'command: cancel\njob: 01939a3c-0000-7000-8000-000000000001\n' >command.yaml
ok "a command is valid or not" spoold --check command.yaml s
exits 2 "a file that is not there" spoold --check nowhere.yaml s
like "$(output)" "nowhere.yaml: cannot open it: No such file" "is not valid either"
is "$(find s -printf '%p %T@ %s\n' | sort)" "$before" "--check has changed nothing in the spool"
chmod a+rx "$TMP"
exits 77 "others cannot read what the hub knows" nobody spoold --check valid.yaml s
exits 2 "but are told of mistakes" nobody spoold --check bad.yaml s
serve
exits 1 "and may ask the one that serves" nobody spoold --check valid.yaml s
is "$(output)" "NO
  no site has told about itself yet" "which answers them"
stop "$HUB"

site north
ok "the site is heard" spoold --once s
ok "--check: YES" spoold --check valid.yaml s
is "$(output)" "YES
  north" "and where"
job big.yaml 'resources: {compute: [{min-cores: 64}]}'
exits 1 "too large for everybody" spoold --check big.yaml s
is "$(output)" "NO
  north: it has 8 cores, the job needs 64" "with the reason"

# --- what becomes of a job -----------------------------------------------------------

cp valid.yaml s/inbox/
ok "a drop is taken" spoold --once s
ok "it is not in inbox/ any more" inbox_is_empty
ID=$(job_id valid)
is "$(phase "$ID")" waiting "and assigned at once"
like "$(cat "$(file "$ID")")" "^--- \{job: $ID, owner: $(id -u root), user: root, name: valid, drop: valid.yaml, " \
	"its file begins with the record"
is "$(sed -n '2,4p' "$(file "$ID")")" "---
$(cat valid.yaml)" "then comes the request, byte for byte"
like "$(last_line "$ID")" "^--- \{phase: waiting, time: [^,]*Z, site: north, attempt: 1, message: [0-9]+, why: \[\"done in .*\"\], eta: [^,]*Z\}" \
	"then what happened"
is "$(stat -c %a "$(file "$ID")")" 600 "only its owner reads it"
like "$(down north)" "--- \{assign: $ID, attempt: 1, owner: 0, user: root, name: valid, lease: [^,]*, cores: 1, " \
	"the site was told"

say north "{report: $ID, attempt: 1, phase: running, time: $(now)}"
spoold --once s
is "$(phase "$ID")" running "the site's word moves it on"
say north "{report: $ID, attempt: 1, phase: completed, time: $(now), exit: 0, start: $(now), end: $(now), wall: 1.5}"
spoold --once s
is "$(phase "$ID")" completed "to its end"
like "$(last_line "$ID")" "phase: completed, .*site: north, attempt: 1, exit: 0, .*wall: 1.500" "with what it used"
like "$(down north)" "--- \{settle: $ID, attempt: 1\}" "and the site may forget it"

job none.yaml 'resources: {compute: [{min-cores: 64}]}'
cp none.yaml s/inbox/
spoold --once s
is "$(phase "$(job_id none)")" failed "what nobody can ever run has failed"
like "$(last_line "$(job_id none)")" 'answer: "NO", text: "north: it has 8 cores, the job needs 64"' "with the reason"

# --- whose it is ------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	nobody cp valid.yaml s/inbox/theirs.yaml
	nobody sh -c 'echo "task: [" >s/inbox/wrong.yaml'
	spoold --once s
	theirs=$(grep -l 'drop: theirs.yaml' s/jobs/*/*)
	like "$(head -n 1 "$theirs")" "owner: 65534, user: nobody," "the owner of the file is the submitter"
	like "$(down north | grep "owner: 65534")" "user: nobody" "and the site is told so"
	is "$(stat -c '%u %a' s/rejected/wrong.reason)" "65534 600" "a rejection is for its author alone"
	theirs=$(basename "$theirs" .yaml)
	printf 'command: cancel\njob: %s\n' "$ID" >s/inbox/c1.yaml
	chown 65534 s/inbox/c1.yaml
	printf 'command: cancel\njob: %s\n' "$(job_id none)" | nobody tee s/inbox/c2.yaml >/dev/null
	printf 'command: cancel\njob: %s\n' "$theirs" >s/inbox/c3.yaml
	cp valid.yaml s/inbox/mine.yaml
	spoold --once s
	mine=$(basename "$(grep -l 'drop: mine.yaml' s/jobs/*/*)" .yaml)
	printf 'command: cancel\njob: %s\n' "$mine" | nobody tee s/inbox/c4.yaml >/dev/null
	spoold --once s
	like "$(reason c1)" "c1.yaml: job $ID .*completed" "a job that has ended cannot be cancelled"
	like "$(reason c4)" "c4.yaml: job $mine belongs to somebody else" "nor one of somebody else"
	is "$(phase "$mine")" waiting "and it goes on"
	like "$(last_line "$theirs")" "command: cancel" "root may cancel every job"
	ok "which the site is told" told north "cancel: $theirs, attempt: 1"
else
	skip "not root: there is only one owner" 9
fi

# --- the daemon ---------------------------------------------------------------------------

serve
exits 75 "a second spoold on one spool is refused" spoold s
like "$(output)" "another spoold works on $TMP/s" "and says why"
exits 75 "also with --once" spoold --once s
is "$(cat s/run/lock)" "$HUB" "run/lock says who has it"
ok "--check works beside it" spoold --check valid.yaml s

# Prompt: the clock alone would need up to five seconds.
began=${EPOCHREALTIME/[.,]/}
slow=0
for i in 1 2 3 4 5 6 7 8 9 10; do
	drop "prompt$i"
	wait_until 3 taken "prompt$i" || slow=$((slow + 1))
done
is "$slow" 0 "drops are taken when they come"
note "ten, one after the other: $((${EPOCHREALTIME/[.,]/} - began)) us"
ok "cp is noticed, too" cp valid.yaml s/inbox/copied.yaml
ok "when the file is closed" wait_until 3 grep -rq 'drop: copied.yaml' s/jobs
say north "{report: $(job_id prompt1), attempt: 1, phase: running, time: $(now)}"
ok "so is mail" wait_until 3 in_phase "$(job_id prompt1)" running
site south 'tags: [new]'
drop southern 'placement: {tags: {require: [new]}}'
ok "and a new site" wait_until 3 grep -q 'site: south' "s/run/sites/south.yaml"
ok "that gets work" wait_until 3 told south "name: southern"
ok "run/metrics counts" wait_until 3 grep -qF 'spool_jobs{phase="running"} 1' s/run/metrics

ok "SIGTERM ends it" stop "$HUB"
is "$(tail -n 1 "$HUB_LOG" | grep -c .)" 1 "after a word"
serve
like "$(cat "$HUB_LOG")" "took up [0-9]+ jobs" "the next one takes all up again"
is "$(grep -o 'took up [0-9]*' "$HUB_LOG")" "took up $(find s/jobs -name '*.yaml' ! -path '*/completed/*' ! -path '*/failed/*' \
	! -path '*/cancelled/*' | wc -l)" "each once"
ok "SIGINT is as good" stop "$HUB" INT

done_testing
