/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * why - the reasons, in words.
 *
 * A job that waits is explained by its shape: run/why/SHAPE, one file for all
 * jobs alike, written when the explanation changes.
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
/* Bring run/why/ up to date for shapes with jobs that wait. */
void why_write(struct hub *h);

#endif
