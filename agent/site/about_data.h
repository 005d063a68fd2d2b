/* SPDX-License-Identifier: GPL-2.0-or-later */
/* about_data - of the site document: the stores as they were measured, and what is
 * on its way. */
#ifndef AGENT_ABOUT_DATA_H
#define AGENT_ABOUT_DATA_H

#include "agent.h"
#include "site.h"

/* All that is made for it goes into t. */
int about_data(const struct agent *a, struct tree *t, struct site_doc *s, struct diag *d);
/* Take away what changes without being news. */
void about_data_roughly(struct site_doc *s);

#endif
