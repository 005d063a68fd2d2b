/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What sums.c and sums_file.c share; not for others. */
#ifndef SPOOLD_SUMS_PART_H
#define SPOOLD_SUMS_PART_H

#include "sums.h"

/* Find or add; NULL: out of memory. */
struct sum *sums_find(struct sums *s, enum sum_kind kind, uint32_t owner, const char *name);
void sums_begin_month(struct sums *s, int month);
/* The last instant of a month. */
int64_t sums_month_end(int month);
/* Remember the record of a line.  False: it is known. */
bool sums_remember(struct hub *h, const char *line, size_t len);

#endif
