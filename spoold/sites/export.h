/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * export - datasets laid out for one site: sites/SITE/down/data/DIGEST.
 *
 * A site sees the datasets of the jobs it was given and no others.  The copy
 * is made of hard links where the file system allows it, and is removed once
 * the site's own document lists the digest.
 */
#ifndef SPOOLD_EXPORT_H
#define SPOOLD_EXPORT_H

#include "hub.h"
#include "message.h"

/* Fill *in for a dataset, of the version that is pinned (NULL: which counts): where it lies, the nearest first, and lay it out where the
 * hub is one of these and the site does not hold it.  Lists go into t. */
int export_input(struct hub *h, uint16_t site, const char *dataset, const struct digest *pin,
		 struct tree *t, struct message_input *in, struct diag *d);
/* The same for an input named by its address. */
int export_address(const char *url, const struct digest *digest, struct tree *t,
		   struct message_input *in, struct diag *d);
/* Remove what this site holds by now. */
void export_clean(struct hub *h, uint16_t site);

#endif
