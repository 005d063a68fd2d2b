/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused, and in which words, lies in test/documents/; here is what
 * is made of good documents. */
#include "request.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static struct tree tree = TREE_INIT;

static bool read_it(const char *text, struct request *r)
{
	struct diag d = DIAG_INIT;

	*r = (struct request){ 0 };
	if (tree_parse(&tree, text, strlen(text), NULL, &d) == 0 &&
	    request_read(&tree, tree.root, r, &d) == 0)
		return true;
	note("%d:%d: %s", d.line, d.col, d.text);
	return false;
}

static const char text[] =
	"name: square-root\n"
	"task: {type: https://www.purl.org/ivoa-net/task-type/oci-container, spec: {a: b}}\n"
	"resources:\n"
	"  compute:\n"
	"  - name: main\n"
	"    type: https://example.org/kubernetes\n"
	"    kubernetes: {version: 1.25.4}\n"
	"    min-cores: 8\n"
	"    maxcores: 16\n"
	"    min_memory: 16GiB\n"
	"    max-memory: 32Gb\n"
	"    gpu: {type: https://example.org/AMD-xx, count: 2}\n"
	"    volumes:\n"
	"    - {name: scratch, path: /temp/}\n"
	"    - {name: survey, path: /data}\n"
	"    - {name: results, path: /out, mode: r}\n"
	"  - {replicas: 3, gpu: A100}\n"
	"  - {gpu: 4}\n"
	"  storage:\n"
	"  - {name: scratch, type: https://example.org/ephemeral, size: 100GB}\n"
	"  - {name: survey, type: dataset, dataset: gaia-dr3, size: 1TB}\n"
	"  - {name: results, type: persistent, lifetime: P1D, size: 10GB, to: s3://b/r/,\n"
	"     lifecycle: managed}\n"
	"auth: {type: https://example.org/auth#anonymous, spec: {}}\n"
	"time:\n"
	"- {start: 2026-12-01T08:00Z/PT12H, minduration: PT1H}\n"
	"- {min-duration: 2H, maxduration: 3H}\n"
	"placement:\n"
	"  groups: [eu, us]\n"
	"  sites: north\n"
	"  sensitivity: clinical\n"
	"  tags: {require: [fast-disk], prefer: gpu, avoid: [spot, slow]}\n"
	"  dependencies: [conda]\n"
	"  reservation: abc\n"
	"accept: ask\n"
	"priority: -5\n"
	"retries: 2\n";

static void top(const struct request *r)
{
	is_str(r->name, "square-root", "name");
	is_str(r->type, "oci-container", "the type is the last part of its URI");
	ok(node_get(r->spec, "a") != NULL, "spec");
	is_int(r->accept, ACCEPT_ASK, "accept");
	is_int(r->priority, -5, "priority");
	is_int(r->retries, 2, "retries");
}

static void computes(const struct request *r)
{
	const struct compute *c = &r->compute[0];

	if (!is_int(r->computes, 3, "compute resources") || !r->compute)
		return;
	is_str(c->name, "main", "their name");
	is_str(c->type, "kubernetes", "their type");
	ok(node_get(c->detail, "version") != NULL, "what only this type has");
	is_int(c->min_cores, 8, "min-cores");
	is_int(c->max_cores, 16, "maxcores");
	is_int(c->min_memory, 16LL << 30, "min_memory");
	is_int(c->max_memory, 32000000000, "max-memory");
	is_int(c->replicas, 1, "one replica, if not said otherwise");
	is_int(c->gpus, 2, "two GPUs");
	is_str(c->gpu_type, "AMD-xx", "of this type");
	is_int(c->line, 5, "the line");
	if (!is_int(c->volumes, 3, "volumes") || !c->volume)
		return;
	is_str(c->volume[0].path, "/temp", "the slash at the end is gone");
	ok(c->volume[0].writable, "scratch is written to, if not said otherwise");
	ok(!c->volume[1].writable, "a dataset is not");
	ok(!c->volume[2].writable, "and nothing whose mode is r");
	is_int(r->compute[1].replicas, 3, "replicas");
	is_int(r->compute[1].gpus, 1, "a type alone is one GPU");
	is_str(r->compute[1].gpu_type, "A100", "of that type");
	is_int(r->compute[2].gpus, 4, "a number alone is that many");
	is_str(r->compute[2].gpu_type, NULL, "of any type");
}

