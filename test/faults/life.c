/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "io.h"
#include "life_part.h"

/* --- helpers -------------------------------------------------------------------- */

void life_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fprintf(stderr, ": %s\n", strerror(errno));
	exit(70);
}

const char *life_path(const struct life *l, const char *fmt, ...)
{
	static char path[4][2 * PATH_MAX];
	static int turn;
	char *p = path[turn = (turn + 1) & 3];
	int n = snprintf(p, PATH_MAX, "%s/", l->top);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(p + n, PATH_MAX, fmt, ap);
	va_end(ap);
	return p;
}

void life_trouble(struct life *l, const char *fmt, ...)
{
	char line[2 * PATH_MAX];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof line - 1, fmt, ap);
	va_end(ap);
	memcpy(line + strlen(line), "\n", 2);
	if (!strstr(l->trouble.s, line))
		buf_adds(&l->trouble, line);
}

struct buf life_read(const struct life *l, const char *name)
{
	struct buf b = BUF_INIT;

	io_read(AT_FDCWD, life_path(l, "%s", name), 64 << 20, &b, NULL);
	return b;
}

void life_write(const char *path, const struct buf *text)
{
	struct diag d = DIAG_INIT;

	unlink(path);
	if (io_create(AT_FDCWD, path, 0644, text->s, text->len, &d) < 0)
		life_die("%s", d.text);
}

/* As strstr(): the first of the words. */
static const char *first_word(const char *text, const char *const words[], int n, int *which)
{
	const char *first = NULL;

	for (int i = 0; i < n; i++) {
		const char *at = strstr(text, words[i]);

		if (at && (!first || at < first)) {
			first = at;
			*which = i;
		}
	}
	return first;
}

struct buf life_expand(const struct life *l, const char *text, const char *id, int offer)
{
	static const char *const words[] = { "TOP/", "ID", "OFFER" };
	struct buf b = BUF_INIT;
	const char *at;
	int which = 0;

	while ((at = first_word(text, words, 3, &which))) {
		buf_add(&b, text, (size_t)(at - text));
		if (which == 2)
			buf_addf(&b, "%d", offer);
		else
			buf_addf(&b, "%s%s", which ? id : l->top, which ? "" : "/");
		text = at + strlen(words[which]);
	}
	buf_adds(&b, text);
	return b;
}

const char *life_target(const struct life_drop *d)
{
	static char path[PATH_MAX];

	if (d->to)
		snprintf(path, sizeof path, "spool/%s", d->to);
	else
		snprintf(path, sizeof path, "spool/inbox/%s.yaml", d->name);
	return path;
}

/* --- beginning -------------------------------------------------------------------- */

/* What a life needs.  A runner more is one more that each site asks what it can
 * do, which costs more than all the rest of a life; so would the modules be that
 * are installed here. */
static const char *const programs[] = {
	"bin/spoold", "bin/spool-agent", "bin/spool-shim", "runners/process", "runners/python-program",
	"runners/lib.sh", "runners/libsoftware.sh", NULL,
};

static void copy_programs(const struct life *l)
{
	char from[2 * PATH_MAX];
	struct diag d = DIAG_INIT;

	for (const char *const *name = programs; *name; name++) {
		snprintf(from, sizeof from, "%s/%s", l->build, *name);
		if (io_copy(AT_FDCWD, from, AT_FDCWD, life_path(l, "%s", *name), 0755, &d) < 0)
			life_die("%s", d.text);
	}
}

static void begin_without_modules(const struct life *l)
{
	struct buf text = BUF_INIT;

	buf_adds(&text, "module() { :; }\n");
	if (mkdir(life_path(l, "init"), 0755) < 0 || setenv("MODULESHOME", l->top, 1) < 0)
		life_die("%s/init", l->top);
	life_write(life_path(l, "init/sh"), &text);
	buf_free(&text);
}

static void write_settings(const struct life *l, const char *site)
{
	struct buf b = BUF_INIT;

	buf_addf(&b, "site: %s\nstate: %s/disk/%s\ncores: 4\nmemory: 4GiB\n", site, l->top, site);
	if (l->kind->interval)
		buf_addf(&b, "interval: %s\n", l->kind->interval);
	buf_addf(&b, "stores: [{name: store, url: 'file://%s/disk/store/'}]\n", l->top);
	if (l->rsync)
		buf_addf(&b, "hub: \"here:\"\nssh: %s/bin/no-ssh-%s\n", l->top, site);
	else
		buf_addf(&b, "hub: %s/disk/spool\n", l->top);
	life_write(life_path(l, "%s.yaml", site), &b);
	buf_free(&b);
	if (!l->rsync)
		return;
	/* What sshd would do: go to the site's directory, run rsync there. */
	buf_addf(&b, "#!/bin/sh\nshift\ncd %s/disk/spool/sites/%s && exec \"$@\"\n", l->top, site);
	life_write(life_path(l, "bin/no-ssh-%s", site), &b);
	chmod(life_path(l, "bin/no-ssh-%s", site), 0755);
	buf_free(&b);
}

static enum trace_verdict look_on(struct trace *t, struct trace_call *c, bool exit)
{
	struct life *l = t->ctx;

	if (!exit && c->type->kind == CALL_MKDIR && !strncmp(c->path, "/sys/fs/cgroup/", 15))
		buf_add(&l->groups, c->path, strlen(c->path) + 1);
	return l->hook ? l->hook(l, c, exit) : TRACE_GO;
}

void life_begin(struct life *l, const char *top, const char *build)
{
	struct buf words = BUF_INIT;

	snprintf(l->top, sizeof l->top, "%s", top);
	l->build = build;
	if (!l->kind)
		l->kind = life_kinds;
	l->trouble = l->groups = (struct buf)BUF_INIT;
	l->trace = (struct trace){ .sets = l->sets ? l->sets : CALL_CHANGES, .hook = look_on, .ctx = l };
	if (mkdir(l->top, 0755) < 0 || mkdir(life_path(l, "disk"), 0755) < 0 ||
	    mkdir(life_path(l, "drops"), 0755) < 0 || mkdir(life_path(l, "bin"), 0755) < 0 ||
	    mkdir(life_path(l, "runners"), 0755) < 0)
		life_die("%s", l->top);
	copy_programs(l);
	begin_without_modules(l);
	if (io_copy(AT_FDCWD, "/bin/sleep", AT_FDCWD, life_path(l, "bin/linger"), 0755, NULL) < 0)
		life_die("/bin/sleep");
	for (int i = 0; i < LIFE_SITES; i++)
		write_settings(l, life_sites[i]);
	buf_adds(&words, "one\ntwo\nthree\n");
	life_write(life_path(l, "words"), &words);
	buf_free(&words);
	l->log = open(life_path(l, "log"), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
	if (l->log < 0)
		life_die("%s/log", l->top);
}

void life_end(struct life *l)
{
	l->trace.ended = NULL;
	trace_end(&l->trace);
	close(l->log);
	buf_free(&l->trouble);
	buf_free(&l->groups);
	free(l->mail);
	l->mail = NULL;
	l->mails = l->mail_room = 0;
}
