/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobdir.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "jobdir_volumes.h"
#include "request.h"
#include "shim_started.h"
#include "spec.h"
#include "stage.h"

enum { NOTES_MAX = 65536 };

struct making {
	struct agent *a;
	const struct attempt *at;
	struct held *h;
	const char *final;		/* the path it will have */
	int dir;
	struct tree tree;
	struct request request;
	struct buf env, volumes;
	struct diag *d;
};

/* --- environment ------------------------------------------------------------------- */

static void env(struct making *m, const char *name, const char *value)
{
	buf_addf(&m->env, "%s=%s", name, value);
	buf_addc(&m->env, '\0');
}

static void env_number(struct making *m, const char *name, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRIu64, value);
	env(m, name, text);
}

/* SPOOL_INPUT_ and the name in capitals, what is no letter or digit as '_'. */
static void env_named(struct making *m, const char *prefix, const char *name, const char *value)
{
	char text[200];
	size_t n = strlen(prefix);

	snprintf(text, sizeof text, "%s%s", prefix, name);
	for (char *c = text + n; *c; c++)
		*c = isalnum((unsigned char)*c) && !(*c & 0x80) ? (char)toupper(*c) : '_';
	env(m, text, value);
}

static void env_path(struct making *m, const char *name, const char *below)
{
	char path[4200];

	snprintf(path, sizeof path, "%s/%s", m->final, below);
	env(m, name, path);
}

static void env_all(struct making *m)
{
	char id[UUID_TEXT];

	uuid_format(&m->at->job, id);
	env(m, "SPOOL_JOB_ID", id);
	env_number(m, "SPOOL_ATTEMPT", m->at->number);
	env(m, "SPOOL_SITE", m->a->set->site);
	env_number(m, "SPOOL_CORES", m->at->cores);
	env_number(m, "SPOOL_MEMORY", m->at->memory);
	env(m, "SPOOL_USER", m->h->assign.user);
	if (m->h->assign.name)
		env(m, "SPOOL_JOB_NAME", m->h->assign.name);
	if (m->h->assign.task)
		env_number(m, "SPOOL_TASK_INDEX", m->h->assign.index);
	env_path(m, "SPOOL_WORK", "work");
	env_path(m, "SPOOL_RESULTS", "work/results");
	env_path(m, "TMPDIR", "work");
	for (uint32_t i = 0; i < m->a->set->envs; i++)
		env(m, m->a->set->env[i].name, m->a->set->env[i].value);
	/* The shim passes on what we have of these; cron gives us little. */
	if (!getenv("PATH"))
		env(m, "PATH", "/usr/local/bin:/usr/bin:/bin");
	if (!getenv("HOME"))
		env_path(m, "HOME", "work");
}

/* --- inputs ---------------------------------------------------------------------------- */

static int input(struct making *m, int inputs, const struct attempt_need *n)
{
	char final[4200], *path;

	snprintf(final, sizeof final, "%s/work/inputs", m->final);
	if (stage_put(m->a, n, inputs, final, &path, m->d) < 0)
		return -1;
	env_named(m, "SPOOL_INPUT_", n->name, path);
	volumes_add(&m->volumes, &m->request, n->name, path);
	free(path);
	return 0;
}

static int inputs(struct making *m)
{
	int dir, rc = 0;

	if (!m->at->needs)
		return 0;
	if (io_mkdir(m->dir, "work", 0755, m->d) < 0 ||
	    io_mkdir(m->dir, "work/inputs", 0755, m->d) < 0)
		return -1;
	dir = io_opendir(m->dir, "work/inputs", m->d);
	if (dir < 0)
		return -1;
	for (uint32_t i = 0; i < m->at->needs && rc == 0; i++)
		rc = input(m, dir, &m->at->need[i]);
	close(dir);
	return rc;
}

/* --- volumes ------------------------------------------------------------------------------ */

static bool is_input(const struct making *m, const char *name)
{
	for (uint32_t i = 0; i < m->at->needs; i++)
		if (!strcmp(m->at->need[i].name, name))
			return true;
	return false;
}

/* What has a place to go is sent there, other that is to persist is brought home with
 * the results; the rest is scratch. */
static int room(struct making *m, const struct storage *s)
{
	bool keep = s->type && !strcmp(s->type, "persistent");
	const char *parent = s->to ? "work/outputs" : keep ? "work/results" : "work/volumes";
	char name[200], path[4400];

	snprintf(name, sizeof name, "%s/%s", parent, s->name);
	if (io_mkdir(m->dir, "work", 0755, m->d) < 0 || io_mkdir(m->dir, parent, 0755, m->d) < 0 ||
	    io_mkdir(m->dir, name, 0755, m->d) < 0)
		return -1;
	snprintf(path, sizeof path, "%s/%s", m->final, name);
	env_named(m, "SPOOL_VOLUME_", s->name, path);
	volumes_add(&m->volumes, &m->request, s->name, path);
	return 0;
}

static int rooms(struct making *m)
{
	for (uint32_t i = 0; i < m->request.storages; i++) {
		const struct storage *s = &m->request.storage[i];

		if (s->name && !is_input(m, s->name) && room(m, s) < 0)
			return -1;
	}
	return 0;
}

/* --- files ----------------------------------------------------------------------------------- */

