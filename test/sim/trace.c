/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "trace.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "name_table.h"

enum { COLUMNS = 10 };

static const char header[] =
	"job_id,submit_s,runtime_s,cores,mem_mb,inputs,outputs_bytes,user,deps,outputs";

/* What is needed while reading only. */
struct reader {
	struct trace *t;
	struct name_table jobs, files, users, shapes;
	uint32_t job_cap, dep_cap, file_cap, shape_cap, list_cap;
	struct sim_list *dep;		/* of each job: numbers of names */
	struct diag *d;
};

/* The array with room for number n, zeros where it is new.  NULL: out of memory. */
static void *room(void *array, uint32_t n, uint32_t *cap, size_t size)
{
	uint32_t want = *cap ? *cap : 1024;
	char *more;

	while (want <= n)
		want *= 2;
	if (want == *cap)
		return array;
	more = realloc(array, want * size);
	if (!more)
		return NULL;
	memset(more + *cap * size, 0, (want - *cap) * size);
	*cap = want;
	return more;
}

#define ROOM(array, n, cap) room_for((void *)&(array), n, cap, sizeof *(array))
static bool room_for(void *array, uint32_t n, uint32_t *cap, size_t size)
{
	void *old, *more;

	memcpy(&old, array, sizeof old);
	more = room(old, n, cap, size);
	if (more)
		memcpy(array, &more, sizeof more);
	return more;
}

static int number(struct reader *r, const char *text, double *out)
{
	char *end;

	errno = 0;
	*out = strtod(text, &end);
	if (*text && !*end && !errno && isfinite(*out) && *out >= 0)
		return 0;
	return diag_set(r->d, "found \"%.40s\", expected a number", text);
}

static int push(struct reader *r, uint32_t v)
{
	if (v == NO_NAME || !ROOM(r->t->list, r->t->lists, &r->list_cap))
		return diag_nomem(r->d);
	r->t->list[r->t->lists++] = v;
	return 0;
}

static int add_file(struct reader *r, const char *name, size_t len, double bytes, bool made)
{
	uint32_t f = name_table_put(&r->files, name, len);
	struct sim_file *file;

	if (f == NO_NAME || !ROOM(r->t->file, f, &r->file_cap))
		return diag_nomem(r->d);
	file = &r->t->file[f];
	if (f == r->t->files) {
		*file = (struct sim_file){ .store = (uint8_t)(name_table_hash(name, len) >> 32 & 1) };
		r->t->files++;
	}
	file->bytes = (uint64_t)bytes;
	file->made |= made;
	file->read |= !made;
	return push(r, f);
}

/* name:bytes;name:bytes */
static int read_files(struct reader *r, char *text, struct sim_list *l, bool made)
{
	char *save, *item = strtok_r(text, ";", &save);

	l->first = r->t->lists;
	for (; item; item = strtok_r(NULL, ";", &save)) {
		char *colon = strrchr(item, ':');
		double bytes;

		if (!colon)
			return diag_set(r->d, "found \"%.40s\", expected NAME:BYTES", item);
		if (number(r, colon + 1, &bytes) < 0 ||
		    add_file(r, item, (size_t)(colon - item), bytes, made) < 0)
			return -1;
	}
	l->count = r->t->lists - l->first;
	return 0;
}

static int read_deps(struct reader *r, char *text, struct sim_list *l)
{
	char *save, *item = strtok_r(text, ";", &save);

	l->first = r->t->lists;
	for (; item; item = strtok_r(NULL, ";", &save))
		if (push(r, name_table_put(&r->jobs, item, strlen(item))) < 0)
			return -1;
	l->count = r->t->lists - l->first;
	return 0;
}

static int find_shape(struct reader *r, struct sim_job *j, char *inputs, const char *cores)
{
	char *text;
	int len = asprintf(&text, "%s/%s", inputs, cores);
	uint32_t s;

	if (len < 0)
		return diag_nomem(r->d);
	s = name_table_put(&r->shapes, text, (size_t)len);
	free(text);
	if (s == NO_NAME || !ROOM(r->t->shape, s, &r->shape_cap))
		return diag_nomem(r->d);
	if (s == r->t->shapes) {
		r->t->shape[s] = (struct sim_shape){ .cores = j->cores };
		if (read_files(r, inputs, &r->t->shape[s].in, false) < 0)
			return -1;
		r->t->shapes++;
	}
	j->shape = s;
	j->in = r->t->shape[s].in;
	return 0;
}

