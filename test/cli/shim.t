#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# One job under its shim: how it ends, how it is limited and stopped, and what
# is left of it when somebody is killed.
#
# Much here is quoted for a shell that runs later.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"

RUNNERS=$BUILD/runners
chmod 755 "$TMP"

# --- helpers -------------------------------------------------------------------

job() {		# DIR LIMITS CMD...	a job directory as the agent makes it
	local dir=$1 limits=$2
	shift 2
	mkdir -p "$dir/spec" "$dir/work/results"
	printf '%b' "$limits" >"$dir/limits"
	printf 'SPOOL_JOB_ID=%s\0SPOOL_WORK=%s\0' "$dir" "$TMP/$dir/work" >"$dir/env"
	printf '%s\0' "$@" >"$dir/spec/command"
}

shim() { spool-shim "$1" "$RUNNERS/process"; }	# DIR
told() { sed -n "s/^$2 //p" "$1/exit"; }	# DIR WORD
ended() { wait_until 30 test -e "$1/exit"; }	# DIR
running() { wait_until 10 test -s "$1/work/up"; }	# DIR	the task has written its pid there
shim_pid() { sed -n 's/^pid //p' "$1/started"; }	# DIR
kill_shim() { kill -KILL "$(shim_pid "$1")" && shim_gone "$1"; }	# DIR
shim_gone() { wait_until 10 flock -n "$1/started" true; }	# DIR
cgroups() { sed -n 's/^cgroup //p' "$1/started"; }	# DIR

no_cgroups() {	# DIR	none of those it was going to make is there
	local group
	for group in $(cgroups "$1"); do
		if [ -e "$group" ]; then return 1; fi
	done
}

# A process that its parents know nothing of, and that does not like to end.
daemon='(setsid sh -c "trap : TERM; echo \$\$ >daemon; while :; do sleep 1; done" &) </dev/null'
all_gone() { gone "$(cat "$1/work/daemon")"; }	# DIR

# --- how it ends -----------------------------------------------------------------

# Outputs that go to a store are on disk before the end is: see spool-shim.8, POWER CUTS.
if strace -o /dev/null true 2>/dev/null; then
	job put '' sh -c 'echo one >outputs/out/one'
	mkdir -p put/work/outputs/out
	ok "a job with an output" traced -f -o put.calls -e trace=syncfs,renameat2 \
		spool-shim --foreground put "$RUNNERS/process"
	like "$(tr '\n' ' ' <put.calls)" 'syncfs\(.*= 0 .*renameat2\(.*"exit"' "which is flushed before its end is told"
else
	skip "the flush of outputs: processes cannot be traced here"
fi


job a '' sh -c 'echo out; echo err >&2; pwd; exit 3'
ok "a job is started" shim a
ok "and ends" ended a
is "$(told a exit) $(told a cause)" "3 job" "with its exit status"
is "$(head -1 a/stdout)" "out" "standard output is kept"
is "$(cat a/stderr)" "err" "standard error too"
is "$(tail -1 a/stdout)" "$TMP/a/work" "it worked in its directory"
like "$(told a start)" '^20..-..-..T..:..:..\....Z$' "the time is told"
like "$(told a limits)" '^(cgroup-v1|cgroup-v2|rlimit)$' "and what held it"
ok "the shim leaves" shim_gone a
ok "its cgroups too" no_cgroups a
is "$(find a -name '.*' ! -name a)" "" "no hidden file is left"

exits 79 "it is not started twice" shim a
like "$(output)" 'a: it was started before' "and the caller is told"
is "$(grep -c out a/stdout)" "1" "it did not run again"

# The shim does not start a program that it is itself, but any other of that name.
programs() {	# RUNNER DIR	how many are started for a job
	job "$2" '' true
	traced -f -e trace=execve -o "$2.trace" spool-shim --foreground "$2" "$1/process" || return
	grep -c 'execve.*= 0' "$2.trace"
}
is "$(programs "$RUNNERS" a1)" 2 "the shim and the task are programs"
mkdir other && cp "$RUNNERS/process" other/
is "$(programs other a2)" 3 "another file of the runner's name is started"
printf '#!/bin/sh\nexit 5\n' >other/process
job a3 '' true
ok "whatever it is" spool-shim --foreground a3 other/process
is "$(told a3 exit)" 5 "and it decides"

