#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The view of a spool: what is shown, what can be dropped, and that what
# changes below is seen above.  No spoold runs: the job files are written by
# hand, so that each step is ours.
#
# What ls says is what is tested here, and our names are tame; awk's $1 is awk's.
# shellcheck disable=SC2012,SC2016,SC2317
. "$(dirname "$0")/../lib.sh"

if [ ! -w /dev/fuse ]; then
	mkdir m
	spoold --init s || bail "no spool"
	exits 69 "without /dev/fuse it cannot be mounted" spoolfs s "$TMP/m"
	like "$(output)" 'cannot mount: /dev/fuse' "and says so"
	skip "no /dev/fuse for this user: nothing else can be tested"
	done_testing
fi
[ "$(id -u)" = 0 ] || skip_all "the checks of who may see what need root"

# --- tools --------------------------------------------------------------------

ANN=1001 BOB=1002		# no such users need to exist
as() {	# UID CMD...
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups "$@"
}

id_of() { printf '0193a0c0-1000-7000-8000-%012x' "$1"; }	# NUMBER

# A job file, made as spoold makes it: hidden, then named.
job() {	# NUMBER PHASE [UID USER NAME SHAPE]
	local id uid=${3:-$ANN} user=${4:-ann} name=${5:-job-$1}
	local body=$'name: '$name$'\ntask: {type: process, spec: {command: [echo, hi]}}\n'
	local file
	id=$(id_of "$1")
	file=s/jobs/$2/.$id.yaml.tmp
	(
		umask 077
		printf -- '--- {job: %s, owner: %s, user: %s, name: %s, drop: %s.yaml, time: %s, source: 1-2-3, shape: %s, bytes: %d}\n---\n%s' \
			"$id" "$uid" "$user" "$name" "$name" 2026-11-22T03:00:00.000Z \
			"${6:-x00000000000000aa}" "${#body}" "$body" >"$file"
	)
	mv "$file" "s/jobs/$2/$id.yaml"
}

# A transition: a line appended, then the rename.
move() {	# NUMBER FROM TO [MORE]
	local id
	id=$(id_of "$1")
	printf -- '--- {phase: %s, time: 2026-11-22T03:00:01.000Z%s}\n' "$3" "${4:+, $4}" \
		>>"s/jobs/$2/$id.yaml"
	mv "s/jobs/$2/$id.yaml" "s/jobs/$3/$id.yaml"
}

# What is read may be newer by a moment than what was heard of, and so than its size.
right_size() { [ "$(stat -c %s "$1")" = "$(wc -c <"$1")" ]; }

reason() {	# FILE
	python3 -c 'import os, sys; print(os.getxattr(sys.argv[1], "user.spool.reason").decode(), end="")' "$1"
}

GOOD='{task: {type: process, spec: {command: ["true"]}}}'

ok "a spool" spoold --init s
chmod 755 .
mkdir m
job 1 pending
job 2 pending $BOB bob
job 3 pending
move 3 pending waiting 'site: north, attempt: 1, lease: 2026-11-22T05:00:00.000Z'
job 4 pending
move 4 pending completed 'site: north, attempt: 1, exit: 0, wall: 1.25'
mkdir -p "s/results/$(id_of 4)/out" s/sites/north/down s/sites/north/up
echo hello >"s/results/$(id_of 4)/stdout"
echo data >"s/results/$(id_of 4)/out/x.dat"
chown -R $ANN "s/results/$(id_of 4)"
echo 'spool_jobs 4' >s/run/metrics
ok "spoolfs mounts" spoolfs s "$TMP/m"
unmount_later m

# --- what there is ------------------------------------------------------------

is "$(ls m | tr '\n' ' ')" \
	"README accounting by-dataset by-name by-phase by-reservation by-site by-user datasets events inbox index.html jobs metrics queue rejected reservations sites whatif " \
	"the top has what it should, at once"
is "$(ls m/jobs)" "$(for i in 1 2 3 4; do id_of $i; echo; done)" "jobs/ has all jobs"
J1=m/jobs/$(id_of 1) J3=m/jobs/$(id_of 3) J4=m/jobs/$(id_of 4)
is "$(ls "$J1" | tr '\n' ' ')" "accept accepted log offers request.yaml results status stderr stdout wait why " \
	"a job has its files"
