/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "runner.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "field.h"
#include "instant.h"
#include "io.h"
#include "line.h"
#include "runner_list.h"
#include "exec.h"

enum { PROBE_SECONDS = 20, ANSWERS_MAX = 16 << 20 };

/* --- answers remembered --------------------------------------------------------- */

static struct candidate *by_path(struct candidates *c, const char *path, const char *stamp)
{
	for (uint32_t i = 0; i < c->count; i++)
		if (!strcmp(c->item[i].path, path) && !strcmp(c->item[i].stamp, stamp))
			return &c->item[i];
	return NULL;
}

static void recall_one(struct candidates *c, const struct line *l, int64_t now)
{
	static const struct field fields[] = {
		{ "runner", FIELD_TEXT, offsetof(struct candidate, path), .required = true,
		  .max = 4096 },
		{ "stamp", FIELD_TEXT, offsetof(struct candidate, stamp), .required = true },
		{ "time", FIELD_INSTANT, offsetof(struct candidate, asked), .required = true },
		{ "bytes", FIELD_IGNORE, 0 },
		{ .name = NULL },
	};
	struct candidate old = { .asked = 0 }, *now_there;

	if (field_read(l->map, "an answer", fields, &old, NULL) < 0)
		return;
	now_there = by_path(c, old.path, old.stamp);
	if (!now_there || old.asked > now || now - old.asked > HOUR_US)
		return;
	now_there->asked = old.asked;
	buf_reset(&now_there->answer);
	buf_add(&now_there->answer, l->body ? l->body : "", l->body_len);
}

static void recall(struct candidates *c, int dir)
{
	struct buf text = BUF_INIT;
	struct line_reader r;
	struct line l;

	/* Whatever is wrong with it: the runners are asked again. */
	if (dir >= 0 && io_read(dir, "runners.yaml", ANSWERS_MAX, &text, NULL) == 0) {
		line_open(&r, text.s, text.len);
		while (line_next(&r, &l, NULL) > 0)
			recall_one(c, &l, instant_now());
		line_close(&r);
	}
	buf_free(&text);
}

static void remember(const struct candidates *c, int dir)
{
	struct buf text = BUF_INIT;

	for (uint32_t i = 0; i < c->count; i++) {
		if (!c->item[i].asked)
			continue;
		line_begin(&text);
		line_text(&text, "runner", c->item[i].path);
		line_text(&text, "stamp", c->item[i].stamp);
		line_time(&text, "time", c->item[i].asked);
		line_body(&text, c->item[i].answer.s, c->item[i].answer.len);
	}
	if (!text.failed)
		(void)!io_publish(dir, "runners.yaml", 0600, text.s, text.len, 0, NULL);
	buf_free(&text);
}

/* --- asking -------------------------------------------------------------------------- */

static void take_answer(struct candidate *c, struct exec_job *j, struct log *log)
{
	buf_reset(&c->answer);
	/* What did not come to its end has said nothing; it is asked again. */
	if (j->status >= 0 && !WIFSIGNALED(j->status))
		c->asked = instant_now();
	if (j->status == 0 && !j->out.failed)
		buf_add(&c->answer, j->out.s, j->out.len);
	else if (j->error)
		log_error(log, "%s cannot be started: %s", c->path, strerror(j->error));
	else if (j->status < 0)
		log_error(log, "%s probe did not end within %d s", c->path, PROBE_SECONDS);
	else if (WIFSIGNALED(j->status))
		log_error(log, "%s probe was killed by signal %d", c->path, WTERMSIG(j->status));
	else if (WEXITSTATUS(j->status) == 127)
		log_error(log, "%s could not be started", c->path);
	/* Any other exit status says: nothing here that I need. */
}

/*
 * Is it this machine that is short of something, and not the runner's fault?
 * Then nothing is known, which must not be taken for "nothing can be run here":
 * the hub would refuse jobs for that.
 */
static int short_of_something(const struct exec_job *jobs, int n, struct diag *d)
{
	for (int i = 0; i < n; i++) {
		if (!jobs[i].error || jobs[i].error == ENOENT || jobs[i].error == EACCES ||
		    jobs[i].error == ENOEXEC)
			continue;
		errno = jobs[i].error;
		return diag_errno(d, "cannot ask %s", jobs[i].argv[0]);
	}
	return 0;
}

/* All that have no answer, at the same time.  How many were asked, or -1. */
static int ask(struct candidates *c, struct log *log, struct diag *d)
{
	struct exec_job *jobs = calloc(c->count + 1, sizeof *jobs);
	const char *(*argv)[3] = calloc(c->count + 1, sizeof *argv);
	int n = 0, rc = -1;

	if (!jobs || !argv) {
		diag_nomem(d);
		goto out;
	}
	for (uint32_t i = 0; i < c->count; i++) {
		if (c->item[i].asked)
			continue;
		argv[n][0] = c->item[i].path;
		argv[n][1] = "probe";
		jobs[n] = (struct exec_job){ .argv = (char *const *)argv[n], .out = BUF_INIT };
		n++;
	}
	rc = n ? exec_all(jobs, n, PROBE_SECONDS, d) : 0;
	if (rc == 0)
		rc = short_of_something(jobs, n, d);
	for (uint32_t i = 0, k = 0; rc == 0 && i < c->count; i++)
		if (!c->item[i].asked)
			take_answer(&c->item[i], &jobs[k++], log);
	for (int i = 0; i < n; i++)
		buf_free(&jobs[i].out);
	if (rc == 0)
		rc = n;
out:
	free(argv);
	free(jobs);
	return rc;
}

/* --- reading answers -------------------------------------------------------------------- */

