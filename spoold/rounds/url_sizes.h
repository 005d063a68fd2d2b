/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * url_sizes - how long inputs are that jobs name by their address.
 *
 * No catalogue tells of them.  What a site has told counts: of a transfer that
 * was under way, and of a job that ended and has no other inputs, the bytes that
 * were fetched for it; of several addresses, of all of them together.  Else what
 * the job says.  learned.h keeps it, so what was not seen for long is forgotten.
 */
#ifndef SPOOLD_URL_SIZES_H
#define SPOOLD_URL_SIZES_H

#include <stdbool.h>
#include <stdint.h>

struct hub;
struct message_report;
struct shape;
struct shape_url;
struct site_doc;
struct source;

/* Bytes; 0: not known. */
double url_size(const struct hub *h, const struct shape_url *u);
/* What a site fetches by address for each job of the shape, over an idle line, and
 * how long that takes. */
struct url_load { double bytes, seconds; };
void url_load(const struct hub *h, const struct shape *s, uint32_t site, struct url_load *out);
/* Has the site the version that is wanted? */
bool url_held(const struct hub *h, const struct shape_url *u, uint32_t site);
/* Changes with the addresses, and with what is known of them; 0: there are none. */
uint64_t url_sizes_version(const struct hub *h, const struct shape *s);

/* The job has ended at its site. */
void url_sizes_ended(struct hub *h, uint32_t job, const struct message_report *r);
/* The site has told about itself. */
void url_sizes_told(struct hub *h, const struct site_doc *doc);

#endif
