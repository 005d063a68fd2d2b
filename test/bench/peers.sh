# shellcheck shell=bash disable=SC2034	# PIDS is of lib.sh
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The same trivial jobs by what Debian ships: nq, tsp, Slurm.  Installed when
# missing, started and stopped here.  Each gets as many as it can take in
# reasonable time; what becomes slower with their number is flattered by that.

PEER_N=${BENCH_PEER_N:-2000}
SLOTS=32		# for Slurm, which waits more than it works

have_peers() {
	command -v nq tsp sbatch slurmctld slurmd munged >/dev/null && return
	[ "$(id -u)" = 0 ] || { note "the peers are not installed, and only root could"; return 1; }
	note "installing nq task-spooler slurm-wlm munge"
	DEBIAN_FRONTEND=noninteractive apt-get -y --no-install-recommends -o DPkg::Lock::Timeout=500 \
		install nq task-spooler slurm-wlm munge >"$W/apt.log" 2>&1 </dev/null ||
		{ note "apt-get failed: $(tail -n 1 "$W/apt.log")"; return 1; }
}

since() { awk -v a="$1" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.6f", b - a }'; }
rate() { calc "$1 / $(since "$2")" %.0f; }	# N START

# A process for each job waits for the one before: no more than some hundreds.
peer_nq() {
	local i start n=$((PEER_N / 4))
	mkdir "$W/nq"
	start=$EPOCHREALTIME
	for ((i = 0; i < n; i++)); do NQDIR=$W/nq nq -q /bin/true; done >/dev/null
	say drop_to_assigned_nq "$(rate $n "$start")" jobs/s "$n jobs submitted, one call each"
	NQDIR=$W/nq nq -w
	say drop_to_done_nq "$(rate $n "$start")" jobs/s "$n times /bin/true, one at a time"
}

peer_tsp() {
	local i start
	export TS_SOCKET=$W/tsp.socket TS_MAXFINISHED=10
	TMPDIR=$W tsp -S $(($(nproc) * 2))
	start=$EPOCHREALTIME
	for ((i = 0; i < PEER_N; i++)); do tsp -n /bin/true; done >/dev/null
	say drop_to_assigned_tsp "$(rate "$PEER_N" "$start")" jobs/s "$PEER_N jobs submitted, one call each"
	wait_until 300 sh -c '! tsp | grep -Eq "queued|running"'
	say drop_to_done_tsp "$(rate "$PEER_N" "$start")" jobs/s "$PEER_N times /bin/true, $(($(nproc) * 2)) at a time"
	tsp -K
	unset TS_SOCKET TS_MAXFINISHED
}

slurm_conf() {
	local port
	port=$(free_port)
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
	SlurmdParameters=config_overrides
	ReturnToService=2
	MailProg=/bin/true
	MpiDefault=none
	MaxJobCount=300000
	MaxArraySize=200001
	NodeName=n1 NodeHostname=$(hostname -s) NodeAddr=127.0.0.1 CPUs=$SLOTS State=UNKNOWN
	PartitionName=p Nodes=n1 Default=YES MaxTime=INFINITE State=UP
	END
}

# In the foreground, so that they are children that can be ended by number.
slurm_begin() {
	mkdir -p "$W/slurm/state" "$W/slurm/spool"
	chmod 755 "$W" "$W/slurm"
	head -c 1024 /dev/urandom >"$W/slurm/key"
	chmod 400 "$W/slurm/key"
	munged --foreground --force --socket "$W/slurm/munge.socket" --key-file "$W/slurm/key" \
		--pid-file "$W/slurm/munge.pid" --log-file "$W/slurm/munge.log" \
		--seed-file "$W/slurm/munge.seed" >/dev/null 2>&1 &
	PIDS[$!]=munged
	wait_until 10 test -S "$W/slurm/munge.socket" || return 1
	slurm_conf >"$W/slurm/slurm.conf"
	export SLURM_CONF=$W/slurm/slurm.conf
	slurmctld -D >/dev/null 2>&1 &
	PIDS[$!]=slurmctld
	slurmd -D -N n1 >/dev/null 2>&1 &
	PIDS[$!]=slurmd
	wait_until 30 sh -c 'sinfo -h -o %T | grep -q idle'
}

slurm_empty() { local j; j=$(squeue -h) && [ -z "$j" ]; }
slurm_idle() { wait_until "$1" slurm_empty || note "Slurm is not done after $1 s"; }

slurm_measure() {
	local i start n=$((PEER_N / 4))
	printf '#!/bin/sh\n/bin/true\n' >"$W/true.sh"
	start=$EPOCHREALTIME
	for ((i = 0; i < n; i++)); do sbatch -Q -H -o /dev/null "$W/true.sh"; done
	say drop_to_assigned_sbatch "$(rate $n "$start")" jobs/s "$n jobs submitted, one call each"
	scancel -u root
	slurm_idle 60
	start=$EPOCHREALTIME
	sbatch -Q -H -o /dev/null --array=1-"$N" "$W/true.sh"
	say drop_to_assigned_array "$(rate "$N" "$start")" jobs/s "$N equal jobs in one call"
	start=$EPOCHREALTIME
	for ((i = 0; i < 20; i++)); do sbatch -Q --test-only --time=60 "$W/true.sh"; done 2>/dev/null
	say offer_latency_sbatch "$(calc "$(since "$start") * 1000000 / 20" %.0f)" us \
		"sbatch --test-only, $N pending jobs, one machine; a call of a program"
	scancel -u root
	slurm_idle 60
	start=$EPOCHREALTIME
	sbatch -Q -o /dev/null --array=1-$n "$W/true.sh"
	slurm_idle 300
	say drop_to_done_slurm "$(rate $n "$start")" jobs/s "an array of $n times /bin/true, $SLOTS at a time"
}

peer_slurm() {
	if slurm_begin; then
		slurm_measure
	else
		note "Slurm does not start: $(tail -qn 1 "$W/slurm/munge.log" "$W/slurm/ctld.log" "$W/slurm/d.log" 2>&1 | tr '\n' ' ')"
	fi
	unset SLURM_CONF
}

bench_peers() {
	[ "${BENCH_PEERS-}" != no ] || return 0
	begin
	if have_peers; then
		peer_nq
		peer_tsp
		peer_slurm
	fi
	clean
}
