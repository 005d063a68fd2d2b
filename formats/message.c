/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "message.h"

#include <limits.h>
#include <string.h>

#include "field.h"
#include "message_part.h"
#include "utf8.h"

#define LONGEST_PATH 1024

static const char *const kinds[] = {
	[SAY_ASSIGN] = "assign", [SAY_CANCEL] = "cancel", [SAY_SETTLE] = "settle",
	[SAY_SITE] = "site", [SAY_REPORT] = "report",
	[SAY_ASK] = "ask",
};
enum { KINDS = sizeof kinds / sizeof *kinds };

int message_kind(const struct line *l, struct diag *d)
{
	const struct node *first = l->map->child;

	if (!first)
		return diag_at(d, l->number, 0, "an empty line; expected assign, cancel, settle, site, "
			       "report or ask");
	for (int k = 0; k < KINDS; k++)
		if (!strcmp(first->key, kinds[k]))
			return k;
	return diag_at(d, first->key_line, first->key_col, "a line that begins with \"%.60s\"; "
		       "expected assign, cancel, settle, site, report or ask", first->key);
}

bool message_path_ok(const char *path)
{
	const char *name = path;

	if (strlen(path) > LONGEST_PATH)
		return false;
	for (const char *s = path; ; ) {
		size_t n = utf8_printable(s, strlen(s));

		if (*s == '/' || !*s) {
			if (s == name || s - name > NAME_MAX || (s - name == 1 && name[0] == '.') ||
			    (s - name == 2 && name[0] == '.' && name[1] == '.'))
				return false;
			name = s + 1;
		}
		if (!*s)
			return true;
		if (!n)
			return false;
		s += n;
	}
}

/* Control characters below 0x80 have an escape; those above, and half a
 * character at the end of a piece, are left to files/. */
bool message_text_ok(const char *text, size_t len)
{
	size_t i = 0;

	if (len > MESSAGE_INLINE_MAX)
		return false;
	while (i < len) {
		unsigned char c = (unsigned char)text[i];
		size_t n = c < 0x80 ? c != 0 : utf8_printable(text + i, len - i);

		if (!n)
			return false;
		i += n;
	}
	return true;
}

void message_add_text(struct buf *b, const char *key, const char *text)
{
	size_t n = text ? strlen(text) : 0;

	if (n > MESSAGE_TEXT_MAX) {
		n = MESSAGE_TEXT_MAX;
		while (n && ((unsigned char)text[n] & 0xc0) == 0x80)
			n--;
	}
	if (n)
		line_textn(b, key, text, n);
}

void message_add_uuid(struct buf *b, const char *key, const struct uuid *u)
{
	char text[UUID_TEXT];

	uuid_format(u, text);
	line_textn(b, key, text, UUID_LEN);
}

void message_add_digest(struct buf *b, const struct digest *g)
{
	char hex[DIGEST_TEXT];

	digest_format(g, hex);
	line_textn(b, "digest", hex, DIGEST_LEN);
}

/* --- cancel, settle ------------------------------------------------------- */

void message_write_job(struct buf *b, enum message_kind k, const struct message_job *m)
{
	line_begin(b);
	message_add_uuid(b, kinds[k], &m->job);
	line_int(b, "attempt", m->attempt);
	message_add_text(b, "reason", m->reason);
	line_end(b);
}

int message_read_job(const struct line *l, struct message_job *m, struct diag *d)
{
	static const struct field fields[] = {
		{ "cancel", FIELD_UUID, .offset = offsetof(struct message_job, job),
		  .alias = "settle", .required = true },
		{ "attempt", FIELD_COUNT, .offset = offsetof(struct message_job, attempt),
		  .required = true, .min = 1 },
		{ "reason", FIELD_TEXT, .offset = offsetof(struct message_job, reason),
		  .max = MESSAGE_READ_MAX },
		{ NULL }
	};

	*m = (struct message_job){ 0 };
	return field_read(l->map, "a message about a job", fields, m, d);
}

/* --- ask ------------------------------------------------------------------- */

void message_write_ask(struct buf *b, const struct message_ask *m)
{
	line_begin(b);
	line_int(b, "ask", m->number);
	if (m->look)
		line_raw(b, "look", "true");
	if (m->whole)
		line_raw(b, "whole", "true");
	line_end(b);
}

int message_read_ask(const struct line *l, struct message_ask *m, struct diag *d)
{
	static const struct field fields[] = {
		{ "ask", FIELD_COUNT, .offset = offsetof(struct message_ask, number),
		  .required = true, .min = 1 },
		{ "look", FIELD_BOOL, .offset = offsetof(struct message_ask, look) },
		{ "whole", FIELD_BOOL, .offset = offsetof(struct message_ask, whole) },
		{ NULL }
	};

	*m = (struct message_ask){ 0 };
	return field_read(l->map, "a question", fields, m, d);
}
