#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the system does to spoold: directories that go, watches that fail, disks that are full.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

no_trouble() { ! grep -Eq 'cannot|No space|Read-only' "$HUB_LOG"; }
takes() { drop "$1" && wait_until "${2-30}" taken "$1"; }	# NAME [SECONDS]

# --- directories that go ---------------------------------------------------------------

hub
site north
mkdir elsewhere
serve
ok "a drop is taken" takes one
rm -rf s/inbox
mkdir -p s/inbox && chmod 1733 s/inbox
ok "inbox/ was removed and made again" takes two
rm -rf s/inbox
ok "it was removed: it is made again" wait_until 30 test -d s/inbox
is "$(stat -c %a s/inbox)" 1733 "as it was"
ok "and works" takes three
mv s/inbox elsewhere/
mkdir -p s/inbox
ok "it was moved away and another made" takes four
job five.yaml && cp five.yaml elsewhere/inbox/
ok "the new one counts" takes six
ok "and nothing is taken from the old" test -e elsewhere/inbox/five.yaml
rm -rf s/sites/north/up
mkdir -p s/sites/north/up/files
"$MAIL" -n 2 s/sites/north/up north hub <<<"{report: $(job_id one), attempt: 1, phase: running, time: $(now)}"
ok "up/ was removed and made again" wait_until 30 in_phase "$(job_id one)" running
stop "$HUB"

# --- one site's trouble -------------------------------------------------------------------

mkdir -p s/sites/east/down s/sites/west
: >s/sites/west/down
if mount -t tmpfs -o size=32k tmpfs s/sites/east/down 2>/dev/null; then
	unmount_later s/sites/east/down
	serve
	site east
	ok "a site whose mailbox has no room left" eval 'drop e0 "placement: {sites: [east]}" && wait_until 30 taken e0'
	head -c 40000 /dev/zero >s/sites/east/down/ballast 2>/dev/null
	drop e1 'placement: {sites: [east]}'
	ok "it is said" wait_until 30 grep -q 'east: a message to it cannot be written: .*No space left' "$HUB_LOG"
	turns() { drop "n$1" 'placement: {sites: [north]}' && wait_until 30 told north "name: n$1,"; }
	ok "others are told at once" eval 'turns 1 && turns 2 && turns 3'
	like "$(cat "$HUB_LOG")" "west has no mailboxes: " "and so it is of one that can have none"
	is "$(($(grep -c 'east: a message to it' "$HUB_LOG") < 5))" 1 "not all the time"
	rm -f s/sites/east/down/ballast
	ok "when there is room it hears" wait_until 30 told east 'name: e1,'
	stop "$HUB"
	umount s/sites/east/down
else
	skip "no mounts" 6
fi
rm -rf s/sites/west

# What a report left that never became whole.
D=01939a3c-0000-7000-8000-00000000000d
mkdir -p s/results/.$D.1.tmp/out s/results/.$D.2.tmp "s/results/.$(job_id six).1.tmp"
touch -d '2 days ago' s/results/.$D.1.tmp "s/results/.$(job_id six).1.tmp"
ok "a day later" spoold --once s
ok "what never became whole is forgotten" test ! -e s/results/.$D.1.tmp
ok "unless it is new" test -e s/results/.$D.2.tmp
ok "or still expected" test -e "s/results/.$(job_id six).1.tmp"

# --- watches ---------------------------------------------------------------------------------

# The limits of a user namespace are its own.
limited() {	# NAME VALUE	a spoold that may have so many
	background unshare --user --map-root-user sh -c "echo $2 >/proc/sys/user/$1 && exec spoold s"
	HUB=$PID HUB_LOG=$LOG
	wait_until 30 grep -q serving "$LOG"
}
if unshare --user --map-root-user sh -c 'echo 1 >/proc/sys/user/max_inotify_watches' 2>/dev/null; then
	ok "no inotify instance to be had" limited max_inotify_instances 0
	like "$(cat "$HUB_LOG")" "watching is not possible, the spool is looked at by the clock" "it is said"
	ok "drops are taken all the same" takes seven
	rm -rf s/inbox && mkdir -p s/inbox && chmod 1733 s/inbox
	ok "and inbox/ may go" takes eight
	stop "$HUB"
	ok "only two watches to be had" limited max_inotify_watches 2
	like "$(cat "$HUB_LOG")" "sites/north/up is looked at by the clock only" "it is said of which"
	ok "drops are taken" takes nine
	say north "{report: $(job_id two), attempt: 1, phase: running, time: $(now)}"
	ok "and mail" wait_until 30 in_phase "$(job_id two)" running
	stop "$HUB"
else
	skip "no user namespaces" 7
fi

queue=/proc/sys/fs/inotify/max_queued_events
if [ -w $queue ] && read -r events <$queue && echo 8 >$queue 2>/dev/null; then
	serve
	echo "$events" >$queue
	kill -STOP "$HUB"
	for ((i = 1; i <= 500; i++)); do printf 'name: o%d\ntask: {type: process}\n' $i >s/inbox/o$i.yaml; done
	kill -CONT "$HUB"
	ok "500 drops and a queue of 8 events" wait_until 30 inbox_is_empty
	ok "it is known that some were lost" wait_until 30 grep -q '^spool_watch_overflows_total [1-9]' s/run/metrics
	is "$(grep -rhoE 'name: o[0-9]+, drop' s/jobs | sort -u | wc -l)" 500 "and nothing is"
	stop "$HUB"
else
	skip "fs.inotify.max_queued_events cannot be set" 3
fi

