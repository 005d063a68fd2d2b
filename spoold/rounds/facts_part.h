/* SPDX-License-Identifier: GPL-2.0-or-later */
/* facts_part - what the files of facts.h share. */
#ifndef SPOOLD_FACTS_PART_H
#define SPOOLD_FACTS_PART_H

#include "hub.h"

/* facts.c: all that is known of the sites is told.  false: out of memory. */
bool facts_ready(struct hub *h);
/* Room for so many files; what was told before has been told again. */
bool facts_room(struct hub *h, uint32_t files);
/* What facts_run() comes from; NOTHING: what the job states, or the configured length. */
enum learned_basis facts_basis(const struct hub *h, uint32_t job, const struct run_times **times);

/* facts_data.c: the numbers of the files of this shape go into f->file. */
bool facts_files(struct hub *h, const struct shape *s);
/* What each site would fetch for a job of the shape alone; NULL: nothing. */
const struct planner_own *facts_own(struct hub *h, const struct shape *s);
/* What the catalogue says of all files; what one site says that it holds; and what
 * is on its way there, by the site's word, or because a job that was given to it
 * needs it: this also fills its line. */
void facts_tell_files(struct hub *h);
void facts_tell_data(struct hub *h, uint32_t site);
void facts_tell_coming(struct hub *h, uint32_t site);
void facts_data_free(struct facts *f);

#endif
