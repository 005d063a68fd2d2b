/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "boot.h"

#include <string.h>

#include "io.h"
#include "shim_started.h"

enum { TEXT_MAX = 65536 };

static bool is_other(const char *text)
{
	char now[SHIM_BOOT];
	size_t len;
	const char *id = shim_started_line(text, NULL, "boot", &len);

	if (!id)
		return false;
	/* Who does not know where he is believes less. */
	return !shim_boot(now) || len != strlen(now) || memcmp(id, now, len);
}

int boot_was_other(int dir, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	int other = 0;

	if (io_read(dir, "limits", TEXT_MAX, &text, &why) == 0)
		other = text.len && is_other(text.s);
	else if (io_disk_failed(why.err))
		other = -1;
	if (other < 0 && d)
		*d = why;
	buf_free(&text);
	return other;
}

bool boot_exit_good(int dir)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	size_t len;
	bool good;

	if (io_read(dir, "exit", TEXT_MAX, &text, &why) < 0)
		good = io_disk_failed(why.err);
	else	/* The line `limits` is always there, and after `boot`. */
		good = text.len && shim_started_line(text.s, NULL, "limits", &len) && !is_other(text.s);
	buf_free(&text);
	return good;
}
