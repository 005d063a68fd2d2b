/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * line - the one framing of job files and mailbox messages.
 *
 * Both are YAML streams made of two kinds of documents:
 *
 *	--- {event: assigned, time: 2026-11-22T03:00:00.123Z, site: north}
 *
 * a line document: a flow mapping on one line, written by this project with
 * fixed keys in a fixed order; and an enclosed document, somebody's YAML
 * byte for byte, of which the line document before it says the length:
 *
 *	--- {job: 019..., owner: 1000, bytes: 29}
 *	---
 *	task: {type: process, ...}
 *
 * `bytes` counts from after the separator that the writer put before the
 * body: "---\n", or "...\n" when it begins with a %directive, or nothing when
 * the body brings its own `---`; the last is marked by `skip: 0` before
 * `bytes`.  A body without a final newline gets one behind it that does not
 * count.  So any YAML reader sees a plain stream, and ours finds the next
 * line without parsing the body.
 *
 * A line that has no newline at its end was torn by a crash.
 */
#ifndef FORMATS_LINE_H
#define FORMATS_LINE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "node.h"

/* --- writing ------------------------------------------------------------
 *	line_begin(&b);
 *	line_text(&b, "event", "assigned");
 *	line_int(&b, "attempt", 1);
 *	line_end(&b);			or line_body(&b, text, len)
 * Values are quoted only where YAML asks for it.
 */
void line_begin(struct buf *b);
void line_text(struct buf *b, const char *key, const char *value);
void line_textn(struct buf *b, const char *key, const char *value, size_t n);
void line_int(struct buf *b, const char *key, long long value);
void line_real(struct buf *b, const char *key, double value, int decimals);
/* An instant (microseconds since 1970), written in ISO 8601. */
void line_time(struct buf *b, const char *key, int64_t instant);
/* Microseconds, written in ISO 8601; and bytes. */
void line_duration(struct buf *b, const char *key, int64_t us);
void line_size(struct buf *b, const char *key, uint64_t bytes);
/* Value already in YAML flow form (a list, a nested mapping). */
void line_raw(struct buf *b, const char *key, const char *flow);
void line_end(struct buf *b);
/* Adds `bytes: N`, ends the line and appends the body with its separator. */
void line_body(struct buf *b, const char *body, size_t len);

/* A scalar in flow or block context: plain where it is safe, else in double
 * quotes with escapes.  Never spans lines.  Bytes that are not UTF-8 become
 * U+FFFD, for YAML has no way to say them. */
void line_scalar(struct buf *b, const char *value, size_t n);
/* The same, in double quotes in any case. */
void line_quoted(struct buf *b, const char *value, size_t n);
/* A value out of a parsed document, in flow form on one line, that reads back
 * as the same. */
void line_node(struct buf *b, const struct node *n);

/* --- reading ------------------------------------------------------------ */

struct line {
	const char *text;	/* the flow mapping, without "--- " and newline */
	size_t len;
	const char *body;	/* enclosed document, or NULL */
	size_t body_len;
	int number;		/* 1-based line number of the line */
	int body_line;		/* of the body's first line */
	const struct node *map;	/* parsed: a NODE_MAP in the reader's tree */
};

struct line_reader {
	const char *at, *end;
	int number;
	struct tree tree;	/* of the present line; reused by the next */
};

void line_open(struct line_reader *r, const char *text, size_t len);
/* 1: *l holds the next one (valid until the next call); 0: the end;
 * -1: *d says what does not parse.  r->at stays at the start of what failed,
 * which is also where to cut a torn file: everything before is whole.  A line
 * without its newline, or a body shorter than `bytes`, fails with err ENODATA. */
int line_next(struct line_reader *r, struct line *l, struct diag *d);
void line_close(struct line_reader *r);

/* Has the line this key with this value? */
bool line_key_equals(const struct line *l, const char *key, const char *value);

#endif
