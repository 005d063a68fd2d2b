/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "jobdir_volumes.h"

#include <string.h>

void volumes_add(struct buf *out, const struct request *r, const char *storage,
		 const char *source)
{
	for (uint32_t c = 0; c < r->computes; c++)
		for (uint32_t v = 0; v < r->compute[c].volumes; v++) {
			const struct volume *vol = &r->compute[c].volume[v];

			if (vol->name && vol->path && !strcmp(vol->name, storage))
				buf_addf(out, "%s\t%s\t%s\n", vol->writable ? "rw" : "r", vol->path,
					 source);
		}
}
