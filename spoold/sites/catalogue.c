/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "catalogue.h"

#include "catalogue_doc.h"
#include "child.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "dataset.h"
#include "facts.h"
#include "field.h"
#include "instant.h"
#include "io.h"
#include "shapes.h"

static const int64_t again_after = 60 * SECOND_US;

/* --- one entry of run/catalogue/ --------------------------------------------------- */

struct note {
	const char *fingerprint;
	int64_t bytes;
	const char *digest;
	const char *problem;
};

static const struct field note_fields[] = {
	{ "fingerprint", FIELD_TEXT, offsetof(struct note, fingerprint), .required = true },
	{ "bytes", FIELD_INT, offsetof(struct note, bytes) },
	{ "digest", FIELD_TEXT, offsetof(struct note, digest) },
	{ "problem", FIELD_TEXT, offsetof(struct note, problem) },
	{ .name = NULL },
};

static void fingerprint_text(uint64_t f, char out[24])
{
	snprintf(out, 24, "f%016" PRIx64, f);
}

/* True: the note is about the present content. */
static bool read_note(struct hub *h, const char *name, uint64_t fingerprint, struct catalogue_entry *e)
{
	struct buf text = BUF_INIT;
	struct tree t = TREE_INIT;
	struct note n = { .problem = NULL };
	char file[300], want[24];
	bool fresh = false;

	snprintf(file, sizeof file, "catalogue/%s.yaml", name);
	fingerprint_text(fingerprint, want);
	if (io_read(h->spool.run, file, 4096, &text, NULL) == 0 &&
	    tree_parse(&t, text.s, text.len, NULL, NULL) == 0 && t.root &&
	    field_read(t.root, "a catalogue entry", note_fields, &n, NULL) == 0 &&
	    !strcmp(n.fingerprint, want)) {
		fresh = true;
		e->measured = !n.problem && n.digest && n.bytes >= 0 &&
			      digest_parse(n.digest, strlen(n.digest), &e->digest, NULL) == 0;
		e->bytes = (uint64_t)n.bytes;
	}
	tree_free(&t);
	buf_free(&text);
	return fresh;
}

static void write_note(struct hub *h, const char *name, uint64_t fingerprint)
{
	struct dataset_measure m;
	struct buf b = BUF_INIT;
	struct diag d = DIAG_INIT;
	char file[300], digest[DIGEST_TEXT], print[24];

	snprintf(file, sizeof file, "catalogue/%s.yaml", name);
	fingerprint_text(fingerprint, print);
	buf_addf(&b, "fingerprint: %s\n", print);
	if (dataset_measure(h->spool.data, name, &m, NULL, &d) == 0) {
		digest_format(&m.digest, digest);
		buf_addf(&b, "bytes: %" PRIu64 "\ndigest: \"%s\"\n", m.bytes, digest);
	} else if (d.err) {	/* the disk, not the dataset */
		hub_log("data/%s cannot be measured now: %s", name, d.text);
		buf_free(&b);
		return;
	} else {
		hub_log("data/%s: %s", name, d.text);
		buf_adds(&b, "problem: ");
		line_scalar(&b, d.text, strlen(d.text));
		buf_addc(&b, '\n');
	}
	if (io_publish(h->spool.run, file, 0644, b.s, b.len, 0, &d) < 0)
		hub_log("run/%s: %s", file, d.text);
	buf_free(&b);
}

/* --- the child ------------------------------------------------------------------------ */

bool catalogue_busy(const struct hub *h)
{
	return h->measuring > 0;
}

static struct measure_try *last_try(struct hub *h)
{
	return &h->tried[(h->tries - 1) % MEASURE_TRIES];
}

/* Who was killed has said nothing about the dataset. */
bool catalogue_reap(struct hub *h, pid_t pid, int status)
{
	if (pid != h->measuring)
		return false;
	h->measuring = 0;
	if (WIFSIGNALED(status) && !last_try(h)->again)
		last_try(h)->at = 0;
	return true;
}

/* What cannot be measured, or remembered, is not tried without end. */
static bool tried_lately(const struct hub *h, uint64_t fingerprint)
{
	for (size_t i = 0; i < MEASURE_TRIES; i++)
		if (h->tried[i].fingerprint == fingerprint && h->tried[i].at <= h->now &&
		    h->now - h->tried[i].at < again_after)
			return true;
	return false;
}

static void start_measuring(struct hub *h, const char *name, uint64_t fingerprint)
{
	pid_t pid = child_fork(h);
	bool again;

	if (pid == 0) {
		write_note(h, name, fingerprint);
		_exit(0);
	}
	if (pid < 0)
		hub_log("cannot start a child to measure data/%s: %s", name, strerror(errno));
	else
		h->measuring = pid;
	again = h->tries && !last_try(h)->at && last_try(h)->fingerprint == fingerprint;
	h->tried[h->tries++ % MEASURE_TRIES] = (struct measure_try){ fingerprint, h->now, again };
}

