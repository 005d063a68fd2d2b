/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * round_inside - jobs that name a reservation: they go where it lies, or wait for it.
 *
 * Nothing is weighed against other sites.  A job that cannot be given there
 * holds nothing of the reservation.
 */
#ifndef SPOOLD_ROUND_INSIDE_H
#define SPOOLD_ROUND_INSIDE_H

#include "hub.h"

struct reserved_answer;

/* A pending job whose shape names a reservation into that: 1: given to its site,
 * now or with a start to come; 2: answered NO; 0: it waits, until *wake if that is
 * set; -1. */
int round_inside(struct hub *h, uint32_t job, int64_t *wake, struct diag *d);
/* Give it there on these terms, *a of reserved_look(). */
int round_enter(struct hub *h, uint32_t job, const struct reserved_answer *a, struct diag *d);

#endif