static const struct field gpu_fields[] = {
	{ "type", FIELD_TEXT, offsetof(struct site_gpu, type), .required = true },
	{ "count", FIELD_COUNT, offsetof(struct site_gpu, count), .required = true },
	{ "memory", FIELD_SIZE, offsetof(struct site_gpu, memory) },
	{ .name = NULL },
};

static int read_gpus(struct runner *r, const struct node *v, struct diag *d)
{
	uint32_t n = 0;

	for (const struct node *i = v ? node_first(v) : NULL; i; i = node_after(v, i))
		n++;
	if (!n)
		return 0;
	r->gpu = tree_alloc(&r->tree, n * sizeof *r->gpu);
	if (!r->gpu)
		return diag_nomem(d);
	for (const struct node *i = node_first(v); i; i = node_after(v, i))
		if (field_read(i, "a kind of GPU", gpu_fields, &r->gpu[r->gpus++], d) < 0)
			return -1;
	return 0;
}

/* `mode: poll`, and how often: `interval: PT10S`. */
static int read_mode(struct runner *r, const struct node *root, struct diag *d)
{
	static const struct field interval = { "interval", FIELD_DURATION };
	const struct node *mode = node_get(root, "mode"), *n = node_get(root, "interval");
	int64_t us = 10 * SECOND_US;

	if (!mode || strcmp(mode->text, "poll"))
		return 0;
	if (n && field_value(n, "interval", &interval, &us, d) < 0)
		return -1;
	r->poll = (double)us / SECOND_US;
	return 0;
}

/* Fields we do not know are for others (and for later versions). */
static int read_answer(struct runner *r, const struct buf *answer, struct diag *d)
{
	static const struct field type = { "type", FIELD_TEXT, 0, .max = 100 };
	const struct node *root, *n;

	if (tree_parse(&r->tree, answer->s, answer->len, NULL, d) < 0)
		return -1;
	root = r->tree.root;
	if (!root || root->kind != NODE_MAP)
		return diag_set(d, "expected a mapping with `type`");
	n = node_get(root, "type");
	if (!n)
		return diag_set(d, "it does not say which `type` of task it runs");
	if (field_value(n, "type", &type, &r->type, d) < 0 ||
	    text_list_read(&r->tree, node_get(root, "verbs"), "verbs", FIELD_NAME, &r->verbs,
			   d) < 0 ||
	    text_list_read(&r->tree, node_get(root, "dependencies"), "dependencies", FIELD_NAME,
			   &r->dependencies, d) < 0 ||
	    text_list_read(&r->tree, node_get(root, "resolved"), "resolved", FIELD_TEXT,
			   &r->resolved, d) < 0)
		return -1;
	return read_mode(r, root, d) < 0 ? -1 : read_gpus(r, node_get(root, "gpus"), d);
}

static void take(struct runners *r, struct candidate *c, struct log *log)
{
	struct runner *one = &r->item[r->count];
	struct diag d = DIAG_INIT;

	if (c->asked && (!r->asked || c->asked < r->asked))
		r->asked = c->asked;
	if (!c->answer.len)
		return;
	*one = (struct runner){ .tree = TREE_INIT };
	if (read_answer(one, &c->answer, &d) < 0) {
		log_error(log, "the answer of %s probe: line %d: %s", c->path, d.line, d.text);
	} else if (!runners_find(r, one->type)) {
		one->path = tree_strdup(&one->tree, c->path, strlen(c->path));
		r->count += one->path != NULL;
		return;
	}
	tree_free(&one->tree);
}

int runners_load(struct runners *r, const struct settings *set, int dir, struct log *log,
		 struct diag *d)
{
	struct candidates c = { NULL, 0, TREE_INIT };
	int asked, rc = -1;

	*r = (struct runners){ NULL, 0, 0 };
	if (candidates_find(&c, set, d) < 0)
		goto out;
	recall(&c, dir);
	asked = ask(&c, log, d);
	if (asked < 0)
		goto out;
	if (asked && dir >= 0)
		remember(&c, dir);
	r->item = calloc(c.count + 1, sizeof *r->item);
	if (!r->item) {
		diag_nomem(d);
		goto out;
	}
	for (uint32_t i = 0; i < c.count; i++)
		take(r, &c.item[i], log);
	rc = 0;
out:
	candidates_free(&c);
	return rc;
}

bool runners_fresh(const struct settings *set, int dir)
{
	struct candidates c = { NULL, 0, TREE_INIT };
	bool fresh = candidates_find(&c, set, NULL) == 0;

	recall(&c, dir);
	for (uint32_t i = 0; i < c.count; i++)
		fresh = fresh && c.item[i].asked;
	candidates_free(&c);
	return fresh;
}

void runners_free(struct runners *r)
{
	for (uint32_t i = 0; i < r->count; i++)
		tree_free(&r->item[i].tree);
	free(r->item);
	*r = (struct runners){ NULL, 0, 0 };
}

const struct runner *runners_find(const struct runners *r, const char *type)
{
	for (uint32_t i = 0; i < r->count; i++)
		if (!strcmp(r->item[i].type, type))
			return &r->item[i];
	return NULL;
}

bool runner_can(const struct runner *r, const char *verb)
{
	return text_list_has(&r->verbs, verb);
}

bool runner_verbs(const struct runner *r, char *out, size_t size)
{
	size_t used = 0;

	for (uint32_t i = 0; i < r->verbs.count; i++) {
		int n = snprintf(out + used, size - used, "%s%s", i ? " " : "", r->verbs.item[i]);

		if (n < 0 || (size_t)n >= size - used)
			return false;
		used += (size_t)n;
	}
	return used > 0;
}
