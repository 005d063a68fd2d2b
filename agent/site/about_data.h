/* SPDX-License-Identifier: GPL-2.0-or-later */
/* about_data - of the site document: the stores as they were measured, and what is
 * on its way; and the datasets that are here. */
#ifndef AGENT_ABOUT_DATA_H
#define AGENT_ABOUT_DATA_H

#include "agent.h"
#include "site.h"

/* All that is made for it goes into t. */
int about_data(const struct agent *a, struct tree *t, struct site_doc *s, struct diag *d);
/* The datasets: what has changed since the hub heard of them, or all. */
int about_datasets(struct agent *a, struct tree *t, struct site_doc *s, struct diag *d);
/* A number that is another one when they are other ones; 0: nothing was told yet. */
uint64_t about_generation(struct agent *a);
/* Take away what changes without being news. */
void about_data_roughly(struct site_doc *s);

#endif
