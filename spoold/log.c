/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <stdio.h>
#include <string.h>

#include "hub.h"
#include "instant.h"

#define SAY_AGAIN (5 * SECOND_US)

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

void hub_site_trouble(struct hub *h, struct site *s, int kind, const char *what, const struct diag *d)
{
	bool said = kind & s->trouble && h->now - s->trouble_said < SAY_AGAIN && h->now >= s->trouble_said;

	h->count.errors++;
	s->trouble |= (uint8_t)kind;
	if (said)
		return;
	s->trouble_said = h->now;
	hub_log("%s: %s: %s", s->name, what, d->text);
}
