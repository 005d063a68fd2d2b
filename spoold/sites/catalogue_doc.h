/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * catalogue_doc - the documents data/NAME.yaml, each read once as long as it is the
 * same file.  What is returned stays until the process ends, for assignments and
 * verdicts may still look at it; another text has another document.
 */
#ifndef SPOOLD_CATALOGUE_DOC_H
#define SPOOLD_CATALOGUE_DOC_H

#include "dataset_doc.h"
#include "hub.h"

/* NULL: there is none, or it cannot be read, which is said to the log once. */
const struct dataset_doc *catalogue_doc(struct hub *h, const char *name);

#endif
