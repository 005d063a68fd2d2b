/* SPDX-License-Identifier: GPL-2.0-or-later */
/* index_part - what index*.c share, under the write lock.  For these files only. */
#ifndef SPOOLFS_INDEX_PART_H
#define SPOOLFS_INDEX_PART_H

#include "index.h"

static inline uint32_t index_number_of(const struct index *ix, const struct job *j)
{
	return (uint32_t)(j - ix->job);
}

/* The kernel has forgotten these, or will: JOB_SEEN_*. */
static inline void index_unsee(struct index *ix, const struct job *j, int bits)
{
	ix->seen[index_number_of(ix, j)] &= (uint8_t)~bits;
}

/* A directory has other names now: when, whether the kernel was told of it, and
 * its kind. */
void index_touch_names(struct index *ix, int64_t *changed, bool *seen, int kind);

/* A job's value of this kind; of length 0: none.  false: out of memory. */
bool index_set_text(struct index *ix, struct job *j, enum by by, const char *text, size_t len);
void index_set_phase(struct index *ix, struct job *j, enum phase phase);
/* It is listed in by-phase/ under that one. */
void index_show(struct index *ix, struct job *j, enum phase shown);
/* It has none any more; it may have had none. */
void index_leave_value(struct index *ix, struct job *j, enum by by);

#endif
