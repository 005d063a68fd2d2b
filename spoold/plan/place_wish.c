/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "place.h"

struct part { uint64_t cores, memory; };

static uint64_t raise(uint64_t least, uint64_t most, double share)
{
	return most > least ? least + (uint64_t)((double)(most - least) * share) : least;
}

static bool within(uint64_t v, uint64_t most)
{
	return !most || v <= most;
}

/* The smallest flavour that has all of it; or, if more is wanted, the largest
 * that is not more than that. */
static bool in_flavours(const struct place *p, const struct shape_part *c, const struct part *want,
			bool more, struct part *out)
{
	bool any = false;

	for (uint32_t i = 0; i < p->flavours; i++) {
		const struct place_flavour *f = &p->flavour[i];

		if (f->cores < c->cores || f->memory < c->memory || !within(f->cores, c->most_cores) ||
		    !within(f->memory, c->most_memory))
			continue;
		if (any && (!more || f->cores > want->cores || f->memory > want->memory))
			continue;
		*out = (struct part){ f->cores, f->memory };
		any = true;
	}
	return any;
}

static bool part_of(const struct place *p, const struct shape_part *c, double share, struct part *out)
{
	*out = (struct part){
		raise(c->cores, c->most_cores ? c->most_cores : 2 * (uint64_t)c->cores, share),
		raise(c->memory, c->most_memory ? c->most_memory
			: c->memory < TIMELINE_MOST ? 2 * c->memory : c->memory, share),
	};
	return !p->flavours || in_flavours(p, c, &(struct part){ out->cores, out->memory }, share > 0, out);
}

bool place_wish_part(const struct place *p, const struct shape_part *c, double share, uint64_t *cores,
		     uint64_t *memory)
{
	struct part each;

	if (!part_of(p, c, share, &each))
		return false;
	*cores = each.cores;
	*memory = each.memory;
	return true;
}

static int type_of(const struct place *p, const char *type)
{
	for (unsigned i = 0; i < PLACE_TYPES && p->type[i]; i++)
		if (!strcmp(p->type[i], type))
			return (int)i;
	return -1;
}

/* Of a type that the site never had there is none.  When it has more types than
 * are told apart, nobody knows here. */
static bool wish_gpus(const struct place *p, const struct shape *s, uint64_t *amount)
{
	amount[PLACE_GPUS] = s->demand.gpus;
	for (uint32_t i = 0; i < s->gpus; i++) {
		int type = s->gpu[i].type ? type_of(p, s->gpu[i].type) : -1;

		if (type >= 0)
			amount[PLACE_TYPED + type] += s->gpu[i].count;
		else if (s->gpu[i].type && !p->type[PLACE_TYPES - 1])
			return false;
	}
	return true;
}

static bool has_all(const struct place *p, const uint64_t *amount)
{
	for (unsigned k = 0; k < p->line.kinds; k++)
		if (amount[k] > (uint64_t)p->line.capacity[k])
			return false;
	return true;
}

bool place_wish_more(const struct place *p, const struct shape *s, double share,
		     uint64_t amount[TIMELINE_KINDS])
{
	memset(amount, 0, TIMELINE_KINDS * sizeof *amount);
	if (!place_known(p))
		return false;
	for (uint32_t i = 0; i < s->parts; i++) {
		struct part each;

		if (!part_of(p, &s->part[i], share, &each))
			return false;
		amount[PLACE_CORES] += each.cores * s->part[i].replicas;
		/* Sums that overflow are more than anybody has. */
		if (each.memory > TIMELINE_MOST / s->part[i].replicas ||
		    (amount[PLACE_MEMORY] += each.memory * s->part[i].replicas) > TIMELINE_MOST)
			return false;
	}
	amount[PLACE_DISK] = s->demand.disk;
	return wish_gpus(p, s, amount) && has_all(p, amount);
}

bool place_wish(const struct place *p, const struct shape *s, uint64_t amount[TIMELINE_KINDS])
{
	return place_wish_more(p, s, 0, amount);
}
