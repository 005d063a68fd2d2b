/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "wants.h"

#include <stdlib.h>
#include <string.h>

#include "request.h"

/* Most requests name nothing of this kind, and need not be parsed. */
static bool may_want(const char *text, size_t len)
{
	return len && (memmem(text, len, "dataset", 7) || memmem(text, len, "reservation", 11) ||
		       memmem(text, len, "sensitivity", 11));
}

static void take(struct wants *w, const struct request *r)
{
	struct buf names = BUF_INIT;

	for (uint32_t i = 0; i < r->storages; i++)
		if (r->storage[i].dataset)
			buf_add(&names, r->storage[i].dataset, strlen(r->storage[i].dataset) + 1);
	w->datasets_len = names.len;
	w->datasets = names.len ? buf_detach(&names) : NULL;
	if (!w->datasets)
		w->datasets_len = 0;
	w->reservation = r->reservation ? strdup(r->reservation) : NULL;
	w->sensitive = r->sensitivity;
}

void wants_read(struct wants *w, const char *request, size_t len)
{
	struct tree t = TREE_INIT;
	struct request r;

	*w = (struct wants){ .datasets = NULL };
	if (may_want(request, len) && tree_parse(&t, request, len, NULL, NULL) == 0 &&
	    request_read(&t, t.root, &r, NULL) == 0)
		take(w, &r);
	tree_free(&t);
}

void wants_free(struct wants *w)
{
	free(w->datasets);
	free(w->reservation);
	*w = (struct wants){ .datasets = NULL };
}

bool wants_dataset(const struct wants *w, const char *name)
{
	for (size_t at = 0; at < w->datasets_len; at += strlen(w->datasets + at) + 1)
		if (!strcmp(w->datasets + at, name))
			return true;
	return false;
}