job sig '' sh -c 'kill -USR1 $$'
shim sig && ended sig
is "$(told sig signal) $(told sig exit)" "10 " "a signal is told as such"

job none '' /no/such/program
shim none && ended none
is "$(told none exit) $(told none cause)" "127 job" "no such program"
like "$(cat none/stderr)" '/no/such/program: No such file' "says standard error"
job noexec '' /etc/passwd
shim noexec && ended noexec
is "$(told noexec exit)" "126" "not executable"

job text ''
printf 'echo one two | wc -w; exit 4' >text/spec/command
shim text && ended text
is "$(told text exit) $(cat text/stdout)" "4 2" "a text is given to the shell"

job env '' env
SECRET=1 spool-shim env "$RUNNERS/process" && ended env
like "$(cat env/stdout)" "SPOOL_JOB_ID=env"$'\n' "the task gets the agent's variables"
like "$(cat env/stdout)" "PATH=$PATH" "and PATH"
unlike "$(cat env/stdout)" "SECRET" "but not all that the agent has"

job closed '' sh -c 'ls /proc/self/fd | wc -l; readlink /proc/self/fd/0'
ok "it starts with nothing open" sh -c "spool-shim closed $RUNNERS/process <&- >&- 2>&-"
ended closed
is "$(cat closed/stdout)" $'4\n/dev/null' "and the task gets three descriptors"
job many '' sh -c 'ls /proc/self/fd | wc -l'
ok "or with much" sh -c "exec 5</etc/passwd 9</etc/passwd; spool-shim many $RUNNERS/process"
ended many
is "$(cat many/stdout)" "4" "of which nothing gets through"

job ignore '' sh -c 'kill -PIPE $$; kill -HUP $$; echo unharmed'
(trap '' PIPE HUP; shim ignore) && ended ignore
is "$(told ignore signal)" "13" "signals that the caller ignored are not ignored"

job race '' sh -c 'echo x >>../ran; sleep 0.2'
for _ in 1 2 3 4 5 6 7 8; do
	(shim race 2>/dev/null; echo $? >>codes) &
done
wait
ended race
is "$(sort codes | uniq -c | tr -s ' \n' ' ')" " 1 0 7 79 " "of eight shims at once one wins"
is "$(wc -l <race/ran)" "1" "and the task runs once"

# --- limits ----------------------------------------------------------------------

# With more time on a machine where they have not come to their loop by then.
ends_up() {	# DIR MORE-LIMITS CMD...	as DIR, after a walltime in which it was up
	local wall dir=$1 limits=$2
	shift 2
	for wall in 0.5 2 8 32; do
		rm -rf "$dir"
		job "$dir" "walltime $wall\n$limits" "$@"
		shim "$dir" && ended "$dir"
		[ ! -e "$dir/work/up" ] || return 0
	done
}
ends_up wall 'grace 0.3\n' sh -c "$daemon; trap : TERM; while [ ! -s daemon ]; do :; done; : >up; while :; do sleep 0.1; done"
is "$(told wall cause)" "limit-walltime" "a job is ended after its walltime"
is "$(told wall signal)" "9" "by force when it does not listen"
ok "after walltime and grace" awk -v w="$(told wall wall)" 'BEGIN { exit !(w >= 0.8) }'
like "$(told wall text)" 'walltime of [0-9.]+ s' "with a reason"
ok "and so is what double-forked" all_gone wall

ends_up polite '' sh -c 'trap "echo bye; exit 7" TERM; : >up; while :; do sleep 0.1; done'
is "$(told polite exit) $(cat polite/stdout)" "7 bye" "SIGTERM comes first"

job left '' sh -c "$daemon; while [ ! -s daemon ]; do :; done"
shim left && ended left
is "$(told left exit) $(told left cause)" "0 job" "a job may leave a daemon behind"
ok "which is killed before the end is told" all_gone left

