/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drop_name - what the name of a file in inbox/ says about it.
 *
 * The hub and the view go by the same rule: what the view takes for unfinished
 * never reaches the spool, and what a writer without a view leaves there under
 * such a name the hub does not look at.
 */
#ifndef FORMATS_DROP_NAME_H
#define FORMATS_DROP_NAME_H

#include <stdbool.h>

/* Does the name belong to something unfinished: hidden, an editor's, rsync's? */
bool drop_name_temporary(const char *name);
/* Does it end as a document's does: .yaml, .yml or .json? */
bool drop_name_ends_well(const char *name);

#endif
