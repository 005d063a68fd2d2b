#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
#
# The manual is well formed, its examples are the files it says they are, and
# it speaks of every field that the schemas know.
. "$(dirname "$0")/../lib.sh"

cd "$ROOT" || bail "no $ROOT"
command -v groff >/dev/null || skip_all "no groff"

# What stands between .nf and .fi behind `.\" example: FILE`, as a reader sees it.
example() {	# PAGE FILE
	awk -v marker=".\\\\\" example: $2" '
		$0 == marker { found = 1; next }
		found && $0 == ".nf" { inside = 1; next }
		inside && $0 == ".fi" { exit }
		inside' "$1" |
		sed -e 's/^\\&//' -e "s/\\\\(aq/'/g" -e 's/\\(ga/`/g' -e 's/\\(ha/^/g' \
			-e 's/\\(ti/~/g' -e 's/\\-/-/g' -e 's/\\e/\\/g'
}

for page in docs/*.[1578]; do
	is "$(groff -t -man -Tutf8 -ww "$page" 2>&1 >/dev/null)" "" "$page gives no warnings"
	is "$(sed -nE '/^\.TH /{s/\\//g;s/^\.TH +([^ ]+) +([0-9]).*/\L\1.\2/p;q}' "$page")" \
		"${page##*/}" "$page has its own title"
	while read -r file; do
		is "$(example "$page" "$file")" "$(cat "$file")" "$page shows $file as it is"
	done < <(sed -n 's/^\.\\" example: //p' "$page")
done

# The names of all properties, wherever they stand; of a pattern such as
# ^min[-_]?cores$ the longest spelling.
properties() {	# SCHEMA
	node -e '
		const yaml = require("./build/npm/node_modules/js-yaml");
		const seen = new Set();
		const walk = (v) => {
			if (!v || typeof v !== "object")
				return;
			for (const key of Object.keys(v.properties || {}))
				seen.add(key);
			for (const key of Object.keys(v.patternProperties || {}))
				if (!key.includes("(?!"))
					for (const end of key.includes("(min|max)") ? ["min", "max"] : [""])
						seen.add(key.replace("(min|max)", end).replace("[-_]?", "-")
							.replace("object-id", "objectid").replace(/[\^$]/g, ""));
			Object.values(v).forEach(walk);
		};
		walk(yaml.load(require("fs").readFileSync(process.argv[1], "utf8")));
		console.log([...seen].sort().join("\n"));' "$1"
}

speaks() {	# PAGE WORD	in bold, perhaps behind its mapping's name and a dot
	sed 's/\\-/-/g' "$1" | grep -qE "^\.(B|BR|RB)( |.* |.*\.)$2([ .,]|\$)"
}

for pair in request:job command:job reservation:reservation transaction:transaction site:site \
		config:config dataset:dataset; do
	schema=formats/${pair%:*}.schema.yaml page=docs/spool-${pair#*:}.5
	if [ ! -d build/npm/node_modules/js-yaml ]; then
		skip "no js-yaml; scripts/install-ajv brings it"
		continue
	fi
	known=$(properties "$schema") missing=
	for key in $known; do
		speaks "$page" "$key" || missing+=" $key"
	done
	unlike "$known" '^$' "$schema has fields"
	is "$missing" "" "$page speaks of every field in $schema"
done
done_testing