allocate='
import os, sys, time
b = bytearray(int(sys.argv[1]) << 20)
for i in range(0, len(b), 4096): b[i] = 1
print("got it", flush=True)
time.sleep(float(sys.argv[2]))
'

by_cgroup() {	# DIR CONTROLLER	was it one that limited the job?
	case $(told "$1" limits) in
	cgroup-v2) true ;;
	cgroup-v1) cgroups "$1" | grep -q "/$2" ;;
	*) false ;;
	esac
}

job mem 'memory 50000000\n' python3 -c "$allocate" 200 0
shim mem && ended mem
if by_cgroup mem memory; then
	is "$(told mem cause)" "limit-memory" "too much memory: killed, and the cause is told"
	like "$(told mem text)" 'more than 50000000 bytes' "with the limit"
	job fits 'memory 300000000\n' python3 -c "$allocate" 200 0
	shim fits && ended fits
	is "$(told fits exit) $(cat fits/stdout)" "0 got it" "what fits runs"
	ok "its peak is told" test "$(told fits peak)" -gt 200000000
	job kid 'memory 50000000\n' sh -c 'python3 -c "$0" 200 0; echo went on' "$allocate"
	shim kid && ended kid
	is "$(told kid exit) $(told kid cause) $(cat kid/stdout)" "0 job went on" \
		"a job may survive that a child of it is killed"
else
	skip "no memory cgroup can be made here" 5
fi

job cpu 'cores 0.25\n' timeout 1 sh -c 'while :; do :; done'
shim cpu && ended cpu
if by_cgroup cpu cpu; then
	ok "a quarter of a core for a second, or as long as it took" \
		awk -v u="$(told cpu user)" -v w="$(told cpu wall)" 'BEGIN { exit !(u < 0.4 * w + 0.1) }'
else
	skip "no cpu cgroup can be made here"
fi

job pids 'pids 5\n' sh -c 'for i in 1 2 3 4 5 6 7 8; do sleep 5 & done; wait'
shim pids && ended pids
if by_cgroup pids pids; then
	like "$(cat pids/stderr)" 'fork' "no more processes than allowed"
else
	skip "no pids cgroup can be made here"
fi

job bad 'walltime soon\n' true
exits 65 "a bad limit is refused" shim bad
like "$(output)" "limits: found 'walltime soon', expected a number" "with a reason"
ok "and the job was not started" test ! -e bad/started

# --- without cgroups ----------------------------------------------------------------

# Root can always make cgroups; an ordinary user here cannot.  They may not be
# able to reach our build tree, either.
mkdir plain
cp "$BIN/spool-shim" "$RUNNERS/process" "$RUNNERS/python-program" "$RUNNERS"/lib*.sh plain/
if [ "$(id -u)" = 0 ]; then
	plainly() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
	own() { chown -R 65534:65534 "$1"; }
else
	plainly() { "$@"; }
	own() { :; }
fi
python() {	# DIR LIMITS ARGS...	$allocate, by the runner for Python, as a plain user
	local dir=$1 limits=$2
	shift 2
	job "$dir" "$limits" true
	printf '%s' "$allocate" >"$dir/spec/program"
	printf '%s\0' "$@" >"$dir/spec/args"
	own "$dir"
	plainly plain/spool-shim "$dir" plain/python-program
	ended "$dir"
}

