/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * title - what people call a thing, as one component of a path.
 */
#ifndef SPOOLFS_TITLE_H
#define SPOOLFS_TITLE_H

#include <stddef.h>

#include "buf.h"

/*
 * Append name to out: '/' and control characters, and
 * the dots of "." and "..", become %XX; what is longer than 255 bytes is cut.
 */
void title_component(const char *name, size_t len, struct buf *out);

#endif
