/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "price.h"

#include <math.h>
#include <string.h>

#include "tap.h"

static void same(double got, double expected, const char *what)
{
	ok(fabs(got - expected) < 1e-9, "%s", what);
}

static void counts(void)
{
	struct prices p = { .core_hour = 2, .memory_hour = 0.5, .gpu_hour = 10, .moved = 0.25, .job = 1 };
	struct usage u = { 0 };

	same(price_of(&p, &u), 1, "an attempt that used nothing pays for being made");
	u = (struct usage){ .seconds = 1800, .cores = 4 };
	same(price_of(&p, &u), 1 + 4, "cores, by the hour");
	u = (struct usage){ .seconds = 7200, .gpus = 2, .memory = (uint64_t)3 << 30 };
	same(price_of(&p, &u), 1 + 40 + 3, "GPUs and GiB of memory");
	u = (struct usage){ .moved = (uint64_t)8 << 30 };
	same(price_of(&p, &u), 1 + 2, "and GiB moved, however long it took");
	u = (struct usage){ .seconds = -5, .cores = 1 };
	same(price_of(&p, &u), 1, "a clock that went back makes nothing cheaper");
}

static void expects(void)
{
	struct demand d = { .cores = 3, .gpus = 1, .memory = 512 };
	struct usage u = price_expect(&d, 90000000, 7);

	same(u.seconds, 90, "microseconds become seconds");
	ok(u.cores == 3 && u.gpus == 1 && u.memory == 512 && u.moved == 7, "what is asked for is what is paid for");
}

static void lists(void)
{
	static const char text[] = "prices: {core-hour: 5, moved: 3}\n"
				   "sites: {north: {prices: {core-hour: 1}}, south: {groups: [eu]}}\n";
	struct site_doc doc = { .prices = { .core_hour = 2, .gpu_hour = 7, .memory_hour = -1, .moved = 0, .job = -1 } };
	struct config c;
	struct prices p;
	struct diag d;

	if (config_read(&c, text, strlen(text), &d) < 0)
		bail("%s", d.text);
	price_list(&c, "north", &doc, &p);
	same(p.core_hour, 1, "config.yaml has the last word about a site");
	same(p.gpu_hour, 7, "then the site");
	same(p.moved, 0, "which may say that something is free");
	same(p.memory_hour, 0, "and what nobody speaks of is free");
	price_list(&c, "south", &doc, &p);
	same(p.core_hour, 2, "a site for which nothing is said asks its own price");
	price_list(&c, "unheard-of", NULL, &p);
	ok(p.core_hour == 5 && p.moved == 3 && p.job == 0, "of one that nothing is known of counts what is said for all");
	config_free(&c);
}

int main(void)
{
	counts();
	expects();
	lists();
	return done();
}
