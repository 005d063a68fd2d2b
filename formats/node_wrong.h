/* SPDX-License-Identifier: GPL-2.0-or-later */
/* node_wrong - why a text is not YAML, in words for its author; for node.c only. */
#ifndef FORMATS_NODE_WRONG_H
#define FORMATS_NODE_WRONG_H

#include <stddef.h>
#include <yaml.h>

#include "diag.h"

/* yaml_parser_parse() of this text has failed.  Returns -1, with *d. */
int node_wrong(const yaml_parser_t *p, const char *text, size_t len, struct diag *d);

#endif