/* --- the whole ------------------------------------------------------------------------- */

static int add(struct catalogue *c, const char *name, struct diag *d)
{
	struct catalogue_entry *more = realloc(c->entry, (c->entries + 1) * sizeof *more);

	if (!more)
		return diag_nomem(d);
	c->entry = more;
	c->entry[c->entries] = (struct catalogue_entry){ .name = strdup(name) };
	if (!c->entry[c->entries].name)
		return diag_nomem(d);
	c->entries++;
	return 0;
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct catalogue_entry *)a)->name, ((const struct catalogue_entry *)b)->name);
}

/* NAME.yaml is a document about NAME. */
static int add_name(struct catalogue *c, const char *file, struct diag *d)
{
	size_t n = strlen(file);
	char name[256];

	if (n > 5 && !strcmp(file + n - 5, ".yaml"))
		n -= 5;
	snprintf(name, sizeof name, "%.*s", (int)n, file);
	return n <= 128 ? add(c, name, d) : 0;
}

static void drop_twins(struct catalogue *c)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < c->entries; i++)
		if (n && !strcmp(c->entry[n - 1].name, c->entry[i].name))
			free((char *)c->entry[i].name);
		else
			c->entry[n++] = c->entry[i];
	c->entries = n;
}

static int list(struct hub *h, struct catalogue *c, struct diag *d)
{
	DIR *p = io_list(h->spool.data, ".", d);
	int r = 0;
	struct dirent *e;

	if (!p)
		return -1;
	while (r == 0 && (errno = 0, e = readdir(p)))
		if (e->d_name[0] != '.' && io_name_ok(e->d_name))
			r = add_name(c, e->d_name, d);
	if (r == 0 && errno)
		r = diag_errno(d, "cannot list data/");
	closedir(p);
	if (c->entries)
		qsort(c->entry, c->entries, sizeof *c->entry, by_name);
	drop_twins(c);
	return r;
}

static bool same(const struct catalogue *a, const struct catalogue *b)
{
	if (a->entries != b->entries)
		return false;
	for (uint32_t i = 0; i < a->entries; i++) {
		const struct catalogue_entry *x = &a->entry[i], *y = &b->entry[i];

		if (x->doc != y->doc || x->here != y->here)
			return false;
		if (strcmp(x->name, y->name) || x->measured != y->measured || x->bytes != y->bytes ||
		    !digest_eq(&x->digest, &y->digest))
			return false;
	}
	return true;
}

/* The document says which version counts; what lies in data/ may be that. */
static void take_document(struct catalogue_entry *e)
{
	e->here = e->measured;
	if (!e->doc || !e->doc->known)
		return;
	e->here = e->measured && digest_eq(&e->digest, &e->doc->digest);
	e->digest = e->doc->digest;
	e->bytes = e->doc->size;
	e->measured = true;
}

/* What is known of everything in data/; measure: set a child to work on what is not. */
static int look(struct hub *h, struct catalogue *now, bool measure, struct diag *d)
{
	if (list(h, now, d) < 0) {
		catalogue_free(now);
		return -1;
	}
	for (uint32_t i = 0; i < now->entries; i++) {
		struct catalogue_entry *e = &now->entry[i];
		uint64_t f = 0;

		e->doc = catalogue_doc(h, e->name);
		if (dataset_fingerprint(h->spool.data, e->name, &f, NULL) == 0 &&
		    !read_note(h, e->name, f, e) && measure && !h->measuring && !tried_lately(h, f))
			start_measuring(h, e->name, f);
		take_document(e);
	}
	return 0;
}

int catalogue_read(struct hub *h, struct diag *d)
{
	catalogue_free(&h->catalogue);
	return look(h, &h->catalogue, false, d);
}

int catalogue_scan(struct hub *h, struct diag *d)
{
	struct catalogue now = { 0 }, old;

	if (look(h, &now, true, d) < 0)
		return -1;
	old = same(&now, &h->catalogue) ? now : h->catalogue;
	if (old.entry != now.entry) {
		h->catalogue = now;
		shapes_forget_data(h);
		facts_forget_data(h);
	}
	catalogue_free(&old);
	return 0;
}

void catalogue_free(struct catalogue *c)
{
	for (uint32_t i = 0; c->entry && i < c->entries; i++)
		free((char *)c->entry[i].name);
	free(c->entry);
	*c = (struct catalogue){ 0 };
}