job p '' sh -c "$daemon; while [ ! -s daemon ]; do :; done; exit 5"
own p
ok "an ordinary user runs a job" plainly plain/spool-shim p plain/process
ended p
is "$(told p exit)" "5" "and hears its exit status"
ok "what it left is killed" all_gone p
python p1 'memory 60000000\n' 200 0
if [ "$(told p1 limits)" = rlimit ]; then
	is "$(told p1 exit) $(told p1 cause)" "1 job" "too much memory in one process is refused"
	like "$(cat p1/stderr)" 'MemoryError' "by RLIMIT_DATA"
	like "$(told p1 text)" 'limited to 60000000 bytes' "which the end reminds of"
	# Not the runner `process`: built with sanitizers it needs more than that.
	printf '#!/bin/sh\nexec sh "$2/script" "$2"\n' >plain/script
	chmod 755 plain/script
	job p2 'memory 100000000\n' true
	printf '%s' "$allocate" >p2/program
	echo 'for i in 1 2 3; do python3 "$1/program" 60 20 & done; wait' >p2/script
	own p2
	plainly plain/spool-shim p2 plain/script && ended p2
	is "$(told p2 cause)" "limit-memory" "too much in several processes is noticed"
	like "$(told p2 text)" 'used [0-9]* bytes of memory, 100000000 were allowed' \
		"with what was measured"
	for wall in 1 4 16; do
		rm -rf p3
		job p3 "memory 100000000\nwalltime $wall\ngrace 0.2\n" true
		echo "trap : TERM; $daemon; while [ ! -s daemon ]; do :; done; : >up; while :; do sleep 1; done" >p3/script
		own p3
		plainly plain/spool-shim p3 plain/script && ended p3
		[ ! -e p3/work/up ] || break
	done
	is "$(told p3 cause) $(told p3 signal)" "limit-walltime 9" "walltime holds without cgroups"
	ok "for everything" all_gone p3
else
	skip "an ordinary user can make cgroups here" 7
fi

# --- stopping ----------------------------------------------------------------------

up='echo $$ >up; while :; do sleep 0.1; done'
job st '' sh -c "$daemon; $up"
shim st && running st
touch st/stop
ok "a file named stop ends a job" ended st
is "$(told st cause) $(told st signal)" "stopped 15" "by SIGTERM"
like "$(told st text)" 'by request' "and it is told why"
ok "with all it started" all_gone st

job term 'grace 0.3\n' sh -c "trap : TERM; $up"
shim term && running term
kill -TERM "$(shim_pid term)"
ok "SIGTERM to the shim does, too" ended term
is "$(told term cause) $(told term signal)" "stopped 9" "and SIGKILL after the grace"
like "$(told term text)" 'by SIGTERM' "and it is told why"

job early '' touch ran
touch early/stop
shim early && ended early
is "$(told early cause)" "stopped" "stopped before it was started"
ok "it does not run at all" test ! -e early/work/ran

# --- somebody is killed ----------------------------------------------------------------

job ag '' sh -c "$up"
background bash -c "spool-shim ag '$RUNNERS/process'; exec sleep 1000"
running ag
{ kill -KILL -- "-$PID"; wait "$PID"; } 2>/dev/null
ok "the agent's group is killed, the shim is not" kill -0 "$(shim_pid ag)"
ok "nor the task" kill -0 "$(cat ag/work/up)"
exits 75 "a live shim is not reaped" spool-shim --reap ag
like "$(output)" 'shim is alive' "and it is told why"
touch ag/stop
ok "it can be stopped by the next agent" ended ag

job fg '' sh -c "$up"
background spool-shim --foreground fg "$RUNNERS/process"
running fg
touch fg/stop
ok "--foreground waits for the end" wait_until 60 gone "$PID"
ok "and has told it" test -e fg/exit

# Twice: in a plain cgroup, and in those of a job with limits.
for dead in dead deadlim; do
	limits=
	[ "$dead" = deadlim ] && limits='memory 100000000\ncores 2\npids 100\n'
	job "$dead" "$limits" sh -c "$daemon; $up"
	shim "$dead" && running "$dead" && wait_until 10 test -s "$dead"/work/daemon
	kill_shim "$dead"
	ok "the shim is killed: its task dies with it" wait_until 60 gone "$(cat "$dead"/work/up)"
	ok "but not what double-forked" kill -0 "$(cat "$dead"/work/daemon)"
	ok "there is no end yet" test ! -e "$dead"/exit
	exits 79 "it is not started again" shim "$dead"
	ok "reaping settles it" spool-shim --reap "$dead"
	ok "what was left is killed" all_gone "$dead"
	is "$(told "$dead" cause) $(told "$dead" text)" "site supervisor died" "the site is to blame"
	ok "its cgroups are removed" no_cgroups "$dead"
	before=$(cat "$dead"/exit)
	ok "reaping again does no harm" spool-shim --reap "$dead"
	is "$(cat "$dead"/exit)" "$before" "and changes nothing"
