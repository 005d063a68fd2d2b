#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Every snippet of the ExecutionPlanner text, and the answer that the text says it must get.
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hub.sh
. "$ROOT/test/hub.sh"

SNIPPETS=$ROOT/test/documents/request/good

# The text's own platforms, each able to do one thing more than the one before.
hub
everything='types: [jupyter-notebook, oci-container, helm-chart, any-URI, amazon-S3, rucio]'
site plain 'capacity: {cores: 2, memory: 2GB, disk: 20GB}
types: [jupyter-notebook]'
ok "the hub hears of a plain platform" spoold --once s

answer() {	# SNIPPET	YES or NO, and why, of all platforms known by now
	spoold --check "$SNIPPETS/planner-$1.yaml" s >answer 2>&1
	case $? in 0) echo YES ;; 1) echo NO ;; *) echo BAD ;; esac
}
says() {	# SNIPPET ANSWER [REASON]
	is "$(answer "$1")" "$2" "$1: $2${3:+, $3}"
	[ -z "${3-}" ] || like "$(cat answer)" "$3" "and says why"
}

# Level 1: can this platform execute this task?
says level1-notebook YES
says level1-container NO "it runs no oci-container"
says level1-any-uri NO "it runs no any-URI"
# Level 2a: what it does not understand, or has not got, is a NO.
says level2-gpu NO "AMD-xx"
says level2-cores-memory NO "cores.*memory.*AMD-xx"
says level2-kubernetes NO "it runs no helm-chart; it has no compute resource of type kubernetes"
# Level 2b
says level2-ephemeral NO "disk"
says level2-volume NO "disk"
says level2-s3 NO "it reaches no storage of type amazon-S3"
says level2-rucio NO "it reaches no storage of type rucio"
says level2-persistent NO "disk"

site gpu 'capacity: {cores: 8, memory: 16GB, disk: 100GB}
types: [jupyter-notebook]
gpus: [{type: "https://example.org/gpu/AMD-xx", count: 1}]'
ok "one with that GPU" spoold --once s
says level2-gpu YES gpu
says level2-cores-memory YES gpu
says level2-pairs YES gpu
says level2-flavour NO "cores"

site large "capacity: {cores: 64, memory: 512GB, disk: 20TB}
$everything
gpus: [{type: AMD-xx, count: 8}]
compute: [{type: kubernetes, kubernetes: {version: 1.24.9}}]
pull: {cores: 64}"
ok "a large one with an older Kubernetes" spoold --once s
says level2-flavour YES large
says level2-kubernetes NO 'no compute resource of type kubernetes that is \{version: "?1.25.4'
for snippet in level1-container level1-any-uri level2-ephemeral level2-volume level2-s3 level2-rucio \
		level2-persistent; do
	says "$snippet" YES large
done
site new "capacity: {cores: 64, memory: 512GB, disk: 20TB}
$everything
compute: [{type: kubernetes, kubernetes: {version: 1.25.4}}]
pull: {cores: 64}"
ok "one with that Kubernetes" spoold --once s
says level2-kubernetes YES new

# Level 3: a method that nobody knows is a NO, until config.yaml says otherwise.
says level3-auth NO "the method of authentication is not supported"
printf 'auth: {unknown: anonymous}\n' >s/config.yaml
says level3-auth YES

# Level 4: these windows are over.
for snippet in "$SNIPPETS"/planner-level4-*.yaml; do
	snippet=${snippet##*/planner-}
	snippet=${snippet%.yaml}
	case $snippet in
	level4-minduration) says "$snippet" YES ;;
	*) like "$(answer "$snippet")" "YES|NO" "$snippet is understood" ;;
	esac
done
is "$(find s/jobs s/inbox s/offers -type f 2>/dev/null | wc -l)" 0 "all that asked, and nothing is held"
done_testing