is "$(cat "$J1/request.yaml")" $'name: job-1\ntask: {type: process, spec: {command: [echo, hi]}}' \
	"request.yaml is what was dropped"
like "$(cat "$J3/status")" \
	$'^id: '"$(id_of 3)"$'\nname: job-3\nowner: ann\nuid: 1001\nphase: waiting\nsince: 2026-11-22T03:00:01.000Z\nsubmitted: 2026-11-22T03:00:00.000Z\nsite: north\nattempt: 1\nlease: 2026-11-22T05:00:00.000Z$' \
	"status is one key a line"
like "$(cat "$J4/status")" $'phase: completed\n.*exit: 0\nwall: 1.25' "and has what the last line says"
is "$(cat "$J4/log")" $'2026-11-22T03:00:00.000Z taken drop=job-4.yaml owner=1001 user=ann\n2026-11-22T03:00:01.000Z completed site=north attempt=1 exit=0 wall=1.25' \
	"log is a line for each thing that happened"
is "$(cat "$J1/why")" "It waits for the hub to choose a site." "why has a sentence"
is "$(cat "$J3/why")" "It is assigned to north, which has not begun with it." "for every phase"
is "$(cat "$J4/stdout")" hello "stdout"
is "$(cat "$J4/stderr" "$J1/stdout")" "" "what is not there is empty"
is "$(cat "$J4/results/out/x.dat")" data "results are a tree"
is "$(ls "$J4/results" "$J1/results" | tr '\n' ' ')" "$J1/results:  $J4/results: out " \
	"without stdout, and empty where there is none"
is "$(cat m/metrics)" "spool_jobs 4" "metrics"
like "$(cat m/README)" 'cp job.yaml inbox/' "README"
for f in README "jobs/$(id_of 1)/"{request.yaml,status,log,why} "jobs/$(id_of 4)/"{stdout,wait,log}; do
	is "$(stat -c %s "m/$f")" "$(wc -c <"m/$f")" "the size of ${f##*/} is that of its text"
done

is "$(ls m/by-phase | wc -l)" 10 "by-phase has all phases"
is "$(readlink "m/by-phase/waiting/$(id_of 3)")" "../../jobs/$(id_of 3)" "a link to the job"
ok "that leads there" test -f "m/by-phase/waiting/$(id_of 3)/status"
is "$(ls m/by-name | tr '\n' ' ')" "job-1 job-2 job-3 job-4 " "by-name"
is "$(ls m/by-user)" $'ann\nbob' "by-user"
is "$(ls m/by-user/bob)" "$(id_of 2)" "and what is his"
is "$(ls m/by-site/north)" "$(id_of 3)"$'\n'"$(id_of 4)" "by-site"
exits 1 "no link where it does not belong" test -e "m/by-phase/pending/$(id_of 3)"

is "$(awk '{ print $1, $2, $3, $4, $5 }' m/queue)" \
	"ID NAME USER PHASE SITE"$'\n'"$(id_of 1) job-1 ann pending -"$'\n'"$(id_of 2) job-2 bob pending -"$'\n'"$(id_of 3) job-3 ann waiting north" \
	"queue is a table of what has not ended"
is "$(awk '{ print index($0, "2026-") }' m/queue | sort -u | wc -l)" 2 "and aligned"

# --- who may see what -----------------------------------------------------------

is "$(stat -c '%u %a' "$J1")" "$ANN 550" "a job's directory belongs to its owner"
is "$(stat -c '%u %a' "$J1/status")" "$ANN 440" "and so do its files"
ok "the owner reads" as $ANN cat "$J1/status"
exits 1 "others do not" as $BOB cat "$J1/status"
exits 2 "nor list" as $BOB ls "$J1"
exits 1 "nor read output" as $BOB cat "$J4/stdout"
is "$(as $BOB awk 'NR > 1 { print $3 }' m/queue)" bob "queue shows a user their own"
is "$(as $ANN awk 'NR > 1 { print $3 }' m/queue | sort -u)" ann "and another theirs"
exits 2 "nothing can be written" sh -c "echo x >$J1/status"
exits 1 "nor made" mkdir m/jobs/new
exits 1 "nor removed" rm -f "$J1/status"

