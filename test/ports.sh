# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# ports.sh - TCP ports of this machine, for tests and benchmarks.

# One that nobody listens at.  Below 32768, where the kernel takes those of
# connections from: none of them can come between this and its use.
free_port() {
	local port
	for port in $(shuf -i 20000-32767 -n 50); do
		tcp "$port" || { echo "$port"; return; }
	done
	return 1
}

# tcp PORT: does somebody listen?
tcp() { (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null; }
