/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config - the hub's config.yaml, the administrator's file.  docs/spool-config.5.
 *
 *	archive: {after: P7D}
 *	lease: PT1H
 *	offers: {lifetime: PT10M, most: 4}
 *	reservations: {most: 10, core-hours: 1000}
 *	policy: {unplaceable: fail, bandwidth: 12.5MB}
 *	clearances: {clinical: [north, south]}
 *	sites: {north: {groups: [eu], enabled: true}}
 *	auth: {unknown: no, methods: {x509: {check: /usr/lib/spool/x509}}}
 *	prices: {core-hour: 0.02}	(and who pays: config_accounts.h)
 *	stores: {store-b: {url: "s3://store-b/", clearances: [clinical]}}
 *
 * Every field may be missing.  A clearance has to be granted here and claimed
 * by the site: neither the hub nor a site alone makes a site cleared.
 */
#ifndef FORMATS_CONFIG_H
#define FORMATS_CONFIG_H

#include <stdbool.h>
#include <stdint.h>

#include "config_accounts.h"
#include "diag.h"
#include "node.h"
#include "prices.h"
#include "request.h"

struct config_clearance { const char *name; struct text_list sites; };
struct config_site {
	const char *name;
	struct text_list groups, tags;	/* added to what the site says */
	struct prices prices;		/* of this site, whatever it says */
	bool enabled;			/* false: gets no new work */
	const struct node *more;
};

/* A way in which users prove who they are, and the program that checks it. */
struct config_auth {
	const char *type;
	const char *check;		/* absolute path */
	int64_t timeout;		/* microseconds; default 10 s */
};

/* The answer to a request that names only methods that this hub does not know:
 * NO, as if anonymous, or a rejected drop (section "Level 3" of the planner's text). */
enum config_unknown { AUTH_UNKNOWN_NO, AUTH_UNKNOWN_ANONYMOUS, AUTH_UNKNOWN_REJECT };

struct config_store {
	const char *name;
	const char *url;		/* what lies in it begins so */
	struct text_list clearances;	/* sensitive data that may be sent there */
	uint64_t bandwidth;		/* bytes/s assumed for a site that has not measured; 0: policy's */
};

struct config {
	struct tree tree;		/* owns all strings */
	int64_t  archive_after;		/* microseconds after the end; default 7 days */
	int64_t  lease;			/* silence of a site after which its work is given away; 1 hour */
	bool     unplaceable_waits;	/* policy.unplaceable: wait | fail (default) */
	uint64_t bandwidth;		/* bytes a second assumed for staging; 12.5 MB */
	uint32_t batch;			/* most drops in one flush; 4096 */
	int64_t  length;		/* assumed of a job that does not say how long it takes; 1 hour */
	uint32_t depth;			/* waiting jobs that get a planned start; 10 */
	int64_t  canary;		/* then a site that was set aside is tried with a job; 1 minute */
	int64_t  assess;		/* that long `assess: live` waits for sites; 10 seconds */
	int64_t  offer_lifetime;	/* how long an offer stands and holds what it offers; 10 minutes */
	uint32_t offers_most;		/* offers for one request; 4 */
	uint32_t reservations_most;	/* active ones of one user; UINT32_MAX: no limit */
	uint32_t reservations_core_hours;	/* that they hold in all, from now on; UINT32_MAX */
	struct config_clearance *clearance;
	uint32_t clearances;
	struct config_site *site;
	uint32_t sites;
	struct config_auth *auth;
	uint32_t auths;
	enum config_unknown auth_unknown;
	struct prices prices;		/* of all sites that do not say theirs */
	struct config_accounts accounts;
	struct config_store *store;
	uint32_t stores;
};

/* Defaults, then what the text says.  NULL text: defaults alone. */
int config_read(struct config *c, const char *text, size_t len, struct diag *d);
void config_free(struct config *c);
const struct config_site *config_site(const struct config *c, const char *name);
/* `owner` or `anonymous`, which need no program. */
bool config_auth_built_in(const char *type);
const struct config_auth *config_auth(const struct config *c, const char *type);
const struct config_store *config_store(const struct config *c, const char *name);
bool config_cleared(const struct config *c, const char *site, const char *clearance);

#endif
