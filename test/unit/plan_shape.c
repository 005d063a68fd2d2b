/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shape.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static struct tree tree = TREE_INIT;

static void read_request(const char *text, struct request *r)
{
	struct diag d = DIAG_INIT;

	if (tree_parse(&tree, text, strlen(text), NULL, &d) < 0 || request_read(&tree, tree.root, r, &d) < 0)
		bail("%s: %d:%d: %s", text, d.line, d.col, d.text);
}

static const char *text_of(const char *text, struct buf *b)
{
	struct request r;

	read_request(text, &r);
	buf_reset(b);
	shape_text(&r, b);
	return b->s;
}

static bool alike(const char *a, const char *b)
{
	struct buf x = BUF_INIT, y = BUF_INIT;
	bool same = !strcmp(text_of(a, &x), text_of(b, &y));

	buf_free(&x);
	buf_free(&y);
	return same;
}

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"
#define T "task: {type: process}\n"

static void equal_ones(void)
{
	static const char *const pairs[][3] = {
		{ T, "name: other\ntask: {type: process, spec: {command: [\"ls\"]}}", "name and spec" },
		{ T, "task: {type: \"https://example.org/task/process\"}", "the spelling of a type" },
		{ T, T "resources: {compute: [{min-cores: 1}]}", "one core, said or not" },
		{ T, T "retries: 3", "retries" },
		{ T "placement: {groups: [a, b]}", T "placement: {groups: [b, a, b]}", "the order in a list" },
		{ T "placement: {tags: {require: [x, y]}}", T "placement: {tags: {require: [y, x]}}", "the order of tags" },
		{ T "resources: {compute: [{min-memory: 2GiB}]}", T "resources: {compute: [{min-memory: 2048MiB}]}",
		  "how a size is written" },
		{ T "resources: {compute: [{min-cores: 2}, {min-cores: 1}]}",
		  T "resources: {compute: [{min-cores: 1}, {min-cores: 2}]}", "the order of compute resources" },
		{ T "resources: {storage: [{name: a, type: dataset, dataset: d}, {name: b, type: dataset, dataset: d}]}",
		  T "resources: {storage: [{name: c, type: dataset, dataset: d}]}", "what a dataset is called" },
		{ T "resources: {compute: [{gpu: {type: x, count: 1}}, {gpu: {type: x, count: 2}}]}",
		  T "resources: {compute: [{gpu: {type: x, count: 2}}, {gpu: {type: x, count: 1}}]}", "how GPUs are divided" },
	};

	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++)
		ok(alike(pairs[i][0], pairs[i][1]), "no difference: %s", pairs[i][2]);
}

static void different_ones(void)
{
	static const char *const all[] = {
		T, "task: {type: oci-container}",
		T "resources: {compute: [{min-cores: 2}]}",
		T "resources: {compute: [{max-cores: 9}]}", T "resources: {compute: [{max-cores: 3}]}",
		T "resources: {compute: [{min-cores: 2}, {min-cores: 1}]}", T "resources: {compute: [{min-cores: 3}]}",
		T "resources: {compute: [{min-memory: 1GiB}]}",
		T "resources: {compute: [{gpu: {count: 1}}]}",
		T "resources: {compute: [{gpu: {count: 2}}]}",
		T "resources: {compute: [{gpu: {type: x, count: 1}}]}",
		T "resources: {compute: [{type: kubernetes}]}",
		T "resources: {storage: [{name: s, type: ephemeral, size: 1GB}]}",
		T "resources: {storage: [{name: s, type: ephemeral, size: 2GB}]}",
		T "resources: {storage: [{name: s, type: dataset, dataset: a}]}",
		T "resources: {storage: [{name: s, type: dataset, dataset: b}]}",
		T "resources: {storage: [{name: s, type: dataset, dataset: b, digest: " DIGEST_A "}]}",
		T "resources: {storage: [{name: s, type: dataset, dataset: b, digest: " DIGEST_B "}]}",
		T "resources: {storage: [{name: s, type: dataset, dataset: b, digest: " DIGEST_A "},"
		  " {name: t, type: dataset, dataset: b}]}",
		"task: {type: oci-container, spec: {image: a}}", "task: {type: oci-container, spec: {image: b}}",
		"task: {type: oci-container, spec: {image: a, repo: x}}",
		"task: {type: process, spec: {environment: a}}", "task: {type: process, spec: {modules: [a, b]}}",
		"task: {type: process, spec: {modules: a}}",
		T "resources: {storage: [{name: s, type: rucio, size: 1GB}]}",
		T "time: [{minduration: PT1H}]", T "time: [{minduration: PT2H}]", T "time: [{maxduration: PT2H}]",
		T "time: [{start: 2026-12-01T08:00Z/PT12H}]", T "time: [{start: 2026-12-01T08:00Z/PT13H}]",
		T "time: [{start: 2026-12-01T09:00Z/PT12H}]",
		T "time: [{start: 2026-12-01T08:00Z/PT1H}, {start: 2026-12-03T08:00Z/PT1H}]",
		T "time: [{start: 2026-12-01T08:00Z/PT2H}, {start: 2026-12-03T08:00Z/PT1H}]",
		T "placement: {groups: [a]}", T "placement: {groups: [b]}", T "placement: {groups: [a, b]}",
		T "placement: {sites: [a]}", T "placement: {dependencies: [a]}", T "placement: {sensitivity: a}",
		T "placement: {tags: {require: [a]}}", T "placement: {tags: {prefer: [a]}}", T "placement: {tags: {avoid: [a]}}",
		T "placement: {tags: {require: [a1, b]}}", T "placement: {tags: {require: [a, 1b]}}",
		T "placement: {reservation: 01939a3c-0000-7000-8000-000000000001}",
		T "auth: {type: anonymous}", T "auth: {type: x509}", T "accept: ask", T "priority: 1",
	};
	enum { N = sizeof all / sizeof *all };
	bool good = true;

	for (int i = 0; i < N; i++)
		for (int k = 0; k < i; k++)
			if (alike(all[i], all[k])) {
				note("the same shape: %s\n# and %s", all[i], all[k]);
				good = false;
			}
	ok(good, "any two of %d that are not the same differ", N);
}

