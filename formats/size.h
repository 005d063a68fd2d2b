/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * size - amounts of memory, disk and traffic, in bytes.
 *
 * A size is a decimal number, perhaps with a fraction, and a unit:
 *
 *	(none) B b byte bytes			1
 *	K M G T P E, and any of those with one of the above: 16Gb 1Tbyte
 *		"16G bytes" 1kB			powers of 1000
 *	Ki Mi Gi Ti Pi Ei, likewise: 16GiB	powers of 1024
 *
 * Upper and lower case mean the same, and a blank may stand before each part
 * of the unit.  So `b` is never a bit: the ExecutionPlanner text spells
 * gigabytes of memory `16Gb`, and nothing in this system is counted in bits.
 * K without i is 1000, as SI has it, not 1024.
 */
#ifndef FORMATS_SIZE_H
#define FORMATS_SIZE_H

#include <stddef.h>
#include <stdint.h>

#include "buf.h"
#include "diag.h"

/* 0, or -1 and *d with the column in s (line 0); *bytes is then as before.
 * A fraction of a byte that is left behind a unit is dropped (1.0001kB: 1000);
 * a fraction of bytes themselves (1.5B) is an error. */
int size_parse(const char *s, size_t len, uint64_t *bytes, struct diag *d);

/* Append the size exactly, in the largest unit that leaves a whole number:
 * 16GiB, 100GB, 1536.  size_parse() gives back the same number. */
void size_format(uint64_t bytes, struct buf *out);

/* Append the size for people, in powers of 1024 and about three digits:
 * 15.6GiB, 16GiB (exactly that), 16.0GiB (nearly), 999B, 512MiB. */
void size_human(uint64_t bytes, struct buf *out);

#endif
