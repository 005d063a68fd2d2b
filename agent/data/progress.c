/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "progress.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "instant.h"
#include "io.h"

#define WRITE_EVERY (SECOND_US / 2)
#define RATE_OVER (4 * SECOND_US)

void progress_moved(struct progress *p, uint64_t here)
{
	uint64_t done = p->before + here;
	int64_t now = instant_steady();
	char text[2200];
	int n;

	if (!p->name)
		return;
	if (!p->mark || done < p->marked) {
		p->mark = now;
		p->marked = done;
	} else if (now - p->mark >= RATE_OVER || (!p->rate && now - p->mark >= WRITE_EVERY)) {
		p->rate = (uint64_t)((double)(done - p->marked) * SECOND_US / (double)(now - p->mark));
		p->mark = now;
		p->marked = done;
	}
	if (p->written && now - p->written < WRITE_EVERY)
		return;
	p->written = now;
	n = snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64 " %" PRIu64 "\n%s\n", done, p->total,
		     p->rate, p->url);
	if (n > 0 && (size_t)n < sizeof text)
		(void)!io_publish(p->dir, p->name, 0600, text, (size_t)n, 0, NULL);
}

bool progress_read(int dir, const char *name, struct progress_seen *out)
{
	struct buf text = BUF_INIT;
	bool good = false;
	const char *line;

	*out = (struct progress_seen){ 0 };
	if (io_read(dir, name, 4096, &text, NULL) == 0 &&
	    sscanf(text.s, "%" SCNu64 " %" SCNu64 " %" SCNu64, &out->done, &out->total,
		   &out->rate) == 3 && (line = strchr(text.s, '\n'))) {
		snprintf(out->url, sizeof out->url, "%.*s", (int)strcspn(line + 1, "\n"), line + 1);
		good = out->url[0];
	}
	buf_free(&text);
	return good;
}
