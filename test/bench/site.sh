# shellcheck shell=bash disable=SC2034	# PIDS is of lib.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# What a site costs, and how quickly jobs start and end at one.

NORTH=''	# its configuration

site() {	# SPOOL|URL [MORE]
	local dir
	dir=$(place north)
	NORTH=$dir/north.yaml
	printf 'site: north\nhub: %s\nstate: %s\n%s\n' "$1" "$dir/state" "${2-}" >"$NORTH"
}
# From where it can be found again: see end_attempts.
agent() (cd "${NORTH%/*}" && exec spool-agent -c "$NORTH" "$@")

watch_site() {	# SPOOL [MORE]
	site "$@"
	spool-agent -c "$NORTH" watch >/dev/null 2>"$W/agent.log" &
	PIDS[$!]=agent
	wait_until 30 test -e "$1/run/sites/north.yaml" || fail "spool-agent: $(tail -n 3 "$W/agent.log")"
}

# --- done -------------------------------------------------------------------------

DONE_N=${BENCH_DONE_N:-$((N / 5))}

bench_done() {
	local s d t spawn
	begin
	s=$(new_spool 0)
	d=$(drops "$DONE_N")
	serve "$s"
	watch_site "$s" "cores: $(($(nproc) * 2))"$'\n''pull: {load: inf}'
	settle
	t=$("$B/take" "$d" "$s" "done") || fail "not all are done"
	spawn=$("$B/spawn" $((DONE_N / 10)) /bin/true)
	say drop_to_done "$(calc "$DONE_N / $t" %.0f)" jobs/s "$DONE_N jobs, one site in watch" \
		"posix_spawn and wait alone $(calc "$DONE_N / 10 / $spawn" %.0f) /s"
	clean
}

# --- started ------------------------------------------------------------------------

bench_started() {
	local s median p99
	begin
	s=$(new_spool 0)
	serve "$s"
	watch_site "$s"
	settle
	read -r median p99 <<<"$("$B/latency" "$s" "$B/started" "$(least $((N / 500)) 20)")"
	[ -n "$median" ] || fail "latency"
	say drop_to_started "$median" s "rename(2) to the job's first instruction, one at a time" \
		"$(goal "$median < 0.010")"
	say drop_to_started_p99 "$p99" s
	clean
}

# --- idle -----------------------------------------------------------------------------

# A daemon for the spool's site, for its waiting jobs to read, and a place to write.
rsync_daemon() {	# SPOOL		sets $port
	port=$(free_port)
	mkdir -p "$W/answers" "$1/sites/north/up" "$1/sites/north/down"
	cat >"$W/rsyncd.conf" <<-CONF
	port = $port
	address = 127.0.0.1
	use chroot = no
	log file = $W/rsyncd.log
	$([ "$(id -u)" = 0 ] && printf 'uid = root\ngid = root\n')
	[north]
	path = $1/sites/north
	read only = no
	[waiting]
	path = $1/jobs/waiting
	[answers]
	path = $W/answers
	read only = no
	CONF
	rsync --daemon --no-detach --config="$W/rsyncd.conf" &
	PIDS[$!]=rsync
	wait_until 10 tcp "$port" || fail "the rsync daemon does not come up"
}

# An sshd for this user, with a key that rrsync restricts to the site's mailboxes.
ssh_hub() {		# SPOOL		sets $port, $ssh
	local sshd
	sshd=$(command -v sshd) || return 1
	port=$(free_port)
	mkdir -p /run/sshd 2>/dev/null
	ssh-keygen -q -t ed25519 -N '' -f "$W/host_key"
	ssh-keygen -q -t ed25519 -N '' -f "$W/key"
	mkdir -p "$1/sites/north/up" "$1/sites/north/down"
	printf 'command="%s %s",restrict %s\n' "$(command -v rrsync)" "$1/sites/north" \
		"$(cat "$W/key.pub")" >"$W/authorized_keys"
	cat >"$W/sshd_config" <<-CONF
	Port $port
	ListenAddress 127.0.0.1
	HostKey $W/host_key
	AuthorizedKeysFile $W/authorized_keys
	StrictModes no
	UsePAM no
	PasswordAuthentication no
	PidFile none
	CONF
	"$sshd" -D -e -f "$W/sshd_config" 2>"$W/sshd.log" &
	PIDS[$!]=sshd
	ssh="ssh -p $port -i $W/key -o BatchMode=yes -o StrictHostKeyChecking=no -o UserKnownHostsFile=$W/known -o LogLevel=ERROR"
	wait_until 10 tcp "$port"
}

# The rsync commands of one pass, to be run again by themselves.
record_rsync() {	# FILE
	mkdir -p "$W/wrap"
	cat >"$W/wrap/rsync" <<-SH
	#!/bin/bash
	printf 'rsync %s\n' "\${*@Q}" >>$1
	exec $(command -v rsync) "\$@"
	SH
	chmod +x "$W/wrap/rsync"
	rm -f "$1"
	PATH=$W/wrap:$PATH agent run || fail "a pass over rsync"
	hash -r
}

# Seconds of CPU of the recorded commands.
recorded_cpu() {	# FILE
	local line cpu sum=0
	while read -r line; do
		eval "set -- $line"
		read -r _ cpu _ <<<"$("$B/cost" $((TURNS * 3)) "$@")"
		sum="$sum + $cpu"
	done <"$1"
	calc "$sum" %.6f
}

# The site tells the hub, and the hub looks; the site hears of it.
pass() { agent run && spoold --once "$s" 2>/dev/null; }
there_and_back() { pass && agent run; }

