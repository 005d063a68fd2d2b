/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "spec.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "buf.h"
#include "io.h"

static bool key_ok(const char *key)
{
	return key[0] && strcmp(key, ".") && strcmp(key, "..") && !strchr(key, '/') &&
	       strlen(key) <= 255;
}

static bool all_scalars(const struct node *list)
{
	for (const struct node *n = list->child; n; n = n->next)
		if (n->kind == NODE_SEQ || n->kind == NODE_MAP)
			return false;
	return true;
}

static int write_list(int dir, const char *name, const struct node *list, struct diag *d)
{
	struct buf text = BUF_INIT;
	int rc;

	for (const struct node *n = list->child; n; n = n->next) {
		buf_add(&text, n->text, n->len);
		buf_addc(&text, '\0');
	}
	rc = text.failed ? diag_nomem(d) : io_create(dir, name, 0600, text.s, text.len, d);
	buf_free(&text);
	return rc;
}

static int write_value(int dir, const char *name, const struct node *n, struct diag *d);

static int write_dir(int parent, const char *name, const struct node *n, struct diag *d)
{
	int dir, rc = 0;
	unsigned i = 0;
	char number[16];

	if (io_mkdir(parent, name, 0700, d) < 0)
		return -1;
	if (!n || !n->child)
		return 0;
	dir = io_opendir(parent, name, d);
	if (dir < 0)
		return -1;
	for (const struct node *c = n->child; c && !rc; c = c->next) {
		snprintf(number, sizeof number, "%u", i++);
		if (c->key && !key_ok(c->key)) {
			diag_at(d, c->key_line, c->key_col, "spec: a field cannot be called "
				"\"%.60s\"", c->key);
			rc = 1;
		} else {
			rc = write_value(dir, c->key ? c->key : number, c, d);
		}
	}
	close(dir);
	return rc;
}

static int write_value(int dir, const char *name, const struct node *n, struct diag *d)
{
	if (n->kind == NODE_MAP || (n->kind == NODE_SEQ && !all_scalars(n)))
		return write_dir(dir, name, n, d);
	if (n->kind == NODE_SEQ)
		return write_list(dir, name, n, d);
	return io_create(dir, name, 0600, n->text, n->len, d);
}

int spec_write(int dir, const char *name, const struct node *spec, struct diag *d)
{
	return write_dir(dir, name, spec, d);
}
