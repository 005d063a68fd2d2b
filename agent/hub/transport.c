/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "transport.h"

#include <stdlib.h>

int transport_open(struct transport *t, const struct settings *set, struct diag *d)
{
	*t = (struct transport){ .set = set, .kind = &transport_path,
				  .sending = EXEC_CALL_NONE };
	if (transport_carry.mine(set->hub))
		t->kind = &transport_carry;
	else if (transport_rsync.mine(set->hub))
		t->kind = &transport_rsync;
	if (t->kind->open(t, d) == 0)
		return 0;
	transport_close(t);
	return -1;
}

void transport_close(struct transport *t)
{
	exec_hang_up(&t->sending);
	free(t->down);
	free(t->up);
	free(t->remote);
	*t = (struct transport){ 0 };
}
