/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grow.h"

#include <stdlib.h>

enum { FIRST = 16 };

bool grow(void *array, uint32_t count, uint32_t *cap, size_t each)
{
	uint32_t room = *cap ? *cap * 2 : FIRST;
	void **items = array, *more;

	if (count < *cap)
		return true;
	if (room <= *cap || !(more = reallocarray(*items, room, each)))
		return false;
	*items = more;
	*cap = room;
	return true;
}
