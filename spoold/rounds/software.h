/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * software - how long sites take to get ready what jobs name: images,
 * environments, modules.
 *
 * A site tells what it has in `resolved`, which it looks at now and then; what a
 * job has run with there since counts as being there as well.  What is missing
 * costs the time that it took where it was missing before: this one, else any.
 * Without any such run, half a minute.
 *
 * The time is that from when the site began with the job until its task ran, by
 * the site's clock, of jobs that were given to a site that did not have it, since
 * the hub was started.
 */
#ifndef SPOOLD_SOFTWARE_H
#define SPOOLD_SOFTWARE_H

#include <stdint.h>

struct hub;
struct message_report;
struct shape;

enum { SOFTWARE_SEEN = 32 };
/* Of one site: what jobs ran with, the newest over the oldest. */
struct software_seen { struct { uint64_t key; int64_t at; } item[SOFTWARE_SEEN]; uint32_t next; };

/* Seconds; *runs: that this was learned from. */
double software_prepare(const struct hub *h, const struct shape *s, uint32_t site, uint32_t *runs);
/* The job is given to its site. */
void software_given(struct hub *h, uint32_t job);
/* And has run there. */
void software_ran(struct hub *h, uint32_t job, const struct message_report *r);

#endif
