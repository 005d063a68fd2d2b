/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "phase.h"

#include <string.h>

#include "tap.h"

static const char *const names[] = {
	"pending", "offered", "waiting", "preparing", "running", "releasing", "completed", "failed",
	"cancelled", "expired",
};

/* Rows: from; columns: to; in the order of names. */
static const char *const may[] = {
	".xx...xxxx",
	"x.x....xxx",
	"x..xxxxxxx",
	"x...xxxxxx",
	"x....xxxxx",
	"x.....xxxx",
	"..........",
	"x.........",
	"x.........",
	"x.........",
};

int main(void)
{
	is_int(PHASES, 10, "there are ten phases");
	for (int p = 0; p < PHASES; p++) {
		char row[PHASES + 1] = "";

		is_str(phase_name((enum phase)p), names[p], "the name of %s", names[p]);
		is_int(phase_parse(names[p], strlen(names[p])), p, "is understood");
		is_int(phase_parse(names[p], strlen(names[p]) - 1), -1, "but not a part of it");
		is_int(phase_final((enum phase)p), p >= 6, "whether it is an end");
		for (int q = 0; q < PHASES; q++)
			row[q] = phase_may((enum phase)p, (enum phase)q) ? 'x' : '.';
		is_str(row, may[p], "what may follow it");
	}
	is_int(phase_parse("Pending", 7), -1, "capitals are no phase");
	is_int(phase_parse("", 0), -1, "neither is nothing");
	is_int(phase_parse("pendingx", 7), PHASE_PENDING, "the length counts");
	return done();
}