# --- what changes below ------------------------------------------------------------

cat "$J1/status" "$J1/why" "$J1/log" >/dev/null
ls -l "$J1" m/by-phase/* m/by-site/* >/dev/null
ls m/by-site m/jobs >/dev/null
begin=${EPOCHREALTIME/[.,]/}
move 1 pending waiting 'site: south, attempt: 1'
ok "a change of phase is seen" wait_until 1 grep -q '^phase: waiting' "$J1/status"
took=$(((${EPOCHREALTIME/[.,]/} - begin) / 1000))
note "after $took ms"
ok "in by-phase" wait_until 1 test -L "m/by-phase/waiting/$(id_of 1)"
ok "and no more where it was" wait_until 1 test ! -e "m/by-phase/pending/$(id_of 1)"
is "$(ls m/by-phase/pending)" "$(id_of 2)" "which its list knows as well"
is "$(ls m/by-site)" $'north\nsouth' "a site that is new"
like "$(cat "$J1/log")" 'waiting site=south' "in the log"
ok "and the log's size" wait_until 1 right_size "$J1/log"
job 5 pending
ok "a new job is seen" wait_until 1 test -e "m/jobs/$(id_of 5)/status"
is "$(ls m/jobs | wc -l)" 5 "and listed"
rm "s/jobs/pending/$(id_of 5).yaml"
ok "one that goes is gone" wait_until 1 test ! -e "m/jobs/$(id_of 5)"
is "$(ls m/jobs | wc -l)" 4 "from the list as well"
is "$(ls m/by-name | tr '\n' ' ')" "job-1 job-2 job-3 job-4 " "and its name"

job 6 pending $ANN ann six x00000000000000bb
wait_until 1 test -e "m/jobs/$(id_of 6)"
printf 'north: it runs no oci-container\nsouth: it is full\n' >s/run/why/.x
mv s/run/why/.x s/run/why/x00000000000000bb
ok "the hub's reason is seen" wait_until 1 grep -q 'no oci-container' "m/jobs/$(id_of 6)/why"
ok "with its size" wait_until 1 right_size "m/jobs/$(id_of 6)/why"
like "$(grep "$(id_of 6)" m/queue)" 'north: it runs no oci-container; south: it is full' "in the queue"
is "$(reason "m/jobs/$(id_of 6)")" \
	"$(cat "m/jobs/$(id_of 6)/why")" "and as an attribute of the job"
rm s/run/why/x00000000000000bb
ok "until it is taken back" wait_until 1 grep -q 'waits for the hub' "m/jobs/$(id_of 6)/why"
move 6 pending failed 'answer: NO, text: "north: it runs no oci-container"'
ok "an answer is kept in the job" wait_until 1 grep -q 'no oci-container' "m/jobs/$(id_of 6)/why"

job 7 running
wait_until 1 test -e "m/jobs/$(id_of 7)"
background tail -n +1 -s 0.1 -f "m/jobs/$(id_of 7)/log"
follower=$PID followed=$LOG
ok "tail -f reads the log" wait_until 5 grep -q taken "$followed"
move 7 running releasing
ok "and what is appended" wait_until 5 grep -q releasing "$followed"
stop "$follower"

# --- waiting --------------------------------------------------------------------------

for i in 1 2 3; do
	background cat "m/jobs/$(id_of 7)/wait"
	readers[i]=$PID answers[i]=$LOG
done
background timeout 200 python3 -c 'import os, select, sys
fd = os.open(sys.argv[1], os.O_RDONLY)
p = select.poll(); p.register(fd, select.POLLIN)
print(p.poll(100), flush=True)
print(p.poll(100000), flush=True); print(os.read(fd, 99).decode(), end="")' "m/jobs/$(id_of 7)/wait"
poller=$PID polled=$LOG
ok "poll says: not yet" wait_until 5 grep -q '^\[\]' "$polled"
ok "reading wait blocks" kill -0 "${readers[1]}"
ok "and keeps nobody else" timeout 100 cat "m/jobs/$(id_of 7)/status"
stop "${readers[3]}" INT
ok "a signal ends it" gone "${readers[3]}"
move 7 releasing completed 'site: north, attempt: 1, exit: 0'
for i in 1 2; do
	ok "reader $i is woken" wait_until 2 gone "${readers[i]}"
	is "$(cat "${answers[i]}")" completed "and told the phase"
done
ok "poll is woken" wait_until 2 gone "$poller"
like "$(cat "$polled")" $'\n\\[\\([0-9]+, 1\\)\\]\ncompleted' "with POLLIN, and reads"
is "$(timeout 100 cat "$J4/wait")" completed "what has ended does not wait"
job 8 pending
wait_until 1 test -e "m/jobs/$(id_of 8)"
background cat "m/jobs/$(id_of 8)/wait"
rm "s/jobs/pending/$(id_of 8).yaml"
ok "a reader of a job that vanishes is not left alone" wait_until 2 gone "$PID"

# --- dropping --------------------------------------------------------------------------

refused() {	# DESC NAME REGEX	rejected/NAME is there, with this reason
	like "$(cat "m/rejected/$2.reason" 2>&1)" "$3" "$1"
	ok "and the document" test -f "m/rejected/$2.yaml"
}

echo "$GOOD" >good.yaml
echo '{task: {type: process}, nmae: x}' >bad.yaml
chmod 644 ./*.yaml
ok "cp into inbox/" as $ANN cp good.yaml m/inbox/a.yaml
is "$(stat -c '%u %a' s/inbox/a.yaml)" "$ANN 600" "it is in the spool, as its author's"
is "$(cat s/inbox/a.yaml)" "$GOOD" "byte for byte"
is "$(ls m/inbox)" a.yaml "and shows until it is taken"
is "$(as $ANN cat m/inbox/a.yaml)" "$GOOD" "to its author"
exits 1 "not to others" as $BOB cat m/inbox/a.yaml
exits 1 "who cannot remove it" as $BOB rm -f m/inbox/a.yaml
exits 1 "nor replace it" as $BOB cp good.yaml m/inbox/a.yaml
rm s/inbox/a.yaml
is "$(ls m/inbox)" "" "when the hub takes it, it is gone"

exits 1 "cp of a bad file fails" as $ANN cp bad.yaml m/inbox/
like "$(output)" 'Invalid argument' "with what close said"
is "$(ls s/inbox)" "" "nothing of it gets into the spool's inbox"
refused "the reason is in rejected/" bad "^bad.yaml:1:[0-9]+: unknown field \"nmae\".*did you mean \"name\""
is "$(stat -c %u "s/rejected/bad.yaml")" "$ANN" "which is the author's"
like "$(reason m/inbox/bad.yaml)" 'unknown field' \
	"and in an attribute"
ok "the next try is as good as any" as $ANN cp good.yaml m/inbox/bad.yaml
is "$(reason m/inbox/bad.yaml 2>&1 | grep -c 'No data')" 1 "and takes the attribute away"
for bad in 'reservation: {}' 'transaction: {jobs: []}' '{command: dance, name: a}'; do
	echo "$bad" >kind.yaml
	chmod 644 kind.yaml
	exits 1 "$bad is refused" as $ANN cp kind.yaml m/inbox/
	like "$(output)" 'Invalid argument' "at close"
	exits 1 "and under another name" as $ANN sh -c 'cp kind.yaml m/inbox/.kind.tmp && mv m/inbox/.kind.tmp m/inbox/kind.yaml'
	like "$(output)" 'cannot move' "at rename"
	as $ANN rm -f m/inbox/.kind.tmp
done
rm s/inbox/*
exits 1 "a name without a suffix is refused" as $ANN cp good.yaml m/inbox/good
refused "which is said" good "does not end in .yaml"

ok "redirection" as $ANN sh -c "echo '$GOOD' >m/inbox/r.yaml"
ok "is a drop" test -s s/inbox/r.yaml
as $ANN sh -c "{ printf '{task: '; cat; } >m/inbox/parts.yaml" <<<'{type: process}}'
is "$(cat s/inbox/parts.yaml)" '{task: {type: process}}' "what several processes write is one drop"
is "$(find s/rejected -name 'parts*')" "" "judged at its end, not before"
as $ANN bash -c 'exec 3>m/inbox/steps.yaml; echo "{task:" >&3; echo "{type: process}}" >&3; exec 3>&-'
is "$(cat s/inbox/steps.yaml)" $'{task:\n{type: process}}' "and so is what one writes in steps"
mkdir away && chown $ANN away
ok "mv from elsewhere" as $ANN sh -c "cp good.yaml away/mv.yaml; mv away/mv.yaml m/inbox/mv.yaml"
ok "is a drop too" test -s s/inbox/mv.yaml
exits 1 "mv of a bad one fails" as $ANN sh -c "cp bad.yaml away/mv2.yaml; mv away/mv2.yaml m/inbox/mv2.yaml"
ok "a drop can be withdrawn" as $ANN rm m/inbox/mv.yaml
exits 1 "as long as it is there" test -e s/inbox/mv.yaml
ok "and replaced" as $ANN sh -c "echo '{command: hold, job: $(id_of 3)}' >m/inbox/r.yaml"
like "$(cat s/inbox/r.yaml)" hold "by another"
rm s/inbox/*
echo '{command: hodl, job: x}' >c.yaml
exits 1 "a command is looked at as well" as $ANN cp c.yaml m/inbox/
ok "touch makes nothing" as $ANN touch m/inbox/t.yaml
is "$(find s/inbox s/rejected -name 't.*')" "" "in the spool"
as $ANN rm m/inbox/t.yaml
head -c 1100000 /dev/zero | tr '\0' '#' >large.yaml
exits 1 "what is too large is refused" as $ANN cp large.yaml m/inbox/
like "$(output)" 'File too large' "by its errno"
like "$(cat s/rejected/large.reason)" 'larger than' "and by its reason"

# --- editors and rsync --------------------------------------------------------------------

as $ANN sh -c "echo '$GOOD' >m/inbox/.e.yaml.swp"
is "$(ls -A s/inbox)" "" "a hidden name is nothing to the spool"
ok "until it is renamed" as $ANN mv m/inbox/.e.yaml.swp m/inbox/e.yaml
is "$(cat s/inbox/e.yaml)" "$GOOD" "which submits it"
as $ANN cp bad.yaml m/inbox/.f.yaml.tmp
exits 1 "renaming a bad one fails" as $ANN mv m/inbox/.f.yaml.tmp m/inbox/f.yaml
refused "with the reason" f 'unknown field'
ok "and it stays as it was" as $ANN test -f m/inbox/.f.yaml.tmp
as $ANN rm m/inbox/.f.yaml.tmp
# As vim does: is the directory writable? backup, anew, backup away.
as $ANN sh -c "echo >m/inbox/4913 && rm m/inbox/4913 && mv m/inbox/e.yaml m/inbox/e.yaml~ &&
	echo '{name: again, task: {type: process}}' >m/inbox/e.yaml && rm m/inbox/e.yaml~"
is "$?" 0 "what vim does works"
is "$(cat s/inbox/e.yaml)" '{name: again, task: {type: process}}' "and is a new drop"
if command -v vim >/dev/null; then
	ok "vim itself" as $ANN env HOME=/nonexistent vim -u NONE -es -c '%s/again/vim/' -c wq m/inbox/e.yaml
	like "$(cat s/inbox/e.yaml)" 'name: vim' "has written"
else
	skip "no vim" 2
fi
ok "sed -i" as $ANN sed -i 's/name: [a-z]*/name: sed/' m/inbox/e.yaml
like "$(cat s/inbox/e.yaml)" 'name: sed' "has written"
rm -f s/inbox/*
mkdir drops
chmod 755 drops
for i in 1 2 3; do cp good.yaml "drops/$i.yaml"; done
mv drops/1.yaml drops/one.yaml
ok "rsync -a" as $ANN rsync -a drops/2.yaml drops/3.yaml drops/one.yaml m/inbox/
is "$(ls s/inbox | tr '\n' ' ')" "2.yaml 3.yaml one.yaml " "brings its files"
is "$(find s/inbox -name '.*' -type f)" "" "and leaves nothing hidden"
cp bad.yaml drops/wrong.yaml
exits 23 "rsync is told of a bad one" as $ANN rsync -d --no-t drops/ m/inbox/
rm -f s/inbox/*
if [ "$(id -u)" = 0 ]; then
	chown $BOB drops/2.yaml
	ok "root's cp -p" cp -p drops/2.yaml m/inbox/
	is "$(stat -c %u s/inbox/2.yaml)" "$BOB" "submits in the name of the owner"
	rm -f s/inbox/* drops/wrong.yaml
	ok "root's rsync -a of a directory" rsync -a drops/ m/inbox/
	is "$(stat -c '%u %n' s/inbox/* | tr '\n' ' ')" \
		"$BOB s/inbox/2.yaml 0 s/inbox/3.yaml 0 s/inbox/one.yaml " "does as well"
	rm -f s/inbox/*
fi

# --- cancelling ---------------------------------------------------------------------------

exits 1 "others cannot cancel" as $BOB rmdir "$J3"
like "$(output)" 'Permission denied' "EACCES"
exits 1 "nobody can cancel what has ended" as $ANN rmdir "$J4"
like "$(output)" 'not permitted' "EPERM"
ok "the owner's rmdir cancels" as $ANN rmdir "$J3"
is "$(cat "s/inbox/cancel-$(id_of 3).yaml")" "{command: cancel, job: $(id_of 3)}" "by a command"
is "$(stat -c %u "s/inbox/cancel-$(id_of 3).yaml")" "$ANN" "of the owner"
ok "the job is there as long as it is" as $ANN cat "$J3/status"
is "$(as $ANN ls "$J3" | wc -l)" 11 "with all its files"
rm -f s/inbox/*
move 3 waiting cancelled
ok "and then cancelled" wait_until 1 grep -q '^phase: cancelled' "$J3/status"

# --- sites ---------------------------------------------------------------------------------

is "$(ls m/sites)" north "a site"
is "$(cat m/sites/north/site.yaml m/sites/north/load; ls m/sites/north/cache)" "" "that has not said anything"
digest=$(sha256sum <good.yaml | cut -d' ' -f1)
cat >s/run/sites/north.yaml <<SITE
site: north
time: 2026-11-22T03:00:00.000Z
capacity: {cores: 8, memory: 16GiB, disk: 100GB}
free: {cores: 6, memory: 12GiB, disk: 80GB}
load: 0.31
types: [process]
datasets: [{name: words, bytes: 6922426, digest: $digest}]
SITE
is "$(cat m/sites/north/site.yaml)" "$(cat s/run/sites/north.yaml)" "says it"
is "$(cat m/sites/north/load)" 0.31 "its load"
is "$(cat m/sites/north/cache/words)" "bytes: 6922426"$'\n'"digest: $digest" "its cache"
exits 1 "and nothing else" test -e m/sites/north/cache/other
job 9 waiting
move 9 waiting running 'site: north, attempt: 1'
ok "its queue" wait_until 1 grep -q "$(id_of 9)" m/sites/north/queue

# --- files that are wrong -------------------------------------------------------------------

echo rubbish >"s/jobs/pending/$(id_of 66).yaml"
ok "a job file that cannot be read is shown" wait_until 1 test -e "m/jobs/$(id_of 66)"
like "$(cat "m/jobs/$(id_of 66)/status")" 'error: "the job file cannot be read' "and says so"
rm "s/jobs/pending/$(id_of 66).yaml"
id=$(id_of 4)
mv "s/results/$id" "s/results/old"
as $ANN true
ln -s /etc "s/results/$id"
exits 1 "a symlink in the way of results leads nowhere" cat "m/jobs/$id/results/passwd"
exits 2 "and is not listed as if there were none" ls "m/jobs/$id/results"
rm "s/results/$id"
mkdir "s/results/$id"
ln -s /etc/shadow "s/results/$id/stdout"
is "$(cat "m/jobs/$id/stdout" 2>/dev/null)" "" "nor does one in place of a file"
rm "s/results/$id/stdout"
echo secret >hidden
ln hidden "s/results/$id/stdout"
exits 1 "nor a second link to somebody else's file" cat "m/jobs/$id/stdout"
rm -r "s/results/$id" hidden
mv s/results/old "s/results/$id"

# --- many at once ---------------------------------------------------------------------------

for ((i = 1000; i < 3000; i++)); do job $i pending; done
ok "2,000 jobs arrive" wait_until 10 test -e "m/jobs/$(id_of 2999)"
is "$(find m/jobs -mindepth 1 -maxdepth 1 | wc -l)" "$(find s/jobs -name '*.yaml' | wc -l)" \
	"and all are listed"
ls -l m/by-phase/pending >/dev/null
# More events than the kernel keeps for us: it says so, and all is looked at.
kept=$(cat /proc/sys/fs/inotify/max_queued_events)
moved() { [ "$(ls m/by-phase/running | wc -l)" = 2001 ] && [ "$(ls m/by-phase/pending | wc -l)" = 1 ]; }
pid=$(pgrep -f "^spoolfs s $TMP/m$")
kill -STOP "$pid"
for ((round = 0; round < kept / 4000 + 1; round++)); do
	(cd s/jobs/pending && mv "0193a0c0-1000-7000-8000-000000000"[3-9a-f]* ../running)
	(cd s/jobs/running && mv "0193a0c0-1000-7000-8000-000000000"[3-9a-f]* ../pending)
done
(cd s/jobs/pending && mv "0193a0c0-1000-7000-8000-000000000"[3-9a-f]* ../running)
kill -CONT "$pid"
ok "after more events than the kernel keeps, all is right" wait_until 10 moved
ok "also one by one" test -L "m/by-phase/running/$(id_of 1500)"
ok "and back" sh -c 'cd s/jobs/running && mv 0193a0c0-1000-7000-8000-000000000[3-9a-f]* ../pending'
ok "is seen by hints alone" wait_until 10 test -L "m/by-phase/pending/$(id_of 2999)"

# --- reading while it changes ----------------------------------------------------------------

# Each line of this job says how long a word of it is: who reads a status or a
# log sees the one text or the other, never a part of one or a mixture.
cat >torn.py <<'PY'
import os, re, sys, time
spool, mount, job = sys.argv[1:]
deadline, name = time.time() + 3, job + ".yaml"
def write():
    phase, n = "running", 0
    while time.time() < deadline:
        n += 1
        to = "releasing" if phase == "running" else "running"
        word = "w" * (n * 37 % 120 + 1)
        with open(f"{spool}/jobs/{phase}/{name}", "a") as f:
            f.write("--- {phase: %s, time: 2026-11-22T03:00:01.000Z, word: %s, len: %d}\n"
                    % (to, word, len(word)))
        os.rename(f"{spool}/jobs/{phase}/{name}", f"{spool}/jobs/{to}/{name}")
        phase = to
        time.sleep(n % 7 * 0.0005)
def whole(text, pattern):
    m = re.search(pattern, text)
    if "word" in text and (not m or len(m[1]) != int(m[2])):
        sys.exit("torn: " + text)
    return m and m[2]
def read():
    seen, reads = set(), 0
    while time.time() < deadline:
        seen.add(whole(open(f"{mount}/jobs/{job}/status").read(), r"word: (w+)\nlen: (\d+)\n\Z"))
        whole(open(f"{mount}/jobs/{job}/log").read(), r"word=(w+) len=(\d+)\n\Z")
        reads += 1
    print("# %d reads, %d editions" % (reads, len(seen)), flush=True)
    sys.exit(0)
for work in write, read, read, read:
    if os.fork() == 0:
        work()
        os._exit(0)
sys.exit(any([os.wait()[1] for i in range(4)]))
PY
job 4000 running
wait_until 1 test -e "m/jobs/$(id_of 4000)"
ok "what is read while it changes is never torn" python3 torn.py s m "$(id_of 4000)"
note "$(output | sort -u)"
last=$(tail -1 "s/jobs/"*"/$(id_of 4000).yaml" | sed 's/.*len: \([0-9]*\)}/\1/')
ok "and in the end it is the end" wait_until 1 grep -q "^len: $last\$" "m/jobs/$(id_of 4000)/status"
for f in status log why; do
	ok "with the right size of $f" wait_until 1 right_size "m/jobs/$(id_of 4000)/$f"
done

# Looked up, and then the job goes on before it is opened.
cat >late.py <<'PY'
import os, subprocess, sys, time
spool, mount, job = sys.argv[1:]
phase, path = os.environ["PHASE"], f"{mount}/jobs/{job}/status"
for turn in range(20):
    fd = os.open(path, os.O_PATH)
    for n in range(2):
        time.sleep(0.01)
        with open(f"{spool}/jobs/{phase}/{job}.yaml", "a") as f:
            f.write("--- {phase: %s, time: 2026-11-22T03:00:02.000Z, word: w%dw}\n" % (phase, 2 * turn + n))
    want, until = "word: w%dw\n" % (2 * turn + 1), time.time() + 60
    while want not in open(path).read() and time.time() < until:
        time.sleep(0.01)
    subprocess.run(["stat", "-L", "--cached=never", f"/proc/self/fd/{fd}"], pass_fds=[fd],
                   stdout=subprocess.DEVNULL, check=True)
    if want not in open(f"/proc/self/fd/{fd}").read():
        sys.exit("it is not the present one that was opened")
    os.close(fd)
PY
ok "what is looked up can be opened, however often it changed since" \
	env PHASE="$(cd s/jobs && ls -d ./*/"$(id_of 4000).yaml" | cut -d / -f 2)" python3 late.py s m "$(id_of 4000)"

