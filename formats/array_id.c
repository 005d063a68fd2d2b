/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <sodium.h>
#include <string.h>

void array_id(const struct uuid *array, uint32_t place, struct uuid *id)
{
	unsigned char in[20], out[16];

	memcpy(in, array->b, 16);
	for (int i = 0; i < 4; i++)
		in[16 + i] = (unsigned char)(place >> (24 - 8 * i));
	crypto_generichash(out, sizeof out, in, sizeof in, NULL, 0);
	*id = *array;
	memcpy(id->b + 8, out, 8);
	id->b[8] = (uint8_t)(0x80 | (id->b[8] & 0x3f));
}
