/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mailbox - numbered messages in a directory, read in order, each once.
 *
 * One end writes 00000001.yaml, 00000002.yaml, ... without gaps into its
 * directory (down/ or up/), the other reads them in order.  Files may be
 * copied late, twice, in any order or partly in between.
 *
 * The invariants, and what keeps them:
 *  1. A visible message never changes.  It is complete and on disk under
 *     its hidden name ".00000042.yaml.tmp", together with everything that it
 *     tells of, before one rename(2) shows it.
 *  2. Numbers have no gap and are never used twice.  The newest message is
 *     never deleted, so the directory itself knows the next number.
 *     After a crash a hidden message is shown, unchanged, if all it tells of
 *     is found on disk; else its flush had not ended, nobody can have seen it,
 *     and its number is free.  That question is the owner's: `mailbox_vouch`.
 *  3. The reader's durable cursor is the `ack` in its own newest message.
 *     What was read but not yet acknowledged when it crashed is read again,
 *     and so acting on a message has to be idempotent.
 *  4. The writer deletes what has been acknowledged, save the newest, and the
 *     newest of which it is sure that its rename is on disk.
 *
 * A message begins with a header line and ends with an end line:
 *	--- {message: 42, from: hub, to: north, box: 0193..., ack: 17, time: ...}
 *	--- {assign: ...}
 *	--- {end: 42, lines: 1}
 * Without the end line it is not whole.  `box` names this writer's sequence of
 * numbers: a writer that lost its directory starts again at 1 with a new box.
 */
#ifndef FORMATS_MAILBOX_H
#define FORMATS_MAILBOX_H

#include <stdbool.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"
#include "line.h"
#include "uuid.h"

#define MAILBOX_MAX_BYTES (256u << 20)
#define MAILBOX_NAME 24			/* "00000042.yaml" and a NUL; more digits when they are needed */

struct mail_header {
	uint64_t number;
	char from[65], to[65];
	struct uuid box;
	uint64_t ack;		/* the last number of the other direction that is safe here; 0: none */
	struct uuid ack_box;	/* whose numbers `ack` counts; zero: none */
	int64_t time;
};

/* --- the writing end --------------------------------------------------- */

struct mailbox {
	int dir;		/* owned by the caller */
	uint64_t first, last;	/* oldest and newest visible number; 0: empty */
	uint64_t safe;		/* the newest that no power cut can hide again; 0: none */
	struct uuid box;
	struct mail_header newest;	/* header of the newest visible message */
	uint64_t hidden;	/* number of the message written but not shown; 0: none */
	struct mail_header next;	/* its header */
};

/* Does all that this whole, hidden message tells of stand on disk here? */
typedef bool mailbox_vouch(const char *text, size_t len, void *ctx);

/*
 * Look at the directory, finish or remove what a crash left (invariant 2).
 * What a killed process wrote is there and yet not safe: flush first.
 */
int mailbox_open(struct mailbox *m, int dir, mailbox_vouch *vouch, void *ctx, struct diag *d);

/* Begin a message: its header line, with the next number and this box; from
 * h only from, to, ack, ack_box and time are used.  Then line_*() calls. */
void mailbox_begin(const struct mailbox *m, struct buf *b, const struct mail_header *h);
/* Add the end line and write it under its hidden name, in the place of one that
 * was hidden before.  lines: how many line documents stand between header and
 * end, for people.  -1: nothing is there to be shown. */
int mailbox_hide(struct mailbox *m, struct buf *b, uint32_t lines, struct diag *d);
/* After the flush: show it. */
int mailbox_show(struct mailbox *m, struct diag *d);
/* Delete what the other end has acknowledged (see invariant 4). */
int mailbox_trim(struct mailbox *m, uint64_t ack, struct diag *d);

/* --- the reading end --------------------------------------------------- */

void mailbox_name(uint64_t number, char name[MAILBOX_NAME]);
/* 0: no number of ours */
uint64_t mailbox_number(const char *name);
/* Read message `number` whole and check header and end.  1: text holds it and
 * *h its header; 0: it is not there (yet); -1: it does not parse, err EBADMSG,
 * or it cannot be read. */
int mailbox_read(int dir, uint64_t number, struct buf *text, struct mail_header *h,
		 struct diag *d);
/* Walk the lines between header and end of a text that mailbox_read gave:
 * mailbox_lines(&r, text), then line_next() until it returns 0. */
int mailbox_lines(struct line_reader *r, const struct buf *text, struct diag *d);

#endif
