/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * wants - what all jobs of one shape want: datasets, a reservation.
 *
 * The hub gives one shape to jobs that placement cannot tell apart, so this is
 * read from the request of the first job of each shape, not of every job.
 */
#ifndef SPOOLFS_WANTS_H
#define SPOOLFS_WANTS_H

#include <stdbool.h>
#include <stddef.h>

#include "buf.h"

struct wants {
	char *datasets;		/* names, each with a NUL; NULL: none */
	size_t datasets_len;
	char *reservation;	/* NULL: none */
	bool sensitive;		/* the request states a sensitivity */
};

/* Out of a request, as it was dropped; nothing for what cannot be read. */
void wants_read(struct wants *w, const char *request, size_t len);
void wants_free(struct wants *w);
bool wants_dataset(const struct wants *w, const char *name);

struct view;
struct who;
/* Does a job that this caller may see want the dataset? */
bool wants_by(struct view *v, const struct who *who, const char *dataset);
/* Is the dataset's name nothing for this caller?  docs/spoolfs.8, datasets/ */
bool wants_hidden(struct view *v, const struct who *who, const char *dataset);

#endif
