#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# Jobs that are placed together go where their data comes fastest, and their
# software is.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"
. "$ROOT/test/hub.sh"

transact() {	# NAME TASK-AND-RESOURCES	of two jobs at one site
	printf 'transaction:\n  name: %s\n  same: site\n  jobs:\n  - {name: %s1, %s}\n  - {name: %s2, %s}\n' \
		"$1" "$1" "$2" "$1" "$2" >.new && mv .new "s/inbox/$1.yaml"
	once
}
line() { printf 'stores: [{name: hub, url: hub, bandwidth: %s, samples: 8, measured: %s}]' "$1" "$(now)"; }

hub 'policy: {unplaceable: wait}'
head -c 3000000 /dev/urandom >s/data/words
once
site north "$(line 10MB)
types: [process, oci-container]"
site south "$(line 10kB)
types: [process, oci-container]"
once
input='resources: {storage: [{name: in, type: dataset, dataset: words}]}'
transact plain 'task: {type: process}'
is "$(site_of plain1) $(site_of plain2)" "north north" "of two sites alike the first"
transact data "task: {type: process}, $input"
is "$(site_of data1) $(site_of data2)" "north north" "with data, the one to which it comes faster, though the other is empty"

site north "$(line 10MB)
types: [process, oci-container]
resolved: [\"oci:localhost/x:1\"]"
once
transact image 'task: {type: oci-container, spec: {image: "localhost/x:1"}}'
is "$(site_of image1) $(site_of image2)" "north north" "with an image, the one that has it"
done_testing