done
ok "reaping what has ended neither" spool-shim --reap a
is "$(told a exit)" "3" "its end stands"
job never '' true
exits 66 "what was never started is not reaped" spool-shim --reap never
ok "and is left as it was" test ! -e never/exit

# The other way to find what is left: by the environment, without cgroups.
job dead2 '' sh -c "$daemon; $up"
own dead2
plainly plain/spool-shim dead2 plain/process && running dead2 &&
	wait_until 10 test -s dead2/work/daemon
kill_shim dead2
ok "reaped as an ordinary user" plainly plain/spool-shim --reap dead2
ok "everything is found" all_gone dead2

# Killed at each step that changes the disk or starts something: whatever is
# found then is either never started, or gets an end; and it runs at most once.
if command -v strace >/dev/null && strace -qq -o /dev/null true 2>/dev/null; then
	n=0 bad=
	for call in fsync:1 fsync:2 fsync:3 fsync:4 renameat2:1 renameat2:2 mkdir:1 mkdir:2 \
			openat:12 clone3:1 clone:1 rmdir:1 pipe2:1 flock:1; do
		n=$((n + 1)) dir=cut$n
		job "$dir" 'memory 100000000\n' sh -c 'echo x >>ran'
		# In a shell of its own, which would tell that it was killed.
		(strace -qq -o /dev/null -e inject="${call%:*}:signal=KILL:when=${call#*:}" \
			spool-shim --foreground "$dir" "$RUNNERS/process"; true) 2>/dev/null
		spool-shim --reap "$dir" 2>/dev/null
		got=$?
		[ "$got" = 66 ] && { shim "$dir" && ended "$dir" || bad="$bad $call:restart"; }
		[ -s "$dir/exit" ] || bad="$bad $call:$got"
		[ "$(grep -sc x "$dir/work/ran")" = 2 ] && bad="$bad $call:twice"
		shim_gone "$dir"
		no_cgroups "$dir" || bad="$bad $call:cgroup"
	done
	is "$bad" "" "killed at $n places: never twice, always an end"
else
	skip "no strace here"
fi

# --- poll mode ------------------------------------------------------------------------

cat >batch.sh <<'END'
#!/bin/sh
# A batch system in one file: the state of the job is a file in JOBDIR.
case $1 in
start)	echo "$$" >>"$2/submitted"; [ ! -e "$2/refuse" ] || { echo "no queue"; exit 1; } ;;
poll)	echo x >>"$2/polled"
	[ ! -e "$2/broken" ] || exit 1
	[ ! -e "$2/down" ] || exit 69
	[ -e "$2/over" ] || exit 75
	cat "$2/over" ;;
stop)	echo "signal 15" >"$2/over" ;;
esac
END
chmod 755 batch.sh
polled() { test "$(wc -l <"$1/polled" 2>/dev/null || echo 0)" -ge "$2"; }	# DIR N

job b1 'grace 0.3\n' true
ok "a job is handed over" spool-shim --poll=0.05 b1 ./batch.sh
ok "and asked about, again and again" wait_until 10 polled b1 3
ok "it is running" test ! -e b1/exit
printf 'exit 6\nuser 1.5\nmaxrss 4096\nstart 2026-11-22T03:00:00Z\nend 2026-11-22T03:00:09Z\ntext on node 7\nnonsense\n' >b1/.o
mv b1/.o b1/over
ok "until it has ended" ended b1
is "$(told b1 exit) $(told b1 cause) $(told b1 user) $(told b1 maxrss)" "6 job 1.500 4096" \
	"what the runner says is told"
is "$(told b1 start) $(told b1 text)" "2026-11-22T03:00:00.000Z on node 7" "all of it"
like "$(cat b1/shim.log)" 'poll printed: nonsense' "nonsense goes to the log"

job b2 'grace 0.3\n' true
spool-shim --poll=0.05 b2 ./batch.sh
wait_until 10 polled b2 1
touch b2/stop
ok "a job elsewhere is stopped" ended b2
is "$(told b2 cause) $(told b2 signal)" "stopped 15" "by its runner"

