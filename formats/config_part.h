/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * config_part - what the readers of config.yaml's parts share.
 *
 * A configuration grows by uncommenting, so `sites:` with nothing but comments
 * below it says no more than no `sites:` at all: hence FIELD_NODE, and
 * config_silent(), where other documents want a mapping.
 */
#ifndef FORMATS_CONFIG_PART_H
#define FORMATS_CONFIG_PART_H

#include "config.h"

bool config_silent(const struct node *n);
/* A mapping whose keys are names that the administrator chose: how many, or -1. */
int config_named(const struct node *map, const char *what, struct diag *d);
int config_read_stores(const struct node *map, struct config *c, struct diag *d);
int config_read_auth(const struct node *n, struct config *c, struct diag *d);

#endif
