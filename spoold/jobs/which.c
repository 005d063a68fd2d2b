/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "which.h"

#include <stdlib.h>
#include <string.h>

#include "array.h"
#include "arrays.h"
#include "hub.h"
#include "io.h"
#include "names.h"
#include "request.h"

/* Of an array that has ended; its file tells which indices it had. */
static int ended_task(struct hub *h, const struct uuid *array, uint32_t index, struct uuid *id)
{
	int p = spool_job_find(&h->spool, array);
	struct buf text = BUF_INIT;
	struct tree t = TREE_INIT;
	struct job_state st;
	struct request r;
	char name[SPOOL_JOB_NAME];
	uint32_t place = UINT32_MAX;

	spool_job_name(array, name);
	if (p >= 0 && io_read(h->spool.jobs[p], name, 64u << 20, &text, NULL) == 0 &&
	    jobfile_read(text.s, text.len, &st, NULL) == 0 && st.record.tasks &&
	    tree_parse(&t, st.body, st.body_len, NULL, NULL) == 0 && request_read(&t, t.root, &r, NULL) == 0)
		place = array_place(&r.array, index);
	tree_free(&t);
	buf_free(&text);
	if (place == UINT32_MAX)
		return -1;
	array_id(array, place, id);
	return 0;
}

int which_task(struct hub *h, uint32_t index, struct which *w, struct diag *d)
{
	uint32_t j = jobs_find(&h->jobs, &w->id);
	bool made = true;
	char id[UUID_TEXT];
	int r;

	w->array = w->id;
	w->index = index;
	if (j == NO_JOB)
		r = ended_task(h, &w->array, index, &w->id);
	else
		r = h->jobs.job[j].tasks ? arrays_task(h, j, index, &w->id, &made) : -1;
	w->unmade = !made;
	uuid_format(&w->array, id);
	return r < 0 ? diag_set(d, "job %s has no task with the index %u", id, index) : 0;
}

/* "survey.7": the bytes before the index; 0: there is none at the end. */
static size_t split(const char *word, uint32_t *index)
{
	const char *dot = strrchr(word, '.');
	size_t digits = dot ? strspn(dot + 1, "0123456789") : 0;

	if (!digits || digits > 10 || dot[1 + digits] || strtoul(dot + 1, NULL, 10) > ARRAY_INDEX)
		return 0;
	*index = (uint32_t)strtoul(dot + 1, NULL, 10);
	return (size_t)(dot - word);
}

int which_name(struct hub *h, uint32_t owner, const char *name, struct which *w, struct diag *d)
{
	char array[256];
	uint32_t index;
	size_t n = split(name, &index);

	*w = (struct which){ .index = 0 };
	if (names_find(h, owner, name, &w->id))
		return 0;
	if (n && n < sizeof array) {
		memcpy(array, name, n);
		array[n] = '\0';
		if (names_find(h, owner, array, &w->id))
			return which_task(h, index, w, d);
	}
	return diag_set(d, "there is no job of yours with the name \"%.100s\"", name);
}

int which_word(struct hub *h, uint32_t owner, const char *word, struct which *w, struct diag *d)
{
	uint32_t index;
	size_t n = split(word, &index);

	*w = (struct which){ .index = 0 };
	if (uuid_parse(word, strlen(word), &w->id, NULL) == 0)
		return 0;
	if (n && uuid_parse(word, n, &w->id, NULL) == 0)
		return which_task(h, index, w, d);
	return which_name(h, owner, word, w, d);
}
