/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_part - what the readers and writers of a site's document share.
 */
#ifndef FORMATS_SITE_PART_H
#define FORMATS_SITE_PART_H

#include "site.h"

void site_write_compute(struct buf *b, const struct site_doc *s);

#endif
