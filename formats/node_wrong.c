/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parser names what it could not do; people have to know what to write
 * instead.  So its words for the usual mistakes are replaced: a tab, a text that
 * needs quotes, a key without its colon.
 */
#include "node_wrong.h"

#include <stdbool.h>
#include <string.h>

static bool begins_character(char c)
{
	return ((unsigned char)c & 0xc0) != 0x80;
}

/* The byte at a mark, which counts characters; 0: the end. */
static char byte_at(const char *text, size_t len, size_t index)
{
	for (size_t i = 0; i < len; i++)
		if (begins_character(text[i]) && index-- == 0)
			return text[i];
	return 0;
}

/* The reader works ahead of the parser, and knows only a byte. */
static int wrong_byte(const yaml_parser_t *p, const char *text, size_t len, struct diag *d)
{
	size_t at = p->problem_offset < len ? p->problem_offset : len;
	int line = 1, col = 1;

	for (size_t i = 0; i < at; i++) {
		col += begins_character(text[i]);
		if (text[i] == '\n')
			line++, col = 1;
	}
	return diag_at(d, line, col, "%s (byte %zu)", p->problem ? p->problem : "not YAML", p->problem_offset);
}

static int at_mark(const yaml_mark_t *m, struct diag *d, const char *found)
{
	return diag_at(d, (int)m->line + 1, (int)m->column + 1, "not YAML: found %s", found);
}

/* In our words; 0: there are none. */
static int usual_mistake(const yaml_parser_t *p, const char *text, size_t len, struct diag *d)
{
	char c = byte_at(text, len, p->problem_mark.index);
	char found[] = "\"?\", which begins a text only in quotes";

	if (!strcmp(p->problem, "found character that cannot start any token")) {
		found[1] = c;
		return at_mark(&p->problem_mark, d, c == '\t' ? "a tab, expected spaces" : found);
	}
	if (!strcmp(p->problem, "found a tab character that violates indentation"))
		return at_mark(&p->problem_mark, d, "a tab, expected spaces");
	if (!strcmp(p->problem, "mapping values are not allowed in this context"))
		return at_mark(&p->problem_mark, d, "a second \":\" for one key; a text with \": \" in it needs quotes, "
			       "and a key before it a \":\" of its own");
	if (!strcmp(p->problem, "could not find expected ':'"))
		return at_mark(&p->context_mark, d, "a line that is not \"KEY: VALUE\", expected \":\" behind its key");
	return 0;
}

int node_wrong(const yaml_parser_t *p, const char *text, size_t len, struct diag *d)
{
	const yaml_mark_t *m = &p->problem_mark;
	const char *why = p->problem ? p->problem : "not YAML";

	if (p->error == YAML_MEMORY_ERROR)
		return diag_nomem(d);
	if (p->error == YAML_READER_ERROR)
		return wrong_byte(p, text, len, d);
	if (p->problem && usual_mistake(p, text, len, d))
		return -1;
	if (p->context)
		return diag_at(d, (int)m->line + 1, (int)m->column + 1, "not YAML: %s, %s on line %d", why,
			       p->context, (int)p->context_mark.line + 1);
	return diag_at(d, (int)m->line + 1, (int)m->column + 1, "not YAML: %s", why);
}
