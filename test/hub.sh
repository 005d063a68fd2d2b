# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# hub.sh - for tests of spoold: a spool, and sites that are written by hand.
#
#	hub 'lease: PT1H'			s/, with this configuration
#	job one.yaml; cp one.yaml s/inbox/	a small valid request
#	site north 'tags: [fast]'		it tells about itself
#	spoold --once s
#	ID=$(job_id one); is "$(phase "$ID")" waiting "..."
#	say north "$(report "$ID" 1 running)"
#	ahead 3600; once		an hour later
#
# What sites say goes through mailbox.c as theirs does; see tools/mail.c.

# Functions are called by wait_until; hub and serve may have arguments or not.
# shellcheck disable=SC2317,SC2119,SC2120

MAIL=$BUILD/tools/mail

# From now on `once` and `serve` live by a clock that is so many seconds ahead of
# ours: what comes with the time need not be waited for, nor come too early.
_ahead=()
ahead() {	# SECONDS
	command -v faketime >/dev/null || bail "faketime is not installed; scripts/install-packages check"
	# A library that comes before the sanitizers'.
	_ahead=(env LD_PRELOAD="$(faketime -f +0 printenv LD_PRELOAD)" FAKETIME="+$1"
		ASAN_OPTIONS="${ASAN_OPTIONS:+$ASAN_OPTIONS:}verify_asan_link_order=0")
}

hub() {		# [CONFIGURATION]	make s/
	spoold --init s || bail "no spool"
	[ -z "${1-}" ] || printf '%s\n' "$1" >s/config.yaml
}

serve() {	# [SPOOLD'S OPTIONS]	in the background; its process in $HUB
	background "${_ahead[@]}" spoold "$@" s
	# For whoever sources this.
	# shellcheck disable=SC2034
	HUB=$PID HUB_LOG=$LOG
	wait_until 10 grep -q serving "$LOG" || bail "spoold does not start: $(cat "$LOG")"
}

# All that there is to do; what it said is in .once.
once() { "${_ahead[@]}" spoold --once s >.once 2>&1 || { note "$(tail -n 20 .once)"; return 1; }; }

