#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: transfers among each other: who is first, what is let past, one for
# all that wait; a store behind ssh; and a cache whose disk is full.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"
. "$ROOT/test/stores.sh"

web_server
bad_link "$WEB_PORT"
random() { head -c "$2" /dev/urandom >"$1"; }
request 'task: {type: process, spec: {command: "sha256sum <$SPOOL_INPUT_IN_1"}}
resources: {storage: [{name: in-1, type: dataset, dataset: x}]}'
assign() {	# NAME FILE SIZE URL [N]	N jobs that want it
	local i
	for ((i = 0; i < ${5-1}; i++)); do
		ID=$(uuid)
		echo "input in-1 $1 $3 $(sha "$2") 0 $4"
		echo "assign $ID 1 request.yaml"
	done >say
	hub <say
}

# --- who is first -------------------------------------------------------------------

site north "cores: 1
transfers: 1
patience: 100s
stores: [{name: link, url: 'http://127.0.0.1:$LINK/'}, {name: web, url: '$WEB/'}]"
for f in a b c; do random "www/$f" 50000; done
link rate 50000
U=http://127.0.0.1:$LINK
# Noted together, so that none has waited longer.
{
	echo "input in-1 a 50000 $(sha www/a) 0 $U/a"
	echo "assign $(uuid) 1 request.yaml"
	for i in 1 2 3 4 5; do
		echo "input in-1 b 50000 $(sha www/b) 0 $U/b"
		echo "assign $(uuid) 1 request.yaml"
	done
	echo "input in-1 c 50000 $(sha www/c) 0 $U/c"
	echo "assign $(uuid) 1 request.yaml"
} >say
hub <say
got() { sed -n 's/.*"GET \/\([a-z]*\) .*/\1/p' nginx/access; }
all() { agent run; [ "$(got | sort -u | wc -l)" = 3 ]; }
ok "three datasets by one way" wait_until 60 all
is "$(got | head -n 1)" b "the one that most wait for comes first"
is "$(got | grep -c b)" 1 "and once for all of them"
link pass
done_all() { agent run; [ "$(find north.state/ended -mindepth 1 -maxdepth 1 | wc -l)" = 7 ]; }
ok "all have run" wait_until 60 done_all

# What these transfers were like tells which store is near.
random www/d 3000000
assign d www/d 3000000 "$WEB/d"
ok "one by a better way" wait_until 60 pass_has "report: $ID, attempt: 1, phase: completed"
rate() { agent probe 2>/dev/null | sed -n "s/^- {name: $1, .* bandwidth: \([0-9]*\)\([kKMG]*\)i\{0,1\}B\{0,1\},.* samples: [0-9]*, measured: 20.*/\1\2/p" |
	sed 's/[kK]$/000/; s/M$/000000/; s/G$/000000000/'; }
slow=$(rate link) fast=$(rate web)
like "$slow" '^[0-9]+$' "the site tells the rate of the slow one, and when it was measured: $slow"
ok "and of the fast one, more than twice that: $fast" test "$fast" -gt "$((2 * slow))"

# --- small ones past large ones ---------------------------------------------------------

site south "cores: 1
transfers: 2
patience: 100s
stores: [{name: link, url: 'http://127.0.0.1:$LINK/'}, {name: web, url: '$WEB/'}]"
truncate -s 300M www/large1
random www/small 3000
link rate 20000
L1=$(sha www/large1)
{
	echo "input in-1 large1 $((300 << 20)) $L1 0 $U/large1"
	echo "assign $(uuid) 1 request.yaml"
	echo "input in-1 large2 $((300 << 20)) ${L1/?/0} 0 $U/large1?2"
	echo "assign $(uuid) 1 request.yaml"
} >larges
hub <larges
coming() { agent run; [ -n "$(find south.state/cache -name '.*.progress')" ]; }
ok "two large ones, and places for two" wait_until 30 coming
assign small www/small 3000 "$WEB/small"
ok "a small one gets past them" wait_until 30 pass_has "report: $ID, attempt: 1, phase: completed"
is "$(find south.state/cache -name '.*.part' | wc -l)" 1 "for one large one has to wait"
sed -n 's/^assign \([^ ]*\) .*/cancel \1 1 enough/p' larges >stop
hub <stop
agent run
link pass

