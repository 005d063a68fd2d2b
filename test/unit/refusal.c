/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "refusal.h"

#include <errno.h>
#include <string.h>

#include "diag.h"
#include "tap.h"

static void reads(const char *text, int err, size_t len)
{
	size_t n = strlen(text);

	is_int(refusal_read(text, &n), err, "the errno of \"%.40s\"", text);
	is_int(n, len, "and what is left");
}

int main(void)
{
	static const int errs[] = { EINVAL, EACCES, EDQUOT, ENOSPC, ESTALE };
	struct diag d = DIAG_INIT;

	for (size_t i = 0; i < sizeof errs / sizeof *errs; i++) {
		is_int(refuse(&d, errs[i], "no %s", "way"), -1, "a refusal");
		reads(d.text, errs[i], 6);
	}
	ok(!refusal_name(ENOMEM), "other errnos are not told");
	reads("no [ESTALE", 0, 10);
	reads("no[ESTALE]", 0, 10);
	reads("no [ENOENT]\n\n", 0, 11);
	reads("no [EDQUOT]\n", EDQUOT, 2);
	reads("ESTALE]", 0, 7);
	reads("", 0, 0);
	refuse(&d, ESTALE, "offer %d has expired", 2);
	is_str(d.text, "offer 2 has expired [ESTALE]", "it stands in the sentence");
	is_int(d.err, 0, "and no call has failed");
	return done();
}
