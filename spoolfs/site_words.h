/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * site_words - sites/SITE/{site.yaml,latency,why,timeline.svg}, made for who reads them.
 *
 * The picture is drawn here, out of what the index knows of jobs and what the
 * files of reservations say, and not by the hub: so it costs nothing while
 * nobody looks, is true when it is read, and shows everybody their own.
 */
#ifndef SPOOLFS_SITE_WORDS_H
#define SPOOLFS_SITE_WORDS_H

#include "view.h"

/* The text of any of these, of one that is there.  0, or an errno. */
int site_words(struct view *v, fuse_req_t req, fuse_ino_t ino, struct buf *out);
/* site.yaml, without the names of datasets that are nothing for the caller. */
void site_words_yaml(struct view *v, const struct who *who, uint32_t site, struct buf *out);
/* A line for each store: how the site reaches it. */
void site_words_latency(struct view *v, uint32_t site, struct buf *out);
/* What speaks against it, or keeps it, for the kinds of jobs that wait. */
void site_words_why(struct view *v, const struct who *who, const char *site, struct buf *out);
/* What ran, runs, waits and is reserved there. */
void site_words_timeline(struct view *v, const struct who *who, const char *site, struct buf *out);

#endif
