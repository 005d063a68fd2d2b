# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# With a real site: from drop to done, to the start of one, a pass with nothing
# to do, a pass over rsync when little has changed.

DONE_N=${BENCH_DONE_N:-2000}

# A site named north of the spool, in the file north.yaml; MORE: further lines.
new_site() {	# HUB [MORE]
	printf 'site: north\nhub: "%s"\nstate: %s/state\ncores: %s\n%s\n' "$1" "$W" "$(nproc)" "${2-}" \
		>"$W/north.yaml"
	rm -rf "$W/state"
}

watch_north() {
	spool-agent -c "$W/north.yaml" watch >/dev/null 2>"$W/agent.log" &
	AGENT=$!
	wait_until 20 test -s "$1/run/sites/north.yaml" || fail "the site was not heard of"
}

# --- from drop to done ----------------------------------------------------------

true_jobs() {	# N	as little as a job can be
	local dir
	dir=$(place drops)
	printf 'name: job-@\ntask: {type: process, spec: {command: [/bin/true]}}\n' |
		"$B/drops" "$dir" "$1" || fail "no drops"
	echo "$dir"
}

bench_done() {
	local s d t spawn
	begin
	s=$(new_spool 0)
	new_site "$s" 'pull: {load: inf}'
	serve "$s"
	watch_north "$s"
	d=$(true_jobs "$DONE_N")
	settle
	spawn=$(calc "$DONE_N / $("$B/spawn" "$DONE_N" /bin/true)" %.0f)
	t=$("$B/take" "$d" "$s" done) || fail "not all ended"
	say drop_to_done "$(calc "$DONE_N / $t" %.0f)" jobs/s "$DONE_N times /bin/true, one site, $(nproc) cores" \
		"posix_spawn and wait alone, one after the other: $spawn jobs/s"
	stop_agent
	stop
	[ "${BENCH_PEERS-}" = no ] || peers
	clean
}

# --- from drop to started ---------------------------------------------------------

bench_started() {
	local s median p99
	begin
	s=$(new_spool 0)
	new_site "$s"
	serve "$s"
	watch_north "$s"
	read -r median p99 < <("$B/latency" "$s" "$B/started" 200 | tr '\n' ' ')
	say drop_to_started "$median" s "200 jobs, one at a time" "$(goal "$median < 0.010")"
	say drop_to_started_p99 "$p99" s
	clean
}

# --- nothing to do -------------------------------------------------------------------

rsync_hub() {	# SPOOL		an rsync daemon on loopback; prints the port
	local port=$((20000 + $$ % 20000))
	printf 'use chroot = no\nuid = %s\ngid = %s\n[north]\npath = %s/sites/north\nread only = no\n' \
		"$(id -u)" "$(id -g)" "$1" >"$W/rsyncd.conf"
	rsync --daemon --no-detach --address=127.0.0.1 --port="$port" --config="$W/rsyncd.conf" \
		>/dev/null 2>&1 &
	RSYNCD=$!
	wait_until 10 rsync "rsync://127.0.0.1:$port/north/" || fail "no rsync daemon"
	PORT=$port
}

bench_idle() {
	local s _ cpu rss rcpu
	begin
	s=$(new_spool 0)
	spoold --add-site north "$s"
	new_site "$s" 'interval: PT1H'
	spool-agent -c "$W/north.yaml" run && spoold --once "$s" 2>/dev/null
	spool-agent -c "$W/north.yaml" run
	read -r _ cpu rss < <("$B/cost" 50 spool-agent -c "$W/north.yaml" run | tr '\n' ' ')
	say agent_idle_cpu "$cpu" s "a path" "$(goal "$cpu <= 0.005")"
	say agent_idle_rss "$(calc "$rss" %.0f)" bytes "$(goal "$rss <= 8000000")"
	rsync_hub "$s"
	new_site "rsync://127.0.0.1:$PORT/north" 'interval: PT1H'
	spool-agent -c "$W/north.yaml" run && spool-agent -c "$W/north.yaml" run
	read -r _ cpu _ < <("$B/cost" 20 spool-agent -c "$W/north.yaml" run | tr '\n' ' ')
	read -r _ rcpu _ < <("$B/cost" 20 rsync -rt --delete --exclude=/data/ --exclude='.*' \
		"rsync://127.0.0.1:$PORT/north/down/" "$W/state/down/" | tr '\n' ' ')
	say agent_idle_cpu_rsync "$cpu" s "one rsync alone: $rcpu s" "ratio $(calc "$cpu / $rcpu")"
	kill "$RSYNCD"
	wait "$RSYNCD" 2>/dev/null
	clean
}

# --- little has changed --------------------------------------------------------------------

# What a pass costs beside rsync alone, fetching and pushing the same files.
one_change() {	# SPOOL		sets $pass and $alone, seconds
	local _
	mv "$(true_jobs 100)"/* "$1/inbox/"
	spoold --once "$1" 2>/dev/null
	rm -rf "$W/alone"
	mkdir "$W/alone"
	cp "$W/north.yaml" "$W/push/one.yaml"
	touch "$W/push/one.yaml"
	read -r alone _ < <("$B/cost" 1 sh -c "rsync -rt 'rsync://127.0.0.1:$PORT/north/down/' '$W/alone/' &&
		rsync -rt '$W/push/' 'rsync://127.0.0.1:$PORT/push/'" | tr '\n' ' ')
	read -r pass _ < <("$B/cost" 1 spool-agent -c "$W/north.yaml" run | tr '\n' ' ')
}

bench_changed() {
	local s i finished=$((N * 10)) pass alone passes='' alones=''
	begin
	s=$(new_spool 0)
	spoold --add-site north "$s"
	"$B/finished" "$s" "$finished" || fail "no finished jobs"
	mkdir "$W/push" "$W/pushed"
	rsync_hub "$s"
	printf '[push]\npath = %s/pushed\nread only = no\n' "$W" >>"$W/rsyncd.conf"
	new_site "rsync://127.0.0.1:$PORT/north" 'pull: {load: inf}'
	spool-agent -c "$W/north.yaml" run
	spoold --once "$s" 2>/dev/null
	for i in 1 2 3 4 5; do
		one_change "$s"
		passes+="$pass"$'\n' alones+="$alone"$'\n'
	done
	pass=$(printf %s "$passes" | median)
	alone=$(printf %s "$alones" | median)
	say sync_changed_ratio "$(calc "$pass / $alone")" ratio "$finished finished, 100 new" \
		"pass $pass s" "rsync alone $alone s" "$(goal "$pass / $alone <= 1.5")"
	kill "$RSYNCD"
	wait "$RSYNCD" 2>/dev/null
	clean
}