job b3 '' true
touch b3/refuse
spool-shim --poll=0.05 b3 ./batch.sh && ended b3
is "$(told b3 cause)" "site" "a job that is not taken is the site's failure"
like "$(cat b3/shim.log)" 'no queue' "what was said is in the log"

job b4 '' true
touch b4/down
spool-shim --poll=0.02 b4 ./batch.sh
ok "a batch system may be down for long" wait_until 10 polled b4 15
ok "without an end of the job" test ! -e b4/exit
kill_shim b4
rm b4/down
ok "another shim goes on" spool-shim --poll=0.02 --resume b4 ./batch.sh
exits 75 "not two of them" spool-shim --poll=0.02 --resume b4 ./batch.sh
echo 'exit 0' >b4/.o && mv b4/.o b4/over
ok "to its end" ended b4
is "$(told b4 exit) $(wc -l <b4/submitted)" "0 1" "and it was handed over once"
shim_gone b4
exits 79 "what has ended is not resumed" spool-shim --poll=0.02 --resume b4 ./batch.sh

job b5 '' true
spool-shim --poll=0.02 b5 ./batch.sh && wait_until 10 polled b5 1
kill -TERM "$(shim_pid b5)"
ok "SIGTERM: the shim leaves a job that runs elsewhere" shim_gone b5
ok "without an end" test ! -e b5/exit
ok "reaping takes it back" spool-shim --reap b5 ./batch.sh
is "$(cat b5/over) $(told b5 cause)" "signal 15 site" "from the batch system"

job b6 '' true
touch b6/broken
spool-shim --poll=0.02 b6 ./batch.sh && ended b6
like "$(told b6 cause) $(told b6 text)" '^site the runner cannot tell' \
	"a runner that fails again and again is given up"

# --- the runner -----------------------------------------------------------------------

exits 69 "no such runner" spool-shim never ./nothing
exits 66 "no such job" spool-shim nowhere "$RUNNERS/process"
exits 64 "no runner" spool-shim never
printf '#!/no/such/interpreter\n' >lame && chmod 755 lame
job lame1 '' true
spool-shim lame1 ./lame && ended lame1
is "$(told lame1 cause)" "site" "a runner that cannot run is the site's failure"

printf '#!/bin/sh\necho "site no licence left" >"$2/cause"; exit 9\n' >picky && chmod 755 picky
job picky1 '' true
spool-shim picky1 ./picky && ended picky1
is "$(told picky1 exit) $(told picky1 cause) $(told picky1 text)" "9 site no licence left" \
	"a runner says whose fault it was"

cat >gentle <<'END'
#!/bin/sh
case $1 in
start)	trap '' TERM; echo $$ >up; while [ ! -e "$2/bye" ]; do sleep 0.05; done ;;
stop)	touch "$2/bye" ;;
esac
END
chmod 755 gentle
job gentle1 '' true
spool-shim --verbs=start,stop gentle1 ./gentle && running gentle1
touch gentle1/stop
ok "a runner that knows how to stop is asked to" ended gentle1
is "$(told gentle1 exit) $(told gentle1 cause)" "0 stopped" "and is not killed"

cat >careful <<'END'
#!/bin/sh
echo "$1" >>"$2/calls"
case $1 in
prepare) [ ! -e "$2/slow" ] || { touch up; echo $$ >up; sleep 100; }
	[ ! -e "$2/fail" ] || { echo "job no such image" >"$2/cause"; exit 3; } ;;
start)	echo $$ >up; [ ! -e "$2/long" ] || sleep 100 ;;
esac
END
chmod 755 careful
careful() { spool-shim --verbs=prepare,start,cleanup "$1" ./careful; }	# DIR
calls() { tr '\n' ' ' <"$1/calls"; }	# DIR
job c1 '' true
careful c1 && ended c1
is "$(calls c1)$(told c1 exit)" "prepare start cleanup 0" "a runner prepares and cleans up"
job c2 '' true
touch c2/fail
careful c2 && ended c2
is "$(calls c2)$(told c2 exit) $(told c2 cause) $(told c2 text)" \
	"prepare cleanup 3 job no such image" "or says why it cannot"
