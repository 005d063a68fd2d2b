# shellcheck shell=sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# lib.sh - what the runners in shell share.
#
#	runner=NAME job=${2-}
#	. "${0%/*}/lib.sh"
#
# shellcheck disable=SC2154

fail() {	# CAUSE TEXT	tell the shim whose fault it is, and the user what
	printf '%s %s\n' "$1" "$2" >"$job/cause"
	printf '%s: %s\n' "$runner" "$2" >&2
	exit 1
}

spec() {	# NAME	the text of that field of the spec, "" if it is not there
	[ ! -f "$job/spec/$1" ] || cat "$job/spec/$1"
}

# The items of a list, each ended by a NUL, as words for eval: no shell keeps a
# NUL in a variable, and an item may hold any other byte.
quoted() {	# FILE
	od -An -v -tu1 "$1" | LC_ALL=C awk -v q="'" '
		{
			for (i = 1; i <= NF; i++) {
				if (!inside) { printf " %s", q; inside = 1 }
				if ($i == 0) { printf "%s", q; inside = 0 }
				else if ($i == 39) printf "%s\\%s%s", q, q, q
				else printf "%c", $i + 0
			}
		}
		END { if (inside) printf "%s", q }'
}

# A limit that the shim was given, see spool-shim(8); "" if there is none.
limit() {	# WORD
	sed -n "s/^$1 //p" "$job/limits" 2>/dev/null | head -n 1
}
