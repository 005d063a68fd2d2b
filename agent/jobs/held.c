/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "held.h"

#include <errno.h>
#include <string.h>

#include "field.h"
#include "io.h"

enum { FILE_MAX = REQUEST_MAX_BYTES + (1 << 20) };

struct received { int64_t message; uint32_t line; };

static int read_received(struct held *h, struct diag *d)
{
	static const struct field fields[] = {
		{ "received", FIELD_INT, .offset = offsetof(struct received, message),
		  .required = true },
		{ "line", FIELD_COUNT, .offset = offsetof(struct received, line), .required = true },
		{ .name = NULL },
	};
	struct received r = { 0 };

	if (field_read(h->line.map, "the first line", fields, &r, d) < 0)
		return -1;
	h->message = (uint64_t)r.message;
	h->number = r.line;
	return 0;
}

static int next(struct held *h, struct diag *d)
{
	int got = line_next(&h->reader, &h->line, d);

	if (got > 0)
		return 0;
	if (got == 0) {
		diag_set(d, "it ends too early");
		if (d)
			d->err = ENODATA;
	}
	return -1;
}

int held_read(struct held *h, int dir, const char *name, struct diag *d)
{
	*h = (struct held){ .text = BUF_INIT };
	line_open(&h->reader, "", 0);
	if (io_read(dir, name, FILE_MAX, &h->text, d) < 0)
		goto fail;
	line_close(&h->reader);
	line_open(&h->reader, h->text.s, h->text.len);
	if (next(h, d) == 0 && read_received(h, d) == 0 && next(h, d) == 0 &&
	    message_read_assign(&h->reader.tree, &h->line, &h->assign, d) == 0)
		return 0;
fail:
	held_close(h);
	return -1;
}

void held_close(struct held *h)
{
	line_close(&h->reader);
	buf_free(&h->text);
}
