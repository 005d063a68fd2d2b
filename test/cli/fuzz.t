#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-or-later
# Each fuzzer for a few seconds; `make fuzz` lets them run for longer.
. "$(dirname "$0")/../lib.sh"

sanitized && skip_all "the fuzzers have the sanitizers in them, and are run without SANITIZE=1"
names=$(cd "$ROOT/test/fuzz" && printf '%s\n' *.c)
for name in $names; do
	name=${name%.c}
	if [ ! -x "$BUILD/fuzz/$name" ]; then
		skip "$name is not built: no clang with libFuzzer?"
		continue
	fi
	ok "$name finds nothing in ${FUZZ_SECONDS:-10} seconds" "$ROOT/scripts/run-fuzzers" "${FUZZ_SECONDS:-10}" "$name" ||
		note "$(find "$BUILD/fuzz" -maxdepth 1 -name "$name-*" -newer "$_log" -exec ls -l {} +)"
	note "$(output | sed -n 's/^stat::number_of_executed_units: */inputs tried: /p')"
done

done_testing
