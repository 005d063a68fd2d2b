/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hub.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "auth_check.h"
#include "accounts.h"
#include "after.h"
#include "arrays.h"
#include "catalogue.h"
#include "facts.h"
#include "gang.h"
#include "inbox.h"
#include "instant.h"
#include "io.h"
#include "lifetime.h"
#include "memo.h"
#include "names.h"
#include "offers.h"
#include "queue.h"
#include "recover.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "sums.h"
#include "whatif.h"
#include "site_time.h"

static int load_config(struct hub *h, struct diag *d)
{
	struct buf text = BUF_INIT;
	int r;

	if (io_read(h->spool.root, "config.yaml", 1 << 20, &text, d) < 0)
		r = errno == ENOENT ? config_read(&h->config, NULL, 0, d) : -1;
	else
		r = config_read(&h->config, text.s, text.len, d);
	buf_free(&text);
	return r;
}

int hub_open(struct hub *h, const char *path, int flags, struct diag *d)
{
	memset(h, 0, sizeof *h);
	jobs_init(&h->jobs);
	h->on_hold = h->aside = (struct job_list)JOB_LIST_INIT;
	h->lanes.free = NO_LANE;
	h->now = h->started = instant_now() / 1000 * 1000;
	h->ticks = instant_ticks();
	if (spool_open(&h->spool, path, flags, d) < 0)
		return -1;
	h->memo = memo_new();
	if (load_config(h, d) == 0 && shapes_open(h, d) == 0 && accounts_open(h, d) == 0 &&
	    (!(flags & SPOOL_LOCK) || whatif_open(h, d) == 0))
		return 0;
	hub_close(h);
	return -1;
}

void hub_close(struct hub *h)
{
	leave_wait(h);
	free(h->leave.list);
	lookup_free(&h->leave.by_name);
	for (uint32_t i = 0; i < h->freshes; i++)
		buf_free(&h->fresh[i].text);
	free(h->fresh);
	free(h->leaving);
	memo_free(h->memo);
	auth_check_free(h);
	lifetime_free(h);
	offers_free(&h->offers);
	reserved_free(h);
	gang_free(h);
	catalogue_free(&h->catalogue);
	site_time_free(h);
	site_table_free(h);
	facts_free(h);
	learned_free(h);
	shapes_free(&h->shapes);
	lanes_free(&h->lanes);
	accounts_free(&h->accounts);
	sums_free(&h->sums);
	names_free(&h->names);
	after_free(&h->afters);
	arrays_free(&h->arrays);
	jobs_free(&h->jobs);
	config_free(&h->config);
	spool_close(&h->spool);
}
