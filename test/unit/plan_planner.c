/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "planner.h"

#include <math.h>

#include "candidate.h"
#include "tap.h"

enum { SITES = 3, FILES = 4 };

static uint8_t everywhere[SITES] = { 1, 1, 1 };
static uint32_t first_file[] = { 0 };

/* Site 0 holds file 0; lines carry 100 bytes/s; 2 cores each. */
static void make(struct planner *p)
{
	static struct planner_shape shape[2];

	shape[0] = (struct planner_shape){ first_file, 1, 1, everywhere, NULL, NULL };
	shape[1] = (struct planner_shape){ NULL, 0, 1, everywhere, NULL, NULL };
	planner_init(p, SITES, FILES, 1, NULL);
	p->shape = shape;
	p->shapes = 2;
	for (uint32_t i = 0; i < SITES; i++) {
		p->site[i] = (struct planner_site){ .open = true, .speed = 1, .rate = 100 };
		p->site[i].cores.total = 2;
		p->carry[i] = 0.01;
	}
	p->bytes[0] = 1000;
	p->there[0] = 0;
	byte_price_begin(&p->price, 0.01);
	p->price.each = 0;
}

static void looks(void)
{
	struct planner p;
	struct planner_offer o;
	struct planner_job j = { 0, 500, 60, 0 };

	make(&p);
	planner_begin(&p);
	planner_look(&p, &j, 0, 100, &o);
	ok(o.missing == 0 && o.staged == 100 && o.start == 100, "with its data there a job starts at once");
	ok(o.end == 160 && o.delivered == 165, "and its outputs go out afterwards");
	planner_look(&p, &j, 1, 100, &o);
	ok(o.missing == 1000 && fabs(o.staged - 110) < 1e-3, "elsewhere its data has to be fetched");
	p.site[1].pickup = 130;
	planner_look(&p, &j, 1, 100, &o);
	ok(fabs(o.staged - 140) < 1e-3, "from when the site fetches its mail");
	p.site[1].speed = 2;
	planner_look(&p, &j, 1, 100, &o);
	ok(fabs(o.end - o.start - 30) < 1e-3, "a fast site takes less");
	line_load_add(&p.line[2], 5, 3);
	planner_look(&p, &j, 2, 100, &o);
	ok(fabs(o.staged - 115) < 1e-3, "what the line has to carry already delays it");
	ok(fabs(o.others - 15) < 1e-3, "and each of those that wait for that is delayed by it");
	p.shape = NULL;
	planner_free(&p);
}

/* What a site with these tags is chosen for, with site 1 ready and without tags. */
static uint32_t tagged(struct planner *p, bool avoided, bool preferred, double pickup)
{
	struct match m = { .avoided = avoided, .preferred = preferred }, plain = { .preferred = true };
	float dislike[SITES] = { (float)candidate_dislike(&m), (float)candidate_dislike(&plain), 1e6F };
	struct planner_job j = { 1, 0, 60, 0 };
	struct planner_choice c;

	p->shape[1].dislike = dislike;
	p->site[1].pickup = pickup;
	if (planner_round(p, &j, 1, 0, 1, &c, NULL) != 1)
		bail("no choice");
	p->shape[1].dislike = NULL;
	return c.site;
}

static void tags(void)
{
	struct match m = { .missing = 1000, .preferred = true };
	struct planner p;

	ok(candidate_dislike(&m) == 0, "what is preferred costs nothing more, whatever has to be fetched");
	m = (struct match){ .avoided = true };
	ok(candidate_dislike(&m) > 3600, "what is to be avoided, and not preferred, does");

	make(&p);
	is_int(tagged(&p, true, true, 0), 1, "what is to be avoided is avoided");
	is_int(tagged(&p, true, true, 1e6), 0, "but not whatever else has to be waited for");
	is_int(tagged(&p, false, false, 0), 1, "what is preferred is preferred");
	is_int(tagged(&p, false, false, 1000), 0, "not at any price");
	p.shape = NULL;
	planner_free(&p);
}

static void chooses(void)
{
	struct planner p;
	struct planner_job j[6];
	struct planner_choice c[6];
	int there = 0, n;

	make(&p);
	for (int i = 0; i < 6; i++)
		j[i] = (struct planner_job){ 0, 0, 60, 0 };
	n = planner_round(&p, j, 1, 0, 10, c, NULL);
	ok(n == 1 && c[0].site == 0 && c[0].go, "a job goes to its data");
	n = planner_round(&p, j, 6, 0, 10, c, NULL);
	for (int i = 0; i < n; i++)
		there += c[i].site == 0;
	is_int(n, 6, "each of six is planned");
	is_int(there, 2, "but no more of them there than have room, if bytes cost nothing");
	p.price.each = 1;
	n = planner_round(&p, j, 6, 0, 10, c, NULL);
	there = 0;
	for (int i = 0; i < n; i++)
		there += c[i].site == 0;
	is_int(there, 6, "if they are dear, all go there");
	ok(!c[5].go && c[5].offer.start > 60, "and wait for their turn");
	n = planner_round(&p, j, 6, 0, 2, c, NULL);
	is_int(n, 4, "after so many that wait nothing more is planned");
	ok(p.there[0] == 0 && p.there[1] >= PLANNER_NEVER, "what was kept is forgotten");
	p.shape = NULL;
	planner_free(&p);
}

/* Site 0 has its cores free in so many seconds, the others never: does a job go
 * that takes a minute? */
