/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "request.h"

#include <string.h>

#include "field.h"
#include "request_part.h"

#define MOST_ENTRIES 1000
#define MOST_PRIORITY 1000

const char *request_short_type(const char *uri)
{
	const char *last = uri;

	for (const char *s = uri; *s; s++)
		if (*s == '/' || *s == '#')
			last = s + 1;
	return last;
}

int request_type_word(const struct node *map, const char **type, struct diag *d)
{
	const struct node *n = node_get(map, "type");

	*type = request_short_type(*type);
	if (field_name_ok(*type, 64))
		return 0;
	return diag_at(d, n->line, n->col, "type: expected a name, or a URI that ends in one, "
		       "found \"%.100s\"", n->text);
}

int request_printable(const struct node *n, const char *key, struct diag *d)
{
	for (const char *s = n->text; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return diag_at(d, n->line, n->col,
				       "%s: a control character (0x%02x) at byte %zu", key,
				       (unsigned char)*s, (size_t)(s - n->text) + 1);
	return 0;
}

int request_array(struct tree *t, const struct node *v, const char *key, size_t size,
		  void *array, struct diag *d)
{
	uint32_t n = node_entries(v);
	void *a = NULL;

	if (n > MOST_ENTRIES)
		return diag_at(d, v->line, v->col, "%s: %u entries; at most %d are taken", key, n,
			       MOST_ENTRIES);
	if (n) {
		a = tree_alloc(t, n * size);
		if (!a)
			return diag_nomem(d);
		memset(a, 0, n * size);
	}
	memcpy(array, &a, sizeof a);
	return 0;
}

/* `spec` is a mapping, or as good as not there (`spec:`). */
static int read_spec(const struct node *n, const char *what, const struct node **spec,
		     struct diag *d)
{
	char found[64];

	if (!n || n->kind == NODE_NULL)
		return 0;
	if (n->kind != NODE_MAP)
		return diag_at(d, n->line, n->col, "spec of %s: expected a mapping, found %s", what,
			       node_describe(n, found));
	*spec = n;
	return 0;
}

struct typed {
	const char *type;
	const struct node *spec;
};

static const struct field typed_fields[] = {
	{ "type", FIELD_TEXT, .offset = offsetof(struct typed, type), .required = true },
	{ "spec", FIELD_NODE, .offset = offsetof(struct typed, spec) },
	{ NULL }
};

static int read_task(const struct node *map, struct request *r, struct diag *d)
{
	struct typed task = { NULL, NULL };

	if (field_read(map, "the task", typed_fields, &task, d) < 0)
		return -1;
	r->type = task.type;
	if (request_type_word(map, &r->type, d) < 0)
		return -1;
	return read_spec(task.spec, "the task", &r->spec, d);
}

/* What identifies a user is for whoever understands that method; all that is
 * asked here is that it names one. */
static int read_auth(struct tree *t, const struct node *v, struct request *r, struct diag *d)
{
	if (request_array(t, v, "auth", sizeof *r->auth, &r->auth, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n)) {
		struct typed one = { NULL, NULL };
		struct auth *a = &r->auth[r->auths++];

		if (field_read(n, "an auth", typed_fields, &one, d) < 0 ||
		    request_printable(node_get(n, "type"), "type", d) < 0 ||
		    read_spec(one.spec, "an auth", &a->spec, d) < 0)
			return -1;
		a->type = request_short_type(one.type);
	}
	return 0;
}

struct top {
	const char *name;
	const struct node *task, *resources, *auth, *time, *placement, *after;
	const char *array;
	int accept, assess;
	int64_t priority;
	uint32_t retries;
};

static const char *const accepts[] = { "best", "ask", NULL };

static const char *const assessments[] = { "cached", "live", NULL };

static const struct field top_fields[] = {
	{ "name", FIELD_TEXT, .offset = offsetof(struct top, name), .max = 200 },
	{ "task", FIELD_MAP, .offset = offsetof(struct top, task), .required = true },
	{ "resources", FIELD_NODE, .offset = offsetof(struct top, resources) },
	{ "auth", FIELD_NODE, .offset = offsetof(struct top, auth) },
	{ "time", FIELD_NODE, .offset = offsetof(struct top, time) },
	{ "placement", FIELD_NODE, .offset = offsetof(struct top, placement) },
	{ "accept", FIELD_CHOICE, .offset = offsetof(struct top, accept), .choices = accepts },
	{ "assess", FIELD_CHOICE, .offset = offsetof(struct top, assess), .choices = assessments },
	{ "priority", FIELD_INT, .offset = offsetof(struct top, priority) },
	{ "after", FIELD_NODE, .offset = offsetof(struct top, after) },
	{ "array", FIELD_TEXT, .offset = offsetof(struct top, array) },
	{ "retries", FIELD_COUNT, .offset = offsetof(struct top, retries), .max = 100 },
	{ NULL }
};

int request_name_ok(const struct node *map, struct diag *d)
{
	const struct node *n = node_get(map, "name");

	if (!n)
		return 0;
	if (strchr(n->text, '/') || n->text[0] == '.')
		return diag_at(d, n->line, n->col, "name: expected a text without \"/\" that does "
			       "not begin with \".\", found \"%.100s\"", n->text);
	return request_printable(n, "name", d);
}

static int check_priority(const struct node *map, int64_t priority, struct diag *d)
{
	const struct node *n = node_get(map, "priority");

	if (priority >= -MOST_PRIORITY && priority <= MOST_PRIORITY)
		return 0;
	return diag_at(d, n->line, n->col, "priority: expected a whole number from -%d to %d, "
		       "found \"%.40s\"", MOST_PRIORITY, MOST_PRIORITY, n->text);
}

int request_read(struct tree *t, const struct node *root, struct request *r, struct diag *d)
{
	struct top top = { .accept = ACCEPT_BEST };

	*r = (struct request){ 0 };
	root = drop_root(root, d);
	if (!root || field_read(root, "a job", top_fields, &top, d) < 0 ||
	    request_name_ok(root, d) < 0 || check_priority(root, top.priority, d) < 0)
		return -1;
	r->name = top.name;
	r->accept = (enum accept)top.accept;
	r->live = top.assess;
	r->priority = (int)top.priority;
	r->retries = top.retries;
	if (read_task(top.task, r, d) < 0 || request_resources(t, top.resources, r, d) < 0 ||
	    read_auth(t, top.auth, r, d) < 0 || request_time(t, top.time, r, d) < 0 ||
	    request_after(t, top.after, r, d) < 0 ||
	    request_tasks(node_get(root, "array"), top.array, r, d) < 0)
		return -1;
	return request_placement(t, top.placement, r, d);
}
