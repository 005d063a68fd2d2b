# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# podman.sh - for tests with real containers.
#
#	podman_here && image localhost/sqrt:1 '["/bin/sh"]'
#
# podman gets a store of its own, and settings that work in a machine without
# systemd, without the second generation of control groups, and where limits
# cannot be raised.

podman_here() {	# podman works, and keeps everything below $TMP
	command -v podman runc >/dev/null || return 1
	mkdir -p "$TMP/podman"
	cat >"$TMP/podman/containers.conf" <<-C
		[containers]
		default_ulimits = ["nofile=1024:1024", "nproc=1024:1024"]
		netns = "none"
		[engine]
		runtime = "runc"
		cgroup_manager = "cgroupfs"
		events_logger = "none"
		lock_type = "file"
		tmp_dir = "$TMP/podman/tmp"
	C
	cat >"$TMP/podman/storage.conf" <<-C
		[storage]
		driver = "vfs"
		graphroot = "$TMP/podman/store"
		runroot = "$TMP/podman/run"
	C
	export CONTAINERS_CONF=$TMP/podman/containers.conf CONTAINERS_STORAGE_CONF=$TMP/podman/storage.conf
	podman info >/dev/null 2>&1
}

image() {	# NAME COMMAND	busybox and nothing else; COMMAND as JSON
	local root=$TMP/podman/root
	mkdir -p "$root/bin" "$root/tmp"
	cp "$(command -v busybox)" "$root/bin/busybox"
	for name in sh echo cat awk sleep id ls wc touch; do ln -sf busybox "$root/bin/$name"; done
	tar -C "$root" -cf - . | podman import -q -c "CMD $2" - "$1" >/dev/null
}
