/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "instant.h"
#include "line.h"
#include "site_part.h"
#include "size.h"

static void add_amounts(struct buf *b, const char *key, uint32_t cores, uint64_t memory,
			uint64_t disk)
{
	buf_addf(b, "%s: {cores: %u, memory: ", key, cores);
	size_format(memory, b);
	buf_adds(b, ", disk: ");
	size_format(disk, b);
	buf_adds(b, "}\n");
}

static void add_gpus(struct buf *b, const struct site_doc *s)
{
	if (!s->gpus)
		return;
	buf_adds(b, "gpus: [");
	for (uint32_t i = 0; i < s->gpus; i++) {
		buf_adds(b, i ? ", {type: " : "{type: ");
		line_scalar(b, s->gpu[i].type, strlen(s->gpu[i].type));
		buf_addf(b, ", count: %u", s->gpu[i].count);
		if (s->gpu[i].memory) {
			buf_adds(b, ", memory: ");
			size_format(s->gpu[i].memory, b);
		}
		buf_addc(b, '}');
	}
	buf_adds(b, "]\n");
}

static void add_flavours(struct buf *b, const struct site_doc *s)
{
	if (!s->flavours)
		return;
	buf_adds(b, "flavours: [");
	for (uint32_t i = 0; i < s->flavours; i++) {
		const struct site_flavour *f = &s->flavour[i];

		buf_adds(b, i ? ", {" : "{");
		if (f->name) {
			buf_adds(b, "name: ");
			line_scalar(b, f->name, strlen(f->name));
			buf_adds(b, ", ");
		}
		buf_addf(b, "cores: %u, memory: ", f->cores);
		size_format(f->memory, b);
		buf_addc(b, '}');
	}
	buf_adds(b, "]\n");
}

static void add_list(struct buf *b, const char *key, const struct text_list *l)
{
	if (!l->count)
		return;
	buf_addf(b, "%s: ", key);
	text_list_write(b, l);
	buf_addc(b, '\n');
}

/* One line each: there may be many, and few of them change. */
static void add_datasets(struct buf *b, const struct site_doc *s)
{
	char hex[DIGEST_TEXT];

	if (s->datasets)
		buf_adds(b, "datasets:\n");
	for (uint32_t i = 0; i < s->datasets; i++) {
		const struct site_dataset *set = &s->dataset[i];

		buf_adds(b, "- {name: ");
		line_scalar(b, set->name, strlen(set->name));
		buf_adds(b, ", bytes: ");
		size_format(set->bytes, b);
		digest_format(&set->digest, hex);
		buf_adds(b, ", digest: ");
		line_scalar(b, hex, DIGEST_LEN);
		buf_adds(b, "}\n");
	}
}

void site_write(struct buf *b, const struct site_doc *s)
{
	buf_adds(b, "site: ");
	line_scalar(b, s->name, strlen(s->name));
	buf_adds(b, "\ntime: ");
	instant_format(s->time, b);
	buf_addc(b, '\n');
	add_amounts(b, "capacity", s->cores, s->memory, s->disk);
	add_amounts(b, "free", s->free_cores, s->free_memory, s->free_disk);
	add_gpus(b, s);
	site_write_compute(b, s);
	add_flavours(b, s);
	site_write_down(b, s);
	buf_adds(b, "load: ");
	number_write(b, s->load);
	buf_addc(b, '\n');
	add_list(b, "types", &s->types);
	add_list(b, "dependencies", &s->dependencies);
	add_list(b, "resolved", &s->resolved);
	add_list(b, "groups", &s->groups);
	add_list(b, "tags", &s->tags);
	add_list(b, "clearances", &s->clearances);
	site_write_machine(b, s);
	site_write_stores(b, s);
	site_write_cache(b, s);
	add_datasets(b, s);
	site_write_dropped(b, s);
	site_write_transfers(b, s);
	site_write_pull(b, s);
	if (prices_any(&s->prices)) {
		buf_adds(b, "prices: ");
		prices_write(b, &s->prices);
		buf_addc(b, '\n');
	}
	buf_adds(b, "interval: ");
	duration_format(s->interval, b);
	buf_addc(b, '\n');
	if (s->answers)
		buf_addf(b, "answers: %u\n", s->answers);
}
