/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"
#include "request_part.h"

struct placement {
	const struct node *groups, *sites, *dependencies, *tags;
	const char *sensitivity, *reservation;
};

static const struct field fields[] = {
	{ "groups", FIELD_SEQ, .offset = offsetof(struct placement, groups) },
	{ "sites", FIELD_SEQ, .offset = offsetof(struct placement, sites) },
	{ "sensitivity", FIELD_NAME, .offset = offsetof(struct placement, sensitivity) },
	{ "tags", FIELD_SEQ, .offset = offsetof(struct placement, tags) },
	{ "dependencies", FIELD_SEQ, .offset = offsetof(struct placement, dependencies) },
	{ "reservation", FIELD_NAME, .offset = offsetof(struct placement, reservation) },
	{ NULL }
};

struct tags {
	const struct node *require, *prefer, *avoid;
};

static const struct field tag_fields[] = {
	{ "require", FIELD_SEQ, .offset = offsetof(struct tags, require) },
	{ "prefer", FIELD_SEQ, .offset = offsetof(struct tags, prefer) },
	{ "avoid", FIELD_SEQ, .offset = offsetof(struct tags, avoid) },
	{ NULL }
};

/* `tags: [a, b]` is short for `tags: {require: [a, b]}`. */
static int read_tags(struct tree *t, const struct node *v, struct request *r, struct diag *d)
{
	struct tags tags = { v, NULL, NULL };

	if (!v)
		return 0;
	if (v->kind == NODE_MAP) {
		tags.require = NULL;
		if (field_read(v, "tags", tag_fields, &tags, d) < 0)
			return -1;
	}
	if (text_list_read(t, tags.require, "require", FIELD_NAME, &r->require, d) < 0 ||
	    text_list_read(t, tags.prefer, "prefer", FIELD_NAME, &r->prefer, d) < 0)
		return -1;
	return text_list_read(t, tags.avoid, "avoid", FIELD_NAME, &r->avoid, d);
}

int request_placement(struct tree *t, const struct node *map, struct request *r,
		      struct diag *d)
{
	struct placement p = { 0 };

	if (!map || map->kind == NODE_NULL)
		return 0;
	if (field_read(map, "placement", fields, &p, d) < 0)
		return -1;
	r->sensitivity = p.sensitivity;
	r->reservation = p.reservation;
	if (text_list_read(t, p.groups, "groups", FIELD_NAME, &r->groups, d) < 0 ||
	    text_list_read(t, p.sites, "sites", FIELD_NAME, &r->sites, d) < 0 ||
	    text_list_read(t, p.dependencies, "dependencies", FIELD_NAME, &r->dependencies, d) < 0)
		return -1;
	return read_tags(t, p.tags, r, d);
}
