/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"
#include "request_part.h"

static const char *const verbs[] = {
	[COMMAND_ACCEPT] = "accept", [COMMAND_REJECT] = "reject", [COMMAND_CANCEL] = "cancel",
	[COMMAND_RELEASE] = "release", [COMMAND_HOLD] = "hold", [COMMAND_RETRY] = "retry",
	NULL
};

static const struct field fields[] = {
	{ "command", FIELD_CHOICE, .offset = offsetof(struct command, verb), .required = true,
	  .choices = verbs },
	{ "job", FIELD_UUID, .offset = offsetof(struct command, job), .required = true },
	{ "attempt", FIELD_COUNT, .offset = offsetof(struct command, attempt), .min = 1 },
	{ "offer", FIELD_NAME, .offset = offsetof(struct command, offer) },
	{ "reason", FIELD_TEXT, .offset = offsetof(struct command, reason) },
	{ NULL }
};

int command_read(const struct node *root, struct command *c, struct diag *d)
{
	*c = (struct command){ 0 };
	root = drop_root(root, d);
	return root ? field_read(root, "a command", fields, c, d) : -1;
}
