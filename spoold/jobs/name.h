/* SPDX-License-Identifier: GPL-2.0-or-later */
/* name - the table behind names.h. */
#ifndef SPOOLD_NAME_H
#define SPOOLD_NAME_H

#include <stdbool.h>
#include <stdint.h>

#include "uuid.h"

struct names {
	struct named { uint64_t hash; struct uuid id; } *slot;	/* hash 0: empty */
	uint32_t slots, count;
	bool ended_read;
};

#endif
