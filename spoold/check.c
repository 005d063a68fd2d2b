/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "check.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "catalogue.h"
#include "instant.h"
#include "io.h"
#include "request.h"
#include "reserved.h"
#include "shapes.h"
#include "site_table.h"
#include "size.h"
#include "why.h"

/* What the running spoold last wrote down about the sites. */
static int load_sites(struct hub *h, struct diag *d)
{
	DIR *p = io_list(h->spool.run_sites, ".", d);
	int r = 0;
	struct dirent *e;

	if (!p)
		return -1;
	while (r == 0 && (e = readdir(p))) {
		struct buf text = BUF_INIT;
		char name[256];
		size_t len = strlen(e->d_name);
		uint16_t site;

		if (len <= 5 || strcmp(e->d_name + len - 5, ".yaml"))
			continue;
		snprintf(name, sizeof name, "%.*s", (int)(len - 5), e->d_name);
		if (!spool_site_name_ok(name) ||
		    io_read(h->spool.run_sites, e->d_name, 64u << 20, &text, NULL) < 0)
			continue;
		site = site_table_add(h, name, d);
		r = site == NO_SITE ? -1 : site_table_learn(h, site, text.s, text.len, false, d);
		buf_free(&text);
	}
	closedir(p);
	return r;
}

static void say_site(struct hub *h, uint32_t i, const struct match *m, struct buf *out)
{
	buf_addf(out, "  %s", h->sites.site[i]->name);
	if (m->held || m->missing) {
		buf_adds(out, ": ");
		size_human(m->held, out);
		buf_adds(out, " of its data is there, ");
		size_human(m->missing, out);
		buf_adds(out, " to fetch");
	}
	buf_addc(out, '\n');
}

/* Who asks is who runs it. */
static int answer_inside(struct hub *h, uint32_t shape, struct buf *out)
{
	struct reserved_answer a;
	enum reserved_verdict v = reserved_look(h, shape, getuid(), &a);

	buf_addf(out, "%s\n  %s", v == RESERVED_NO ? "NO" : "YES", v == RESERVED_NOW ? h->sites.site[a.site]->name : a.why.s);
	if (v == RESERVED_WAIT && a.wake != INT64_MAX) {
		buf_addc(out, ' ');
		instant_format(a.wake, out);
	}
	buf_addc(out, '\n');
	buf_free(&a.why);
	return v == RESERVED_NO ? CHECK_NO : CHECK_YES;
}

static int answer(struct hub *h, uint32_t shape, struct buf *out)
{
	struct buf where = BUF_INIT, reasons = BUF_INIT;
	int yes = 0;

	if (h->shapes.row[shape].shape.reservation)
		return answer_inside(h, shape, out);
	for (uint32_t i = 0; i < h->sites.count; i++) {
		const struct match *m = shapes_match(h, shape, i);

		if (m && m->may) {
			say_site(h, i, m, &where);
			yes++;
		}
	}
	why_reasons(h, shape, &reasons);
	if (yes)
		buf_addf(out, "YES\n%s", where.s);
	else
		buf_addf(out, "NO\n  %s\n", reasons.s);
	buf_free(&where);
	buf_free(&reasons);
	return yes ? CHECK_YES : CHECK_NO;
}

static int check_text(struct hub *h, const char *text, size_t len, struct buf *out, struct diag *d)
{
	struct tree t = TREE_INIT;
	struct reservation slot;
	struct request r;
	struct command c;
	uint32_t shape;
	int got = CHECK_INVALID, kind = -1;

	if (tree_parse(&t, text, len, NULL, d) == 0)
		kind = drop_kind(t.root, d);
	if (kind == DROP_COMMAND && command_read(t.root, &c, d) == 0) {
		buf_adds(out, "YES\n  a valid command\n");
		got = CHECK_YES;
	} else if (kind == DROP_JOB && request_read(&t, t.root, &r, d) == 0 &&
		   (shape = shapes_intern(h, &r, d)) != NO_SHAPE) {
		got = answer(h, shape, out);
	} else if (kind == DROP_RESERVATION && reservation_read(&t, t.root, &slot, d) == 0) {
		got = reserved_check(h, &slot, out, d);
		got = got < 0 ? CHECK_INVALID : got ? CHECK_YES : CHECK_NO;
	} else if (kind == DROP_TRANSACTION) {
		diag_set(d, "transactions are not taken yet");
	}
	tree_free(&t);
	return got;
}

int check_file(struct hub *h, const char *file, struct buf *out)
{
	struct buf text = BUF_INIT;
	struct diag d = DIAG_INIT;
	int fd = open(file, O_RDONLY | O_CLOEXEC), got = CHECK_INVALID;
	size_t skip;

	if (fd < 0) {
		diag_errno(&d, "cannot open it");
	} else if (io_read_fd(fd, REQUEST_MAX_BYTES, &text, &d) == 0 && load_sites(h, &d) == 0 &&
		   catalogue_read(h, &d) == 0 && reserved_recover(h, NULL, NULL, &d) == 0) {
		skip = text.len >= 3 && !memcmp(text.s, "\xef\xbb\xbf", 3) ? 3 : 0;
		got = check_text(h, text.s + skip, text.len - skip, out, &d);
	}
	if (got == CHECK_INVALID) {
		diag_format(&d, file, out);
		buf_addc(out, '\n');
	}
	if (fd >= 0)
		close(fd);
	buf_free(&text);
	return got;
}
