#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spool-agent: GPUs are given out as cores are, now and in the schedule.
#
# Functions are called by wait_until; jobs' shells expand what stands in quotes.
# shellcheck disable=SC2016,SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../agent.sh
. "$ROOT/test/agent.sh"

request "task: {type: process, spec: {command: 'until [ -e $TMP/end-\$SPOOL_JOB_ID ]; do sleep 0.1; done'}}"
runs() { [ -d "$SITE.state/running/$1.1" ]; }
which() {	# NAMES...	those that run
	local name out=
	for name; do
		runs "${!name}" && out="$out$name "
	done
	echo "$out"
}
give() {	# NAME [WALLTIME]	with lines on standard input before it
	local id
	id=$(uuid)
	printf -v "$1" %s "$id"
	{ cat; echo "assign $id 1 request.yaml 1 0 ${2-}"; } >>.say
}
send() { hub <.say && rm -f .say && agent run; }
ends() { touch "end-$1"; wait_until 30 has_ended "$1.1" && agent run; }

site north 'cores: 16
gpus: [{type: A100, count: 2}, {type: K80, count: 1}]
pull: {load: inf}'
ok "a pass" agent run
give A <<<'gpus 2 A100'
give B <<<'gpus 1'
give C <<<'gpus 1 A100'
give D <<<'gpus 1'
give E </dev/null
give F <<<'gpus 1 H100'
give G <<<'gpus 4'
give H <<<$'gpus 1 K80\ngpus 1 K80'
ok "jobs with GPUs" send
is "$(which A B C D E)" "A B E " "start as long as there are any, of their type and of all"
like "$(up)" "report: $F, attempt: 1, phase: failed.*needs GPUs that this site does not have" "a type that there is not"
like "$(up)" "report: $G.*needs GPUs" "more than there are"
like "$(up)" "report: $H.*needs GPUs" "and more of a type, in two places"
ok "one ends" ends "$B"
is "$(which A C D E)" "A D E " "and makes room for one that takes any"
ok "another ends" ends "$A"
is "$(which C D E)" "C D E " "and for one of its type"
for job in "$C" "$D" "$E"; do
	ok "the end" ends "$job"
done

# --- what starts later --------------------------------------------------------------------

give S PT1H <<<$'start 3600\ngpus 2 A100'
give T PT2H <<<'gpus 1 A100'
give U PT2H <<<'gpus 1'
give V PT2H <<<'gpus 1'
give W PT30M <<<'gpus 1 A100'
give X PT2H </dev/null
ok "an agreed start to come, and others" send
is "$(which S T U V W X)" "U W X " "nobody is started who would have its GPUs then"
for job in "$U" "$W" "$X"; do
	ok "the end" ends "$job"
done
is "$(which T V)" "V " "one after the other"
ok "the end" ends "$V"

done_testing
