/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "hub.h"
#include "instant.h"

void hub_log(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	char text[700];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof text, fmt, ap);
	va_end(ap);
	instant_format(instant_now(), &b);
	fprintf(stderr, "%s spoold: %s\n", b.s, text);
	buf_free(&b);
}

void hub_trouble(struct hub *h, const char *what, const struct diag *d)
{
	hub_log("%s: %s", what, d->text);
	h->count.errors++;
	h->retry_at = h->now + SECOND_US;
}
