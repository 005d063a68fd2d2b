/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused lies in test/documents/; here is what good documents mean,
 * and that a job in one can be written by itself. */
#include "transaction.h"

#include <string.h>

#include "line.h"
#include "tap.h"

static const char text[] =
	"transaction:\n"
	"  name: cluster\n"
	"  same: group\n"
	"  layout: pack\n"
	"  cancel: one\n"
	"  jobs:\n"
	"  - name: \"5\"\n"
	"    task:\n"
	"      type: process\n"
	"      spec:\n"
	"        command: |\n"
	"          echo \"a, b\" # {c}\n"
	"          exit 0\n"
	"        plain: it's a text, almost [one]\n"
	"        number: -5.5e3\n"
	"        minus: \"-\"\n"
	"        quoted: \"1\"\n"
	"        yes: true\n"
	"        empty: \"\"\n"
	"        nothing:\n"
	"        url: https://www.example.org/?a=b&c#d\n"
	"        uml: \"\\u00e4 \\U0001F600\"\n"
	"        lists: [[], {}, [a, {b: c}]]\n"
	"  - task: {type: process}\n"
	"    priority: -3\n";

static bool same_tree(const struct node *a, const struct node *b)
{
	if (a->kind != b->kind || a->count != b->count || a->len != b->len ||
	    (a->kind == NODE_SCALAR && memcmp(a->text, b->text, a->len)) || !a->key != !b->key ||
	    (a->key && strcmp(a->key, b->key)))
		return false;
	for (a = a->child, b = b->child; a; a = a->next, b = b->next)
		if (!same_tree(a, b))
			return false;
	return true;
}

static bool still_quoted(const struct node *map, const char *key, bool want)
{
	return node_get(map, key)->quoted == want;
}

int main(void)
{
	struct tree t = TREE_INIT, again = TREE_INIT;
	struct diag d = DIAG_INIT;
	struct transaction x;
	struct buf b = BUF_INIT;
	struct request r;
	struct node root;
	const struct node *spec;
	bool good = tree_parse(&t, text, strlen(text), NULL, &d) == 0 && transaction_read(&t, t.root, &x, &d) == 0;

	ok(good, "a document with everything");
	if (!good)
		bail("%d:%d: %s", d.line, d.col, d.text);
	is_str(x.name, "cluster", "its name");
	is_int(x.same, SAME_GROUP, "in one group");
	is_int(x.layout, LAYOUT_PACK, "packed");
	is_int(x.cancel, CANCEL_ONE, "one may go alone");
	is_int(x.jobs, 2, "two jobs");
	is_int(x.job[1].request.priority, -3, "each is a request");

	line_node(&b, x.job[0].node);
	ok(!strchr(b.s, '\n'), "a job on one line");
	note("%s", b.s);
	ok(tree_parse(&again, b.s, b.len, NULL, &d) == 0, "is YAML");
	note("%s", d.text);
	root = *x.job[0].node;
	root.key = NULL;
	ok(same_tree(&root, again.root), "and says the same");
	spec = node_get(node_get(again.root, "task"), "spec");
	ok(still_quoted(spec, "number", false) && still_quoted(spec, "yes", false), "numbers and words stay what they are");
	ok(still_quoted(spec, "quoted", true) && still_quoted(again.root, "name", true), "and texts");
	ok(request_read(&again, again.root, &r, &d) == 0, "and a job");
	is_str(r.name, "5", "with its name");
	buf_free(&b);
	tree_free(&again);
	tree_free(&t);
	return done();
}