static int put(struct making *m, const char *name, const struct buf *text)
{
	if (text->failed)
		return diag_nomem(m->d);
	return io_create(m->dir, name, 0600, text->s, text->len, m->d);
}

/* A second name for what lies in waiting/: one inode less to be made and
 * removed for each job, which is what a job costs here. */
static int put_assign(struct making *m)
{
	char name[ATTEMPT_KEY + 8];

	snprintf(name, sizeof name, "%s.yaml", m->at->key);
	if (linkat(m->a->st.waiting, name, m->dir, "assign.yaml", 0) == 0)
		return 0;
	return put(m, "assign.yaml", &m->h->text);
}

static bool cores_stated(const struct request *r)
{
	for (uint32_t i = 0; i < r->computes; i++)
		if (r->compute[i].min_cores || r->compute[i].max_cores)
			return true;
	return false;
}

/* Nobody is held to a number of cores that nobody has named. */
static int put_limits(struct making *m, const struct runner *runner)
{
	int64_t walltime = m->h->assign.walltime ? m->h->assign.walltime : m->a->set->walltime;
	struct buf text = BUF_INIT;
	char boot[SHIM_BOOT];
	int rc;

	if (walltime)
		buf_addf(&text, "walltime %.6f\n", (double)walltime / SECOND_US);
	if (m->at->memory)
		buf_addf(&text, "memory %" PRIu64 "\n", m->at->memory);
	if (cores_stated(&m->request))
		buf_addf(&text, "cores %u\n", m->at->cores);
	if (m->a->set->cgroup)
		buf_addf(&text, "cgroup %s\n", m->a->set->cgroup);
	/* For ourselves; the shim leaves words alone that it does not know. */
	buf_addf(&text, "runner %s\n", runner->path);
	/* Who stays flushes before it tells; who comes once in an hour may not. */
	if (m->a->watch && shim_boot(boot))
		buf_addf(&text, "boot %s\n", boot);
	if (m->at->staged)
		buf_addf(&text, "staged %" PRIu64 "\n", m->at->staged);
	rc = put(m, "limits", &text);
	buf_free(&text);
	return rc;
}

static int put_files(struct making *m, const struct runner *runner)
{
	if (put_assign(m) < 0 || put_limits(m, runner) < 0 || put(m, "env", &m->env) < 0)
		return -1;
	if (io_create(m->dir, "request.yaml", 0600, m->h->assign.body, m->h->assign.body_len,
		      m->d) < 0)
		return -1;
	return m->volumes.len ? put(m, "volumes", &m->volumes) : 0;
}

bool jobdir_note(int dir, const char *word, char *out, size_t size)
{
	struct buf text = BUF_INIT;
	size_t n = strlen(word);
	bool found = false;

	if (io_read(dir, "limits", NOTES_MAX, &text, NULL) < 0)
		return false;
	for (const char *line = text.s; *line && !found; line += *line == '\n') {
		const char *end = strchrnul(line, '\n');

		if (!strncmp(line, word, n) && line[n] == ' ') {
			snprintf(out, size, "%.*s", (int)(end - line - (ptrdiff_t)n - 1), line + n + 1);
			found = true;
		}
		line = end;
	}
	buf_free(&text);
	return found;
}

/* --- all of it ----------------------------------------------------------------------------------- */

static enum jobdir_fault read_request(struct making *m, const struct runner **runner)
{
	const char *body = m->h->assign.body;

	if (tree_parse(&m->tree, body, m->h->assign.body_len, NULL, m->d) < 0 ||
	    request_read(&m->tree, m->tree.root, &m->request, m->d) < 0)
		return m->d->err == ENOMEM ? JOBDIR_RETRY : JOBDIR_JOB;
	*runner = runners_find(&m->a->runners, m->request.type);
	if (*runner)
		return JOBDIR_OK;
	diag_set(m->d, "no runner here is for tasks of the type %s", m->request.type);
	return JOBDIR_SITE;
}

static enum jobdir_fault fill(struct making *m, const struct runner *runner)
{
	int rc;

	env_all(m);
	rc = spec_write(m->dir, "spec", m->request.spec, m->d);
	if (rc)
		return rc > 0 ? JOBDIR_JOB : JOBDIR_RETRY;
	if (inputs(m) < 0 || rooms(m) < 0 || put_files(m, runner) < 0)
		return JOBDIR_RETRY;
	return JOBDIR_OK;
}

enum jobdir_fault jobdir_make(struct agent *a, const struct attempt *at, struct held *h,
			      const char *hidden, const char *final, struct diag *d)
{
	struct making m = { .a = a, .at = at, .h = h, .final = final, .dir = -1,
			    .tree = TREE_INIT, .env = BUF_INIT, .volumes = BUF_INIT, .d = d };
	const struct runner *runner = NULL;
	enum jobdir_fault fault = read_request(&m, &runner);

	if (fault == JOBDIR_OK) {
		if (io_mkdir(a->st.running, hidden, 0700, d) == 0)
			m.dir = io_opendir(a->st.running, hidden, d);
		fault = m.dir < 0 ? JOBDIR_RETRY : fill(&m, runner);
	}
	if (m.dir >= 0)
		close(m.dir);
	if (fault != JOBDIR_OK)
		(void)!io_remove_tree(a->st.running, hidden, NULL);
	buf_free(&m.env);
	buf_free(&m.volumes);
	tree_free(&m.tree);
	return fault;
}
