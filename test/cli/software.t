#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Modules and environments: a site tells which it has, jobs that name them go there,
# and find them loaded.  And what it takes to get software ready is learned.
#
# shellcheck disable=SC2016,SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"
RUNNERS=$BUILD/runners

[ -r /usr/share/modules/init/sh ] || skip_all "no environment-modules"

agent_of() {	# SITE MODULES ENVIRONMENTS
	printf 'site: %s\nhub: %s/s\nstate: %s/%s.state\ncores: 4\npull: {load: inf}\nenvironment: {HOME: %s, MODULEPATH: "%s", CONDA_ENVS_PATH: "%s"}\n' \
		"$1" "$TMP" "$TMP" "$1" "$TMP" "$TMP/$2" "$TMP/$3" >"$1.yaml"
}
python() {	# NAME SPEC [MORE]
	printf 'name: %s\ntask: {type: python-program, spec: {program: "import os; print(os.environ.get(%s), os.environ.get(%s))", %s}}\n%s\n' \
		"$1" "'TOOL'" "'ASTRO'" "$2" "${3-}" >"$1.new" && mv "$1.new" "s/inbox/$1.yaml"
}
process() {	# NAME SPEC [MORE]
	printf 'name: %s\ntask: {type: process, spec: {%s}}\n%s\n' "$1" "$2" "${3-}" >"$1.new" && mv "$1.new" "s/inbox/$1.yaml"
}
resolved() { sed -n 's/^resolved: //p' "s/run/sites/$1.yaml"; }
output() { cat "s/results/$(job_id "$1")/stdout"; }

mkdir -p mods/tool none envs/astro/conda-meta envs/astro/bin envs/astro/etc/conda/activate.d envs/rubbish
printf '#%%Module1.0\nsetenv TOOL 42\nprepend-path PATH %s/programs\n' "$TMP" >mods/tool/1.0
mkdir programs
printf '#!/bin/sh\necho "$TOOL $ASTRO $# $2"\n' >programs/measure
chmod +x programs/measure
echo 'export ASTRO=stars-$CONDA_DEFAULT_ENV' >envs/astro/etc/conda/activate.d/astro.sh
hub 'policy: {unplaceable: wait}'
agent_of bare none none
agent_of rich mods envs
serve
for s in bare rich; do background spool-agent -c "$s.yaml" watch; done
known() { for s in bare rich; do [ -e "s/run/sites/$s.yaml" ] || return 1; done; }
wait_until 120 known || bail "no sites"

# --- what a site tells --------------------------------------------------------------------
like "$(resolved rich)" 'module:tool"?, "?module:tool/1\.0' "a site tells of its modules, with the version and without"
like "$(resolved rich)" 'conda:astro' "and of its environments"
unlike "$(resolved rich)" 'rubbish' "but of none that is not one"
like "$(cat s/run/sites/rich.yaml)" 'dependencies: \[[^]]*modules, conda|dependencies: \[[^]]*conda, modules' "and how it resolves software"
unlike "$(resolved bare)" 'tool|astro' "one that has none tells of none"

# --- jobs that name it ---------------------------------------------------------------------
python both 'modules: [tool/1.0], environment: astro'
ok "a job that names both" wait_until 120 reached both completed
is "$(site_of both)" rich "goes where they are, and not to the first"
wait_until 60 test -s "s/results/$(job_id both)/stdout"
is "$(output both)" "42 stars-astro" "and finds them loaded"
python one 'modules: tool'
ok "one that names a module without a version" wait_until 120 reached one completed
is "$(site_of one) $(output one)" "rich 42 None" "gets the default"
python missing 'modules: [tool]' 'placement: {sites: [bare]}'
ok "where it is not to be had" wait_until 120 reached missing failed
like "$(cat "$(file "$(job_id missing)")")" 'cause: site.*cannot load the module tool' "the site is at fault, not the job"

# --- any program ---------------------------------------------------------------------------

process listed 'command: [measure, "it is", "so, and\\nso"], modules: [tool/1.0], environment: astro'
process text 'command: "measure | tr 4 5", modules: tool'
process none 'command: [measure], environment: astro' 'placement: {sites: [rich]}'
ok "a program of a module, with an environment" wait_until 120 reached listed completed
is "$(site_of listed) $(output listed)" "rich 42 stars-astro 2 so, and"$'\n'"so" "runs where they are, with its arguments"
ok "a text for the shell" wait_until 120 reached text completed
is "$(site_of text) $(output text)" "rich 52  0 " "too"
ok "without its module" wait_until 120 reached none failed
like "$(cat "$(file "$(job_id none)")")" 'exit: 127, cause: job' "there is no such program"

shim() {	# DIR FIELD TEXT	a job that names this, as the agent makes it; sets TOLD
	mkdir -p "$1/spec" "$1/work/results"
	printf 'MODULEPATH=%s\0PATH=%s\0' "$TMP/none" "$PATH" >"$1/env"
	printf 'measure\0' >"$1/spec/command"
	[ -d "$1/spec/$2" ] || printf %s "$3" >"$1/spec/$2"
	spool-shim --foreground "$1" "$RUNNERS/process"
	TOLD=$(sed -n 's/^cause //p; s/^text //p' "$1/exit" | paste -sd' ')
}
shim j1 modules tool
like "$TOLD" '^site cannot load the module tool' "where the module is not to be had, the site is at fault"
shim j2 environment astro
like "$TOLD" '^site there is no environment astro here' "or the environment"
mkdir -p j3/spec/modules
shim j3 modules ''
like "$TOLD" '^job expected a list of names in modules' "what is no list is the job's fault"
like "$(MODULEPATH=$TMP/mods CONDA_ENVS_PATH=$TMP/envs "$RUNNERS/process" probe)" \
	'resolved: \["module:tool","module:tool/1.0","conda:astro"\]' "a site without python tells of them, too"
done_testing
