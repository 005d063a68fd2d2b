# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same trivial jobs by what Debian ships: nq, tsp, Slurm.  Installed when
# missing, started and stopped here.

PEER_N=${BENCH_PEER_N:-2000}

have_peers() {
	command -v nq tsp sbatch munged >/dev/null && return
	[ "$(id -u)" = 0 ] || { note "the peers are not installed, and only root could"; return 1; }
	note "installing nq task-spooler slurm-wlm munge"
	apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=500 install \
		nq task-spooler slurm-wlm munge >"$W/apt.log" 2>&1 || { note "apt-get failed"; return 1; }
}

seconds() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.6f", b - a }'; }

peer_nq() {
	local i start n=$((PEER_N / 4))
	export NQDIR=$W/nq
	mkdir "$NQDIR"
	start=$EPOCHREALTIME
	for ((i = 0; i < n; i++)); do nq -q /bin/true >/dev/null; done
	say drop_to_assigned_nq "$(calc "$n / $(seconds "$start")" %.0f)" jobs/s "$n jobs submitted"
	fq -q >/dev/null 2>&1
	nq -w
	say drop_to_done_nq "$(calc "$n / $(seconds "$start")" %.0f)" jobs/s "$n times /bin/true, one at a time"
}

peer_tsp() {
	local i start
	export TS_SOCKET=$W/tsp.socket TS_MAXFINISHED=10 TMPDIR=$W
	tsp -S "$(nproc)"
	start=$EPOCHREALTIME
	for ((i = 0; i < PEER_N; i++)); do tsp -n /bin/true >/dev/null; done
	say drop_to_assigned_tsp "$(calc "$PEER_N / $(seconds "$start")" %.0f)" jobs/s "$PEER_N jobs submitted"
	tsp -n true >/dev/null
	tsp -w
	say drop_to_done_tsp "$(calc "$PEER_N / $(seconds "$start")" %.0f)" jobs/s \
		"$PEER_N times /bin/true, $(nproc) at a time"
	tsp -K
	unset TS_SOCKET
	TMPDIR=${W%/*}
}

slurm_conf() {
	local port=$((25000 + $$ % 10000))
	cat <<-END
	ClusterName=bench
	SlurmctldHost=$(hostname -s)(127.0.0.1)
	SlurmUser=root
	AuthType=auth/munge
	AuthInfo=socket=$W/slurm/munge.socket
	SlurmctldPort=$port
	SlurmdPort=$((port + 1))
	StateSaveLocation=$W/slurm/state
	SlurmdSpoolDir=$W/slurm/spool
	SlurmctldPidFile=$W/slurm/ctld.pid
	SlurmdPidFile=$W/slurm/d.pid
	SlurmctldLogFile=$W/slurm/ctld.log
	SlurmdLogFile=$W/slurm/d.log
	ProctrackType=proctrack/linuxproc
	TaskPlugin=task/none
	SelectType=select/cons_tres
	SelectTypeParameters=CR_Core
	SchedulerType=sched/backfill
	SchedulerParameters=sched_interval=5,batch_sched_delay=0,bf_interval=5
	PropagateResourceLimits=NONE
	ReturnToService=2
	MailProg=/bin/true
	MpiDefault=none
	MaxJobCount=100000
	NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
	PartitionName=p Nodes=n1 Default=YES MaxTime=INFINITE State=UP
	END
}

slurm_begin() {
	mkdir -p "$W/slurm/state" "$W/slurm/spool"
	chmod 755 "$W" "$W/slurm"
	dd if=/dev/urandom of="$W/slurm/key" bs=1 count=1024 2>/dev/null
	chmod 400 "$W/slurm/key"
	munged --force --socket "$W/slurm/munge.socket" --key-file "$W/slurm/key" \
		--pid-file "$W/slurm/munge.pid" --log-file "$W/slurm/munge.log" \
		--seed-file "$W/slurm/munge.seed" >/dev/null 2>&1
	slurm_conf >"$W/slurm/slurm.conf"
	export SLURM_CONF=$W/slurm/slurm.conf
	slurmctld >/dev/null 2>&1
	slurmd -N n1 >/dev/null 2>&1
	wait_until 20 sh -c 'sinfo -h -o %T | grep -q idle'
}

slurm_end() {
	local f
	for f in ctld d munge; do
		[ ! -s "$W/slurm/$f.pid" ] || kill "$(cat "$W/slurm/$f.pid")"
	done
	sleep 1
	unset SLURM_CONF
}

peer_slurm() {
	local i start n=$((PEER_N / 10))
	if ! slurm_begin; then
		note "Slurm does not start: $(tail -n 1 "$W/slurm/ctld.log" "$W/slurm/d.log" 2>&1 | tr '\n' ' ')"
		slurm_end
		return
	fi
	printf '#!/bin/sh\n/bin/true\n' >"$W/true.sh"
	start=$EPOCHREALTIME
	for ((i = 0; i < n; i++)); do sbatch -Q -o /dev/null "$W/true.sh"; done
	say drop_to_assigned_sbatch "$(calc "$n / $(seconds "$start")" %.0f)" jobs/s "$n jobs, one call each"
	scancel -u root
	wait_until 60 sh -c '[ -z "$(squeue -h)" ]'
	start=$EPOCHREALTIME
	sbatch -Q -o /dev/null --array=1-1000 "$W/true.sh"
	say drop_to_assigned_array "$(calc "1000 / $(seconds "$start")" %.0f)" jobs/s "1000 jobs, one call"
	scancel -u root
	wait_until 60 sh -c '[ -z "$(squeue -h)" ]'
	start=$EPOCHREALTIME
	sbatch -Q -o /dev/null --array=1-200 "$W/true.sh"
	wait_until 120 sh -c '[ -z "$(squeue -h)" ]'
	say drop_to_done_slurm "$(calc "200 / $(seconds "$start")" %.0f)" jobs/s "an array of 200 times /bin/true"
	slurm_end
}

peers() {
	have_peers || return
	peer_nq
	peer_tsp
	peer_slurm
}