static int read_job(struct reader *r, char **column)
{
	uint32_t n = name_table_put(&r->jobs, column[0], strlen(column[0]));
	struct sim_job j = { .submit = 0 };
	struct sim_list dep;
	double cores, bytes;

	if (n == NO_NAME)
		return diag_nomem(r->d);
	if (number(r, column[1], &j.submit) < 0 || number(r, column[2], &j.runtime) < 0 ||
	    number(r, column[3], &cores) < 0 || number(r, column[6], &bytes) < 0)
		return -1;
	j.cores = cores < 1 ? 1 : (uint32_t)cores;
	j.out_bytes = (uint64_t)bytes;
	j.user = name_table_put(&r->users, column[7], strlen(column[7]));
	if (find_shape(r, &j, column[5], column[3]) < 0 || read_deps(r, column[8], &dep) < 0 ||
	    read_files(r, column[9], &j.out, true) < 0)
		return -1;
	/* A name may have come first as somebody's dependency: jobs are
	 * numbered as their names are. */
	if (!ROOM(r->t->job, n, &r->job_cap) || !ROOM(r->dep, n, &r->dep_cap))
		return diag_nomem(r->d);
	r->t->job[n] = j;
	r->t->job[n].deps = dep.count;
	r->dep[n] = dep;
	return 0;
}

static int split(struct reader *r, char *line, char **column)
{
	int n = 0;

	line[strcspn(line, "\r\n")] = 0;
	for (char *c = line; c && n < COLUMNS; n++) {
		char *comma = strchr(c, ',');

		column[n] = c;
		if (comma)
			*comma++ = 0;
		c = comma;
		if (n == COLUMNS - 1 && c)
			return diag_set(r->d, "found more than %d columns", COLUMNS);
	}
	if (n == COLUMNS)
		return 0;
	diag_set(r->d, "found %d columns, expected %d", n, COLUMNS);
	return -1;
}

/* Lines may be long: a job may have a thousand inputs. */
static int read_lines(struct reader *r, gzFile f)
{
	enum { LINE = 1 << 22 };
	char *line = malloc(LINE), *column[COLUMNS];
	int r2 = 0;

	if (!line)
		return diag_nomem(r->d);
	for (int n = 1; r2 == 0 && gzgets(f, line, LINE); n++) {
		if (n == 1)
			r2 = strncmp(line, header, sizeof header - 1) ?
				diag_set(r->d, "found another header than \"%s\"", header) : 0;
		else if ((r2 = split(r, line, column)) == 0)
			r2 = read_job(r, column);
		if (r2 < 0 && r->d)
			r->d->line = n;
	}
	free(line);
	return r2;
}

/* Turn the dependencies around: who waits for this one? */
static int link_deps(struct reader *r)
{
	struct trace *t = r->t;
	uint32_t *fill;

	if (r->jobs.count && !ROOM(t->job, r->jobs.count - 1, &r->job_cap))
		return diag_nomem(r->d);
	t->jobs = r->jobs.count;
	for (uint32_t j = 0; j < t->jobs; j++) {
		if (!t->job[j].cores)
			return diag_set(r->d, "the job %s is waited for and not there", r->jobs.text[j]);
		for (uint32_t i = 0; i < t->job[j].deps; i++)
			t->job[t->list[r->dep[j].first + i]].next.count++;
	}
	for (uint32_t j = 0; j < t->jobs; j++) {
		t->job[j].next.first = t->lists;
		for (uint32_t i = 0; i < t->job[j].next.count; i++)
			if (push(r, 0) < 0)
				return -1;
	}
	fill = calloc(t->jobs + 1, sizeof *fill);
	if (!fill)
		return diag_nomem(r->d);
	for (uint32_t j = 0; j < t->jobs; j++)
		for (uint32_t i = 0; i < t->job[j].deps; i++) {
			uint32_t d = t->list[r->dep[j].first + i];

			t->list[t->job[d].next.first + fill[d]++] = j;
		}
	free(fill);
	return 0;
}

static void sum_up(struct trace *t)
{
	for (uint32_t f = 0; f < t->files; f++)
		if (t->file[f].read && !t->file[f].made)
			t->compulsory += t->file[f].bytes;
	for (uint32_t j = 0; j < t->jobs; j++) {
		t->work += t->job[j].runtime * t->job[j].cores;
		for (uint32_t i = 0; i < t->job[j].in.count; i++)
			t->wanted += t->file[t->list[t->job[j].in.first + i]].bytes;
	}
}

int trace_read(struct trace *t, const char *path, struct diag *d)
{
	struct reader r = { .t = t, .d = d };
	gzFile f = gzopen(path, "rb");
	int result;

	*t = (struct trace){ 0 };
	if (!f)
		return diag_errno(d, "%s", path);
	result = read_lines(&r, f);
	gzclose(f);
	if (result == 0)
		result = link_deps(&r);
	if (result == 0 && !t->jobs)
		result = diag_set(d, "there are no jobs");
	sum_up(t);
	name_table_free(&r.jobs);
	name_table_free(&r.files);
	name_table_free(&r.users);
	name_table_free(&r.shapes);
	free(r.dep);
	if (result < 0)
		trace_free(t);
	return result;
}

void trace_limit_cores(struct trace *t, uint32_t cores)
{
	for (uint32_t j = 0; j < t->jobs; j++) {
		if (t->job[j].cores <= cores)
			continue;
		t->job[j].runtime *= (double)t->job[j].cores / cores;
		t->job[j].cores = cores;
		t->shape[t->job[j].shape].cores = cores;
	}
}

void trace_free(struct trace *t)
{
	free(t->job);
	free(t->file);
	free(t->shape);
	free(t->list);
	*t = (struct trace){ 0 };
}
