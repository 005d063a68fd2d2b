/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * payload - is a message right, and all of its payload here?
 *
 * Each line is looked at before any is acted on, and what it names in files/
 * is copied and checked (results.h).  A megabyte or so takes no longer than a
 * flush; more would hold up every other site, and so a child does that: one for
 * a site, PAYLOAD_AT_ONCE in all, and only this site's mail waits.
 *
 * What the child brings lies where it would lie without it, in results/'s hidden
 * directories, and its word counts for the message that it read, and in this
 * process only.  Whatever is killed, it is checked again before it is believed.
 * No two write the same place: a child ends with its hub, and holds the lock of
 * the site's down/ while it works.
 */
#ifndef SPOOLD_PAYLOAD_H
#define SPOOLD_PAYLOAD_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "buf.h"
#include "diag.h"
#include "mailbox.h"

struct agenda;
struct hub;
struct site;

enum { PAYLOAD_AT_ONCE = 4 };

/* 1: it may be acted on; 0: something has not arrived, or a child is at it; -1:
 * it is wrong, or the disk failed. */
int payload_check(struct hub *h, uint16_t site, const struct mail_header *head, const struct buf *text,
		  struct diag *d);
/* The child that reads for this site is at work. */
bool payload_busy(const struct site *s);
/* Any. */
bool payload_any_busy(const struct hub *h);
/* A child ended: was it one of these?  Its site's mail, and that of who has
 * waited longest, is to be looked at. */
bool payload_reap(struct hub *h, pid_t pid, struct agenda *a);
/* Ends the child, if there is one. */
void payload_free(struct site *s);

#endif
