/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * field - strict, typed fields out of a mapping, with "did you mean".
 *
 * A table says which fields a mapping may have and where each value goes;
 * one call reads them all.  Unknown fields, values of the wrong type, out of
 * range or missing are errors at their line and column that name what was
 * found and what was expected.
 *
 *	static const struct field fields[] = {
 *		{ "name",      FIELD_TEXT,  .offset = offsetof(struct x, name), .max = 200 },
 *		{ "min-cores", FIELD_COUNT, .offset = offsetof(struct x, cores), .alias = "mincores" },
 *		{ "task",      FIELD_NODE,  .offset = offsetof(struct x, task), .required = true },
 *		{ NULL }
 *	};
 *	if (field_read(map, "a job", fields, &x, &d) < 0) ...
 *
 * Fields not present keep what the target held.  Strings and nodes point into
 * the tree.  A present null (`name:`) is an error unless the type is NODE.
 * A '-' in a field's name may be written '_' as well; saying one field twice,
 * in whatever spellings, is an error.  A table has at most 64 rows.
 */
#ifndef FORMATS_FIELD_H
#define FORMATS_FIELD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"
#include "node.h"

enum field_type {
	FIELD_TEXT,		/* const char *: a scalar, taken as it stands; 1..max bytes (max 0: 1000) */
	FIELD_NAME,		/* const char *: letters, digits, . _ - and + @; 1..max bytes (max 0: 64),
				 * not starting with '.' or '-' */
	FIELD_BOOL,		/* bool: true, false, yes, no */
	FIELD_COUNT,		/* uint32_t: a whole number min..max (max 0: 4294967295) */
	FIELD_INT,		/* int64_t: a whole number */
	FIELD_REAL,		/* double: a finite decimal number */
	FIELD_SIZE,		/* uint64_t: bytes, see size.h */
	FIELD_DURATION,		/* int64_t: microseconds, see instant.h */
	FIELD_INSTANT,		/* int64_t: microseconds since 1970, see instant.h */
	FIELD_UUID,		/* struct uuid */
	FIELD_DIGEST,		/* struct digest: 64 hexadecimal digits */
	FIELD_CHOICE,		/* int: index into choices */
	FIELD_NODE,		/* const struct node *: anything */
	FIELD_MAP,		/* const struct node *: a mapping */
	FIELD_SEQ,		/* const struct node *: a list; a single map or scalar is wrapped by the reader */
	FIELD_IGNORE,		/* accepted, not looked at */
	FIELD_OTHERS,		/* what no other row names is accepted, not looked at; its row is
				 * called "*".  const char *: the first such key, or no offset */
};

struct field {
	const char *name;
	enum field_type type;
	size_t offset;
	bool   required;
	const char *alias;		/* another spelling of the same field */
	const char *const *choices;	/* FIELD_CHOICE: NULL-terminated */
	uint64_t min, max;		/* of COUNT, SIZE, DURATION; max also of TEXT, NAME in bytes */
	size_t present;			/* offset of a bool that becomes true; 0: none */
};

/* what: "a job", for messages.  map must be a NODE_MAP, else that is the error. */
int field_read(const struct node *map, const char *what, const struct field *fields,
	       void *into, struct diag *d);
/* One value by itself: as field_read does for one row.  The key names it. */
int field_value(const struct node *n, const char *key, const struct field *f,
		void *into, struct diag *d);
/* The value of the row called name, in whatever spelling it was given; NULL: it
 * is not there.  For later complaints about it. */
const struct node *field_get(const struct node *map, const struct field *fields,
			     const char *name);
/* FIELD_NAME's rule for a text from elsewhere: 1..longest bytes of its alphabet. */
bool field_name_ok(const char *text, size_t longest);

/* The nearest of the candidates to word, or NULL when none is near.
 * (Damerau-Levenshtein, at most a third of the letters wrong, case ignored.) */
const char *field_nearest(const char *word, const char *const *candidates, size_t n);

/*
 * Walk what may be a list or a single value (`compute` as a list or a map):
 *	for (const struct node *n = node_first(v); n; n = node_after(v, n))
 */
const struct node *node_first(const struct node *v);
uint32_t node_entries(const struct node *v);
const struct node *node_after(const struct node *v, const struct node *n);

#endif