job() {		# FILE [LINES]	called FILE without its ending
	local name=${1##*/}
	{
		printf 'name: %s\ntask: {type: process, spec: {command: ["true"]}}\n' "${name%.*}"
		[ -z "${2-}" ] || printf '%s\n' "$2"
	} >"$1"
}

drop() {	# NAME [LINES]	a job, put into inbox/ by rename
	job "s/inbox/.$1.new" "name-of: x" && job ".$1" "${2-}"
	sed "s/^name: .*/name: $1/" ".$1" >"s/inbox/.$1.new" && mv "s/inbox/.$1.new" "s/inbox/$1.yaml"
}

drop_as() {	# USER NAME [LINES]	never there as anybody else's
	job ".$2" "${3-}"
	sed "s/^name: .*/name: $2/" ".$2" >"s/inbox/.$2.new"
	chown "$1" "s/inbox/.$2.new" && mv "s/inbox/.$2.new" "s/inbox/$2.yaml"
}

instruct() {	# TEXT	a command
	printf '%s\n' "$1" >s/inbox/.command && mv s/inbox/.command "s/inbox/command-$((++commands)).yaml"
}
commands=0

files() { find s/jobs -name '*.yaml'; }
file() { find s/jobs -name "$1.yaml"; }			# ID
phase() { basename "$(dirname "$(file "$1")")"; }	# ID
in_phase() { [ "$(phase "$1")" = "$2" ]; }		# ID PHASE
count() { find "s/jobs/$1" -maxdepth 1 -name '*.yaml' | wc -l; }	# PHASE
jobs_are() { [ "$(files | wc -l)" = "$1" ]; }		# NUMBER
job_id() {		# NAME	of the job with this name
	local found
	found=$(grep -rlE -- "^--- \{job: [^{]*, name: \"?$1\"?," s/jobs) || return 1
	found=${found##*/}
	echo "${found%.yaml}"
}
taken() { [ -n "$(job_id "$1")" ]; }			# NAME
reached() { taken "$1" && in_phase "$(job_id "$1")" "$2"; }	# NAME PHASE
last_line() { tail -n 1 "$(file "$1")"; }		# ID
inbox_is_empty() { [ -z "$(ls -A s/inbox)" ]; }
reason() { cat "s/rejected/$1.reason"; }		# NAME
rejected() { [ -e "s/rejected/$1.reason" ]; }		# NAME

# How it was last given to a site, what that says of a key, and to which.
given_line() { grep 'phase: waiting' "$(file "$(job_id "$1")")" | tail -n 1; }	# NAME
given() { given_line "$1" | sed -n "s/.*[{ ]$2: \([^,}]*\).*/\1/p"; }		# NAME KEY
site_of() { given_line "$1" | sed -n 's/^--- {phase: waiting,.* site: \([^,]*\), attempt.*/\1/p'; }	# NAME
# Why jobs of its shape wait.
why_shape() { cat "s/run/why/$(head -n 1 "$(file "$(job_id "$1")")" | sed -n 's/.*shape: \(x[0-9a-f]*\).*/\1/p')"; }	# NAME

slot_file() { grep -rlE -- "^--- \{reservation: [^{]* name: \"?$1\"?," s/reservations; }	# NAME
slot() { basename "$(slot_file "$1")" .yaml; }	# NAME	its id

now() { date -u +%Y-%m-%dT%H:%M:%S.000Z; }
# SECONDS from the start of this test: the same whenever it is asked.
NOW=$(date +%s)
at() { date -u -d "@$((NOW + $1))" +%Y-%m-%dT%H:%M:%SZ; }

newest() {	# DIRECTORY	the number of its newest message
	find "$1" -name '[0-9]*.yaml' -printf '%f\n' | sed 's/^0*\([0-9]*\)\.yaml$/\1/' | sort -n | tail -n 1
}

# The newest message of the hub to a site, and whether there is one with a line.
down() { cat "s/sites/$1/down/"[0-9]*.yaml 2>/dev/null; }
told() { down "$1" | grep -Eq -- "$2"; }
down_last() { newest "s/sites/$1/down"; }
down_box() { down "$1" | sed -n '1s/.*, box: \([^,}]*\).*/\1/p'; }
up_last() { newest "s/sites/$1/up"; }
# What the hub has of a site's messages.
acked() { down "$1" | sed -n 's/^--- {message: .*, ack: \([0-9]*\).*/\1/p' | tail -n 1; }
heard() { [ "$(acked "$1")" -ge "$2" ]; } 2>/dev/null

say() {		# SITE LINES	one message; every line is one of tools/mail.c
	printf '%s\n' "$2" | "$MAIL" "s/sites/$1/up" "$1" hub || bail "$1 cannot say $2"
}

site_doc() {	# NAME [LINES]	lines of a key that stands here already take its place
	local key lines="capacity: {cores: 8, memory: 16GiB, disk: 100GB}
types: [process]
pull: {cores: 8, jobs: 100}
interval: PT1M"
	printf 'site: %s\ntime: %s\n' "$1" "$(now)"
	while IFS= read -r key; do
		lines=$(grep -v "^$key:" <<<"$lines")
	done < <(sed -n 's/^\([a-z]*\):.*/\1/p' <<<"${2-}")
	printf '%s\n%s\n' "$lines" "${2-}"
}

site() {	# NAME [LINES]
	mkdir -p "s/sites/$1/down" "s/sites/$1/up/files"
	site_doc "$@" >".site.$1"
	say "$1" "{site: $1} .site.$1"
}

report() {	# ID ATTEMPT PHASE [MORE]
	printf '{report: %s, attempt: %s, phase: %s, time: %s%s}' "$1" "$2" "$3" "$(now)" "${4-}"
}

# Nobody is touched by what befalls another: a new job comes, goes to south, and ends.
others=0
others_go_on() {
	local id name
	name=other$((++others))
	drop $name 'placement: {sites: [south]}'
	wait_until 30 told south "name: $name," || return 1
	id=$(job_id $name)
	say south "$(report "$id" 1 completed ', exit: 0')"
	wait_until 30 in_phase "$id" completed
}

# For a report: the file and its digest, under files/ of the site.
payload() {	# SITE NAME-IN-files/ PATH <CONTENT
	cat >"s/sites/$1/up/files/$2"
	printf '{path: %s, size: %d, digest: "%s", payload: "%s"}' "$3" \
		"$(stat -c %s "s/sites/$1/up/files/$2")" \
		"$(sha256sum <"s/sites/$1/up/files/$2" | cut -d ' ' -f 1)" "$2"
}

nobody() { setpriv --reuid=65534 --regid=65534 --clear-groups "$@"; }
