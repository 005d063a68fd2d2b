/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "place.h"

#include <stdlib.h>
#include <string.h>

void place_free(struct place *p)
{
	for (unsigned i = 0; i < PLACE_TYPES; i++)
		free(p->type[i]);
	free(p->flavour);
	timeline_free(&p->line);
	*p = (struct place){ 0 };
}

/* --- what it has ------------------------------------------------------------------ */

static unsigned types_of(const struct place *p)
{
	unsigned n = 0;

	while (n < PLACE_TYPES && p->type[n])
		n++;
	return n;
}

static int find_type(const struct place *p, const char *type)
{
	for (unsigned i = 0; i < PLACE_TYPES && p->type[i]; i++)
		if (!strcmp(p->type[i], type))
			return (int)i;
	return -1;
}

static int add_types(struct place *p, const struct site_doc *doc, struct diag *d)
{
	for (uint32_t i = 0; i < doc->gpus; i++) {
		unsigned n = types_of(p);

		if (n == PLACE_TYPES || find_type(p, doc->gpu[i].type) >= 0)
			continue;
		if (!(p->type[n] = strdup(doc->gpu[i].type)))
			return diag_nomem(d);
	}
	return 0;
}

static int by_size(const void *a, const void *b)
{
	const struct place_flavour *x = a, *y = b;

	if (x->cores != y->cores)
		return x->cores < y->cores ? -1 : 1;
	return x->memory < y->memory ? -1 : x->memory > y->memory;
}

static int copy_flavours(struct place *p, const struct site_doc *doc, struct diag *d)
{
	struct place_flavour *f = malloc((doc->flavours + 1) * sizeof *f);

	if (!f)
		return diag_nomem(d);
	for (uint32_t i = 0; i < doc->flavours; i++)
		f[i] = (struct place_flavour){ doc->flavour[i].cores, doc->flavour[i].memory };
	qsort(f, doc->flavours, sizeof *f, by_size);
	if (p->flavours != doc->flavours ||
	    (p->flavours && memcmp(p->flavour, f, p->flavours * sizeof *f)))
		p->version++;
	free(p->flavour);
	p->flavour = f;
	p->flavours = doc->flavours;
	return 0;
}

