/* SPDX-License-Identifier: GPL-2.0-or-later */
/* hex - bytes as pairs of hexadecimal digits, by table. */
#ifndef FORMATS_HEX_H
#define FORMATS_HEX_H

#include <stdint.h>

/* The value of a digit of either case, or -1. */
int hex_value(char c);
/* Write two lower case digits; returns where the next belongs.  No NUL. */
char *hex_put(char *out, uint8_t byte);

#endif
