/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offer_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "transition.h"

enum { OFFER_PATH = 96 };

static void offer_path(const struct hub *h, uint32_t j, uint32_t number, const char *state,
		       char out[OFFER_PATH])
{
	char id[UUID_TEXT];

	uuid_format(&h->jobs.job[j].id, id);
	snprintf(out, OFFER_PATH, "offers/%s/%s.%u.yaml", state, id, number);
}

int offer_file_write(struct hub *h, const struct offer *o, const struct offer_slot *s,
		     const char *auth, struct diag *d)
{
	struct buf text = BUF_INIT, offer = BUF_INIT;
	struct job_state st;
	char path[OFFER_PATH], gone[OFFER_PATH];
	int r = -1;

	offer_path(h, o->job, o->number, "offered", path);
	if (transition_state(h, o->job, &text, &st, d) == 0) {
		offer_terms(h, &offer, o, s, auth, &st);
		line_body(&offer, st.body, st.body_len);
		h->unflushed = true;
		/* What a crash left under this name was never told of; what was
		 * accepted under it was an offer of an earlier round. */
		unlinkat(h->spool.root, path, 0);
		offer_path(h, o->job, o->number, "accepted", gone);
		unlinkat(h->spool.root, gone, 0);
		r = offer.failed ? diag_nomem(d)
				 : io_create(h->spool.root, path, 0600, offer.s, offer.len, d);
	}
	buf_free(&text);
	buf_free(&offer);
	return r;
}

void offer_file_move(struct hub *h, uint32_t j, uint32_t number, const char *in, const char *state)
{
	char from[OFFER_PATH], to[OFFER_PATH];

	offer_path(h, j, number, in, from);
	offer_path(h, j, number, state, to);
	h->unflushed = true;
	if (renameat(h->spool.root, from, h->spool.root, to) < 0 && errno != ENOENT)
		hub_log("%s cannot be moved on: %s", from, strerror(errno));
}

int offer_file_lies(const struct hub *h, uint32_t j, uint32_t number, const char *state, struct diag *d)
{
	char path[OFFER_PATH];

	offer_path(h, j, number, state, path);
	return io_there(h->spool.root, path, d);
}
