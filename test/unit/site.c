/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "site.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "instant.h"
#include "tap.h"

static const char *const words[] = {
	"process", "null", "true", "0", "1e5", "a.b-c_d+e@f", "12345678", "NO", "0x10", "x",
};
static const char *const texts[] = {
	"oci:localhost/sqrt:1", "a: b", "# no comment", "- x", "\"quoted\"", "tab\there", "line\nline",
	"\xc3\xa4\xe2\x82\xac", "{a}", "[b]", "'", "%", " blank ", "~", "null", "@", "&a", "*a", "!t",
	"\\",
};

#define COUNT(a) (sizeof(a) / sizeof *(a))

static void some(struct text_list *l, const char *const *from, size_t n, const char **room)
{
	l->count = (uint32_t)chance(5);
	l->item = room;
	for (uint32_t i = 0; i < l->count; i++)
		room[i] = from[chance(n)];
}

struct made {
	struct site_doc doc;
	const char *room[6][5];
	struct site_gpu gpu[3];
	struct site_dataset dataset[5];
};

static double any_load(void)
{
	switch (chance(4)) {
	case 0: return 0;
	case 1: return (double)chance(10000) / 100;
	case 2: return (double)chance(UINT64_MAX) / 3e10;
	default: return 1.0 / (double)(1 + chance(1000000));
	}
}

static uint64_t any_size(void)
{
	return chance(UINT64_MAX) >> chance(64);
}

static void make(struct made *m)
{
	struct site_doc *s = &m->doc;

	memset(m, 0, sizeof *m);
	s->name = words[chance(COUNT(words))];
	s->time = (int64_t)chance(4000000000000) * 1000;
	s->cores = (uint32_t)chance(UINT64_MAX);
	s->free_cores = (uint32_t)chance(UINT64_MAX);
	s->memory = any_size();
	s->free_memory = any_size();
	s->disk = any_size();
	s->free_disk = any_size();
	s->load = any_load();
	some(&s->types, words, COUNT(words), m->room[0]);
	some(&s->dependencies, words, COUNT(words), m->room[1]);
	some(&s->resolved, texts, COUNT(texts), m->room[2]);
	some(&s->groups, words, COUNT(words), m->room[3]);
	some(&s->tags, words, COUNT(words), m->room[4]);
	some(&s->clearances, words, COUNT(words), m->room[5]);
	s->gpu = m->gpu;
	s->gpus = (uint32_t)chance(4);
	for (uint32_t i = 0; i < s->gpus; i++)
		m->gpu[i] = (struct site_gpu){ words[chance(COUNT(words))], (uint32_t)chance(UINT64_MAX),
					      chance(2) ? 0 : any_size() };
	s->dataset = m->dataset;
	s->datasets = (uint32_t)chance(6);
	for (uint32_t i = 0; i < s->datasets; i++) {
		m->dataset[i].name = words[chance(COUNT(words))];
		m->dataset[i].bytes = any_size();
		for (size_t k = 0; k < sizeof m->dataset[i].digest.b; k++)
			m->dataset[i].digest.b[k] = (uint8_t)(chance(4) ? chance(UINT64_MAX) : 0x11);
	}
	s->pull_cores = chance(2) ? UINT32_MAX : (uint32_t)chance(UINT64_MAX);
	s->pull_jobs = chance(2) ? UINT32_MAX : (uint32_t)chance(UINT64_MAX);
	s->pull_memory = chance(2) ? UINT64_MAX : any_size();
	s->prices = (struct prices){ any_load(), chance(2) ? -1 : any_load(), -1, chance(2) ? -1 : 0, any_load() };
	s->interval = (int64_t)(chance(1000000000000) >> chance(40));
}

static bool same_list(const struct text_list *a, const struct text_list *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++)
		if (strcmp(a->item[i], b->item[i]))
			return false;
	return true;
}

static bool same_prices(const struct prices *a, const struct prices *b)
{
	/* As they were read, so equal to the last bit. */
	return a->core_hour == b->core_hour && a->memory_hour == b->memory_hour &&
	       a->gpu_hour == b->gpu_hour && a->moved == b->moved && a->job == b->job;
}

static bool same_sets(const struct site_doc *a, const struct site_doc *b)
{
	if (a->gpus != b->gpus || a->datasets != b->datasets)
		return false;
	for (uint32_t i = 0; i < a->gpus; i++)
		if (strcmp(a->gpu[i].type, b->gpu[i].type) || a->gpu[i].count != b->gpu[i].count ||
		    a->gpu[i].memory != b->gpu[i].memory)
			return false;
	for (uint32_t i = 0; i < a->datasets; i++)
		if (strcmp(a->dataset[i].name, b->dataset[i].name) ||
		    a->dataset[i].bytes != b->dataset[i].bytes ||
		    !digest_eq(&a->dataset[i].digest, &b->dataset[i].digest))
			return false;
	return true;
}

