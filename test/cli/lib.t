#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# The checks of lib.sh can fail, and what a test leaves behind is cleaned up.
. "$(dirname "$0")/../lib.sh"

# Run standard input as a test of its own; its output in $out, its status in $status.
run_test() {
	{ printf '. %q\n' "$ROOT/test/lib.sh"; cat; } >inner.t
	status=0
	out=$(bash inner.t 2>&1) || status=$?
}

run_test <<'T'
ok "true is true" true
exits 3 "an exit status" sh -c 'exit 3'
is a a "the same"
like "abc" '^a.c$' "a regular expression"
unlike "abc" 'd' "no d"
skip "no such device" 2
note "two
lines"
done_testing
T
is "$status" 0 "a test that passes exits 0"
is "$out" 'ok 1 - true is true
ok 2 - an exit status
ok 3 - the same
ok 4 - a regular expression
ok 5 - no d
ok 6 # SKIP no such device
ok 7 # SKIP no such device
# two
# lines
1..7' "and says so"

run_test <<'T'
ok "false is true" sh -c 'echo heard; false'
exits 3 "an exit status" true
is a b "the #same"
like "abc" '^b' "starts with b"
unlike "abc" 'b' "no b"
done_testing
T
is "$status" 1 "a test that fails exits 1"
for n in 1 2 3 4 5; do
	like "$out" "not ok $n - [^
]*
# at inner.t:$((n + 1))" "check $n fails and says where"
done
like "$out" "# heard" "what the command said is shown"
like "$out" "# got:  a
# want: b" "what was got and wanted is shown"
like "$out" "5 of 5 failed" "the sum is told"

run_test <<'T'
bail "no disk"
T
is "$status" 1 "bail exits 1"
is "$out" "not ok 1 - cannot go on: no disk
# at inner.t:2" "and is a failure"

run_test <<'T'
skip_all "no FUSE"
T
is "$status:$out" "0:1..0 # SKIP no FUSE" "skip_all says why and exits 0"

run_test <<T
KILL_AFTER=1
background sh -c 'sleep 1000 & echo \$! >"$TMP/child"; wait'
echo \$PID >'$TMP/pid'
sh -c 'trap "" TERM; echo \$\$ >"$TMP/deaf"; exec sleep 1000' >/dev/null 2>&1 &
kill_later \$!
setsid sh -c 'echo \$\$ >"$TMP/daemon"; exec sleep 1000' >/dev/null 2>&1 &
wait_until 10 test -s '$TMP/deaf' -a -s '$TMP/daemon' -a -s '$TMP/child'
echo "\$TMP" >'$TMP/where'
touch there
exit 5
T
is "$status" 5 "the exit status survives the cleanup"
ok "what was started has ended" wait_until 60 gone "$(cat pid)"
ok "with its children" wait_until 60 gone "$(cat child)"
ok "even what ignores TERM" wait_until 60 gone "$(cat deaf)"
ok "and what nobody told of" wait_until 60 gone "$(cat daemon)"
like "$out" "left behind, and killed: $(cat daemon) sleep 1000" "which is told"
ok "the test's directory is gone" test ! -e "$(cat where)"

if mkdir mnt && mount -t tmpfs -o size=64k none mnt 2>/dev/null && umount mnt; then
	run_test <<-T
		mount -t tmpfs -o size=64k none '$TMP/mnt'
		unmount_later '$TMP/mnt'
		touch '$TMP/mnt/file'
		exit 0
	T
	ok "what was mounted is unmounted" sh -c '! mountpoint -q mnt'
else
	skip "nothing can be mounted here"
fi

started=$EPOCHREALTIME
exits 1 "waiting ends at its deadline" eval 'WAIT_LEAST=0 wait_until 1 false'
took=$(((${EPOCHREALTIME/[.,]/} - ${started/[.,]/}) / 1000))
ok "after a second ($took ms)" test "$took" -ge 1000
(sleep 0.2; touch appeared) &
ok "waiting ends when it is true" wait_until 10 test -e appeared

done_testing
