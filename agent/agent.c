/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "agent.h"

#include <stdlib.h>
#include <unistd.h>

#include "about.h"
#include "held.h"
#include "io.h"
#include "loop.h"
#include "receive.h"
#include "runner_list.h"
#include "stage.h"
#include "tell.h"

static void child_started(pid_t pid, void *agent)
{
	loop_child(agent, pid);
}

static void set_fetches(struct agent *a)
{
	a->fetches = (struct fetches){
		.st = &a->st, .cache = &a->cache, .hub = &a->hub, .set = a->set,
		.max = a->set->transfers,
		.needed = stage_needed, .ctx = a, .started = child_started,
	};
}

/* A hidden message of ours was never seen, for a shown one is on disk before it
 * leaves this machine (pass.c, show): whatever it says is still true and will be
 * told anew.  See mailbox.h, invariant 2. */
static bool vouch_for_nothing(const char *text, size_t len, void *ctx)
{
	(void)text;
	(void)len;
	(void)ctx;
	return false;
}

static int open_mail(struct agent *a, struct diag *d)
{
	struct diag why = DIAG_INIT;

	/* The last rename of a pass that was killed may not be on disk yet. */
	if (io_sync_dir(a->st.up, &why) == 0 &&
	    mailbox_open(&a->up, a->st.up, vouch_for_nothing, NULL, &why) == 0)
		return 0;
	diag_set(d, "%s: %.400s", a->hub.up, why.text);
	return -1;
}

/* A power cut may have taken its lines and left what they are about. */
static int open_ledger(struct agent *a, struct diag *d)
{
	int64_t now = instant_now();

	/* Written once a day: what a crash left would lie there as long. */
	unlinkat(a->st.root, ".ledger.tmp", 0);
	if (ledger_open(&a->ledger, a->st.root, now, d) < 0)
		return -1;
	for (int s = 0; a->ledger.rebooted && s < ATTEMPT_ENDED; s++)
		for (struct attempt *at = a->held.in[s].first; at; at = at->next)
			ledger_take(&a->ledger, &(struct ledger_entry){ at->key, at->cores, at->memory, 0 },
				    now);
	a->ledger.rebooted = false;
	return ledger_write(&a->ledger, a->st.root, d);
}

static int open_parts(struct agent *a, bool mail, struct diag *d)
{
	if (cache_open(&a->cache, a->set->cache, a->st.root, a->set->cache_size, d) < 0 ||
	    locals_open(&a->locals, a->set, &a->st, d) < 0)
		return -1;
	a->cache.copy = a->set->cache_copy;
	a->cache.high = a->set->cache_high;
	a->cache.low = a->set->cache_low;
	a->locals.started = child_started;
	a->locals.ctx = a;
	set_fetches(a);
	about_capacity(a);
	if (runners_load(&a->runners, a->set, a->st.root, &a->log, d) < 0)
		return -1;
	gpus_load(&a->gpus, a->set->machine_root, a->st.root);
	locals_check(&a->locals, &a->st, &a->log);
	if (mail && open_mail(a, d) < 0)
		return -1;
	if (held_scan(a, d) < 0 || open_ledger(a, d) < 0)
		return -1;
	a->unstaged = a->let_go = true;
	return mail && (receive_open(a, d) < 0 || tell_open(a, d) < 0) ? -1 : 0;
}

int agent_open(struct agent *a, const struct settings *set, bool mail, struct diag *d)
{
	int got = -1;

	*a = (struct agent){ .set = set, .log = LOG_INIT, .trash = BUF_INIT };
	a->st.root = a->st.lock = a->cache.dir = a->locals.dir = -1;
	a->tell.site_told = (struct buf)BUF_INIT;
	a->heard = (struct heard)HEARD_INIT;
	a->shim = runner_beside("spool-shim");
	if (!a->shim)
		diag_nomem(d);
	else if (transport_open(&a->hub, set, d) == 0 &&
		 state_open(&a->st, set->state, a->hub.down, a->hub.up, d) == 0)
		got = state_lock(&a->st, d);
	if (got > 0) {
		log_open(&a->log, a->st.root);
		if (open_parts(a, mail, d) < 0)
			got = -1;
	}
	if (got <= 0)
		agent_close(a);
	return got;
}

void agent_close(struct agent *a)
{
	loop_close(a);
	log_free(&a->log);
	buf_free(&a->trash);
	buf_free(&a->tell.site_told);
	fetch_free(&a->fetches);
	attempts_free(&a->held);
	runners_free(&a->runners);
	gpus_free(&a->gpus);
	heard_free(&a->heard);
	locals_close(&a->locals);
	cache_close(&a->cache);
	ledger_close(&a->ledger);
	if (a->st.root >= 0)
		state_close(&a->st);
	if (a->hub.kind)
		transport_close(&a->hub);
	free(a->shim);
	a->shim = NULL;
}
