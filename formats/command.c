/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "field.h"
#include "request_part.h"

static const char *const verbs[] = {
	[COMMAND_ACCEPT] = "accept", [COMMAND_REJECT] = "reject", [COMMAND_CANCEL] = "cancel",
	[COMMAND_RELEASE] = "release", [COMMAND_HOLD] = "hold", [COMMAND_RETRY] = "retry",
	[COMMAND_RENEW] = "renew", NULL
};

#define CAN(verb) (1u << COMMAND_##verb)

/* What it may be about, and what can be said to each. */
static const struct { const char *key; unsigned verbs; } subjects[] = {
	[ABOUT_JOB] = { "job", CAN(ACCEPT) | CAN(REJECT) | CAN(CANCEL) | CAN(RELEASE) | CAN(HOLD) | CAN(RETRY) },
	[ABOUT_RESERVATION] = { "reservation", CAN(RELEASE) | CAN(RENEW) },
	[ABOUT_TRANSACTION] = { "transaction", CAN(CANCEL) | CAN(RELEASE) | CAN(HOLD) },
	[ABOUT_SITE] = { "site", CAN(RELEASE) },
	[ABOUT_NAME] = { "name", CAN(ACCEPT) | CAN(REJECT) | CAN(CANCEL) | CAN(RELEASE) | CAN(HOLD) | CAN(RETRY) },
};
enum { SUBJECTS = sizeof subjects / sizeof *subjects };

struct raw_command {
	int verb;
	struct uuid id[SUBJECTS];
	bool has[SUBJECTS];
	struct command c;
};

static const struct field fields[] = {
	{ "command", FIELD_CHOICE, .offset = offsetof(struct raw_command, verb), .required = true,
	  .choices = verbs },
	{ "job", FIELD_UUID, .offset = offsetof(struct raw_command, id[ABOUT_JOB]),
	  .present = offsetof(struct raw_command, has[ABOUT_JOB]) },
	{ "reservation", FIELD_UUID, .offset = offsetof(struct raw_command, id[ABOUT_RESERVATION]),
	  .present = offsetof(struct raw_command, has[ABOUT_RESERVATION]) },
	{ "transaction", FIELD_UUID, .offset = offsetof(struct raw_command, id[ABOUT_TRANSACTION]),
	  .present = offsetof(struct raw_command, has[ABOUT_TRANSACTION]) },
	{ "site", FIELD_NAME, .offset = offsetof(struct raw_command, c.site),
	  .present = offsetof(struct raw_command, has[ABOUT_SITE]) },
	{ "name", FIELD_TEXT, .offset = offsetof(struct raw_command, c.name), .max = 200,
	  .present = offsetof(struct raw_command, has[ABOUT_NAME]) },
	{ "index", FIELD_COUNT, .offset = offsetof(struct raw_command, c.index), .max = ARRAY_INDEX,
	  .present = offsetof(struct raw_command, c.has_index) },
	{ "attempt", FIELD_COUNT, .offset = offsetof(struct raw_command, c.attempt),
	  .present = offsetof(struct raw_command, c.has_attempt) },
	{ "offer", FIELD_NAME, .offset = offsetof(struct raw_command, c.offer) },
	{ "expires", FIELD_INSTANT, .offset = offsetof(struct raw_command, c.expires) },
	{ "reason", FIELD_TEXT, .offset = offsetof(struct raw_command, c.reason) },
	{ NULL }
};

static int find_subject(const struct node *root, const struct raw_command *raw, struct diag *d)
{
	int found = -1;

	for (int i = 0; i < SUBJECTS; i++) {
		const struct node *n;

		if (!raw->has[i])
			continue;
		n = field_get(root, fields, subjects[i].key);
		if (found >= 0)
			return diag_at(d, n->key_line, n->key_col, "%s: the command is about a %s already",
				       n->key, subjects[found].key);
		found = i;
	}
	if (found < 0)
		diag_at(d, root->line, root->col, "a command has no \"job\", nor \"name\", "
			"\"reservation\", \"transaction\" or \"site\"");
	return found;
}

/* Words that only one kind of command has. */
static int check_extras(const struct node *root, const struct command *c, struct diag *d)
{
	static const char *const of_jobs[] = { "attempt", "offer", "index" };
	const struct node *n = field_get(root, fields, "expires");

	if (n && c->verb != COMMAND_RENEW)
		return diag_at(d, n->key_line, n->key_col, "expires: belongs to the command renew only");
	if (!n && c->verb == COMMAND_RENEW)
		return diag_at(d, root->line, root->col, "the command renew has no \"expires\"");
	for (int i = 0; i < 3 && c->about != ABOUT_JOB; i++)
		if ((n = field_get(root, fields, of_jobs[i])))
			return diag_at(d, n->key_line, n->key_col, "%s: belongs to commands about a job only",
				       of_jobs[i]);
	return 0;
}

int command_read(const struct node *root, struct command *c, struct diag *d)
{
	struct raw_command raw = { 0 };
	const struct node *n;
	int about;

	*c = (struct command){ 0 };
	root = drop_root(root, d);
	if (!root || field_read(root, "a command", fields, &raw, d) < 0 ||
	    (about = find_subject(root, &raw, d)) < 0)
		return -1;
	*c = raw.c;
	c->verb = raw.verb;
	c->about = (enum command_about)about;
	c->id = raw.id[about];
	n = field_get(root, fields, "command");
	if (!(subjects[about].verbs & 1u << c->verb))
		return diag_at(d, n->line, n->col, "command: %s cannot be said of a %s", verbs[c->verb],
			       subjects[about].key);
	if (c->about == ABOUT_NAME)
		c->about = ABOUT_JOB;
	return check_extras(root, c, d);
}
