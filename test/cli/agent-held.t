#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: what many waiting attempts need is read once, and the list of it
# may be missing, old or damaged.
#
# Functions are called by wait_until.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../agent.sh
. "$ROOT/test/agent.sh"

LIST=north.state/held
opened() {	# how many files of waiting attempts a pass opens; the first one runs
	traced -f -e trace=openat -o .trace spool-agent -c north.yaml run
	grep 'openat.*"0[0-9a-f-]*\.1\.yaml".*= [0-9]' .trace | grep -cv '0001\.1\.yaml'
}

site north 'cores: 1'
request 'task: {type: process, spec: {command: "exec sleep 1000"}}'
for i in $(seq 1 121); do
	printf 'assign 00000000-0000-7000-8000-%012d 1 request.yaml 1 1MiB\n' "$i"
done | hub
ok "a pass that gets 121 attempts" agent run
is "$(find north.state/waiting -type f | wc -l)" 120 "one runs"
like "$(head -n 1 $LIST)" '^boot [0-9a-f-]{36}$' "they are listed"
is "$(grep -c ' 1 [0-9]* 1 1048576 ' $LIST)" 120 "with what they need"
is "$(opened)" 0 "the next pass opens none of them"

sed -i '10,$d' $LIST
is "$(opened)" 112 "of a short list what is missing is read"
is "$(opened)" 0 "and listed again"
sed -i '20s/ .*/ x/' $LIST
is "$(opened)" 102 "a damaged list is read as far as it goes"
sed -i '1s/.*/boot 00000000-0000-0000-0000-000000000000/' $LIST
is "$(opened)" 120 "one of another boot is not believed"
is "$(opened)" 0 "and replaced"

rm north.state/waiting/00000000-0000-7000-8000-000000000050.1.yaml
hub cancel 00000000-0000-7000-8000-000000000050 1 "who knows"
ok "a pass after a file has gone" agent run
like "$(up)" '0050, attempt: 1, phase: cancelled.*does not hold it' "what is listed, but not there, is not held"
hub cancel 00000000-0000-7000-8000-000000000060 1 "never mind"
ok "a pass with a cancel" agent run
like "$(up)" '0060, attempt: 1, phase: cancelled.*never mind' "what is listed can be cancelled"

rm -f north.state/waiting/*
hub cancel 00000000-0000-7000-8000-000000000001 1 "the end"
ok "the end" agent run
ok "nobody is left" wait_until 20 nobody
done_testing
