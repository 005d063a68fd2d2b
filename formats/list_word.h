/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * list_word - words of the list beside an archive.
 *
 *	ID PHASE UID USER SITE NAME
 *
 * one line for each job, sorted by id; what is not known is "-".  Blanks, '%' and
 * control characters are written as %XX.
 */
#ifndef FORMATS_LIST_WORD_H
#define FORMATS_LIST_WORD_H

#include "buf.h"

/* Append it escaped; "-" for an empty one. */
void list_escape(struct buf *b, const char *word);
/* In place, back to what was written; returns word. */
char *list_unescape(char *word);

#endif