job c3 '' true
touch c3/slow
careful c3 && running c3
touch c3/stop
ended c3
is "$(calls c3)$(told c3 cause)" "prepare cleanup stopped" "stopped while it prepares"
ok "which is killed" gone "$(cat c3/work/up)"
job c4 '' true
touch c4/long
careful c4 && running c4
kill_shim c4
spool-shim --reap c4 ./careful
is "$(calls c4)$(told c4 cause)" "prepare start cleanup site" "reaping cleans up, too"

# --- runners ---------------------------------------------------------------------------

like "$("$RUNNERS/process" probe)" $'^type: process\nverbs: \\[start\\]\n' "process tells what it can do"
like "$("$RUNNERS/python-program" probe)" 'type: python-program.*versions: \["3\.' \
	"python-program too"
is "$(env -i PATH=/nowhere /bin/sh "$RUNNERS/python-program" probe)" "" "or nothing without Python"

py() {	# DIR		run what is in its spec
	mkdir -p "$1/work"
	spool-shim "$1" "$RUNNERS/python-program" && ended "$1"
}
mkdir -p py1/spec py2/spec py3/spec py4/spec py5/spec py2/work code py3/work/inputs
ln -s ../../../code py3/work/inputs/code
printf 'import sys\nprint(ascii(sys.argv[1:]))\nsys.exit(3)\n' | tee py1/spec/program \
	>py2/work/main.py
cp py2/work/main.py code/
printf "a b\0it's\0\0new\nline\n\0\303\251\$x\`y\`\1\0-n\0" >py1/spec/args
py py1
is "$(told py1 exit) $(cat py1/stdout)" \
	"3 ['a b', \"it's\", '', 'new\\nline\\n', '\\xe9\$x\`y\`\\x01', '-n']" \
	"a program with any arguments"
printf main.py >py2/spec/file
py py2
is "$(told py2 exit) $(cat py2/stdout)" "3 []" "a file"
printf 'code/main.py' >py3/spec/file
py py3
is "$(told py3 exit)" "3" "a file in an input"
printf 'this' >py4/spec/module
py py4
like "$(cat py4/stdout)" 'Zen of Python' "a module"
printf 'no-such-python' >py5/spec/python
cp py1/spec/program py5/spec/
py py5
is "$(told py5 cause) $(told py5 text)" "site there is no no-such-python here" "no such interpreter"

# --- a full disk ------------------------------------------------------------------------

mkdir full
if [ "$(id -u)" = 0 ] && mount -t tmpfs -o size=1m,nr_inodes=50 none full; then
	unmount_later full
	# No file can be made any more, but there is still room in the log.
	job full/j '' sh -c ': >../shim.log; i=0; while (: >f$i) 2>/dev/null; do i=$((i + 1)); done; exit 3'
	shim full/j
	ok "the disk is full" wait_until 10 grep -q 'exit.*No space left' full/j/shim.log
	ok "the end cannot be told yet" test ! -e full/j/exit
	rm full/j/work/f*
	ok "it is as soon as there is room" ended full/j
	is "$(told full/j exit) $(told full/j cause)" "3 job" "and it is the right one"
	shim_gone full/j
else
	skip "nothing can be mounted here" 4
fi

# --- small ---------------------------------------------------------------------------------

job small '' sh -c "$up"
shim small && running small
case $BUILD in
*san*) skip "the sanitizers need memory of their own" ;;
*) ok "a shim takes less than 2 MB" \
	test "$(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\).*/\1/p' "/proc/$(shim_pid small)/status")" -lt 2048 ;;
esac
touch small/stop
ended small

for dir in */started; do
	shim_gone "${dir%/*}"
	no_cgroups "${dir%/*}" || note "a cgroup of ${dir%/*} is left"
done
ok "no cgroup of any job is left" sh -c '! cat */started | sed -n "s/^cgroup //p" | xargs ls -d 2>/dev/null | grep .'

done_testing
