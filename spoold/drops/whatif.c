/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "whatif.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "check.h"
#include "drop.h"
#include "drop_name.h"
#include "instant.h"
#include "io.h"
#include "refusal.h"
#include "whatif_pending.h"

enum { AT_ONCE = 64 };
static const int64_t keep_answers = 600 * SECOND_US;

int whatif_open(struct hub *h, struct diag *d)
{
	if (io_mkdir(h->spool.root, "whatif", 01733, d) < 0 ||
	    io_mkdir(h->spool.root, "run/whatif", 0711, d) < 0)
		return -1;
	/* umask must not take bits away. */
	return fchmodat(h->spool.root, "whatif", 01733, 0) < 0 ? diag_errno(d, "cannot chmod whatif") : 0;
}

/* --- one question --------------------------------------------------------------------- */

/* A NO to what could be dropped says at its end which errno it is. */
static void mark_refusal(struct buf *out, int got)
{
	int err = check_errno(got);

	if (!err || !out->len)
		return;
	out->len -= out->s[out->len - 1] == '\n';
	buf_addf(out, " [%s]\n", refusal_name(err));
}

static int evaluate(struct hub *h, const struct buf *text, uid_t uid, struct buf *out, struct diag *d)
{
	struct tree t = TREE_INIT;
	int got = CHECK_INVALID;

	if (tree_parse(&t, text->s, text->len, NULL, d) == 0) {
		if (node_get(t.root, "site") && node_get(t.root, "capacity"))
			got = whatif_site(h, &t, uid, out, d);
		else if (node_get(t.root, "dataset"))
			got = whatif_dataset(h, &t, out, d);
		else
			mark_refusal(out, got = check_document(h, &t, uid, out, d));
	}
	tree_free(&t);
	return got;
}

/* Whole before it is seen; the author's, where we can give it away. */
static int publish(struct hub *h, const struct drop *p, const struct buf *text, struct diag *d)
{
	char name[300], hidden[300];
	int r;

	snprintf(name, sizeof name, "run/whatif/%.200s.answer", p->name);
	snprintf(hidden, sizeof hidden, "run/whatif/.%.200s.tmp", p->name);
	unlinkat(h->spool.root, hidden, 0);
	r = io_create(h->spool.root, hidden, 0600, text->s, text->len, d);
	if (r == 0 && geteuid() == 0 &&
	    fchownat(h->spool.root, hidden, p->st.st_uid, p->st.st_gid, AT_SYMLINK_NOFOLLOW) < 0)
		r = diag_errno(d, "cannot give away the answer to %s", p->name);
	if (r == 0 && renameat(h->spool.root, hidden, h->spool.root, name) < 0)
		r = diag_errno(d, "cannot answer %s", p->name);
	if (r < 0)
		unlinkat(h->spool.root, hidden, 0);
	return r;
}

static int reply(struct hub *h, int dir, struct drop *p, struct diag *why, struct diag *d)
{
	struct buf out = BUF_INIT;
	int r;

	drop_strip_bom(&p->text);
	if (why->text[0] || evaluate(h, &p->text, p->st.st_uid, &out, why) == CHECK_INVALID) {
		buf_reset(&out);
		buf_adds(&out, "INVALID\n  ");
		diag_format(why, p->name, &out);
		buf_addc(&out, '\n');
	}
	r = out.failed ? diag_nomem(d) : publish(h, p, &out, d);
	buf_free(&out);
	/* What cannot be removed, a directory, would be answered for ever: it is not. */
	if (r == 0 && unlinkat(dir, p->name, 0) < 0 && errno != ENOENT)
		hub_log("whatif/%s cannot be removed: %s", p->name, strerror(errno));
	return r;
}

static int consider(struct hub *h, int dir, const char *name, bool *later, struct diag *d)
{
	struct drop p = { .text = BUF_INIT };
	struct diag why = DIAG_INIT;
	int r = 0;

	snprintf(p.name, sizeof p.name, "%s", name);
	switch (drop_open(dir, h->now, &p, &why)) {
	case DROP_READY:
		why = (struct diag)DIAG_INIT;
		r = reply(h, dir, &p, &why, d);
		break;
	case DROP_REFUSED:
		if (!S_ISDIR(p.st.st_mode))
			r = reply(h, dir, &p, &why, d);
		break;
	case DROP_LATER:
		*later = true;
		break;
	case DROP_TROUBLE:
		hub_log("whatif/%s: %s", name, why.text);
		break;
	case DROP_GONE:
		break;
	}
	buf_free(&p.text);
	return r;
}

/* --- all of them ---------------------------------------------------------------------------- */

static void sweep(struct hub *h)
{
	DIR *p = io_list(h->spool.root, "run/whatif", NULL);
	struct dirent *e;
	struct stat st;

	while (p && (e = readdir(p))) {
		if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, "..") ||
		    fstatat(dirfd(p), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			continue;
		if ((int64_t)st.st_mtime * SECOND_US + keep_answers < h->now)
			unlinkat(dirfd(p), e->d_name, 0);
	}
	if (p)
		closedir(p);
}

int whatif_take(struct hub *h, bool *later, bool *more, struct diag *d)
{
	DIR *p = io_list(h->spool.root, "whatif", d);
	struct dirent *e;
	int r = 0, n = 0;

	*later = *more = false;
	if (!p)
		return errno == ENOENT ? 0 : -1;
	while (r == 0 && (e = readdir(p))) {
		if (drop_name_temporary(e->d_name))
			continue;
		if (n++ == AT_ONCE) {
			*more = true;
			break;
		}
		r = consider(h, dirfd(p), e->d_name, later, d);
	}
	closedir(p);
	sweep(h);
	return r;
}
