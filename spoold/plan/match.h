/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * match - may this shape run at this site, and what would it have to fetch?
 *
 * Pure: values in, values out.  The order of the tests is the order of the
 * reasons: clearance, groups, tags, task type, how software is resolved,
 * resources the site can never have, datasets nobody can give it.
 */
#ifndef PLAN_MATCH_H
#define PLAN_MATCH_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "config.h"
#include "data_at.h"
#include "shape.h"
#include "site.h"

struct match {
	bool may;
	bool denied;		/* it may not, and only for want of permission: clearance, authentication */
	bool later;		/* it may not, but that ends by itself: ask again */
	bool preferred;		/* has every preferred tag */
	bool avoided;		/* has one of the tags to avoid */
	uint32_t unresolved;	/* software that it would have to get first */
	uint64_t missing;	/* bytes of inputs that are not at the site */
	uint64_t held;		/* bytes of inputs that are */
};

/*
 * Fill *m.  Reservations are no matter of a site, and are not looked at; one that
 * is asked for has no type.  When it may not and reasons is not NULL, append each reason as a
 * phrase ("it runs no oci-container"), separated by "; ".
 */
void match_site(const struct shape *s, const struct site_doc *site, const struct config *config,
		const struct catalogue *catalogue, struct match *m, struct buf *reasons);

#endif
