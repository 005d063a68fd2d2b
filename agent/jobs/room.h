/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * room - what is free here of cores, memory and GPUs, and what attempts take.
 *
 * GPUs of a certain type count twice, as ones of their type and as ones of
 * all, as they do for the hub.  What takes more than there is leaves nothing,
 * and not less.
 */
#ifndef AGENT_ROOM_H
#define AGENT_ROOM_H

#include "agent.h"

enum { ROOM_TYPES = 16 };		/* of more types the last are nowhere */

struct room {
	uint32_t cores;
	uint64_t memory;
	uint32_t gpus;			/* of whatever type */
	uint32_t types, typed[ROOM_TYPES];
	const struct site_gpu *type;	/* the site's, in the same order */
};

/* All that the site has. */
struct room room_all(const struct agent *a);
/* What is left of it by those that run. */
struct room room_left(const struct agent *a);
bool room_fits(const struct room *r, const struct attempt *at);
void room_take(struct room *r, const struct attempt *at);
/* The kinds of GPUs here: the administrator's word, else what the first runner
 * found, else what Linux shows. */
uint32_t room_gpus(const struct agent *a, const struct site_gpu **kind);

#endif
