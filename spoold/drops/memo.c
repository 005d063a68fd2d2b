/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "memo.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* Direct-mapped: a clash just forgets the older one. */
enum { ENTRIES = 256 };

static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
static const char word[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.";
static const char first[] = "name: ";

struct memo { struct memo_entry entry[ENTRIES]; };

struct memo *memo_new(void)
{
	return calloc(1, sizeof(struct memo));
}

void memo_free(struct memo *m)
{
	free(m);
}

static bool is_letter(char c)
{
	return c && strchr(letters, c);
}

/* The length of the line that has the name, and nothing of what follows; 0: none has. */
static size_t name_line(const char *s, char name[MEMO_NAME])
{
	size_t at = sizeof first - 1, n;

	name[0] = '\0';
	if (strncmp(s, first, at) != 0 || !is_letter(s[at]))
		return 0;
	n = strspn(s + at, word);
	if (n >= MEMO_NAME || s[at + n] != '\n' || !is_letter(s[at + n + 1]))
		return 0;
	snprintf(name, MEMO_NAME, "%.*s", (int)n, s + at);
	if (strcasecmp(name, "null") != 0)
		return at + n + 1;
	name[0] = '\0';
	return 0;
}

void memo_key(const struct shapes *t, const struct buf *text, uint64_t whole, struct memo_key *k)
{
	size_t skip = name_line(text->len ? text->s : "", k->name);

	k->hash = skip ? shapes_hash(t, text->s + skip, text->len - skip) : whole;
	k->len = (uint32_t)(text->len - skip);
}

bool memo_find(const struct memo *m, const struct memo_key *k, struct memo_entry *e)
{
	const struct memo_entry *found = m ? &m->entry[k->hash % ENTRIES] : NULL;

	if (!found || !found->key.len || found->key.hash != k->hash || found->key.len != k->len ||
	    !found->key.name[0] != !k->name[0])
		return false;
	*e = *found;
	if (k->name[0])
		snprintf(e->name, sizeof e->name, "%s", k->name);
	return true;
}

void memo_keep(struct memo *m, const struct memo_entry *e)
{
	if (m && (!e->key.name[0] || !strcmp(e->key.name, e->name)))
		m->entry[e->key.hash % ENTRIES] = *e;
}
