/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transaction.h"

#include <string.h>

#include "field.h"
#include "request_part.h"

struct body {
	const char *name;
	const struct node *jobs;
	int same, layout, cancel;
};

static const char *const sames[] = { [SAME_ANY] = "any", [SAME_GROUP] = "group", [SAME_SITE] = "site", NULL };
static const char *const layouts[] = {
	[LAYOUT_ANY] = "any", [LAYOUT_PACK] = "pack", [LAYOUT_SPREAD] = "spread", NULL
};
static const char *const cancels[] = { [CANCEL_ALL] = "all", [CANCEL_ONE] = "one", NULL };

static const struct field fields[] = {
	{ "name", FIELD_TEXT, .offset = offsetof(struct body, name), .max = 200 },
	{ "same", FIELD_CHOICE, .offset = offsetof(struct body, same), .choices = sames },
	{ "layout", FIELD_CHOICE, .offset = offsetof(struct body, layout), .choices = layouts },
	{ "cancel", FIELD_CHOICE, .offset = offsetof(struct body, cancel), .choices = cancels },
	{ "jobs", FIELD_NODE, .offset = offsetof(struct body, jobs), .required = true },
	{ NULL }
};

static const struct field top[] = { { "transaction", FIELD_MAP, .required = true }, { NULL } };

/* What makes sense only for a job that is placed by itself. */
static int check_member(const struct transaction_job *j, struct diag *d)
{
	const struct node *n = NULL;
	const char *why = "";

	if (j->request.accept == ACCEPT_ASK) {
		n = node_get(j->node, "accept");
		why = "nobody is asked, all are placed at once; to choose the time, reserve a slot and name it in "
		      "placement.reservation";
	} else if (j->request.array.tasks) {
		n = node_get(j->node, "array");
		why = "tasks are made one after the other; name each as a job";
	}
	return n ? diag_at(d, n->key_line, n->key_col, "%s: cannot be said of a job in a transaction: %s", n->key, why)
		 : 0;
}

/* All in one reservation, or none in any. */
static int check_reservation(const struct transaction_job *first, const struct transaction_job *j, struct diag *d)
{
	const char *a = first->request.reservation, *b = j->request.reservation;
	const struct transaction_job *has = b ? j : first;
	const struct node *n;

	if (!a == !b && (!a || !strcmp(a, b)))
		return 0;
	n = node_get(node_get(has->node, "placement"), "reservation");
	return diag_at(d, n->key_line, n->key_col, "reservation: all jobs of a transaction name the same, or none "
		       "of them names one");
}

static bool is_called(const struct transaction *x, const char *name)
{
	for (uint32_t i = 0; i < x->jobs; i++)
		if (x->job[i].request.name && !strcmp(x->job[i].request.name, name))
			return true;
	return false;
}

/* What has to end first cannot begin at the same time. */
static int check_after(const struct transaction *x, struct diag *d)
{
	for (uint32_t i = 0; i < x->jobs; i++)
		for (uint32_t k = 0; k < x->job[i].request.afters; k++) {
			const struct after *a = &x->job[i].request.after[k];

			if (is_called(x, a->job))
				return diag_at(d, a->line, a->col, "after: \"%.60s\" is a job of the same transaction, "
					       "and all of them begin together; drop the later one by itself", a->job);
		}
	return 0;
}

static int read_jobs(struct tree *t, const struct node *v, struct transaction *x, struct diag *d)
{
	if (request_array(t, v, "jobs", sizeof *x->job, &x->job, d) < 0)
		return -1;
	for (const struct node *n = node_first(v); n; n = node_after(v, n)) {
		struct transaction_job *j = &x->job[x->jobs++];
		char found[64];

		if (n->kind != NODE_MAP)
			return diag_at(d, n->line, n->col, "jobs: expected a job, found %s",
				       node_describe(n, found));
		j->node = n;
		if (request_read(t, n, &j->request, d) < 0 || check_member(j, d) < 0 ||
		    check_reservation(x->job, j, d) < 0)
			return -1;
	}
	return x->jobs ? check_after(x, d)
		       : diag_at(d, v->line, v->col, "jobs: expected a list of jobs, found none");
}

int transaction_read(struct tree *t, const struct node *root, struct transaction *x, struct diag *d)
{
	const struct node *map, *n;
	struct body b = { 0 };

	*x = (struct transaction){ 0 };
	root = drop_root(root, d);
	if (!root || field_read(root, "a transaction", top, &map, d) < 0 ||
	    field_read(map, "a transaction", fields, &b, d) < 0 || request_name_ok(map, d) < 0)
		return -1;
	x->name = b.name;
	x->same = (enum transaction_same)b.same;
	x->layout = (enum transaction_layout)b.layout;
	x->cancel = (enum transaction_cancel)b.cancel;
	n = node_get(map, "layout");
	if (x->same == SAME_SITE && x->layout == LAYOUT_SPREAD)
		return diag_at(d, n->line, n->col, "layout: what has to be at the same site cannot be spread");
	return read_jobs(t, b.jobs, x, d);
}
