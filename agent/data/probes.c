/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "probes.h"

#include "background.h"
#include "instant.h"
#include "loop.h"
#include "samples.h"
#include "start.h"
#include "store.h"

#define EVERY (10 * MINUTE_US)

static const char lock[] = "stores.lock";

struct work { const struct agent *a; bool all; };

static bool is_old(const struct agent *a, const struct settings_store *s)
{
	struct tree t = TREE_INIT;
	int64_t now = instant_now();
	struct site_store known;

	samples_sum_up(a->set, &t, s, now, &known);
	tree_free(&t);
	return now - known.measured >= EVERY;
}

static int probe_all(void *ctx)
{
	const struct work *w = ctx;

	for (uint32_t i = 0; i < w->a->set->stores; i++) {
		const struct settings_store *s = &w->a->set->store[i];
		struct store_timing t;
		struct diag d = DIAG_INIT;

		if (w->all || is_old(w->a, s))
			(void)!store_probe(w->a->set, s, &t, &d);
	}
	return 0;
}

void probes_start(struct agent *a, bool all)
{
	struct work w = { a, all };
	struct diag d = DIAG_INIT;
	bool any = all && a->set->stores;

	for (uint32_t i = 0; !any && i < a->set->stores; i++)
		any = is_old(a, &a->set->store[i]);
	if (!any)
		return;
	if (background_start(&a->st, a->st.root, lock, probe_all, &w, &a->probing, &d) < 0)
		log_diag(&a->log, "cannot measure the stores", &d);
	else if (a->probing)
		loop_child(a, a->probing);
}

bool probes_awaited(const struct agent *a)
{
	return a->tell.asked && instant_steady_ms() < a->tell.answer_by &&
	       background_busy(a->st.root, lock);
}

void probes_wait(struct agent *a, int ms)
{
	int status;

	if (a->probing && background_wait(a->probing, ms, &status))
		a->probing = 0;
}
