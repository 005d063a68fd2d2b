#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# spoold: the end of a job that has ended is told again, by a site that does not
# know that it arrived; one whose power was cut may know less than we do.
# ends() is called by ok.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

hub
site north
drop one
ok "a job is given to a site" spoold --once s
ID=$(job_id one)
ends() {	# PHASE NAME=TEXT...	what the site tells, with these files
	local files='' n=0 file
	for file in "${@:2}"; do
		files+=${files:+, }$(printf '%s' "${file#*=}" | payload north "$ID.1.$n" "${file%%=*}")
		n=$((n + 1))
	done
	say north "$(report "$ID" 1 "$1" ", exit: 0, files: [$files]")"
	spoold --once s
}
has() { cd "s/results/$ID" && find . -type f | sort | xargs tail -n +1; }

ok "it ends" ends completed stdout=right out/more=deep
all=$(has)
like "$all" '==> ./out/more <==.deep.*==> ./stdout <==.right' "with its results"
ok "it ends again" ends completed stdout=right out/more=deep
is "$(has)" "$all" "with the same"
rm -r "s/results/$ID/out"
echo torn >"s/results/$ID/stdout"
ok "it ends again" ends completed stdout=right out/more=deep
is "$(has)" "$all" "which a power cut took here"
ok "it ends again" ends completed stdout=right
is "$(has)" "$all" "or there"
ok "it ends again" ends failed stdout=
is "$(has)" "$all" "with all that was left of it"
is "$(phase "$ID")" completed "it ended once"
rm -r "s/results/$ID"
ok "it ends again" ends completed stdout=right out/more=deep
is "$(has)" "$all" "all of it lost here"
ok "it ends again" ends completed stdout/x=file
is "$(has)" "$all" "what cannot be put there"
is "$(ls -A s/results)" "$ID" "leaves nothing behind"
ok "the site may forget it" told north "settle: $ID, attempt: 1"
done_testing