# --- disks ------------------------------------------------------------------------------------

rm -rf s
mkdir small
if mount -t tmpfs -o size=512k tmpfs small 2>/dev/null; then
	unmount_later small
	ln -s small/s s
	spoold --init small/s
	: >s/config.yaml
	site north
	serve
	ok "on a small disk" takes first
	n=0
	while printf 'name: full%d\ntask: {type: process}\n# %1000s\n' $n '' >s/inbox/.full 2>/dev/null &&
			mv s/inbox/.full s/inbox/full$n.yaml && [ $n -lt 400 ]; do
		n=$((n + 1))
	done
	rm -f s/inbox/.full
	ok "that is full" wait_until 30 grep -q 'No space left' "$HUB_LOG"
	ok "it goes on trying" kill -0 "$HUB"
	half=$(find s/jobs -size 0 | wc -l)
	is "$half" 0 "and leaves no empty files"
	ok "with more space" mount -o remount,size=8m small
	ok "all is taken" wait_until 20 inbox_is_empty
	is "$(grep -rhoE 'name: full[0-9]+, drop' s/jobs | sort | uniq -d | head)" "" "no drop twice"
	is "$(grep -rhoE 'name: full[0-9]+, drop' s/jobs | sort -u | wc -l)" "$n" "each of $n"
	is "$(find s -name '.*.tmp' ! -path '*/run/*' | wc -l)" 0 "nothing half done is left"

	stop "$HUB"
	mount -o remount,ro small
	exits 66 "on a read-only disk it does not start" spoold --once s
	like "$(output)" "cannot open run/lock: Read-only file system" "and says why"
	job valid.yaml
	ok "--check does" spoold --check valid.yaml s
	umount small
else
	skip "no mounts" 12
fi

# What the disk could not keep nobody may believe: not this process, and not the
# next one that reads what the kernel remembers.
rm -rf s
hub
site north
ended() { ! kill -0 "$1" 2>/dev/null || gone "$1"; }
if strace -o /dev/null true 2>/dev/null; then
	background strace -f -qq -o /dev/null -e inject=syncfs:error=EIO:when=3+ spoold s
	HUB=$PID HUB_LOG=$LOG
	wait_until 30 grep -q serving "$HUB_LOG"
	for name in e1 e2 e3 e4; do drop $name && sleep 0.1; done
	ok "a flush that fails ends it" wait_until 30 ended "$HUB"
	exits 74 "as a failure of the disk" wait "$HUB"
	like "$(cat "$HUB_LOG")" "flushing the spool: cannot flush .*Input/output error" "it says what failed"
	like "$(cat "$HUB_LOG")" "has to be started again" "and what is to be done"
	ok "a drop that is not safe stays" test -n "$(ls s/inbox)"
	exits 74 "so does --once" strace -f -qq -o /dev/null -e inject=syncfs:error=EIO:when=2+ spoold --once s
	exits 74 "and who cannot flush what it finds" strace -f -qq -o /dev/null -e inject=syncfs:error=EIO spoold --once s
	ok "started again" spoold --once s
	is "$(files | wc -l)$(ls s/inbox)" 4 "it takes each drop once"
else
	skip "processes cannot be traced here" 9
fi

# --- an ordinary user ------------------------------------------------------------------------------

if [ "$(id -u)" = 0 ]; then
	rm -rf s && mkdir own && chown 65534 own && chmod a+rx "$TMP" && ln -s own/s s
	ok "anybody can have a spool" nobody spoold --init own/s
	job mine.yaml
	cp mine.yaml s/inbox/theirs.yaml
	touch -d '10 seconds ago' s/inbox/theirs.yaml
	nobody cp mine.yaml s/inbox/own.yaml
	(umask 077 && cp mine.yaml s/inbox/closed.yaml)
	mkdir s/inbox/dir.yaml s/inbox/dir2.yaml && chown 65534 s/inbox/dir2.yaml
	ok "and serve it" nobody timeout 100 spoold --once s
	ok "with drops of their own" taken mine
	is "$(grep -rl 'drop: theirs.yaml' s/jobs | wc -l)" 1 "and of others"
	like "$(head -n 1 "$(grep -rl 'drop: theirs.yaml' s/jobs)")" "owner: 0, user: root" "who stay their owners"
	ok "what cannot be read may become readable" test -e s/inbox/closed.yaml -o -e s/rejected/closed.yaml
	like "$(reason dir2)" "found a directory" "what is refused is moved away"
	nobody_serves() { background setpriv --reuid=65534 --regid=65534 --clear-groups spoold s; HUB=$PID HUB_LOG=$LOG; }
	nobody_serves
	# No lease on a foreign file: it has to be left alone while it changes.
	for k in 1 2 3 4 5 6 7 8; do
		printf '# %d\n' $k
		sleep 0.2
	done >s/inbox/slow.yaml &
	wait $!
	cat mine.yaml >>s/inbox/slow.yaml
	ok "a slow writer whom it may not ask" wait_until 30 grep -rq 'drop: slow.yaml' s/jobs
	is "$(grep -c '^# ' "$(grep -rl 'drop: slow.yaml' s/jobs)")" 8 "is waited for"
	like "$(reason closed)" "closed.yaml: spoold cannot read it: Permission denied" "what stays unreadable is refused"
	ok "a directory that cannot be moved" test -e s/inbox/dir.yaml
	is "$(($(grep -c 'dir.yaml' "$HUB_LOG") < 10))" 1 "is not talked about all the time"
	stop "$HUB"
else
	skip "not root: the other tests are this one" 12
fi

done_testing