# --- a full disk ---------------------------------------------------------------------------

if [ "$(id -u)" = 0 ] && mkdir tiny && mount -t tmpfs -o size=1m tmpfs tiny 2>/dev/null; then
	unmount_later tiny
	site west "cores: 1
cache: {path: $TMP/tiny/cache}
stores: [{name: web, url: '$WEB/'}]"
	random www/first 300000
	random www/second 300000
	random www/much 5000000
	assign first www/first 300000 "$WEB/first"
	ok "a cache on a small disk" wait_until 30 pass_has "report: $ID, attempt: 1, phase: completed"
	head -c 600000 /dev/zero >tiny/others 2>/dev/null
	assign second www/second 300000 "$WEB/second"
	ok "others fill it: the least recently used goes" wait_until 30 pass_has "report: $ID, attempt: 1, phase: completed"
	assign much www/much 5000000 "$WEB/much"
	ok "what does not fit waits, and says why" wait_until 30 pass_has \
		"report: $ID, attempt: 1, phase: preparing.*no room in the cache"
	ok "with nothing torn" test -z "$(find tiny/cache -name '.*.part' -o -name "$(sha www/much)")"
	hub cancel "$ID" 1 enough </dev/null
	# Nobody knew how large it is: the disk says so, on the way.
	request 'task: {type: process, spec: {command: "true"}}
resources: {storage: [{name: in-1, type: dataset, url: "http://x/k"}]}'
	ID=$(uuid)
	hub input in-1 k - - 0 "$WEB/much" <<<"assign $ID 1 request.yaml"
	ok "nor what fills it on the way" wait_until 30 pass_has \
		"report: $ID, attempt: 1, phase: preparing.*No space left"
	mount -o remount,size=20m tiny
	ok "and it comes when there is room" wait_until 60 pass_has "report: $ID, attempt: 1, phase: completed"
else
	skip "no disk of our own here" 6
fi

# --- ssh -------------------------------------------------------------------------------------

ssh_server() {
	local port
	port=$(free_port)
	mkdir -p /run/sshd 2>/dev/null
	ssh-keygen -q -t ed25519 -N '' -f host_key && ssh-keygen -q -t ed25519 -N '' -f key || return 1
	cp key.pub authorized_keys
	printf '%s\n' "Port $port" 'ListenAddress 127.0.0.1' "HostKey $TMP/host_key" \
		"AuthorizedKeysFile $TMP/authorized_keys" 'StrictModes no' 'UsePAM no' \
		'PasswordAuthentication no' 'PidFile none' >sshd_config
	background "$(command -v sshd)" -D -e -f "$TMP/sshd_config"
	wait_until 20 tcp "$port" || bail "no sshd: $(cat "$LOG")"
	SSH=ssh://$(id -un)@127.0.0.1:$port$TMP/far
}
ssh_server || bail "no ssh"
mkdir -p far
site east "cores: 1
ssh: ssh -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$TMP/known -i $TMP/key
stores: [{name: far, url: '$SSH/'}]"
random far/over 70000
request "task: {type: process, spec: {command: 'cp \$SPOOL_INPUT_IN_1 \$SPOOL_VOLUME_OUT/back'}}
resources: {storage: [{name: in-1, type: dataset, dataset: x}, {name: out, type: persistent, to: '$SSH/out/'}]}"
assign over far/over 70000 "$SSH/over"
ok "a store behind ssh" wait_until 60 pass_has "report: $ID, attempt: 1, phase: completed.*stored: "
ok "to and fro" cmp far/over far/out/back
like "$(up)$(agent probe 2>/dev/null)" "name: far, url: .*samples: .*measured: " "is measured by that"
for SITE in north south west east; do
	ok "nobody stays behind at $SITE" wait_until 30 nobody
done
done_testing
