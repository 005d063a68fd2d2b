/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "recover.h"

#include <errno.h>
#include <stdio.h>

#include "accounting.h"
#include "catalogue.h"
#include "gang.h"
#include "inbox.h"
#include "io.h"
#include "lifetime.h"
#include "offers.h"
#include "recover_jobs.h"
#include "recover_mailbox.h"
#include "rejected.h"
#include "reserved.h"
#include "site_table.h"
#include "site_time.h"
#include "trust.h"
#include "why.h"

/* Without it the site gets nothing until it tells about itself again. */
static void load_site_doc(struct hub *h, uint16_t site)
{
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	char name[80];

	snprintf(name, sizeof name, "%s.yaml", h->sites.site[site]->name);
	if (io_read(h->spool.run_sites, name, 64u << 20, &text, &d) < 0
		    ? errno != ENOENT : site_table_learn(h, site, text.s, text.len, false, &d) < 0)
		hub_log("run/sites/%s is not used: %s", name, d.text);
	buf_free(&text);
}

static int flush(struct hub *h, struct diag *d)
{
	int r = spool_flush(&h->spool, d);

	if (r < 0)
		io_forget_tree(h->spool.root);
	return r;
}

int recover(struct hub *h, struct diag *d)
{
	struct timespec since = flush_mark_since(&h->spool);
	struct inbox_seen *seen = NULL;
	struct recovered found = { 0 };
	int r = site_table_scan(h, d) < 0 ? -1 : catalogue_read(h, d);

	for (uint32_t i = 0; r == 0 && i < h->sites.count; i++)
		load_site_doc(h, (uint16_t)i);
	if (r == 0)
		r = trust_recover(h, d);
	if (r == 0 && !(seen = inbox_seen_scan(h, d)))
		r = -1;
	if (r == 0)
		r = reserved_recover(h, seen, &since, d);
	if (r == 0)
		r = gang_recover(h, seen, &since, d);
	if (r == 0)
		r = recover_jobs(h, seen, &since, &found, d);
	if (r == 0)
		r = gang_finish(h, d);
	if (r == 0)
		r = offers_tidy(h, d);
	if (r == 0)
		r = site_time_recover(h, d);
	if (r == 0)
		why_recover(h);
	if (r == 0)
		r = rejected_recover(h, &since, d);
	if (r == 0)
		r = accounting_recover(h, d);
	if (r == 0)
		learned_load(h);
	if (r == 0)
		r = lifetime_recover(h, d);
	/* A process that was killed left what it wrote to the kernel, not to the
	 * disk: nothing may become visible, and no drop go, before it is there. */
	if (r == 0)
		r = flush(h, d);
	if (r == 0)
		gang_flushed(h);
	for (uint32_t i = 0; r == 0 && i < h->sites.count; i++)
		r = recover_mailbox(h, (uint16_t)i, d);
	if (r == 0)
		reserved_finish(h);
	if (r == 0 && (found.count || found.torn || found.moved || found.removed))
		hub_log("took up %ju jobs; cut %ju torn ends, finished %ju moves, removed %ju unfinished files",
			(uintmax_t)found.count, (uintmax_t)found.torn, (uintmax_t)found.moved,
			(uintmax_t)found.removed);
	inbox_seen_free(seen);
	return r;
}