static bool same(const struct site_doc *a, const struct site_doc *b)
{
	return !strcmp(a->name, b->name) && a->time == b->time && a->load == b->load &&
	       a->cores == b->cores && a->memory == b->memory && a->disk == b->disk &&
	       a->free_cores == b->free_cores && a->free_memory == b->free_memory &&
	       a->free_disk == b->free_disk && same_sets(a, b) && same_prices(&a->prices, &b->prices) &&
	       same_list(&a->types, &b->types) && same_list(&a->dependencies, &b->dependencies) &&
	       same_list(&a->resolved, &b->resolved) && same_list(&a->groups, &b->groups) &&
	       same_list(&a->tags, &b->tags) && same_list(&a->clearances, &b->clearances) &&
	       a->pull_cores == b->pull_cores && a->pull_jobs == b->pull_jobs &&
	       a->pull_memory == b->pull_memory && a->interval == b->interval;
}

/* Whatever a site has to say comes back as it was said, and written again is
 * byte for byte the same. */
static void round_trips(void)
{
	struct tree t = TREE_INIT;
	struct buf once = BUF_INIT, again = BUF_INIT;
	int good = 0, rounds = 5000;

	for (int i = 0; i < rounds; i++) {
		struct diag d = DIAG_INIT;
		struct site_doc back;
		struct made m;

		make(&m);
		buf_reset(&once);
		buf_reset(&again);
		site_write(&once, &m.doc);
		if (tree_parse(&t, once.s, once.len, &tree_limits_site, &d) < 0 ||
		    site_read(&t, t.root, &back, &d) < 0) {
			note("%d:%d: %s\n%s", d.line, d.col, d.text, once.s);
			break;
		}
		site_write(&again, &back);
		if (!same(&m.doc, &back) || strcmp(once.s, again.s)) {
			note("not the same:\n%s%s", once.s, again.s);
			break;
		}
		good++;
	}
	is_int(good, rounds, "sites come back as they were written");
	buf_free(&once);
	buf_free(&again);
	tree_free(&t);
}

static void writes(void)
{
	const char *types[] = { "process", "python-program" };
	struct site_gpu gpu = { "AMD-xx", 2 };
	struct site_dataset set = { .name = "words", .bytes = 6922426 };
	struct site_doc s = {
		.prices = PRICES_UNSAID,
		.name = "north", .time = 1795316400000000, .cores = 8, .free_cores = 6,
		.memory = 16ull << 30, .free_memory = 12ull << 30, .disk = 100000000000,
		.free_disk = 80000000000, .load = 0.31, .gpu = &gpu, .gpus = 1,
		.types = { types, 2 }, .dataset = &set, .datasets = 1, .pull_cores = 8,
		.pull_memory = 16ull << 30, .pull_jobs = 100, .interval = 5 * MINUTE_US,
	};
	struct buf b = BUF_INIT;

	memset(set.digest.b, 0x3f, sizeof set.digest.b);
	site_write(&b, &s);
	is_str(b.s,
	       "site: north\n"
	       "time: 2026-11-22T03:00:00.000Z\n"
	       "capacity: {cores: 8, memory: 16GiB, disk: 100GB}\n"
	       "free: {cores: 6, memory: 12GiB, disk: 80GB}\n"
	       "gpus: [{type: AMD-xx, count: 2}]\n"
	       "load: 0.31\n"
	       "types: [process, python-program]\n"
	       "datasets:\n"
	       "- {name: words, bytes: 6922426, digest: "
	       "3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f3f}\n"
	       "pull: {cores: 8, memory: 16GiB, jobs: 100}\n"
	       "interval: PT5M\n", "the order of the keys is fixed");
	buf_reset(&b);
	s.load = NAN;
	site_write(&b, &s);
	like(b.s, "\nload: 0\n", "what is not a number is not written");
	buf_free(&b);
}

static void defaults(void)
{
	static const char text[] = "site: north\ntime: 2026-11-22T03:00Z\n"
				   "capacity: {cores: 4, memory: 1GB}\ngpus: {type: a/b/c}\n";
	struct tree t = TREE_INIT;
	struct site_doc s;
	struct diag d;

	tree_parse(&t, text, strlen(text), NULL, &d);
	is_int(site_read(&t, t.root, &s, &d), 0, "a site need not say much");
	is_int(s.free_cores, 4, "what is not said to be taken is free");
	is_int(s.free_memory, 1000000000, "memory too");
	ok(s.pull_cores == UINT32_MAX && s.pull_memory == UINT64_MAX && s.pull_jobs == UINT32_MAX,
	   "and it takes what it gets");
	is_int(s.gpus, 1, "one kind of GPU by itself");
	is_int(s.gpu[0].count, 1, "is one GPU");
	is_str(s.gpu[0].type, "c", "of the last part of its URI");
	tree_free(&t);
}

/* --- stores ------------------------------------------------------------------------ */

static void nearest_store(void)
{
	struct site_store stores[] = { { "all", "https://" }, { "one", "https://a.example/" } };
	struct site_doc s = { .store = stores, .stores = 2 };

	is_str(site_store(&s, "https://a.example/x")->name, "one", "the longest beginning counts");
	is_str(site_store(&s, "https://b.example/x")->name, "all", "a shorter one serves");
	ok(!site_store(&s, "http://a.example/x"), "or there is none");
}

int main(void)
{
	nearest_store();
	writes();
	defaults();
	round_trips();
	return done();
}
