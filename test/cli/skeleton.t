#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What holds for the tree as a whole: what lies where, and what make does.
. "$(dirname "$0")/../lib.sh"

cd "$ROOT" || bail "no source tree"
git rev-parse --is-inside-work-tree >/dev/null 2>&1 && has_git=1 || has_git=

san=
sanitized && san=SANITIZE=1
mk() { make ${san:+"$san"} "$@"; }

# The files that are part of the project, also where it was unpacked without git.
files() {
	if [ "$has_git" ]; then git ls-files; else find . -type f | sed 's|^\./||'; fi |
		grep -vE '^(build|\.git)/'
}

# --- what lies where -----------------------------------------------------------

is "$(files | sed 's|/.*||' | grep -v '^\.' | sort -u | tr '\n' ' ')" \
	"GNUmakefile LICENSE README agent docs formats scripts spoold spoolfs test " \
	"the top level holds this and nothing else"

is "$(files | grep -E '(^|/)[^/]*[[:space:]]')" "" "no file name holds blanks"

without_spdx() {
	files | grep -E -e '\.(c|h|sh|t|py|pm|pl|[1578]|schema\.yaml)$' \
		-e '^(GNUmakefile|scripts/|\.ci/|agent/runners/[^.]*$)' |
	grep -vE '^agent/runners/README$' | while read -r f; do
		[ ! -f "$f" ] || head -n 3 "$f" | grep -q 'SPDX-License-Identifier: GPL-2.0-or-later' ||
			echo "$f"
	done
}
is "$(without_spdx)" "" "every source says its licence"
like "$(head -n 1 LICENSE)" "GPL-2.0-or-later" "and so does LICENSE"

not_executable() {
	files | grep -E '^(scripts/|\.ci/|test/[^/]*/.*\.t$|agent/runners/[^.]*$)' |
	while read -r f; do
		case $(head -c 2 "$f") in '#!') [ -x "$f" ] || echo "$f" ;; esac
	done
}
is "$(not_executable)" "" "every script can be executed"

# spoolfs and the agent know formats/ only: what they need of the hub is a file.
is "$(grep -nE '#include "(\.\./)*spoold/|#include "\.\./' spoolfs/*.[ch] agent/*.[ch] agent/*/*.[ch] \
	spoold/plan/*.[ch] 2>/dev/null)" "" "no directory includes another's headers"

# --- what make does -------------------------------------------------------------

dry=$(mk -nB all tests install DESTDIR=/nowhere 2>&1)
like "$dry" "libformats" "make -n tells what it would do"
unlike "$dry" "apt-get|install-packages|install-ajv|npm |sudo" "make and make install install no packages"

ok "make works" mk all
is "$(mk all 2>&1)" "" "a second make has nothing to do"

without_help() {
	for program in "$BIN"/*; do
		name=${program##*/}
		"$program" --help 2>&1 >/dev/null </dev/null | grep -q . && echo "$name --help: to stderr"
		"$program" --help </dev/null 2>/dev/null | grep -q "^usage: $name" || echo "$name --help"
		[[ $("$program" --version </dev/null 2>/dev/null) = "$name "[0-9]* ]] || echo "$name --version"
	done
}
is "$(without_help)" "" "every program says on stdout how it is called, and which version it is"

exits 1 "missing headers stop the build" env CPPFLAGS=--sysroot=/nowhere scripts/have-headers
like "$(output)" "yaml.h .*fuse3/fuse.h.*scripts/install-packages build" "with the remedy"
exits 1 "a missing compiler stops the build" env CC=no-such-cc scripts/have-headers
like "$(output)" "no-such-cc.*scripts/install-packages build" "with the remedy"

exits 64 "install-packages refuses a set it does not know" scripts/install-packages all
like "$(output)" "usage: install-packages" "and says which it knows"

[ -d "$BIN" ] || bail "no program has been built"
programs=$(cd "$BIN" && echo *)
ok "make install works" mk install DESTDIR="$TMP/root" PREFIX=/opt/spool
is "$(cd "$TMP/root/opt/spool/bin" && echo *)" "$programs" "every program is installed"
is "$(ls "$TMP/root/opt/spool/libexec/spool/runners")" "$(ls "$BUILD/runners" 2>/dev/null)" \
	"and every runner"
is "$(cd "$TMP/root/opt/spool" && find . -path '*/man/*' -type f | wc -l)" \
	"$(find docs -name '*.[1578]' | wc -l)" "and every man page"
ok "make uninstall works" mk uninstall DESTDIR="$TMP/root" PREFIX=/opt/spool
is "$(find "$TMP/root" -type f)" "" "and leaves no file"

# --- programs ------------------------------------------------------------------

for p in $programs; do
	like "$(echo "docs/$p".[178])" '[178]$' "$p has a man page"
done

if [ -n "$san" ]; then
	skip "the sanitizers bring libraries of their own"
elif [ -x "$BIN/spool-shim" ]; then
	is "$(readelf -d "$BIN/spool-shim" | sed -n 's/.*NEEDED.*\[\(.*\)\]/\1/p')" "libc.so.6" \
		"one shim runs beside each job: it needs no library but libc"
else
	skip "there is no spool-shim yet"
fi

done_testing
