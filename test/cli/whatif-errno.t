#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Each cause of a NO has its errno in whatif/ and its sentence: the table in spoolfs(8).
# Functions are called by wait_until, and may do without their arguments.
# shellcheck disable=SC2317,SC2119
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
. "$ROOT/test/view.sh"

# What close(2) says to ANN, and the answer.
n=0
asked() {	# LINES-OF-A-JOB	or a whole document, on standard input, without
	n=$((n + 1))
	if [ $# = 0 ]; then cat >"q$n.yaml"; else job "q$n.yaml" "$1"; fi
	chmod 644 "q$n.yaml"
	ERR=$(as $ANN "$PYTHON" -c '
import errno, os, sys
f = os.open(sys.argv[2], os.O_WRONLY | os.O_CREAT, 0o600)
try:
	text = open(sys.argv[1], "rb").read()
	while text:
		text = text[os.write(f, text):]
	os.close(f)
	print("none")
except OSError as e:
	print(errno.errorcode[e.errno])' "q$n.yaml" "m/whatif/q$n.yaml")
	ANSWER=$(as $ANN cat "m/whatif/q$n.answer" 2>/dev/null)
}
row() {		# ERRNO TEXT DESCRIPTION
	is "$ERR" "$1" "$3: $1"
	like "$ANSWER" "$2" "... and why"
}

hub "users: {$ANN: {budget: 5}}
prices: {core-hour: 100}
sites: {cheap: {prices: {core-hour: 0}}}
policy: {length: PT1H}
reservations: {most: 0}"
view
printf '{sensitivity: clinical, replicas: [{url: "https://www.example.org/x"}], size: 5, digest: %s}\n' \
	"$(printf 'hallo' | sha256sum | cut -d ' ' -f 1)" >s/data/patients.yaml
asked 'priority: 1'
row EAGAIN 'no spoold serves the spool now' "nobody to answer"
serve
asked 'priority: 1'
row ENOSPC $'^NO\n  no site has told about itself yet' "no site"
site cheap
wait_until 10 test -e s/run/sites/cheap.yaml
asked 'priority: 1'
row none '^YES' "what can be had"

asked 'priority: high'
row EINVAL $'^INVALID\n  q[0-9]+.yaml:3:11: ' "what is not valid"
asked < <(head -c 1100000 /dev/zero | tr "\0" " ")
is "$ERR" EFBIG "what is too large"
asked 'placement: {reservation: 0193a2b4-5c6d-7e8f-9012-3456789abcde}'
row EINVAL $'^NO\n  there is no reservation 0193a2b4' "a reservation that has never been"

asked 'placement: {sensitivity: clinical}'
row EACCES $'^NO\n  cheap: it does not claim the clearance clinical$' "clearance"
asked 'auth: {type: token}'
row EACCES $'^NO\n  cheap: the method of authentication is not supported: token$' "authentication"
asked $'placement: {sensitivity: clinical}\nresources: {compute: {min-cores: 1000}}'
row ENOSPC $'^NO\n  cheap: it does not claim the clearance clinical; it has 8 cores' "where permission would not help"

asked 'resources: {compute: {min-cores: 1000}}'
row ENOSPC $'^NO\n  cheap: it has 8 cores, the job needs 1000$' "capacity"
asked 'placement: {tags: {require: [gpu]}}'
row ENOSPC $'^NO\n  cheap: it lacks the tag gpu$' "a tag"
asked <<<'task: {type: quantum}'
row ENOSPC $'^NO\n  cheap: it runs no quantum$' "a type of task"
asked 'resources: {storage: {name: in, type: dataset, dataset: nowhere}}'
row ENOSPC $'^NO\n  cheap: it does not hold the dataset nowhere' "data that nobody has"

asked 'time: {start: 2020-12-01T20:00Z/PT1H}'
row ESTALE $'^NO\n  the time in which it could have started has passed$' "a time that has passed"
asked <<<'reservation: {resources: {compute: {min-cores: 1}}, time: {start: 2036-12-01T20:00Z, duration: PT1H}}'
row EDQUOT $'^NO\n  you would have 1 reservations; at most 0 may be active$' "one reservation too many"
asked <<<'reservation: {resources: {compute: {min-cores: 100}}, time: {start: 2036-12-01T20:00Z, duration: PT1H}}'
row ENOSPC $'^NO\n  cheap: ' "a reservation that is too large"

# --- others' reservations ----------------------------------------------------------------------

stop "$HUB"
sed -i "/^reservations:/d" s/config.yaml
serve
printf 'reservation: {name: mine, resources: {compute: {min-cores: 1}}, time: {start: 2036-12-01T20:00Z, duration: PT1H}}\n' >s/inbox/r.yaml
there() { [ -n "$(slot mine 2>/dev/null)" ]; }
wait_until 20 there
R=$(slot mine)
asked "placement: {reservation: $R}"
row EACCES $'^NO\n  its reservation belongs to somebody else$' "somebody else's reservation"
printf '{command: release, reservation: %s}\n' "$R" >s/inbox/c.yaml
wait_until 20 test -e "s/reservations/released/$R.yaml"
asked "placement: {reservation: $R}"
row ESTALE $'^NO\n  the reservation .* has been released$' "one that is over"

# --- money, and transactions --------------------------------------------------------------------

stop "$HUB"
sed -i '/^sites:/d' s/config.yaml
serve
asked 'time: {max-duration: PT1H}'
row EDQUOT $'^NO\n  cheap: it would cost 100, and .* has 5 left of 5' "a budget"
transaction() { printf 'transaction: {jobs: [{name: a, task: {type: process}, time: {max-duration: 36s}}, {name: b, task: {type: process}, time: {max-duration: 36s}, %s}]}\n' "$1"; }
asked <<<"$(transaction 'priority: 1')"
row none $'^YES\n.*\n  b: YES: at cheap' "a transaction"
asked <<<"$(transaction 'placement: {sensitivity: clinical}')"
row EACCES $'\n  a: YES: cheap[^\n]*\n  b: NO: cheap: it does not claim' "permission for one of its jobs"
asked <<<"$(transaction 'placement: {tags: {require: [gpu]}}')"
row ENOSPC $'\n  b: NO: cheap: it lacks the tag gpu$' "capacity for one"
asked <<<"$(transaction 'time: {max-duration: PT1H}' | sed 's/36s/PT1H/g; s/, time: {max-duration: PT1H}}\]/}]/')"
row EDQUOT $'^NO\n  it would cost 200, and ' "money for both"
asked <<<"$(transaction 'priority: 1' | sed 's/max-duration: 36s/start: 2020-12-01T20:00Z\/PT1H/g')"
row ESTALE $'^NO\n  the time in which it could have started has passed$' "time for both"
stop "$HUB"
done_testing
