/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "offer_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "offers.h"
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
		     const struct match *m, const char *auth, struct diag *d)
{
	struct buf text = BUF_INIT, offer = BUF_INIT;
	struct job_state st;
	char path[OFFER_PATH];
	int r = -1;

	offer_path(h, o->job, o->number, "offered", path);
	if (transition_state(h, o->job, &text, &st, d) == 0) {
		offer_terms(h, &offer, o, s, m, auth);
		line_body(&offer, st.body, st.body_len);
		h->unflushed = true;
		/* What a crash left under this name was never told of. */
		unlinkat(h->spool.root, path, 0);
		r = offer.failed ? diag_nomem(d)
				 : io_create(h->spool.root, path, 0600, offer.s, offer.len, d);
	}
	buf_free(&text);
	buf_free(&offer);
	return r;
}

void offer_file_move(struct hub *h, uint32_t j, uint32_t number, const char *state)
{
	char from[OFFER_PATH], to[OFFER_PATH];
	int r;

	offer_path(h, j, number, "offered", from);
	if (state)
		offer_path(h, j, number, state, to);
	h->unflushed = true;
	r = state ? renameat(h->spool.root, from, h->spool.root, to) : unlinkat(h->spool.root, from, 0);
	if (r < 0 && errno != ENOENT)
		hub_log("%s cannot be moved on: %s", from, strerror(errno));
}

bool offer_file_stands(const struct hub *h, uint32_t j, uint32_t number)
{
	char path[OFFER_PATH];

	offer_path(h, j, number, "offered", path);
	return faccessat(h->spool.root, path, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* --- after a crash -------------------------------------------------------------------- */

static bool is_open(const struct hub *h, uint32_t j, uint32_t number)
{
	for (uint32_t i = 0; i < h->offers.count; i++) {
		const struct offer *o = &h->offers.offer[h->offers.first + i];

		if (o->job == j && o->number == number)
			return true;
	}
	return false;
}

/* The job did not end up offered: the file goes where its siblings went. */
static void tidy_one(struct hub *h, DIR *dir, const char *name)
{
	struct uuid id;
	unsigned number;
	uint32_t j;
	char to[OFFER_PATH];

	if (strlen(name) < 38 || uuid_parse(name, 36, &id, NULL) < 0 ||
	    sscanf(name + 36, ".%u.yaml", &number) != 1)
		return;
	j = jobs_find(&h->jobs, &id);
	if (j != NO_JOB && h->jobs.job[j].phase == PHASE_OFFERED && is_open(h, j, number))
		return;
	snprintf(to, sizeof to, "offers/%s/%.60s", j == NO_JOB ? "expired" : "rejected", name);
	if (renameat(dirfd(dir), name, h->spool.root, to) < 0 && errno != ENOENT)
		hub_log("offers/offered/%s cannot be moved on: %s", name, strerror(errno));
	h->unflushed = true;
}

int offers_tidy(struct hub *h, struct diag *d)
{
	DIR *p = io_list(h->spool.root, "offers/offered", d);
	struct dirent *e;

	if (!p)
		return -1;
	while ((e = readdir(p)))
		if (e->d_name[0] != '.')
			tidy_one(h, p, e->d_name);
	closedir(p);
	return 0;
}
