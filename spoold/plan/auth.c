/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "auth.h"

enum auth_answer auth_accepted(const struct config *c, const struct text_list *asked,
			       const char **accepted, uint32_t *count)
{
	*count = 0;
	if (!asked->count)
		accepted[(*count)++] = "owner";
	for (uint32_t i = 0; i < asked->count; i++)
		if (config_auth_built_in(asked->item[i]) || config_auth(c, asked->item[i]))
			accepted[(*count)++] = asked->item[i];
	if (*count)
		return AUTH_ACCEPTED;
	if (c->auth_unknown == AUTH_UNKNOWN_ANONYMOUS) {
		accepted[(*count)++] = "anonymous";
		return AUTH_ACCEPTED;
	}
	return c->auth_unknown == AUTH_UNKNOWN_REJECT ? AUTH_REJECTED : AUTH_NO;
}
