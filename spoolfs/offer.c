/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The files of offers, SPOOL/offers/STATE/ID.N.yaml, as jobs/ID/offers/N.yaml. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accept.h"
#include "view.h"

unsigned offer_number(const char *name)
{
	char again[16];
	unsigned n = 0;

	for (const char *s = name; *s >= '0' && *s <= '9' && n < 1000; s++)
		n = n * 10 + (unsigned)(*s - '0');
	snprintf(again, sizeof again, "%u.yaml", n);
	return n < 256 && !strcmp(again, name) ? n : 0;
}

void offer_path(const struct uuid *id, unsigned number, const char *state, char out[OFFER_PATH])
{
	char text[UUID_TEXT];

	uuid_format(id, text);
	snprintf(out, OFFER_PATH, "offers/%s/%s.%u.yaml", state, text, number);
}

/* A job knows how many it ever had: nothing is searched through. */
void offer_each(struct view *v, uint64_t ino, const char *state,
		bool (*call)(void *ctx, const char *name), void *ctx)
{
	char path[OFFER_PATH], name[16];
	struct job j;

	if (attr_need(v, ino, 0, &j))
		return;
	for (unsigned n = 1; n <= j.offers; n++) {
		offer_path(&j.id, n, state, path);
		if (faccessat(v->spool.root, path, F_OK, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		snprintf(name, sizeof name, "%u.yaml", n);
		if (!call(ctx, name))
			return;
	}
}
