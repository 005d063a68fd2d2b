/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drop_mark.h"

#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "drop.h"
#include "io.h"
#include "request.h"
#include "shapes.h"

#define SECOND_NS INT64_C(1000000000)

static int64_t nanoseconds(const struct statx_timestamp *t)
{
	return (int64_t)t->tv_sec * SECOND_NS + t->tv_nsec;
}

int drop_mark_get(int fd, const char *name, struct drop_mark *m)
{
	struct statx st;

	if (statx(fd, name, AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, STATX_BASIC_STATS | STATX_BTIME, &st) < 0)
		return -1;
	*m = (struct drop_mark){ .ino = st.stx_ino, .size = st.stx_size, .changed = nanoseconds(&st.stx_ctime),
				 .born = st.stx_mask & STATX_BTIME ? nanoseconds(&st.stx_btime) : 0 };
	return 0;
}

bool drop_mark_is_young(const struct drop_mark *m, int64_t now)
{
	/* Who counts in whole seconds, and a tick of 100 a second or more. */
	int64_t grain = m->changed % SECOND_NS ? SECOND_NS / 50 : 2 * SECOND_NS;

	return now * 1000 - m->changed < grain;
}

/* unknown: the answer where the disk gives none. */
static bool content_is(const struct hub *h, const char *name, uint64_t hash, bool unknown)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	bool same;

	if (io_read(h->spool.inbox, name, REQUEST_MAX_BYTES, &text, &why) < 0) {
		same = unknown && io_disk_failed(why.err);
	} else {
		drop_strip_bom(&text);
		same = shapes_hash(&h->shapes, text.s, text.len) == hash;
	}
	buf_free(&text);
	return same;
}

bool drop_mark_holds(const struct hub *h, const char *name, const struct drop_mark *m)
{
	struct drop_mark now;

	if (drop_mark_get(h->spool.inbox, name, &now) < 0 || now.ino != m->ino || now.born != m->born ||
	    now.size != m->size)
		return false;
	return (now.changed == m->changed && !m->young) ||
	       content_is(h, name, m->hash, now.changed == m->changed);
}

static int start_of_text(const struct drop_mark *m, char out[80])
{
	return snprintf(out, 80, "%" PRIu64 "-%" PRId64 ".%09" PRId64 "-%" PRIu64 "-x", m->ino,
			m->born / SECOND_NS, m->born % SECOND_NS, m->size);
}

void drop_mark_text(const struct drop_mark *m, char out[80])
{
	int n = start_of_text(m, out);

	snprintf(out + n, 80 - (size_t)n, "%016" PRIx64, m->hash);
}

bool drop_mark_matches(const struct drop_mark *m, const char *text, uint64_t *hash)
{
	char start[80];
	int n = start_of_text(m, start);

	return !strncmp(start, text, (size_t)n) && sscanf(text + n, "%16" SCNx64, hash) == 1;
}
