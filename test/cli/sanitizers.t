#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What a sanitizer reports does not stay unnoticed, whoever started the program.
# Functions are called by exits.
# shellcheck disable=SC2317
. "$(dirname "$0")/../lib.sh"

unset ASAN_OPTIONS UBSAN_OPTIONS
export BUILD=$TMP/tree/build/san
reports=$BUILD/reports

cat >bad.c <<'END'
#include <limits.h>
#include <stdlib.h>
#include <string.h>
int main(int argc, char **argv)
{
	char *volatile p = malloc(8);

	if (argc > 1 && !strcmp(argv[1], "leak"))
		p = NULL;
	if (argc > 1 && !strcmp(argv[1], "beyond"))
		p[8] = 1;
	if (argc > 1 && !strcmp(argv[1], "overflow"))
		argc += INT_MAX;
	free(p);
	return argc < 0;
}
END
sources=(bad.c "$ROOT/test/sanitize.c")
"${CC:-gcc}" -D_GNU_SOURCE -DREPORTS="\"$reports\"" -fsanitize=address,undefined -fno-sanitize-recover=all \
	-g -o bad "${sources[@]}" >cc.log 2>&1 || skip_all "no sanitizers: $(tail -n 1 cc.log)"

# --- a program ------------------------------------------------------------------------

exits 0 "who does nothing wrong ends well" ./bad
for how in leak beyond overflow; do
	exits 99 "who does ($how) ends with a status of its own" ./bad $how
	like "$(output)" "LeakSanitizer|heap-buffer-overflow|signed integer overflow" "and says so"
done
mkdir -p "$reports"
for how in leak beyond overflow; do
	exits 99 "while tests run, too ($how)" env -i ./bad $how
	is "$(output)" "" "but not where it could be thrown away"
	like "$(cat "$reports"/*.bad.*)" "LeakSanitizer|heap-buffer-overflow|signed integer overflow" "it says so in a file"
	rm -f "$reports"/*
done
if strace -o /dev/null true 2>/dev/null; then
	exits 0 "who is traced cannot be looked at for leaks" traced -o /dev/null ./bad leak
	exits 99 "but for all else" traced -o /dev/null ./bad beyond
else
	skip "processes cannot be traced here" 2
fi
rm -rf "$reports"

# --- all tests ----------------------------------------------------------------------------

# A tree that has one test only, which passes whatever its program does.
mkdir -p tree/scripts tree/test/cli
cp "$ROOT/scripts/run-tests" tree/scripts/
cp -r "$ROOT/test/lib.sh" "$ROOT/test/prove" tree/test/
cat >tree/test/cli/careless.t <<END
#!/usr/bin/env bash
. "\$(dirname "\$0")/../lib.sh"
$TMP/bad "\$HOW" 2>/dev/null
ok "it passes" true
done_testing
END
chmod +x tree/test/cli/careless.t
run() { HOW=$1 tree/scripts/run-tests; }
exits 0 "tests that find nothing pass" run well
unlike "$(output)" "sanitizers reported" "without a word of sanitizers"
is "$(find "$BUILD" -mindepth 1)" "" "and leave nothing"
exits 1 "they fail when a program did wrong of which nobody took notice" run leak
like "$(output)" 'Result: PASS.*sanitizers reported.*careless\.bad\.[0-9]+.*LeakSanitizer.*main .*bad\.c:6' \
	"and it is told which, in which test, and where"
like "$(echo "$BUILD"/*/*)" "reported\.[0-9]+/careless\.bad\.[0-9]+$" "the report is kept"

done_testing
