/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * html - text for HTML and SVG, and index.html.
 */
#ifndef SPOOLFS_HTML_H
#define SPOOLFS_HTML_H

#include "buf.h"

struct view;
struct who;

/* Append it with & < > " ' escaped, and what XML cannot have as U+FFFD. */
void html_text(struct buf *out, const char *s);
/* A component of a URL's path, with all but letters, digits and -._~ as %XX. */
void html_path(struct buf *out, const char *s);
/* Blank lines up to a round size: browsers ask for the size first, and what is
 * drawn anew a moment later shall still be of it. */
void html_pad(struct buf *out);
/* The whole page, for this caller. */
void html_index(struct view *v, const struct who *who, struct buf *out);

#endif
