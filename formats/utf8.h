/* SPDX-License-Identifier: GPL-2.0-or-later */
/* utf8 - what of a text may be shown to a person, or be part of a name. */
#ifndef FORMATS_UTF8_H
#define FORMATS_UTF8_H

#include <stddef.h>

/* The length, 1 to 4, of the character that the n bytes at s begin with; 0
 * when they begin with none: not UTF-8 (overlong forms and surrogates are
 * not), a control character (also those of U+0080 to U+009F), or n is 0. */
size_t utf8_printable(const char *s, size_t n);

#endif
