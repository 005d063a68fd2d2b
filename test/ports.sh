# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ports.sh - TCP ports of this machine, for tests, benchmarks and the demo.

# One that nobody listens at.  Below 32768, where the kernel takes those of
# connections from: none of them can come between this and its use.  Nor can
# another test that looks for one now: each begins at its own process's number.
free_port() {
	local i port
	for ((i = 0; i < 50; i++)); do
		port=$((20000 + (BASHPID + i * 1009) % 12768))
		tcp "$port" || { echo "$port"; return; }
	done
	return 1
}

# tcp PORT: does somebody listen?
tcp() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
