# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# libsoftware.sh - software that is there and has to be made ready for a task:
# modules (environment-modules or Lmod) and conda environments.  After lib.sh.
#
#	software_probe		lines of a probe: dependencies, resolved
#	software_load		what spec/modules and spec/environment name
#
# Modules are found as `module avail` finds them, so by MODULEPATH; environments
# where CONDA_ENVS_PATH says, and in the list that conda keeps of all that were
# made.  What has no conda-meta/ is none.
#
# shellcheck disable=SC2154

modules_begin() {	# 1: there are none here
	for init in "${MODULESHOME:+$MODULESHOME/init/sh}" /usr/share/modules/init/sh \
		/usr/share/lmod/lmod/init/sh; do
		[ -r "$init" ] || continue
		# shellcheck disable=SC1090
		. "$init" && return
	done
	return 1
}

# NAME/VERSION, and NAME for its default; headings are those of directories.
modules() (
	modules_begin >/dev/null 2>&1 || exit 0
	module -t avail 2>&1 | sed -e '/:$/d' -e 's/([^)]*)$//' -e '/[^A-Za-z0-9._+/-]/d' -e '/^$/d' \
		-e 's/\/$//' -e 'p' -e 's/\/[^/]*$//'
)

environments() {	# their directories
	{
		printf '%s\n' "${CONDA_ENVS_PATH-}" | tr : '\n' | while IFS= read -r dir; do
			[ -z "$dir" ] || printf '%s\n' "$dir"/*
		done
		cat "${HOME-}/.conda/environments.txt" 2>/dev/null
	} | while IFS= read -r dir; do
		[ ! -d "$dir/conda-meta" ] || printf '%s\n' "$dir"
	done
}

quoted_words() {	# PREFIX	of lines, the first thousand
	sed '/["\\]/d' | sort -u | head -n 1000 | sed "s/.*/\"$1&\"/"
}

software_probe() {
	modules=$(modules | quoted_words module:)
	environments=$(environments | sed 's/.*\///' | quoted_words conda:)
	printf 'dependencies: [%s]\n' "$(printf '%s\n' ${modules:+modules} ${environments:+conda} | paste -sd ,)"
	printf 'resolved: [%s]\n' "$(printf '%s\n%s\n' "$modules" "$environments" | sed '/^$/d' | paste -sd ,)"
}

load_modules() {
	modules_begin || fail site "there are no modules here"
	eval "set -- $(quoted "$job/spec/modules")"
	for name; do
		module load "$name" || fail site "cannot load the module $name"
	done
}

# As `conda activate` does it.
load_environment() {
	name=$(spec environment)
	CONDA_PREFIX=$(environments | awk -v name="$name" -F/ '$NF == name { print; exit }')
	[ -n "$CONDA_PREFIX" ] || fail site "there is no environment $name here"
	CONDA_DEFAULT_ENV=$name CONDA_SHLVL=1 PATH=$CONDA_PREFIX/bin:$PATH
	export CONDA_PREFIX CONDA_DEFAULT_ENV CONDA_SHLVL PATH
	for script in "$CONDA_PREFIX"/etc/conda/activate.d/*.sh; do
		# shellcheck disable=SC1090
		[ ! -r "$script" ] || . "$script"
	done
}

software_load() {
	[ ! -d "$job/spec/modules" ] || fail job "expected a list of names in modules"
	[ ! -d "$job/spec/environment" ] || fail job "expected a name in environment"
	[ ! -s "$job/spec/modules" ] || load_modules
	[ ! -s "$job/spec/environment" ] || load_environment
}