static bool goes(struct planner *p, double seconds, double waited)
{
	struct planner_job j = { 1, 0, 60, -waited };
	struct planner_choice c;

	p->site[0].cores = p->site[1].cores = p->site[2].cores = (struct cores){ .total = 2 };
	cores_take(&p->site[0].cores, 2, 0, seconds);
	cores_take(&p->site[1].cores, 2, 0, INFINITY);
	cores_take(&p->site[2].cores, 2, 0, INFINITY);
	return planner_round(p, &j, 1, 0, 1, &c, NULL) == 1 && c.site == 0 && c.go;
}

static void takes_turns(void)
{
	struct planner p;
	struct planner_job j[2] = { { 0, 0, 60, 90 }, { 1, 0, 62, 90 } };
	struct planner_choice c[2];

	make(&p);
	planner_round(&p, j, 2, 100, 10, c, NULL);
	is_int(c[0].job, 0, "a shorter job has its turn first");
	p.there[0] = PLANNER_NEVER;
	planner_round(&p, j, 2, 100, 10, c, NULL);
	is_int(c[0].job, 1, "but what it has to fetch counts as well");
	j[0].since = 0;
	planner_round(&p, j, 2, 100, 10, c, NULL);
	is_int(c[0].job, 0, "and what it has waited");
	ok(goes(&p, 0.9, 0), "cores that come free within a second are waited for at the site");
	ok(!goes(&p, 4, 0), "not those that take longer");
	ok(!goes(&p, 600, 200), "also after a while");
	ok(goes(&p, 600, 300), "unless it has waited for long beside what it takes");
	ok(!goes(&p, INFINITY, 300), "or they never come");
	p.site[0].every = 5;
	ok(goes(&p, 4, 0), "nor does it wait here when the site does not come before");
	p.shape = NULL;
	planner_free(&p);
}

static void shares_what_is_fetched(void)
{
	struct planner p;
	struct planner_job j[3] = { { 0, 0, 60, 0 }, { 0, 0, 60, 0 }, { 0, 0, 60, 0 } };
	struct planner_choice c[3];

	make(&p);
	p.there[0] = PLANNER_NEVER;
	p.site[0].cores.total = p.site[2].cores.total = 0;
	p.site[1].cores.total = 3;
	is_int(planner_round(&p, j, 3, 0, 10, c, NULL), 3, "three want the same file");
	is_int((long long)c[0].offer.missing, 1000, "the first has it fetched");
	ok(c[1].offer.missing == 0 && c[1].offer.staged == c[0].offer.staged, "the others wait for that");
	p.site[1].open = false;
	planner_round(&p, j, 3, 0, 10, c, NULL);
	ok(!c[0].go && c[0].site == 1, "a site that takes nothing now is waited for");
	p.shape = NULL;
	planner_free(&p);
}

static void adapts(void)
{
	enum { LOAD = 20 };
	struct planner p;
	struct planner_job j[LOAD];
	struct planner_choice c[LOAD];
	double now = 0;

	make(&p);
	for (int i = 0; i < LOAD; i++)
		j[i] = (struct planner_job){ 1, 0, 60, 0 };
	p.price.adapts = true;
	p.price.each = 0.01;
	for (int round = 0; round < 60; round++, now += 10)
		planner_round(&p, j, LOAD, now, LOAD, c, NULL);
	ok(p.price.each > 0.02, "while nobody loses by it the price of bytes rises");
	for (int i = 0; i < LOAD; i++)
		j[i] = (struct planner_job){ 0, 0, 10, now };
	p.price.each = 1;
	for (int round = 0; round < 60; round++, now += 10) {
		for (int i = 0; i < LOAD; i++)
			j[i].since = now;
		planner_round(&p, j, LOAD, now, LOAD, c, NULL);
	}
	ok(p.price.each < 0.5, "when jobs wait for long because of it, it falls");
	p.shape = NULL;
	planner_free(&p);
}

static void cores(void)
{
	struct cores c = { .total = 4 };

	ok(cores_start(&c, 4, 0) == 0, "all cores are free");
	ok(isinf(cores_start(&c, 5, 0)), "there will never be more");
	cores_take(&c, 3, 0, 100);
	ok(cores_start(&c, 1, 0) == 0, "one is left");
	ok(cores_start(&c, 2, 0) > 80 && cores_start(&c, 2, 0) < 130, "two come about when the three end");
	cores_take(&c, 4, 1000, INFINITY);
	ok(isinf(cores_start(&c, 1, 2000)), "for ever is for ever");
	ok(cores_start(&c, 1, 10) == 10, "what comes later keeps nobody from going before");
	c = (struct cores){ .total = 4 };
	for (int i = 0; i < 4; i++)
		cores_take(&c, 1, cores_start(&c, 1, 104.5), 200);	/* a slice ends at 104.9 */
	ok(cores_start(&c, 1, 104.5) > 150, "nor does the end of a slice seem free to all");
}

static void line(void)
{
	struct line_load l = { .work = { 0 } };
	double others;

	ok(line_load_delay(&l, 10, &others) == 0 && others == 0, "an idle line delays nobody");
	line_load_add(&l, 1, 1);
	line_load_add(&l, 100, 2);
	ok(fabs(line_load_delay(&l, 10, &others) - 11) < 1e-3, "one loses what goes beside it");
	ok(fabs(others - 21) < 1e-3, "and costs those as much, for each who waits");
	ok(fabs(line_load_smaller(&l, 10) - 1) < 1e-3, "of which the smaller ones are told");
	ok(fabs(line_load_all(&l) - 101) < 1e-3, "and all");
}

int main(void)
{
	looks();
	chooses();
	takes_turns();
	tags();
	shares_what_is_fetched();
	adapts();
	cores();
	line();
	return done();
}
