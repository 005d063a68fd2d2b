#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Many drops leave inbox/ while the next are taken.  The hub is made slow at removing.
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

N=200
hub 'policy: {unplaceable: wait, batch: 50}'
for ((i = 1; i <= N; i++)); do
	job "s/inbox/n$i.yaml"
done
background strace -f -qq -o /dev/null -e inject=unlinkat:delay_enter=20000 spoold s
TRACE=$PID
ok "all leave inbox/" wait_until 120 inbox_is_empty
kill -TERM "$(pgrep -P "$TRACE" spoold)"
ok "the hub ends" wait_until 60 gone "$TRACE"
is "$(files | wc -l)" $N "each is a job"
is "$(find s/jobs -name '*.yaml' -exec grep -hoE '^--- \{job: .* name: n[0-9]+,' {} + | sed 's/.* name: //' | sort -u | wc -l)" $N \
	"of its own"
done_testing
