/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price.h"

static double first_said(double a, double b, double c)
{
	return a >= 0 ? a : b >= 0 ? b : c >= 0 ? c : 0;
}

void price_list(const struct config *c, const char *name, const struct site_doc *site,
		struct prices *out)
{
	static const struct prices unsaid = PRICES_UNSAID;
	const struct config_site *cs = config_site(c, name);
	const struct prices *a = cs ? &cs->prices : &unsaid, *b = site ? &site->prices : &unsaid,
		*all = &c->prices;

	out->core_hour = first_said(a->core_hour, b->core_hour, all->core_hour);
	out->memory_hour = first_said(a->memory_hour, b->memory_hour, all->memory_hour);
	out->gpu_hour = first_said(a->gpu_hour, b->gpu_hour, all->gpu_hour);
	out->moved = first_said(a->moved, b->moved, all->moved);
	out->job = first_said(a->job, b->job, all->job);
}

double price_of(const struct prices *p, const struct usage *u)
{
	const double gib = 1024.0 * 1024 * 1024;
	double hours = u->seconds > 0 ? u->seconds / 3600 : 0;

	return p->job + hours * (p->core_hour * u->cores + p->gpu_hour * u->gpus +
				 p->memory_hour * ((double)u->memory / gib)) +
	       p->moved * ((double)u->moved / gib);
}

struct usage price_expect(const struct demand *demand, int64_t wall, uint64_t moved)
{
	return (struct usage){ .seconds = wall > 0 ? (double)wall / 1e6 : 0, .cores = demand->cores,
			       .gpus = demand->gpus, .memory = demand->memory, .moved = moved };
}
