/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * request_part - the parts that request_read() is made of.  For request*.c,
 * drop.c, command.c, reservation.c and transaction.c only.  Each fills its part of *r, which is zero before.
 */
#ifndef FORMATS_REQUEST_PART_H
#define FORMATS_REQUEST_PART_H

#include "request.h"

/* The mapping a dropped document is made of: the root, or the one mapping in
 * a list (`- task: ...`, as the ExecutionPlanner writes it).  NULL: *d says why. */
const struct node *drop_root(const struct node *root, struct diag *d);

/* `type` as it was read from map, to be shortened: has to end in a name. */
int request_type_word(const struct node *map, const char **type, struct diag *d);
/* Text for people or other systems, from the value n: no control characters. */
int request_printable(const struct node *n, const char *key, struct diag *d);
/* A zeroed array for what v lists, at most 1000; NULL also when that is none,
 * then *count is 0 and 0 comes back. */
int request_array(struct tree *t, const struct node *v, const char *key, size_t size,
		  void *array, struct diag *d);
/* A name becomes a link in a directory of spoolfs: it has to be a good file name.
 * map: what has it as `name`, or has none. */
int request_name_ok(const struct node *map, struct diag *d);

/* resources: compute, storage, and how volumes tie them together */
int request_resources(struct tree *t, const struct node *map, struct request *r,
		      struct diag *d);
int request_compute(struct tree *t, const struct node *v, struct request *r, struct diag *d);
int request_storage(struct tree *t, const struct node *v, struct request *r, struct diag *d);
int request_volumes(struct tree *t, const struct node *v, const struct request *r,
		    struct compute *c, struct diag *d);
/* `start` of a time window: an interval, or an instant, which is [t, t]. */
int request_start(const struct node *n, struct interval *out, struct diag *d);
int request_time(struct tree *t, const struct node *v, struct request *r, struct diag *d);
int request_after(struct tree *t, const struct node *v, struct request *r, struct diag *d);
/* n: the value of `array`; text: as it stands there, or NULL. */
int request_tasks(const struct node *n, const char *text, struct request *r, struct diag *d);
int request_placement(struct tree *t, const struct node *map, struct request *r,
		      struct diag *d);

#endif
