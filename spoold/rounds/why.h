/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why - the reasons, in words.
 *
 * A job that waits is explained by its shape: run/why/SHAPE, one file for all
 * jobs alike, written when the words of the explanation change, and else, for its
 * figures, every few seconds while anything happens:
 *
 *	north: it may, but it holds 3 jobs with 3 cores and wants no more now
 *	  done in 31s (13s to 61s), price 0.5	and more lines with two blanks
 *	south: it runs no oci-container
 *	eta INSTANT, between INSTANT and INSTANT, at north
 *	as of INSTANT
 */
#ifndef SPOOLD_WHY_H
#define SPOOLD_WHY_H

#include "hub.h"

/* "north: it runs no oci-container; south: ..." of every site that is known. */
void why_reasons(struct hub *h, uint32_t shape, struct buf *out);
/* At start: take over what lies in run/why/, remove what explains nothing any more. */
void why_recover(struct hub *h);
/* This shape is waited with no longer. */
void why_forget(struct hub *h, uint32_t shape);
/* Bring run/why/ up to date for shapes with jobs that wait; not all: for as many as take
 * some milliseconds.  false: there are more, go on later. */
bool why_write(struct hub *h, bool all);

#endif
