#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# docs/conversation.md, typed as it stands.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../console.sh
. "$ROOT/test/console.sh"
# shellcheck source=../podman.sh
. "$ROOT/test/podman.sh"

[ -w /dev/fuse ] || skip_all "/dev/fuse cannot be used"
podman_here || skip_all "no podman with runc, or it does not work"
[ -n "$("$BUILD/runners/jupyter-notebook" probe)" ] || skip_all "no jupyter-nbconvert"
image localhost/sqrt:1 '["/bin/sh"]'

umask 022
chmod 755 "$TMP"
spoold --init s || bail "no spool"
site() {	# NAME LINES
	mkdir -p "s/sites/$1/up" "s/sites/$1/down"
	cat >"$1.yaml" <<-Y
		site: $1
		hub: $TMP/s
		state: $TMP/$1.state
		memory: 4GiB
		pull: {load: inf}
		environment: {CONTAINERS_CONF: "$CONTAINERS_CONF", CONTAINERS_STORAGE_CONF: "$CONTAINERS_STORAGE_CONF"}
		$2
	Y
	background spool-agent -c "$1.yaml" watch
}
background spoold s
ok "a hub" wait_until 20 grep -q serving "$LOG"
site north 'cores: 8
gpus: [{type: A100, count: 2}]'
site south 'cores: 4'
mkdir m
background spoolfs -f s m
unmount_later m
ok "its tree" wait_until 20 test -e m/queue
ok "and two sites" wait_until 60 test -s m/sites/north/site.yaml -a -s m/sites/south/site.yaml
console "$ROOT/docs/conversation.md"
done_testing