# A pass with nothing to do, beside the rsync processes that it starts.
idle_pass() {		# sets $ratio, $cpu, $alone: the median turn
	local i wall rss
	there_and_back || fail "a pass over rsync"
	record_rsync "$W/passes"
	for ((i = 0; i < TURNS; i++)); do
		read -r wall cpu rss <<<"$("$B/cost" $((TURNS * 3)) spool-agent -c "$NORTH" run)"
		alone=$(recorded_cpu "$W/passes")
		echo "$(calc "$cpu / ($alone)") $cpu $alone"
	done | sort -g >"$W/ratios"
	read -r ratio cpu alone <<<"$(sed -n "$(((TURNS + 1) / 2))p" "$W/ratios")"
}

bench_idle() {
	local s wall cpu rss alone ratio port ssh nothing
	begin
	s=$(new_spool 0)
	site "$s"
	there_and_back || fail "a pass"
	read -r wall cpu rss <<<"$("$B/cost" 50 spool-agent -c "$NORTH" run)"
	say agent_idle_cpu "$cpu" s "one pass of run, a path; $wall s on the clock" "$(goal "$cpu <= 0.005")"
	say agent_idle_rss "$rss" bytes "the largest of its processes" "$(goal "$rss <= 8388608")"
	s=$(new_spool 0)
	if ssh_hub "$s"; then
		site "$(id -un)@127.0.0.1" "ssh: $ssh"
		idle_pass
		say agent_idle_rsync "$ratio" ratio "CPU of a pass over ssh $cpu s, of its rsync and ssh processes $alone s" \
			"$(goal "$ratio <= 1.1")"
	else
		note "no sshd here: agent_idle_rsync is not measured"
	fi
	s=$(new_spool 0)
	rsync_daemon "$s"
	site "rsync://127.0.0.1:$port/north"
	idle_pass
	read -r wall nothing rss <<<"$("$B/cost" 20 /bin/true)"
	say agent_idle_rsync_daemon "$ratio" ratio \
		"to an rsync daemon $cpu s, of its rsync processes $alone s; starting /bin/true costs $nothing s"
	clean
}

# --- changed ------------------------------------------------------------------------------

bench_changed() {
	local s d i port live turn took ratio flushed
	live=$(least $((N / 10)) $((TURNS * 100 + 100)))
	begin
	s=$(new_spool 0)
	"$B/finished" "$s" $((N * 10)) || fail "no finished jobs"
	rsync_daemon "$s"
	site "rsync://127.0.0.1:$port/north" $'cores: 1\npull: {load: inf}'
	pass || fail "a first pass"
	d=$(drops "$live")
	sed -i 's|/bin/true|/bin/sleep, "100000"|' "$d"/*
	mv "$d" "$W/live" && find "$W/live" -type f -exec mv -t "$s/inbox" {} +
	spoold --once "$s" 2>/dev/null
	pass || fail "a pass"
	pass || fail "a second pass"
	agent run || fail "a pass"
	for ((turn = 0; turn < TURNS; turn++)); do
		find "$s/jobs/waiting" -name '*.yaml' -printf '%f\n' | sort | tail -n 100 >"$W/list"
		[ "$(wc -l <"$W/list")" = 100 ] || fail "not enough live jobs"
		plain_rsync "$W/list" --fsync
		flushed=$plain
		plain_rsync "$W/list"
		while read -r i; do
			echo "{command: cancel, job: ${i%.yaml}}" >"$s/inbox/cancel-$i"
		done <"$W/list"
		spoold --once "$s" 2>/dev/null
		i=$EPOCHREALTIME
		agent run || fail "a pass"
		took=$(calc "$EPOCHREALTIME - $i")
		spoold --once "$s" 2>/dev/null
		agent run
		while read -r i; do
			[ ! -e "$s/jobs/waiting/$i" ] || fail "the pass did not bring $i"
		done <"$W/list"
		echo "$(calc "$took / $plain") $took $plain" >>"$W/ratios"
		echo "$(calc "$took / $flushed") $flushed" >>"$W/flushed"
	done
	read -r ratio took plain <<<"$(sort -g "$W/ratios" | sed -n "$(((TURNS + 1) / 2))p")"
	say sync_changed_ratio "$ratio" ratio "a pass for 100 of $live live jobs beside $((N * 10)) finished $took s" \
		"rsync of just those files, and of their answers, $plain s" "$(goal "$ratio <= 1.5")"
	read -r ratio flushed <<<"$(sort -g "$W/flushed" | sed -n "$(((TURNS + 1) / 2))p")"
	say sync_changed_flushed "$ratio" ratio "the same beside rsync --fsync, which flushes each file, $flushed s"
	end_attempts
	clean
}

# What somebody would do by hand who knew what has changed.
plain_rsync() {		# LIST [OPTION]		sets $plain, seconds
	local start
	mkdir -p "$W/fetched"
	rm -f "$W/fetched"/* "$W/answers"/*
	start=$EPOCHREALTIME
	rsync -rt ${2+"$2"} --files-from="$1" "rsync://127.0.0.1:$port/waiting/" "$W/fetched/" || fail "rsync"
	rsync -rt ${2+"$2"} --files-from="$1" "$W/fetched/" "rsync://127.0.0.1:$port/answers/" || fail "rsync"
	plain=$(calc "$EPOCHREALTIME - $start")
}

# The one job that runs sleeps for long, and somebody stays to start the next.
end_attempts() {
	local pid
	find "${NORTH%/*}/state/waiting" -type f -delete
	for pid in $(find /proc -maxdepth 2 -name cwd -lname "$W/*" 2>/dev/null | cut -d/ -f3); do
		kill -KILL "$pid"
	done 2>/dev/null
}