# --- going -----------------------------------------------------------------------------------

ok "fusermount3 -u" fusermount3 -u m
ok "ends the server" wait_until 5 gone "$pid"
ok "it mounts again" spoolfs s "$TMP/m"
is "$(cat "m/jobs/$(id_of 4)/stdout")" hello "and shows the same"
background cat "m/jobs/$(id_of 2)/wait"
reader=$PID
pid=$(pgrep -f "^spoolfs s $TMP/m$")
kill "$pid"
ok "SIGTERM ends it, with a reader that waits" wait_until 5 gone "$pid"
ok "who is sent away" wait_until 5 gone "$reader"
ok "and nothing is mounted" wait_until 5 test ! -e m/jobs
ok "once more" spoolfs s "$TMP/m"
pid=$(pgrep -f "^spoolfs s $TMP/m$")
kill -KILL "$pid"
ok "killed" wait_until 5 gone "$pid"
exits 2 "it leaves a mount without a server" ls m
like "$(output)" 'not connected|connection abort' "ENOTCONN"
exits 69 "on which nothing can be mounted" spoolfs s "$TMP/m"
like "$(output)" 'fusermount3 -u .*/m' "and the message says what to do"
ok "which helps" fusermount3 -u m
ok "and then it mounts" spoolfs s "$TMP/m"
ok "unmounted" fusermount3 -u m

