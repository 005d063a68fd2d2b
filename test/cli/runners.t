#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Runners of the larger kinds, with the real thing behind them.
#
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../podman.sh
. "$ROOT/test/podman.sh"

RUNNERS=$BUILD/runners
chmod 755 "$TMP"

job() {		# DIR	a job directory as the agent makes it
	mkdir -p "$1/spec" "$1/work/results" "$1/work/inputs" "$1/work/tmp"
	printf 'SPOOL_JOB_ID=%s\0SPOOL_ATTEMPT=1\0SPOOL_WORK=%s\0TMPDIR=%s\0' "$1" "$TMP/$1/work" \
		"$TMP/$1/work/tmp" >"$1/env"
	[ -z "${CONTAINERS_CONF-}" ] || printf 'CONTAINERS_CONF=%s\0CONTAINERS_STORAGE_CONF=%s\0' \
		"$CONTAINERS_CONF" "$CONTAINERS_STORAGE_CONF" >>"$1/env"
	printf 'walltime 120\n' >"$1/limits"
}
list() { printf '%s\0' "$@"; }
verbs() { "$RUNNERS/$1" probe | sed -n 's/^verbs: \[\(.*\)\]/\1/p' | tr -d ' '; }
run() {		# DIR RUNNER
	spool-shim --verbs="$(verbs "$2")" "$1" "$RUNNERS/$2" && wait_until 120 test -e "$1/exit"
}
told() { sed -n "s/^$2 //p" "$1/exit"; }	# DIR WORD

# --- notebooks ----------------------------------------------------------------------------

notebook() {	# CODE	of its only cell
	printf '{"cells": [{"cell_type": "code", "execution_count": null, "metadata": {}, "outputs": [], "source": ["%s"]}],
 "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}},
 "nbformat": 4, "nbformat_minor": 4}\n' "$1"
}
mkdir home
export HOME=$TMP/home
at_home() { find "$HOME" -maxdepth 1 \( -name '.ipython' -o -name '.jupyter' -o -name '.local' \) | sort; }
before=$(at_home)
newton='x = 2.0\n' newton+='for i in range(6): x = (x + 2 / x) / 2\n' newton+='print(\"%.12f\" % x)'

if [ -n "$("$RUNNERS/jupyter-notebook" probe)" ]; then
	like "$("$RUNNERS/jupyter-notebook" probe)" 'type: jupyter-notebook' "notebooks can be executed here"
	job n1
	notebook "$newton" >n1/work/inputs/sqrt.ipynb
	printf sqrt.ipynb >n1/spec/notebook
	ok "a notebook among the inputs" run n1 jupyter-notebook
	is "$(told n1 exit)" 0 "is executed"
	like "$(cat n1/work/results/sqrt.ipynb)" '1\.414213562373' "and brings home what came of it"
	job n2
	notebook 'raise SystemError(\"no root\")' >n2/spec/notebook
	ok "a notebook in the request" run n2 jupyter-notebook
	is "$(told n2 exit) $(told n2 cause)" "1 job" "that fails"
	like "$(cat n2/stderr)" 'SystemError: no root' "says where"
	job n3
	printf 'no.ipynb' >n3/spec/notebook
	run n3 jupyter-notebook
	like "$(told n3 cause) $(told n3 text)" "job there is no notebook no.ipynb" "one that is not there"
	is "$(at_home)" "$before" "nothing is left in the home directory"
else
	skip "no jupyter-nbconvert with a kernel" 8
fi

# --- containers ---------------------------------------------------------------------------

if podman_here; then
	image localhost/sqrt:1 '["/bin/echo", "2"]'
	like "$("$RUNNERS/oci-container" probe)" 'type: oci-container.*"oci:localhost/sqrt:1"' \
		"containers can be run here, and it is told which images are here"
	job c1
	printf localhost/sqrt:1 >c1/spec/image
	list awk 'BEGIN { x = 2; for (i = 0; i < 6; i++) x = (x + 2 / x) / 2; printf "%.12f\n", x }' >c1/spec/command
	ok "a command in an image" run c1 oci-container
	is "$(told c1 exit) $(cat c1/stdout)" "0 1.414213562373" "runs"
	job c2
	printf sqrt:1 >c2/spec/image
	printf localhost >c2/spec/repo
	run c2 oci-container
	is "$(told c2 exit) $(cat c2/stdout)" "0 2" "without one, the image's own does"
	job c3
	printf localhost/sqrt:1 >c3/spec/image
	mkdir c3/spec/env scratch
	printf 'it is "so"' >c3/spec/env/WORDS
	echo stars >c3/work/inputs/survey
	printf 'rw\t/temp dir\t%s\n' "$TMP/scratch" >c3/volumes
	list sh -c 'cat /inputs/survey; echo "$WORDS"; touch "/temp dir/here"; echo done >/results/out; exit 3' \
		>c3/spec/command
	run c3 oci-container
	is "$(told c3 exit) $(tr '\n' ' ' <c3/stdout)" '3 stars it is "so" ' "inputs, environment, exit status"
	is "$(cat c3/work/results/out) $(ls scratch)" "done here" "results and volumes"
	job c4
	printf localhost/sqrt:1 >c4/spec/image
	list sleep 1000 >c4/spec/command
	spool-shim --verbs="$(verbs oci-container)" c4 "$RUNNERS/oci-container"
	ok "a long one" wait_until 60 sh -c 'podman ps -q --filter name=spool-c4-1 | grep -q .'
	kill -KILL "$(sed -n 's/^pid //p' c4/started)"
	ok "whose shim was killed" spool-shim --reap --verbs="$(verbs oci-container)" c4 "$RUNNERS/oci-container"
	is "$(podman ps -aq)" "" "leaves no container"
	job c5
	printf localhost/nothing:1 >c5/spec/image
	run c5 oci-container
	is "$(told c5 cause)" site "an image that cannot be had is the site's affair"
else
	skip "no podman with runc, or it does not work" 10
fi
done_testing
