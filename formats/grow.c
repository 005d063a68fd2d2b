/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "grow.h"

#include <stdlib.h>
#include <string.h>

enum { FIRST = 16 };

bool grow(void *array, uint32_t count, uint32_t *cap, size_t each)
{
	uint32_t more = *cap ? *cap * 2 : FIRST;
	void *item, *grown;

	if (count < *cap)
		return true;
	if (more <= *cap)
		return false;
	memcpy(&item, array, sizeof item);
	grown = reallocarray(item, more, each);
	if (!grown)
		return false;
	memcpy(array, &grown, sizeof grown);
	*cap = more;
	return true;
}
