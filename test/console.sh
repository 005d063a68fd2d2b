# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# console.sh - run what a guide shows, and hold what it prints against it.
#
#	console "$ROOT/docs/conversation.md"
#
# Blocks between ```console and ``` are typed one after the other, in one shell:
#
#	$ cp job.yaml m/inbox/
#	$ cat m/jobs/$ID/status
#	phase: running
#	...
#
# A command begins with "$ ", "> " goes on with it; what follows is what it has
# to print.  "..." stands for anything on its line, on a line of its own for
# any lines.  A command that only looks is repeated, up to a minute, until
# it shows what it should: the reader, too, would look again.  Other blocks
# whose first line is "# FILE:" and a name are written to that file first.

_looks() {	# COMMAND
	case ${1%% *} in ls|cat|grep|head|tail|stat|find) ;; *) return 1 ;; esac
	case $1 in *'>'*) return 1 ;; esac
}

_as_shown() {	# WANTED GOT
	WANTED=$1 GOT=$2 perl -e '
		my $re = "";
		for (split /\n/, $ENV{WANTED}) {
			if ($_ eq "...") { $re .= "(?:.*\n)*"; next }
			$re .= join(".*", map quotemeta, split /\.\.\./, $_, -1) . "\\s*\n";
		}
		my $got = $ENV{GOT};
		$got .= "\n" if length $got && $got !~ /\n\z/;
		exit($got =~ /\A$re\z/ ? 0 : 1)'
}

# Only what sets a variable is done in this shell: all else may hang.
_run() {	# COMMAND
	if [[ $1 =~ ^[A-Z]+= ]]; then
		set -a
		eval "$1"
		set +a
	else
		timeout 100 bash -c "$1"
	fi
}

_type() {	# LINE COMMAND WANTED
	local line=$1 command=$2 wanted=$3 end=$((SECONDS + 60))
	while :; do
		_run "$command" >"$TMP/.console" 2>&1 </dev/null || :
		if _as_shown "$wanted" "$(cat "$TMP/.console")"; then
			_result 0 "line $line: ${command%%$'\n'*}"
			return
		fi
		if ! _looks "$command" || [ "$SECONDS" -ge $end ]; then break; fi
		sleep 0.1
	done
	_result 1 "line $line: ${command%%$'\n'*}"
	note "it printed:" "$(cat "$TMP/.console")"
	note "the guide says:" "$wanted"
}

console() {	# GUIDE
	local n=0 at=0 block='' file='' command='' wanted='' text
	while IFS= read -r text; do
		n=$((n + 1))
		case $block:$text in
		:'```console') block=console command='' wanted='' ;;
		:'```'*) block=other file='' ;;
		console:'```')
			[ -z "$command" ] || _type $at "$command" "$wanted"
			block='' ;;
		other:'```') block='' ;;
		console:'$ '*)
			[ -z "$command" ] || _type $at "$command" "$wanted"
			command=${text#'$ '} wanted='' at=$n ;;
		console:'> '*) command+=$'\n'${text#> } ;;
		console:*) wanted+=$text$'\n' ;;
		other:'# FILE: '*) file=${text#'# FILE: '}; : >"$file" ;;
		other:*) [ -z "$file" ] || printf '%s\n' "$text" >>"$file" ;;
		esac
	done <"$1"
}