static uint64_t at_most(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void capacity_of(const struct place *p, const struct site_doc *doc, uint64_t *has)
{
	memset(has, 0, TIMELINE_KINDS * sizeof *has);
	has[PLACE_CORES] = at_most(doc->cores, doc->pull_cores);
	has[PLACE_MEMORY] = at_most(doc->memory, doc->pull_memory);
	has[PLACE_DISK] = doc->disk;
	for (uint32_t i = 0; i < doc->gpus; i++) {
		int type = find_type(p, doc->gpu[i].type);

		has[PLACE_GPUS] += doc->gpu[i].count;
		if (type >= 0)
			has[PLACE_TYPED + type] += doc->gpu[i].count;
	}
	for (unsigned k = 0; k < TIMELINE_KINDS; k++)
		has[k] = at_most(has[k], TIMELINE_MOST);
}

/* --- holders -------------------------------------------------------------------------- */

static uint64_t packed(struct place_holder h)
{
	return (uint64_t)h.what << 40 | (uint64_t)h.number << 32 | h.index;
}

struct place_holder place_holder(const struct timeline_entry *e)
{
	return (struct place_holder){ (uint8_t)(e->holder >> 40), (uint8_t)(e->holder >> 32), (uint32_t)e->holder };
}

static void forget_broken(struct place *p, const struct timeline_broken *b)
{
	for (size_t i = 0; i < b->entries; i++)
		p->taken[place_holder(&b->entry[i]).what]--;
}

/* --- knowing it --------------------------------------------------------------------------- */

static int make_line(struct place *p, const uint64_t *has, struct diag *d)
{
	unsigned kinds = PLACE_TYPED + types_of(p);

	if (!place_known(p))
		return timeline_init(&p->line, kinds, has, d);
	return kinds > p->line.kinds ? timeline_widen(&p->line, kinds, d) : 0;
}

static bool has_already(const struct place *p, const uint64_t *has)
{
	for (unsigned k = 0; k < p->line.kinds; k++)
		if ((uint64_t)p->line.capacity[k] != has[k])
			return false;
	return true;
}

int place_learn(struct place *p, const struct site_doc *doc, int64_t since, struct timeline_broken *b,
		struct diag *d)
{
	uint64_t has[TIMELINE_KINDS];

	*b = (struct timeline_broken){ 0 };
	if (add_types(p, doc, d) < 0 || copy_flavours(p, doc, d) < 0)
		return -1;
	capacity_of(p, doc, has);
	if (make_line(p, has, d) < 0)
		return -1;
	if (has_already(p, has) && p->version)
		return 0;
	p->version++;
	if (timeline_resize(&p->line, has, since, b, d) < 0)
		return -1;
	forget_broken(p, b);
	return 0;
}

/* Before and after, all of it is taken. */
static int close_off(struct place *p, const uint64_t *amount, int64_t from, int64_t to, struct diag *d)
{
	struct place_take k = { .from = from, .to = to, .standing = PLACE_FACT };
	struct timeline_broken none;
	timeline_handle h = 0;

	memcpy(k.amount, amount, p->line.kinds * sizeof *amount);
	return from >= to ? 0 : place_impose(p, &k, &h, &none, d);
}

static int copy_sizes(struct place *p, const struct place *of, struct diag *d)
{
	p->flavour = malloc((of->flavours + 1) * sizeof *p->flavour);
	if (!p->flavour)
		return diag_nomem(d);
	if (of->flavours)
		memcpy(p->flavour, of->flavour, of->flavours * sizeof *p->flavour);
	p->flavours = of->flavours;
	return 0;
}

int place_within(struct place *p, const struct place *of, const uint64_t *amount, int64_t from,
		 int64_t to, struct diag *d)
{
	for (unsigned i = 0; i < PLACE_TYPES && of->type[i]; i++)
		if (!(p->type[i] = strdup(of->type[i]))) {
			place_free(p);
			return diag_nomem(d);
		}
	if (copy_sizes(p, of, d) == 0 && timeline_init(&p->line, of->line.kinds, amount, d) == 0 &&
	    close_off(p, amount, TIMELINE_START, from, d) == 0 &&
	    close_off(p, amount, to, TIMELINE_END, d) == 0)
		return 0;
	place_free(p);
	return -1;
}

const char *place_kind(const struct place *p, unsigned kind)
{
	static const char *const words[] = { "cores", "memory", "disk", "GPUs" };

	return kind < PLACE_TYPED ? words[kind] : p->type[kind - PLACE_TYPED];
}

bool place_fit(const struct place *p, const uint64_t *amount, const struct timeline_window *w,
	       unsigned n, struct timeline_found *found)
{
	return place_known(p) && timeline_fit(&p->line, amount, w, n, found);
}

/* --- taking and giving back -------------------------------------------------------------------- */

static struct timeline_entry entry_of(const struct place_take *k)
{
	struct timeline_entry e = { .from = k->from, .to = k->to, .owner = k->owner,
				    .holder = packed(k->holder), .standing = k->standing };

	memcpy(e.amount, k->amount, sizeof e.amount);
	return e;
}

static int unknown(struct diag *d)
{
	return diag_set(d, "nothing is known yet of what the site has");
}

int place_take(struct place *p, const struct place_take *k, timeline_handle *h, struct diag *d)
{
	struct timeline_entry e = entry_of(k);
	int r;

	*h = 0;
	if (!place_known(p))
		return unknown(d);
	r = timeline_take(&p->line, &e, h, d);
	if (r == 0) {
		p->version++;
		p->taken[k->holder.what]++;
	}
	return r;
}

int place_impose(struct place *p, const struct place_take *k, timeline_handle *h,
		 struct timeline_broken *b, struct diag *d)
{
	struct timeline_entry e = entry_of(k);

	*b = (struct timeline_broken){ 0 };
	place_give_back(p, h);
	if (!place_known(p))
		return unknown(d);
	p->version++;
	if (timeline_impose(&p->line, &e, h, b, d) < 0)
		return -1;
	p->taken[k->holder.what]++;
	forget_broken(p, b);
	return 0;
}

void place_give_back(struct place *p, timeline_handle *h)
{
	struct timeline_entry e;

	if (*h && timeline_entry(&p->line, *h, &e) && timeline_give_back(&p->line, *h, NULL) == 0) {
		p->taken[place_holder(&e).what]--;
		p->version++;
	}
	*h = 0;
}

void place_end(struct place *p, timeline_handle *h, int64_t to)
{
	struct timeline_entry e;

	if (!*h || !timeline_entry(&p->line, *h, &e) || to >= e.to)
		return;
	if (to <= e.from)
		place_give_back(p, h);
	else if (timeline_shorten(&p->line, *h, to, NULL) == 0)
		p->version++;
}

int place_firm(struct place *p, timeline_handle h, uint8_t standing, struct place_holder holder,
	       struct diag *d)
{
	struct timeline_entry e;

	if (timeline_firm(&p->line, h, standing, d) < 0 || !timeline_entry(&p->line, h, &e))
		return -1;
	p->taken[place_holder(&e).what]--;
	p->taken[holder.what]++;
	return timeline_hand(&p->line, h, packed(holder), d);
}
