/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The part of disk.h that decides what survives. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "chance.h"
#include "disk_model.h"
#include "harm.h"

struct fate {
	const struct disk *k;
	long at;
	enum disk_loss loss;
	int disks;			/* that lose */
	struct chance random;
	char *sure;			/* of each change before at: it is durable */
	char *kept;			/* it survives */
};

static bool is_names(const struct change *c)
{
	return c->kind == CHANGE_NEW || c->kind == CHANGE_RENAME || c->kind == CHANGE_LINK ||
	       c->kind == CHANGE_REMOVE;
}

static bool touches(const struct change *c, int dir, const char *name)
{
	return (c->dir == dir && !strcmp(c->name, name)) ||
	       (c->name2 && c->dir2 == dir && !strcmp(c->name2, name));
}

/* One cannot survive without the other, which came before. */
static bool depends(const struct change *c, const struct change *before)
{
	return touches(before, c->dir, c->name) || (c->name2 && touches(before, c->dir2, c->name2)) ||
	       (c->kind == CHANGE_LINK && before->kind == CHANGE_NEW && before->inode == c->inode);
}

/* --- what was flushed ------------------------------------------------------------------ */

static void sure_with_all_before(struct fate *f, long i)
{
	f->sure[i] = 1;
	for (long b = 0; b < i; b++)
		if (!f->sure[b] && is_names(&f->k->change[b]) &&
		    depends(&f->k->change[i], &f->k->change[b]))
			sure_with_all_before(f, b);
}

static void flush_one(struct fate *f, long i, const struct change *flush)
{
	const struct change *c = &f->k->change[i];
	bool loose = f->loss == DISK_LOOSE;

	if (c->disk != flush->disk)
		return;
	if (flush->kind == CHANGE_SYNCFS)
		f->sure[i] = 1;
	else if (c->kind == CHANGE_CONTENT && c->inode == flush->inode)
		f->sure[i] = 1;
	else if (is_names(c) && (!loose || c->dir == flush->inode ||
				 (c->name2 && c->dir2 == flush->inode)))
		sure_with_all_before(f, i);
}

static void find_sure(struct fate *f)
{
	for (long i = 0; i < f->at; i++) {
		const struct change *c = &f->k->change[i];

		if (c->forced || !(c->disk & f->disks))
			f->sure[i] = 1;
		if (c->kind == CHANGE_FSYNC || c->kind == CHANGE_SYNCFS)
			for (long b = 0; b < i; b++)
				if (!f->sure[b])
					flush_one(f, b, c);
	}
}

/* --- what else survives ------------------------------------------------------------------- */

static long below(struct fate *f, long n)
{
	return n ? (long)chance_below(&f->random, (uint64_t)n) : 0;
}

/* Names in order, up to one of them. */
static void keep_ordered(struct fate *f)
{
	long stop[DISK_SOUTH + 1];

	for (int i = 0; i <= DISK_SOUTH; i++)
		stop[i] = below(f, f->at + 1);
	for (long i = 0; i < f->at; i++)
		if (is_names(&f->k->change[i]))
			f->kept[i] = i < stop[f->k->change[i].disk];
}

/* Any that do not hang on one that is lost. */
static void keep_loose(struct fate *f)
{
	long chance = 5 + 10 * below(f, 10);

	for (long i = 0; i < f->at; i++) {
		const struct change *c = &f->k->change[i];

		if (!is_names(c))
			continue;
		f->kept[i] = f->sure[i] || below(f, 100) < chance;
		for (long b = 0; !f->sure[i] && f->kept[i] && b < i; b++)
			if (!f->sure[b] && !f->kept[b] && is_names(&f->k->change[b]) &&
			    depends(c, &f->k->change[b]))
				f->kept[i] = 0;
	}
}

/* Of each file's content some version, each as likely; later ones need not care
 * for earlier ones, for each has all the bytes. */
static void keep_content(struct fate *f)
{
	for (long i = 0; i < f->at; i++)
		if (f->k->change[i].kind == CHANGE_CONTENT)
			f->kept[i] = (char)below(f, 2);
}

static void find_kept(struct fate *f)
{
	if (f->loss == DISK_ORDERED)
		keep_ordered(f);
	if (f->loss == DISK_LOOSE)
		keep_loose(f);
	if (f->loss == DISK_ORDERED || f->loss == DISK_LOOSE)
		keep_content(f);
	for (long i = 0; i < f->at; i++)
		if (f->loss == DISK_NONE_LOST || f->sure[i] ||
		    f->k->change[i].kind == CHANGE_ATTRIBUTES)
			f->kept[i] = 1;
}

/* What is appended may get there in part. */
static size_t surviving_length(struct fate *f, const struct model *m, const struct change *c, bool sure)
{
	size_t old = m->inodes > c->inode ? m->inode[c->inode].length : 0;

	if (c->kind != CHANGE_CONTENT || sure || f->loss < DISK_ORDERED || old >= c->length ||
	    below(f, 3))
		return c->length;
	return old + (size_t)below(f, (long)(c->length - old));
}

/* For whoever looks into a case: TOP/changes. */
static void tell(const struct fate *f)
{
	char path[PATH_MAX + 16];
	FILE *out;

	snprintf(path, sizeof path, "%s/changes", f->k->top);
	out = fopen(path, "we");
	for (long i = 0; out && i < f->at; i++)
		fprintf(out, "%ld %s %s\n", i, f->sure[i] ? "sure" : f->kept[i] ? "kept" : "LOST",
			f->k->change[i].text);
	if (out)
		fclose(out);
}

long disk_build(const struct disk *k, long at, enum disk_loss loss, int disks, uint64_t seed)
{
	struct fate f = { .k = k, .at = at, .loss = loss, .disks = disks, .random = { .state = seed } };
	struct model m;
	long lost = 0;

	f.sure = calloc((size_t)at + 1, 1);
	f.kept = calloc((size_t)at + 1, 1);
	if (!f.sure || !f.kept)
		abort();
	find_sure(&f);
	find_kept(&f);
	model_init(&m);
	for (long i = 0; i < at; i++) {
		const struct change *c = &k->change[i];

		if (f.kept[i])
			model_apply(&m, c, surviving_length(&f, &m, c, f.sure[i]));
		else if (c->kind < CHANGE_ATTRIBUTES)
			lost++;
	}
	tell(&f);
	model_write(&m, k->root);
	model_free(&m);
	free(f.sure);
	free(f.kept);
	return lost;
}
