/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * about - what this site says about itself: the site document.
 *
 * What is configured, what the machine has and has free, what its runners
 * found, which datasets are here, and how much it wants to hold.
 */
#ifndef AGENT_ABOUT_H
#define AGENT_ABOUT_H

#include "agent.h"

/* What is offered: a->cores, memory, disk, from the configuration and the machine. */
void about_capacity(struct agent *a);

/* Measure the machine, then write the document.  -1: out of memory. */
int about_write(struct agent *a, struct buf *out, struct diag *d);
/* For `probe`: everything is asked and measured now, nothing is written down.
 * a: settings alone. */
int about_probe(struct agent *a, struct buf *out, struct diag *d);
/* The same with all that always changes a little rounded off or left out: when
 * this differs from what was told last, the hub wants to know. */
int about_digest(struct agent *a, struct buf *out, struct diag *d);

#endif
