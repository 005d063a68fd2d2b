/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport.h"

#include <stdlib.h>

int transport_open(struct transport *t, const struct settings *set, struct diag *d)
{
	static const struct transport_kind *const kinds[] = {
		&transport_carry, &transport_rsync, &transport_path,
	};

	*t = (struct transport){ .set = set };
	for (size_t i = 0; !t->kind; i++)	/* the last one takes everything */
		if (kinds[i]->mine(set->hub))
			t->kind = kinds[i];
	if (t->kind->open(t, d) == 0)
		return 0;
	transport_close(t);
	return -1;
}

void transport_close(struct transport *t)
{
	free(t->down);
	free(t->up);
	free(t->remote);
	*t = (struct transport){ 0 };
}
