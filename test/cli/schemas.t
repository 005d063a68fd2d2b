#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The schemas in formats/ and the parsers beside them say the same.
#
# test/documents/KIND/ holds documents:
#	good/		both take them
#	bad/		both refuse them; NAME.reason is what the parser says
#	parser-only/	only the parser can tell; the first line says why
# The examples of the manual are good, too.
. "$(dirname "$0")/../lib.sh"

cd "$ROOT" || bail "no $ROOT"
parser=$BUILD/tools/check-document
schema=test/tools/check-schema.js
[ -x "$parser" ] || bail "no $parser; make tests builds it"
have_ajv=
[ -d build/npm/node_modules/ajv ] && command -v node >/dev/null && have_ajv=1

# What one of the two says to all files of a kind, as FILE<tab>WORDS.
verdicts() {	# PARSER... KIND FILE...
	"$@" 2>&1 | sed -E 's/^([^:]*\.yaml):[[:space:]]?/\1\t/'
}

declare -A said
remember() {	# reads FILE<tab>WORDS
	local file words
	said=()
	while IFS=$'\t' read -r file words; do
		[ -n "$file" ] || bail "that is no verdict: $words"
		said[$file]=$words
	done
}

parser_says() {	# WANT(good|bad) FILE...
	local want=$1 f
	shift
	remember < <(verdicts "$parser" "$kind" "$@")
	for f; do
		if [ "$want" = good ]; then
			is "${said[$f]-}" ok "the parser takes $f"
		else
			is "${said[$f]-}" "$(cat "${f%.yaml}.reason")" "the parser refuses $f"
		fi
	done
}

schema_says() {	# WANT(good|bad) FILE...
	local want=$1 f
	shift
	if [ -z "$have_ajv" ]; then
		skip "no ajv; scripts/install-ajv brings it" $#
		return
	fi
	remember < <(verdicts node "$schema" "$kind" "$@")
	for f; do
		if [ "$want" = good ]; then
			is "${said[$f]-}" ok "the schema takes $f"
		else
			unlike "${said[$f]-ok}" '^ok$' "the schema refuses $f"
		fi
	done
}

shopt -s nullglob
for kind in request command reservation transaction site config dataset message; do
	dir=test/documents/$kind
	good=("$dir"/good/*.yaml "docs/examples/$kind"/*.yaml)
	# Beside them lie jobs, and what else there is to show.
	[ "$kind" != request ] || mapfile -t -O "${#good[@]}" good < <(grep -l '^task:' docs/examples/*.yaml)
	bad=("$dir"/bad/*.yaml)
	only=("$dir"/parser-only/*.yaml)
	if [ ${#good[@]} = 0 ] || [ ${#bad[@]} = 0 ]; then bail "no documents in $dir"; fi
	parser_says good "${good[@]}"
	schema_says good "${good[@]}"
	parser_says bad "${bad[@]}"
	schema_says bad "${bad[@]}"
	[ ${#only[@]} -gt 0 ] || continue
	parser_says bad "${only[@]}"
	schema_says good "${only[@]}"
done
done_testing