# --- arguments --------------------------------------------------------------------------------

exits 64 "no arguments" spoolfs
exits 66 "no spool" spoolfs m m
exits 66 "no mount point" spoolfs s nowhere
exits 66 "a mount point that is a file" spoolfs s good.yaml
exits 64 "the spool itself" spoolfs s s
exits 77 "somebody else's spool" as $BOB "$BIN/spoolfs" s m
exits 64 "an option nobody knows" spoolfs -o rubbish s m
if as $ANN test -w /dev/fuse; then
	skip "users may use /dev/fuse here" 2
else
	mkdir home
	chown $ANN home
	as $ANN "$BIN/spoold" --init home/s
	as $ANN mkdir home/m
	exits 69 "a user without /dev/fuse" as $ANN "$BIN/spoolfs" home/s home/m
	like "$(output)" '/dev/fuse may not be used by this user' "is told why"
fi

# --- an ordinary user ---------------------------------------------------------------------------

# With a /dev/fuse that everybody may use, which only this one's processes see.
cat >user.sh <<'SH'
set -e
mknod fuse c 10 229
chmod 666 fuse
mount --bind fuse /dev/fuse
mkdir theirs
chown nobody theirs
cat >theirs.sh <<-'THEIRS'
	set -e
	cd theirs
	spoold --init s
	mkdir m
	spoolfs s m
	trap 'fusermount3 -u m' EXIT
	echo '{task: {type: process}}' >m/inbox/a.yaml
	test -O s/inbox/a.yaml
	! cp ../bad.yaml m/inbox/
	test -s m/rejected/bad.reason
THEIRS
export PATH=$BIN:$PATH
setpriv --reuid nobody --regid nogroup --clear-groups sh theirs.sh
SH
if unshare -m true 2>/dev/null && [ -u "$(command -v fusermount3)" ]; then
	export BIN
	ok "an ordinary user who may use /dev/fuse" unshare -m --propagation private sh user.sh
else
	skip "no mount namespace, or fusermount3 is not setuid"
fi
done_testing
