#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: outputs that go to a store, and not home: with a core free
# meanwhile, again after trouble, and home when no store takes them.
#
# Functions are called by wait_until, jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/agent.sh"
. "$ROOT/test/stores.sh"

s3_server results
rsync_server
bad_link "$S3_PORT"
site north "cores: 1
patience: 2s
stores:
- {name: disk, url: 'file://$TMP/out/'}
- {name: shut, url: 'file://$TMP/shut/', read-only: yes}
- {name: objects, url: 's3://results/', endpoint: '$S3', credentials: s3.key}
- {name: far, url: 's3://far/', endpoint: 'http://127.0.0.1:$LINK/', credentials: s3.key}
- {name: mirror, url: '$RSYNC/', credentials: rsync.key}
- {name: there, url: 'ssh://there$TMP/'}
ssh: $TMP/no-ssh"

assign() {	# URL [COMMAND]	in $ID
	request "task: {type: process, spec: {command: '${2-}mkdir \$SPOOL_VOLUME_OUT/sub && echo one >\"\$SPOOL_VOLUME_OUT/sub/o ne\" && echo two >\$SPOOL_VOLUME_OUT/two && echo home >\$SPOOL_RESULTS/home'}}
resources: {storage: [{name: out, type: persistent, to: '$1'}]}"
	ID=$(uuid)
	hub assign "$ID" 1 request.yaml </dev/null
}
job() { assign "$@"; agent run; }
sends() {	# URL
	wait_until 30 pass_has "report: $ID, attempt: 1, phase: completed.*stored: \[\{name: out, to: \"?$1\"?, files: 2, size: 8, digest: $(tree_sha want)\}\].*path: home"
}
mkdir -p want/sub
echo one >"want/sub/o ne"
echo two >want/two

job "file://$TMP/out/a/"
ok "into a directory" sends "file://$TMP/out/a/"
ok "all of it" diff -r want out/a
unlike "$(up)" 'path: (out|two)' "and not home as well"
job s3://results/b/
ok "into S3" sends s3://results/b/
is "$(s3_get results/b/sub/o%20ne)" one "it is there"
is "$(s3_get results/b/two)" two "also the other file"
job "$RSYNC/c/"
ok "to an rsync daemon" sends "$RSYNC/c/"
ok "all of it" diff -r want mod/c

if strace -o /dev/null true 2>/dev/null; then
	background strace -f -qq -o /dev/null -P work/outputs -e inject=faccessat2:error=EIO spool-agent -c north.yaml watch
	assign "file://$TMP/out/k/"
	is_told() { up_has "report: $ID, attempt: 1, phase: releasing.*text: \"?cannot look for work/outputs: Input/output error"; }
	ok "outputs that cannot be looked for" wait_until 60 is_told
	ok "it stops" stop "$(sed -n 's/.*watching, pid //p' north.state/log | tail -n 1)"
	ok "are sent when they can" sends "file://$TMP/out/k/"
	ok "all of them" diff -r want out/k
else
	skip "processes cannot be traced here" 4
fi

# Another rsync: its arguments are those that sshd would start it with.
printf '#!/bin/sh\necho "$*" >>%s/asked\nshift\neval "exec $*"\n' "$TMP" >no-ssh
chmod 755 no-ssh
job "ssh://there$TMP/by-ssh/"
ok "over ssh" sends "ssh://there$TMP/by-ssh/"
ok "all of it" diff -r want by-ssh
is "$(grep -c -e --fsync asked)" 2 "flushed there"
printf '\trefuse options = fsync\n' >>rsyncd.conf
job "$RSYNC/old/"
ok "to one that does not know how to flush" sends "$RSYNC/old/"
ok "all of it" diff -r want mod/old

job "file://$TMP/shut/d/"
fails="report: $ID, attempt: 1, phase: failed.*cause: site.*the output out came home instead: the store shut is only read from here.*path: out/two"
ok "what no store takes" wait_until 30 pass_has "$fails"
job s3://elsewhere/d/
ok "or is nowhere" wait_until 30 pass_has "report: $ID, attempt: 1, phase: failed.*came home instead: .*none of the stores"
job "file://$TMP/out/e/" 'exit 3; '
ok "what failed" wait_until 30 pass_has "report: $ID, attempt: 1, phase: failed.*exit: 3.*its outputs were not sent"
ok "is not sent" test ! -e out/e

link hang
job s3://far/f/
ok "a store that hangs" wait_until 30 pass_has "report: $ID, attempt: 1, phase: releasing"
F=$ID
job "file://$TMP/out/g/"
ok "holds no core" sends "file://$TMP/out/g/"
ID=$F
ok "what is wrong is told" wait_until 30 pass_has "report: $F, attempt: 1, phase: releasing.*text: \"s3://far/f/sub/o%20ne: "
link pass
s3 -X PUT "$S3/far" -H 'x-amz-content-sha256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'
ok "and later it is sent" sends s3://far/f/
is "$(s3_get far/f/two)" two "whole"

# --- in parts --------------------------------------------------------------------------

# Who tends a job goes on with the configuration that it began with.
ok "nobody stays behind" wait_until 60 nobody
sed -i 's/^patience: .*/patience: 100s/; /name: far,/s/credentials/part: 1MiB, credentials/' north.yaml
large() {	# URL	20 MiB and a bit; in $ID
	request "task: {type: process, spec: {command: 'cp $TMP/large \$SPOOL_VOLUME_OUT/large'}}
resources: {storage: [{name: out, type: persistent, to: '$1'}]}"
	ID=$(uuid) DIR=north.state/running/$ID.1
	hub assign "$ID" 1 request.yaml </dev/null
	: >s3.port.log
	agent run
}
head -c $((20 * 1024 * 1024 + 77)) /dev/urandom >large
# Some parts have been sent, and no more are in two seconds.
hangs() {
	local sent
	agent run
	sent=$(grep -c '^' "$DIR/upload")
	[ "$sent" -ge 3 ] && sleep 2 && [ "$sent" = "$(grep -c '^' "$DIR/upload")" ]
}
sender() { find /proc/[0-9]*/fd -lname "*/$ID.1/gather.lock" 2>/dev/null | cut -d/ -f3 | head -n 1; }
link few 4
large s3://far/h/
ok "a large file goes in parts" wait_until 60 hangs
kill -KILL "$(sender)"
link pass
sent() { agent run && up_has "report: $ID, attempt: 1, phase: completed.*stored: .*size: $(stat -c %s large), digest: $(sha large)"; }
ok "and after a kill, with those that are missing" wait_until 60 sent
is "$(grep -c 'PUT /far/h/large?partNumber=1&' s3.port.log)" 1 "none that is there is sent again"
is "$(grep -c 'POST /far/h/large?uploads=' s3.port.log)" 1 "nor begun again"
is "$(s3_get far/h/large | sha256sum | cut -c1-64)" "$(sha large)" "it is whole"
link few 4
large s3://far/i/
ok "one that hangs" wait_until 60 hangs
hub cancel "$ID" 1 enough </dev/null
agent run
link pass
ok "and is cancelled" wait_until 60 pass_has "report: $ID, attempt: 1, phase: cancelled.*enough; its outputs were not sent"
like "$(cat s3.port.log)" 'DELETE /far/i/large.uploadId=' "takes back what was sent"
no_parts() { [ -z "$(find s3 -path '*uploads*' -type f)" ]; }
ok "all of it, as soon as the store has done so" wait_until 30 no_parts
ok "and is not there" test -z "$(s3_get far/i/large)"
ok "nobody stays behind" wait_until 20 nobody
done_testing