static void outlives(void)
{
	struct request r;
	struct shape s;
	struct diag d = DIAG_INIT;

	read_request("task: {type: process}\n"
		     "resources:\n"
		     "  compute: [{min-cores: 2, replicas: 3, min-memory: 1GiB, gpu: {type: A100, count: 2}}, {type: kubernetes}]\n"
		     "  storage: [{name: in, type: dataset, dataset: gaia}, {name: tmp, type: ephemeral, size: 5GB},"
		     " {name: r, type: rucio}]\n"
		     "time: [{start: 2026-12-01T08:00Z/PT12H, minduration: PT1H}, {start: 2026-12-03T08:00Z/PT1H}]\n"
		     "placement: {groups: eu, sites: [north], sensitivity: clinical, dependencies: conda,"
		     " tags: {require: a, prefer: [b, c], avoid: d}}\n"
		     "auth: [{type: anonymous}, {type: x509}]\nretries: 2\n", &r);
	is_int(shape_make(&r, &s, &d), 0, "a shape: %s", d.text);
	tree_free(&tree);
	is_str(s.type, "process", "its type");
	is_int(s.demand.cores, 7, "cores of all replicas");
	is_int(s.demand.memory, 3LL << 30, "memory of all");
	is_int(s.demand.disk, 5000000000, "disk, without datasets");
	is_int(s.demand.gpus, 6, "GPUs");
	ok(s.gpus == 1 && s.gpu[0].count == 6 && !strcmp(s.gpu[0].type, "A100"), "of a type");
	ok(s.datasets.count == 1 && !strcmp(s.datasets.item[0], "gaia"), "datasets");
	ok(s.storage_types.count == 1 && !strcmp(s.storage_types.item[0], "rucio"), "storage that a site has to know");
	ok(s.computes == 1 && !strcmp(s.compute[0].type, "kubernetes"), "compute that it has to know");
	is_int(s.not_before, INT64_C(1796112000000000), "not before the first window");
	is_int(s.not_after, INT64_C(1796288400000000), "not after the last");
	is_int(s.min_duration, INT64_C(3600000000), "for at least an hour");
	ok(s.prefer.count == 2 && s.require.count == 1 && s.avoid.count == 1 && s.groups.count == 1 &&
	   s.sites.count == 1 && s.dependencies.count == 1 && s.auths.count == 2, "all lists");
	is_str(s.sensitivity, "clinical", "sensitivity");
	shape_free(&s);
	ok(!s.type && !s.arena.chunks, "all is given back");
	shape_free(&s);
}

static void times(void)
{
	static const struct { const char *text; int64_t before, after; } some[] = {
		{ T, 0, INT64_MAX },
		{ T "time: [{minduration: PT1H}]", 0, INT64_MAX },
		{ T "time: [{start: 2026-12-01T08:00Z}]", INT64_C(1796112000000000), INT64_MAX },
		{ T "time: [{start: 2026-12-01T08:00Z/2026-12-01T09:00Z}]", INT64_C(1796112000000000),
		  INT64_C(1796115600000000) },
		{ T "time: [{start: 2026-12-01T08:00Z/PT1H}, {minduration: PT1H}]", 0, INT64_MAX },
		{ T "time: [{minduration: PT1H}, {start: 2026-12-01T08:00Z}]", 0, INT64_MAX },
	};
	struct request r;
	struct shape s;

	for (size_t i = 0; i < sizeof some / sizeof *some; i++) {
		read_request(some[i].text, &r);
		shape_make(&r, &s, NULL);
		is_int(s.not_before, some[i].before, "starts from");
		is_int(s.not_after, some[i].after, "to");
		shape_free(&s);
	}
}

int main(void)
{
	equal_ones();
	different_ones();
	outlives();
	times();
	tree_free(&tree);
	return done();
}
