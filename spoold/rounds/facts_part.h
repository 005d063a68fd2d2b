/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts_part - what the files of facts.h share. */
#ifndef SPOOLD_FACTS_PART_H
#define SPOOLD_FACTS_PART_H

#include "hub.h"

/* All that is known of the sites is told, and there is room for the files of this
 * shape; their numbers go into f->file.  false: out of memory. */
bool facts_ready(struct hub *h);
bool facts_files(struct hub *h, const struct text_list *datasets);
/* What facts_run() comes from; NOTHING: what the job states, or the configured length. */
enum learned_basis facts_basis(const struct hub *h, uint32_t job, const struct run_times **times);

#endif
