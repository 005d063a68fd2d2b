/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "metrics.h"

#include <inttypes.h>
#include <stddef.h>

#include "instant.h"
#include "io.h"

static const struct { const char *name, *help; size_t offset; } counters[] = {
	{ "spool_drops_total", "Jobs taken from inbox/.", offsetof(struct hub_count, drops) },
	{ "spool_rejected_total", "Drops that could not be taken.", offsetof(struct hub_count, rejected) },
	{ "spool_commands_total", "Commands carried out.", offsetof(struct hub_count, commands) },
	{ "spool_assigned_total", "Attempts assigned to sites.", offsetof(struct hub_count, assigned) },
	{ "spool_completed_total", "Jobs completed.", offsetof(struct hub_count, completed) },
	{ "spool_failed_total", "Jobs failed.", offsetof(struct hub_count, failed) },
	{ "spool_cancelled_total", "Jobs cancelled.", offsetof(struct hub_count, cancelled) },
	{ "spool_expired_total", "Jobs expired.", offsetof(struct hub_count, expired) },
	{ "spool_messages_in_total", "Messages taken from sites.", offsetof(struct hub_count, messages_in) },
	{ "spool_messages_out_total", "Messages shown to sites.", offsetof(struct hub_count, messages_out) },
	{ "spool_reports_refused_total", "Reports about jobs that the site does not hold.",
	  offsetof(struct hub_count, refused_reports) },
	{ "spool_flushes_total", "Flushes of the spool.", offsetof(struct hub_count, flushes) },
	{ "spool_errors_total", "Operations of the disk that failed.", offsetof(struct hub_count, errors) },
	{ "spool_watch_overflows_total", "Times that hints of changes were lost.",
	  offsetof(struct hub_count, overflows) },
	{ "spool_archived_total", "Jobs moved to archive/.", offsetof(struct hub_count, archived) },
};

static void add_sites(struct hub *h, struct buf *b)
{
	buf_adds(b, "# HELP spool_site_jobs Jobs that a site holds.\n# TYPE spool_site_jobs gauge\n");
	for (uint32_t i = 0; i < h->sites.count; i++)
		buf_addf(b, "spool_site_jobs{site=\"%s\"} %u\n", h->sites.site[i]->name,
			 h->sites.site[i]->held.count);
	buf_adds(b, "# HELP spool_site_silent_seconds Time since a site was heard of.\n"
		    "# TYPE spool_site_silent_seconds gauge\n");
	for (uint32_t i = 0; i < h->sites.count; i++)
		buf_addf(b, "spool_site_silent_seconds{site=\"%s\"} %" PRId64 "\n",
			 h->sites.site[i]->name, (h->ticks - h->sites.site[i]->heard) / SECOND_US);
	buf_adds(b, "# HELP spool_site_stopped Whether a site's mail cannot be read.\n"
		    "# TYPE spool_site_stopped gauge\n");
	for (uint32_t i = 0; i < h->sites.count; i++)
		buf_addf(b, "spool_site_stopped{site=\"%s\"} %d\n", h->sites.site[i]->name,
			 h->sites.site[i]->stuck);
	buf_adds(b, "# HELP spool_site_aside Whether a site failed too many jobs, and is tried with one at a time.\n"
		    "# TYPE spool_site_aside gauge\n");
	for (uint32_t i = 0; i < h->sites.count; i++)
		buf_addf(b, "spool_site_aside{site=\"%s\"} %d\n", h->sites.site[i]->name,
			 h->sites.site[i]->trust.aside > 0);
}

void metrics_write(struct hub *h)
{
	struct buf b = BUF_INIT;
	struct diag d;

	for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
		buf_addf(&b, "# HELP %s %s\n# TYPE %s counter\n%s %" PRIu64 "\n", counters[i].name,
			 counters[i].help, counters[i].name, counters[i].name,
			 *(const uint64_t *)((const char *)&h->count + counters[i].offset));
	buf_adds(&b, "# HELP spool_jobs Jobs that have not ended, by phase.\n# TYPE spool_jobs gauge\n");
	for (int p = 0; p < PHASES && !phase_final((enum phase)p); p++)
		buf_addf(&b, "spool_jobs{phase=\"%s\"} %u\n", phase_name((enum phase)p),
			 h->jobs.in_phase[p]);
	buf_addf(&b, "# HELP spool_shapes Different shapes of jobs in memory.\n# TYPE spool_shapes gauge\nspool_shapes %u\n",
		 h->shapes.count);
	add_sites(h, &b);
	if (io_publish(h->spool.run, "metrics", 0644, b.s, b.len, 0, &d) < 0)
		hub_log("run/metrics: %s", d.text);
	buf_free(&b);
}