static void storages(const struct request *r)
{
	if (!is_int(r->storages, 3, "storage resources") || !r->storage)
		return;
	is_str(r->storage[0].type, "ephemeral", "their type");
	is_int(r->storage[0].size, 100000000000, "size");
	is_str(r->storage[1].dataset, "gaia-dr3", "dataset");
	is_int(r->storage[2].lifetime, INT64_C(86400000000), "lifetime");
	is_str(r->storage[2].to, "s3://b/r/", "to");
	ok(r->storage[2].managed && !r->storage[0].managed, "lifecycle");
}

static void times(const struct request *r)
{
	if (!is_int(r->auths, 1, "one auth") || !r->auth)
		return;
	is_str(r->auth[0].type, "anonymous", "its type");

	if (!is_int(r->times, 2, "two windows") || !r->time)
		return;
	ok(r->time[0].has_start && !r->time[1].has_start, "one has a start");
	is_int(r->time[0].start.to - r->time[0].start.from, INT64_C(43200000000), "of twelve hours");
	is_int(r->time[0].min_duration, INT64_C(3600000000), "min-duration");
	is_int(r->time[1].max_duration, INT64_C(10800000000), "max-duration");
}

static const char *word(const struct text_list *l, uint32_t i)
{
	return l->item && i < l->count ? l->item[i] : NULL;
}

static void placement(const struct request *r)
{
	is_int(r->groups.count, 2, "groups");
	is_str(word(&r->groups, 1), "us", "in order");
	is_int(r->sites.count, 1, "a site by itself");
	is_str(r->sensitivity, "clinical", "sensitivity");
	is_str(word(&r->require, 0), "fast-disk", "required tags");
	is_str(word(&r->prefer, 0), "gpu", "preferred tags");
	ok(text_list_has(&r->avoid, "slow") && !text_list_has(&r->avoid, "fast"), "tags to avoid");
	is_str(word(&r->dependencies, 0), "conda", "dependencies");
	is_str(r->reservation, "abc", "reservation");
}

static void everything(void)
{
	struct request r;

	if (!ok(read_it(text, &r), "a request with everything is read"))
		return;
	top(&r);
	computes(&r);
	storages(&r);
	times(&r);
	placement(&r);
}

static void least(void)
{
	struct request r;
	struct demand d;

	ok(read_it("- task: {type: process}\n", &r), "a list of one is that one");
	is_str(r.name, NULL, "no name");
	ok(!r.spec && !r.computes && !r.storages && !r.auths && !r.times, "nothing else");
	is_int(r.accept, ACCEPT_BEST, "the best offer is taken");
	request_demand(&r, &d);
	is_int(d.cores, 1, "it needs one core");
	ok(!d.gpus && !d.memory && !d.disk && !d.walltime, "and nothing else that is known");
}

static void demands(void)
{
	struct request r;
	struct demand d;

	ok(read_it("task: {type: process}\n"
		   "resources:\n"
		   "  compute:\n"
		   "  - {min-cores: 4, min-memory: 2GB, gpu: 1, replicas: 3}\n"
		   "  - {min-memory: 1GB, replicas: 2}\n"
		   "  storage:\n"
		   "  - {name: a, type: ephemeral, size: 10GB}\n"
		   "  - {name: b, type: persistent, size: 5GB}\n"
		   "  - {name: c, type: dataset, dataset: c, size: 1TB}\n"
		   "time: [{min-duration: 1H}, {min-duration: 2H, max-duration: 9H},\n"
		   "       {max-duration: 90min}]\n", &r), "a request with demands");
	request_demand(&r, &d);
	is_int(d.cores, 14, "cores: each replica its own, and at least one");
	is_int(d.gpus, 3, "gpus");
	is_int(d.memory, 8000000000, "memory");
	is_int(d.disk, 15000000000, "disk: what is not in the cache");
	is_int(d.walltime, INT64_C(7200000000), "the longest of the windows' durations");

	ok(read_it("task: {type: process}\n"
		   "resources:\n"
		   "  compute:\n"
		   "  - {min-cores: 1000000, min-memory: 15EiB, gpu: 10000, replicas: 100000}\n"
		   "  - {min-cores: 1000000, min-memory: 15EiB, gpu: 10000, replicas: 100000}\n"
		   "  storage:\n"
		   "  - {name: a, type: ephemeral, size: 15EiB}\n"
		   "  - {name: b, type: ephemeral, size: 15EiB}\n", &r), "more than there is");
	request_demand(&r, &d);
	is_int(d.cores, UINT32_MAX, "cores stop at what can be counted");
	is_int(d.gpus, 2000000000, "gpus still can");
	ok(d.memory == UINT64_MAX, "memory stops");
	ok(d.disk == UINT64_MAX, "disk stops");
}

