/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * refusal - the errno of a refusal, as the end of its sentence.
 *
 *	accept-0193a2b4.yaml: offer 2 has expired [ESTALE]
 *
 * The hub says no in a file; a view has to say it as an errno.  This is how
 * the one learns it from the other.
 */
#ifndef FORMATS_REFUSAL_H
#define FORMATS_REFUSAL_H

#include <stddef.h>

#include "diag.h"

/* EINVAL, EACCES, EDQUOT, ENOSPC or ESTALE; NULL: none of these. */
const char *refusal_name(int err);
/* As diag_set, with " [NAME]" behind it; returns -1. */
int refuse(struct diag *d, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* The errno at the end of a sentence, before any newlines; 0: it has none.
 * *len becomes the length without it. */
int refusal_read(const char *text, size_t *len);

#endif
