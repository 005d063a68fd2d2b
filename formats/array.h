/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * array - many tasks in one request: `array: 1-1000%50`.
 *
 * Indices and ranges of them, with a step behind a colon, in rising order; and
 * behind a percent sign how many may be with sites at once.
 *
 *	5		one task, index 5
 *	1-10:2,20	1 3 5 7 9 20
 *	0-999999%100	a million, a hundred at a time
 *
 * The first task has place 0, whatever its index.
 */
#ifndef FORMATS_ARRAY_H
#define FORMATS_ARRAY_H

#include <stdbool.h>
#include <stdint.h>

#include "diag.h"
#include "uuid.h"

enum { ARRAY_PARTS = 100, ARRAY_TASKS = 10000000, ARRAY_INDEX = 1000000000 };

struct array_part { uint32_t from, to, step; };

struct array {
	struct array_part part[ARRAY_PARTS];
	uint32_t parts;
	uint32_t tasks;			/* 0: no array */
	uint32_t most;			/* at once; 0: as many as there are */
};

/* -1: *d says at which byte what was expected. */
int array_parse(const char *text, struct array *a, struct diag *d);
/* Of a place below tasks. */
uint32_t array_index(const struct array *a, uint32_t place);
/* UINT32_MAX: it is no index of the array. */
uint32_t array_place(const struct array *a, uint32_t index);
/* The id of the task at a place: the array's up to the time and what follows it, then
 * a hash. */
void array_id(const struct uuid *array, uint32_t place, struct uuid *id);

#endif