static void types(void)
{
	is_str(request_short_type("process"), "process", "a word is its own type");
	is_str(request_short_type("https://a/b/c"), "c", "the last part of a URI");
	is_str(request_short_type("https://a/b#c"), "c", "also behind #");
	is_str(request_short_type("https://a/"), "", "which may be empty");
}

static int kind(const char *text, struct diag *d)
{
	tree_parse(&tree, text, strlen(text), NULL, NULL);
	return drop_kind(tree.root, d);
}

static void kinds(void)
{
	struct diag d;

	is_int(kind("task: {}", &d), DROP_JOB, "a job has a task");
	is_int(kind("- task: {}", &d), DROP_JOB, "also in a list of one");
	is_int(kind("name: a\ncommand: x", &d), DROP_COMMAND, "a command");
	is_int(kind("reservation: {}", &d), DROP_RESERVATION, "a reservation");
	is_int(kind("transaction: []", &d), DROP_TRANSACTION, "a transaction");
	is_int(kind("", &d), -1, "nothing is nothing");
	like(d.text, "nothing is written here", "and told so");
	is_int(kind("name: a\nTaks: {}", &d), -1, "a slip of the pen");
	is_str(d.text, "unknown field \"Taks\"; did you mean \"task\"?", "is told");
	is_int(d.line, 2, "where it stands");
	is_int(kind("name: a", &d), -1, "none of the four");
	like(d.text, "none of task, command, reservation, transaction", "is told");
	is_int(kind("task: {}\ncommand: cancel", &d), -1, "two of the four");
	is_str(d.text, "command: this document is a task already, by line 1", "is told");
	is_int(kind("[{task: {}}, {task: {}}]", &d), -1, "two jobs");
	like(d.text, "a list of 2", "are told");
}

static void commands(void)
{
	static const char text[] = "{command: retry, job: 0193a2b4-5c6d-7e8f-9012-3456789abcde, "
				   "attempt: 2, offer: 3, reason: the disk was full}";
	struct command c;
	struct diag d;

	tree_parse(&tree, text, strlen(text), NULL, &d);
	is_int(command_read(tree.root, &c, &d), 0, "a command is read");
	is_int(c.verb, COMMAND_RETRY, "its verb");
	is_int(c.id.b[15], 0xde, "its job");
	is_int(c.attempt, 2, "its attempt");
	is_str(c.offer, "3", "its offer");
	is_str(c.reason, "the disk was full", "its reason");
}

static void too_many(void)
{
	struct buf b = BUF_INIT;
	struct diag d = DIAG_INIT;
	struct request r;

	buf_adds(&b, "task: {type: process}\ntime:\n");
	for (int i = 0; i < 1001; i++)
		buf_adds(&b, "- {}\n");
	tree_parse(&tree, b.s, b.len, NULL, &d);
	is_int(request_read(&tree, tree.root, &r, &d), -1, "more than 1000 of anything are refused");
	is_str(d.text, "time: 1001 entries; at most 1000 are taken", "in these words");
	b.len -= 5;
	b.s[b.len] = '\0';
	tree_parse(&tree, b.s, b.len, NULL, &d);
	is_int(request_read(&tree, tree.root, &r, &d), 0, "1000 are taken");
	buf_free(&b);
}

int main(void)
{
	everything();
	least();
	demands();
	types();
	kinds();
	commands();
	too_many();
	tree_free(&tree);
	return done();
}
