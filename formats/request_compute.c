/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <string.h>

#include "field.h"
#include "request_part.h"

#define MOST_CORES 1000000
#define MOST_GPUS 10000
#define MOST_REPLICAS 100000

struct entry {
	struct compute compute;
	const struct node *gpu, *volumes;
};

#define AT(field) .offset = offsetof(struct entry, compute.field)

static const struct field fields[] = {
	{ "name", FIELD_NAME, AT(name) },
	{ "type", FIELD_TEXT, AT(type) },
	{ "min-cores", FIELD_COUNT, AT(min_cores), .alias = "mincores", .max = MOST_CORES },
	{ "max-cores", FIELD_COUNT, AT(max_cores), .alias = "maxcores", .min = 1,
	  .max = MOST_CORES },
	{ "min-memory", FIELD_SIZE, AT(min_memory), .alias = "minmemory" },
	{ "max-memory", FIELD_SIZE, AT(max_memory), .alias = "maxmemory", .min = 1 },
	{ "replicas", FIELD_COUNT, AT(replicas), .min = 1, .max = MOST_REPLICAS },
	{ "gpu", FIELD_NODE, .offset = offsetof(struct entry, gpu) },
	{ "volumes", FIELD_SEQ, .offset = offsetof(struct entry, volumes) },
	{ NULL }
};

enum { ROWS = sizeof fields / sizeof *fields };

/* Besides the common fields one mapping is taken that is named like the type
 * (kubernetes: {version: "1.25.4"}); only who knows that type can read it. */
static void rows_for(const struct node *map, struct field rows[ROWS + 1])
{
	const struct node *type = node_get(map, "type");
	const char *word = type ? request_short_type(type->text) : "";

	memcpy(rows, fields, sizeof fields);
	memset(&rows[ROWS], 0, sizeof rows[ROWS]);
	if (field_name_ok(word, 64))
		rows[ROWS - 1] = (struct field){ word, FIELD_MAP, AT(detail) };
}

static const struct field gpu_fields[] = {
	{ "type", FIELD_TEXT, .offset = offsetof(struct compute, gpu_type) },
	{ "count", FIELD_COUNT, .offset = offsetof(struct compute, gpus), .max = MOST_GPUS },
	{ NULL }
};

static int read_gpu_type(const struct node *n, struct compute *c, struct diag *d)
{
	c->gpu_type = request_short_type(n->text);
	if (!*c->gpu_type)
		return diag_at(d, n->line, n->col, "gpu: expected a type, found \"%.100s\"", n->text);
	return request_printable(n, "gpu", d);
}

/* {type, count}, or one of the two by itself. */
static int read_gpu(const struct node *n, struct compute *c, struct diag *d)
{
	char found[64];

	if (!n)
		return 0;
	c->gpus = 1;
	if (n->kind == NODE_MAP) {
		if (field_read(n, "a gpu", gpu_fields, c, d) < 0)
			return -1;
		return c->gpu_type ? read_gpu_type(node_get(n, "type"), c, d) : 0;
	}
	if (n->kind != NODE_SCALAR)
		return diag_at(d, n->line, n->col, "gpu: expected a number, a type, or a mapping of "
			       "type and count, found %s", node_describe(n, found));
	if (!n->quoted && strspn(n->text, "0123456789") == n->len)
		return field_value(n, "gpu", &gpu_fields[1], c, d);
	return read_gpu_type(n, c, d);
}

static int out_of_order(const struct node *map, const char *min_name, const char *max_name,
			struct diag *d)
{
	const struct node *min = field_get(map, fields, min_name);
	const struct node *max = field_get(map, fields, max_name);

	return diag_at(d, max->line, max->col, "%s: %.40s is less than the %.40s of %s", max->key,
		       max->text, min->text, min->key);
}

static int check_pairs(const struct node *map, const struct compute *c, struct diag *d)
{
	if (c->max_cores && c->max_cores < c->min_cores)
		return out_of_order(map, "min-cores", "max-cores", d);
	if (c->max_memory && c->max_memory < c->min_memory)
		return out_of_order(map, "min-memory", "max-memory", d);
	return 0;
}

static int check_unique(const struct node *map, const struct request *r, const struct compute *c,
			struct diag *d)
{
	const struct node *n = node_get(map, "name");

	for (const struct compute *other = r->compute; n && other < c; other++)
		if (other->name && !strcmp(other->name, c->name))
			return diag_at(d, n->line, n->col, "name: there is a compute resource \"%s\" "
				       "already, on line %d", c->name, other->line);
	return 0;
}

static int read_one(struct tree *t, const struct node *map, struct request *r, struct diag *d)
{
	struct compute *c = &r->compute[r->computes++];
	struct entry e = { .compute.replicas = 1 };
	struct field rows[ROWS + 1];

	rows_for(map, rows);
	if (field_read(map, "a compute resource", rows, &e, d) < 0)
		return -1;
	*c = e.compute;
	c->line = map->line;
	if ((c->type && request_type_word(map, &c->type, d) < 0) || check_pairs(map, c, d) < 0 ||
	    check_unique(map, r, c, d) < 0 || read_gpu(e.gpu, c, d) < 0)
		return -1;
	return request_volumes(t, e.volumes, r, c, d);
}

int request_compute(struct tree *t, const struct node *v, struct request *r, struct diag *d)
{
	if (request_array(t, v, "compute", sizeof *r->compute, &r->compute, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n))
		if (read_one(t, n, r, d) < 0)
			return -1;
	return 0;
}
