/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * title - the `name` of a request, without parsing the request where that can
 * be helped: 100,000 jobs are looked at when a spool is mounted.
 */
#ifndef SPOOLFS_TITLE_H
#define SPOOLFS_TITLE_H

#include <stddef.h>

#include "buf.h"

/* Append the name of the request to out; nothing when it has none. */
void title_read(const char *body, size_t len, struct buf *out);
/*
 * Append name as one component of a path: '/', '%' and control characters, and
 * the dots of "." and "..", become %XX; what is longer than 255 bytes is cut.
 */
void title_component(const char *name, size_t len, struct buf *out);

#endif
