#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent over the network: rsync over ssh with a key that rrsync restricts,
# and an rsync daemon with a password.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"
# shellcheck source=../ports.sh
. "$ROOT/test/ports.sh"

for tool in rsync rrsync sshd ssh-keygen; do
	command -v "$tool" >/dev/null || skip_all "there is no $tool here"
done

sha() { sha256sum "$1" | cut -c1-64; }

# The connection is made while what is to be said is being flushed.
killed_while_connected() {	# SITE
	strace -qq -o /dev/null true 2>/dev/null || { skip "a kill during the flush: no strace"; return; }
	{ strace -qq -o /dev/null -e inject=syncfs:signal=KILL:when=1 spool-agent -c "$1.yaml" run; } 2>/dev/null
	ok "killed during the flush: its rsync ends" wait_until 20 no_rsync "$1"
	is "$(up_numbers)" 1 "nothing was sent and nothing taken away"
}
no_rsync() { ! grep -lzqx "$TMP/$1.state/up" /proc/[0-9]*/cmdline 2>/dev/null; }

# The same for both ways: site NAME has its mailboxes in NAME.state, the hub in
# hub/sites/NAME.
exercise() {	# SITE
	local A B word data there=hub/sites/$1/up

	ok "$1: the first pass" agent run
	like "$(up)" "site: $1" "the site document is at the hub"
	ok "it is one file" test "$(find "$there" -name '*.yaml' | wc -l)" = 1
	ok "a second pass" agent run
	is "$(up_numbers)" 1 "sends nothing"

	head -c 50000 /dev/urandom >data
	word=$(sha data)
	data=hub/sites/$1/down/data
	mkdir -p "$data/tree/sub"
	cp data "$data/$word"
	request 'task: {type: process, spec: {command: "sha256sum <$SPOOL_INPUT_IN; cp $SPOOL_INPUT_IN $SPOOL_RESULTS/copy; chmod u+w $SPOOL_RESULTS/copy"}}
resources: {storage: [{name: in, type: dataset, dataset: random}]}'
	A=$(uuid)
	hub input in random 50kB "$word" <<<"assign $A 1 request.yaml"
	killed_while_connected "$1"
	ok "an assignment with data" agent run
	ok "is carried out" wait_until 20 has_ended "$A.1"
	ok "not all of data/ came along" test ! -e "$1.state/down/data"
	ok "a pass" agent run
	like "$(up)" "report: $A, attempt: 1, phase: completed" "the end is at the hub"
	like "$(up)" "text: \"?$word" "it read the right data"
	is "$(sha "$there/files/$A.1.0")" "$word" "the payload is at the hub"
	hub settle "$A" 1
	ok "settled" agent run
	ok "the payload has gone, there" test -z "$(ls "$there/files")"
	is "$(ls "$1.state/up/files")" "" "and here"
	B=$(newest down)
	hub </dev/null
	rm "hub/sites/$1/down/$B"
	ok "a message that the hub took away" agent run
	ok "goes here as well" test ! -e "$1.state/down/$B"
	like "$(agent status)" "synced: 20" "the last sync is known"
}

# --- ssh ------------------------------------------------------------------------

port=$(free_port)
mkdir -p /run/sshd 2>/dev/null
ssh-keygen -q -t ed25519 -N '' -f host_key
ssh-keygen -q -t ed25519 -N '' -f key
mkdir -p "hub/sites/east"
spoold --init hub >/dev/null
printf 'command="%s %s",restrict %s\n' "$(command -v rrsync)" "$TMP/hub/sites/east" \
	"$(cat key.pub)" >authorized_keys
chmod 600 authorized_keys
cat >sshd_config <<EOF
Port $port
ListenAddress 127.0.0.1
HostKey $TMP/host_key
AuthorizedKeysFile $TMP/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
PidFile none
EOF
background "$(command -v sshd)" -D -e -f "$TMP/sshd_config"
wait_until 10 tcp "$port" || bail "sshd does not come up: $(cat "$LOG")"
sshd=$PID

site east "cores: 2
ssh: ssh -p $port -i '$TMP/key' -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$TMP/known -o LogLevel=ERROR"
sed -i "s|^hub:.*|hub: $(id -un)@127.0.0.1|" east.yaml
rmdir hub/sites/east/down hub/sites/east/up
ok "a hub that has no mailboxes for the site yet" agent run
like "$(up)" "site: east" "hears of it all the same"
rm -r hub/sites/east/up east.state
mkdir hub/sites/east/down hub/sites/east/up
exercise east

stop "$sshd"
request 'task: {type: process, spec: {command: "echo offline"}}'
exits 75 "a hub that cannot be reached" agent run
like "$(output)" 'cannot sync: .*onnection refused' "is said"
like "$(agent status)" 'error: .*onnection refused' "also by status"

# --- an rsync daemon --------------------------------------------------------------------

port=$(free_port)
mkdir -p hub/sites/west/down hub/sites/west/up
echo "west:secret" >secrets
echo secret >password
chmod 600 secrets password
cat >rsyncd.conf <<EOF
port = $port
address = 127.0.0.1
use chroot = no
log file = $TMP/rsyncd.log
$([ "$(id -u)" = 0 ] && printf 'uid = root\ngid = root\n')
[west]
path = $TMP/hub/sites/west
read only = no
auth users = west
secrets file = $TMP/secrets
EOF
background rsync --daemon --no-detach --config=rsyncd.conf
wait_until 10 tcp "$port" || bail "rsync does not come up: $(cat "$LOG")"
site west "cores: 2
password-file: password"
sed -i "s|^hub:.*|hub: rsync://west@127.0.0.1:$port/west|" west.yaml
exercise west

echo wrong >password
exits 75 "a wrong password" agent run
like "$(output)" 'cannot sync: .*auth failed' "is said"
echo secret >password

# --- killed in the middle -----------------------------------------------------------------

request "task: {type: process, spec: {command: \"echo x >>$TMP/ran; head -c 3000000 /dev/zero\"}}"
A=$(uuid)
hub assign "$A" 1 request.yaml
for ms in 10 20 40 60 80 120 160 200 300; do
	timeout -s KILL "0.$(printf %03d "$ms")" spool-agent -c west.yaml run
done >/dev/null 2>&1
# What was killed may hold its lock until the disk lets go of it, and then a
# pass does nothing.
ended_by_now() { agent run; has_ended "$A.1"; }
ok "after nine kills it ends" wait_until 30 ended_by_now
ok "a pass" agent run
is "$(cat ran)" x "it has run once"
ok "its payload is at the hub" cmp "hub/sites/west/up/files/$A.1.0" <(head -c 3000000 /dev/zero)

# --- watch ------------------------------------------------------------------------------------

sed -i '$a interval: PT0.2S' west.yaml
background spool-agent -c west.yaml watch
watch=$PID
B=$(uuid)
hub assign "$B" 1 request.yaml
west_has() { cat hub/sites/west/up/*.yaml | grep -q "$1"; }
ok "watch syncs by the clock" wait_until 20 west_has "report: $B, attempt: 1, phase: completed"
hub settle "$B" 1
ok "and settles" wait_until 20 test ! -e "west.state/ended/$B.1"
ok "stops" stop "$watch"
done_testing
