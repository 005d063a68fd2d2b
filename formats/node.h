/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * node - a small tree of one YAML document, with line and column on everything.
 *
 * Built from libyaml's events.  What may not be taken into memory is refused
 * while it is read: more bytes, nodes or levels than the limits allow,
 * anchors and aliases (so nothing can expand), tags, duplicate keys, keys
 * that are not scalars, more than one document.
 *
 *	struct tree t = TREE_INIT;
 *	if (tree_parse(&t, text, len, NULL, &d) < 0) ...   d has line and column
 *	... t.root ...
 *	tree_free(&t);
 *
 * tree_parse may be called again with the same tree: its memory is reused.
 * Every string is NUL-terminated, lives in the tree's arena and dies with it;
 * scalars that contain a NUL are refused.
 */
#ifndef FORMATS_NODE_H
#define FORMATS_NODE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "diag.h"

enum node_kind { NODE_NULL, NODE_SCALAR, NODE_SEQ, NODE_MAP };

struct node {
	uint8_t  kind;		/* enum node_kind; NODE_NULL: plain empty, ~ or null */
	bool     quoted;	/* a scalar in quotes or a block: always a string */
	uint32_t count;		/* children */
	int      line, col;	/* 1-based; where the value starts */
	int      key_line, key_col;	/* where its key starts, in a map */
	const char *key;	/* in a map, else NULL */
	const char *text;	/* NODE_SCALAR, else "" */
	size_t   len;
	struct node *child;	/* first */
	struct node *next;	/* sibling */
};

enum { TREE_MAX_DEPTH = 64 };

struct tree_limits {
	size_t bytes;		/* of the text */
	size_t nodes;
	int    depth;		/* at most TREE_MAX_DEPTH */
};
/* 1 MiB, 20,000 nodes, 64 levels: a job file, generously. */
extern const struct tree_limits tree_limits_job;
/* 64 MiB, 4,000,000 nodes, 16 levels: a site's cache listing. */
extern const struct tree_limits tree_limits_site;

struct tree_chunk;
struct tree {
	struct node *root;	/* NULL: the text holds no document */
	struct tree_chunk *chunks;
	size_t nodes;
};
#define TREE_INIT { NULL, NULL, 0 }

/* limits NULL: tree_limits_job.  -1: *d says where and why; the root is NULL. */
int tree_parse(struct tree *t, const char *text, size_t len,
	       const struct tree_limits *limits, struct diag *d);
/*
 * As tree_parse for the one-line flow mappings that this project writes
 * itself (see line.h), by a plain scan instead of libyaml: 20 times faster,
 * and the same tree.  What is not of that strict form is given to libyaml.
 * text begins in line line_no of its file, at column col.  Limits: 64 MiB,
 * 20,000 nodes, 64 levels.
 */
int tree_parse_line(struct tree *t, const char *text, size_t len, int line_no, int col,
		    struct diag *d);
void tree_free(struct tree *t);

/* Arena memory that lives as long as the present contents of the tree.
 * NULL: out of memory. */
void *tree_alloc(struct tree *t, size_t n);
char *tree_strdup(struct tree *t, const char *s, size_t n);
/* Before all others: it will hold little, and live long. */
void tree_small(struct tree *t);

/* The value of a key in a map, or NULL.  A NULL map is allowed. */
const struct node *node_get(const struct node *map, const char *key);
/* A copy of it and all below, in t's arena.  NULL: out of memory. */
struct node *node_copy(struct tree *t, const struct node *from);
/* "a list", "a mapping", "the text \"abc\"", "nothing": for messages. */
const char *node_describe(const struct node *n, char out[64]);

#endif
