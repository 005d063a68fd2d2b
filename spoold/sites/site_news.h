/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_news - a site's document that tells only which datasets came and went, put
 * together with what is known of the site.
 *
 * A message that is read again after a restart tells nothing new.  If it builds upon
 * something else, a message was lost or the hub has forgotten: what
 * was known stays the best guess, without a generation, so that no further change is
 * taken for one of it; and the site is asked for the whole.
 */
#ifndef SPOOLD_SITE_NEWS_H
#define SPOOLD_SITE_NEWS_H

#include "hub.h"

/* What the site holds is what doc says then, and doc is whole, its list that of
 * s->holds.  *whole: it was so before.  -1: nothing has changed. */
int site_news_take(struct hub *h, uint16_t site, struct site_doc *doc, bool *whole, struct diag *d);

#endif
