/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "match.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

#define DIGEST_A "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define DIGEST_B "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb"

static const char site_text[] =
	"site: north\ntime: 2026-11-22T03:00:00Z\n"
	"capacity: {cores: 8, memory: 16GiB, disk: 100GB}\n"
	"gpus: [{type: A100, count: 2}, {type: T4, count: 1}]\n"
	"types: [process, oci-container]\ndependencies: [conda]\ngroups: [eu]\n"
	"tags: [fast-disk, kubernetes]\nclearances: [clinical, secret]\n"
	"datasets: [{name: words, bytes: 1000, digest: " DIGEST_A "}, {name: local, bytes: 50, digest: " DIGEST_B "}]\n"
	"pull: {cores: 6, memory: 8GiB, jobs: 100}\n";

static const char config_text[] =
	"clearances: {clinical: [north], secret: [south]}\n"
	"sites: {north: {groups: [extra], tags: [granted]}, west: {enabled: false}}\n";

static struct tree site_tree = TREE_INIT, tree = TREE_INIT;
static struct site_doc site;
static struct config config;
static struct catalogue_entry entries[] = {
	{ "big", 5000, { { 0 } }, true }, { "busy", 0, { { 0 } }, false }, { "words", 2000, { { 0 } }, true },
};
static struct catalogue catalogue = { entries, 3 };

static void set_up(const char *name)
{
	struct diag d = DIAG_INIT;

	if (tree_parse(&site_tree, site_text, strlen(site_text), &tree_limits_site, &d) < 0 ||
	    site_read(&site_tree, site_tree.root, &site, &d) < 0)
		bail("site: %d: %s", d.line, d.text);
	site.name = name;
}

static void match(const char *text, struct match *m, struct buf *reasons)
{
	struct request r;
	struct shape s;
	struct diag d = DIAG_INIT;

	if (tree_parse(&tree, text, strlen(text), NULL, &d) < 0 || request_read(&tree, tree.root, &r, &d) < 0 ||
	    shape_make(&r, &s, &d) < 0)
		bail("%s: %d:%d: %s", text, d.line, d.col, d.text);
	if (reasons)
		buf_reset(reasons);
	match_site(&s, &site, &config, &catalogue, m, reasons);
	shape_free(&s);
}

#define T "task: {type: process}\n"
#define DATA(name) T "resources: {storage: [{name: s, type: dataset, dataset: " name "}]}"
#define PINNED(name, digest) \
	T "resources: {storage: [{name: s, type: dataset, dataset: " name ", digest: \"" digest "\"}]}"

static void says_yes(void)
{
	static const char *const good[] = {
		T, "task: {type: oci-container}", T "placement: {groups: [us, eu]}", T "placement: {groups: [extra]}",
		T "placement: {sites: [south, north]}", T "placement: {sensitivity: clinical}",
		T "placement: {tags: {require: [fast-disk, granted]}}", T "placement: {dependencies: [spack, conda]}",
		T "placement: {dependencies: [oci-container]}", T "placement: {tags: {avoid: [fast-disk]}}",
		T "resources: {compute: [{min-cores: 6, min-memory: 8GiB, gpu: {type: A100, count: 2}}]}",
		T "resources: {compute: [{gpu: {count: 3}}]}", T "resources: {compute: [{type: kubernetes}]}",
		T "resources: {storage: [{name: s, type: ephemeral, size: 100GB}, {name: p, type: persistent}]}",
		T "resources: {compute: [{gpu: {type: A100, count: 1}}, {gpu: {type: T4, count: 1}}, {gpu: {count: 1}}]}",
		T "auth: {type: anonymous}", T "auth: [{type: x509}, {type: anonymous}]",
		DATA("words"), DATA("big"), DATA("local"), PINNED("words", DIGEST_A), PINNED("local", DIGEST_B),
	};
	struct buf reasons = BUF_INIT;
	struct match m;

	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		match(good[i], &m, &reasons);
		ok(m.may && !reasons.len && !m.later, "may: %s%s", strchr(good[i], '\n') ? strchr(good[i], '\n') + 1 : good[i],
		   reasons.s);
		match(good[i], &m, NULL);
		ok(m.may, "also when nobody asks for reasons");
	}
	buf_free(&reasons);
}

static void says_no(void)
{
	static const struct { const char *text, *why; } bad[] = {
		{ "task: {type: quantum-circuit}", "it runs no quantum-circuit" },
		{ T "placement: {sensitivity: military}", "it does not claim the clearance military" },
		{ T "placement: {sensitivity: secret}", "it is not cleared for secret" },
		{ T "placement: {sites: [south, west]}", "the job does not name this site" },
		{ T "placement: {groups: [us, asia]}", "it is in none of the groups asia, us" },
		{ T "placement: {tags: {require: [tape, gold]}}", "it lacks the tag gold; it lacks the tag tape" },
		{ T "placement: {dependencies: [spack, nix]}", "it resolves software by none of nix, spack" },
		{ T "resources: {compute: [{type: hpc}]}", "it has no compute resource of type hpc" },
		{ T "resources: {storage: [{name: s, type: rucio}]}", "it reaches no storage of type rucio" },
		{ T "resources: {compute: [{min-cores: 9}]}", "it has 8 cores, the job needs 9" },
		{ T "resources: {compute: [{min-cores: 7}]}", "it pulls work for at most 6 cores, the job needs 7" },
		{ T "resources: {compute: [{min-memory: 17GiB}]}", "it has 16GiB of memory, the job needs 17GiB" },
		{ T "resources: {compute: [{min-memory: 9GiB}]}", "it has 8GiB of memory for pulled work, the job needs 9GiB" },
		{ T "resources: {storage: [{name: s, type: ephemeral, size: 200GB}]}",
		  "it has 93.1GiB of disk, the job needs 186GiB" },
		{ T "resources: {compute: [{gpu: {type: A100, count: 3}}]}", "it has 2 GPUs of type A100, the job needs 3" },
		{ T "resources: {compute: [{gpu: {type: A100, count: 1}}, {gpu: {type: A100, count: 2}}]}",
		  "it has 2 GPUs of type A100, the job needs 3" },
		{ T "resources: {compute: [{gpu: {type: H100, count: 1}}]}", "it has 0 GPUs of type H100, the job needs 1" },
		{ PINNED("words", DIGEST_B), "it does not hold the version bbbbbbbbbbbb of the dataset words, "
		  "and the hub has another" },
		{ PINNED("local", DIGEST_A), "it does not hold the version aaaaaaaaaaaa of the dataset local, "
		  "and the hub has none of that name" },
		{ T "resources: {compute: [{gpu: {count: 4}}]}", "it has 3 GPUs, the job needs 4" },
		{ T "resources: {compute: [{gpu: {count: 2}}, {gpu: {type: A100, count: 2}}]}",
		  "it has 3 GPUs, the job needs 4" },
		{ DATA("nowhere"), "it does not hold the dataset nowhere, and the hub has none of that name" },
		{ T "auth: {type: x509}", "the method of authentication is not supported: x509" },
		{ "task: {type: x}\nplacement: {sites: [south], tags: {require: [t]}}\n"
		  "resources: {compute: [{min-cores: 99}]}",
		  "the job does not name this site; it lacks the tag t; it runs no x; it has 8 cores, the job needs 99" },
	};
	struct buf reasons = BUF_INIT;
	struct match m;

	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		match(bad[i].text, &m, &reasons);
		ok(!m.may && !m.later, "may not");
		is_str(reasons.s, bad[i].why, "because %s", bad[i].why);
		match(bad[i].text, &m, NULL);
		ok(!m.may, "also when nobody asks why");
	}
	match(DATA("busy"), &m, &reasons);
	ok(!m.may && m.later, "not now, but perhaps later");
	is_str(reasons.s, "the dataset busy is still being measured", "because it is being measured");
	buf_free(&reasons);
}

static void other_sites(void)
{
	struct buf reasons = BUF_INIT;
	struct match m;

	site.name = "west";
	match(T, &m, &reasons);
	ok(!m.may, "a site that is switched off");
	is_str(reasons.s, "it is switched off in config.yaml", "says so");
	match(T "placement: {sensitivity: clinical}", &m, &reasons);
	like(reasons.s, "it is not cleared for clinical", "one that is not granted what it claims");
	site.name = "south";
	match(T "placement: {groups: [extra]}", &m, &reasons);
	ok(!m.may, "what is granted to one is not granted to another");
	match(T "placement: {sensitivity: secret}", &m, &reasons);
	ok(m.may, "both are needed, and enough: %s", reasons.s);
	site.clearances.count = 0;
	match(T "placement: {sensitivity: secret}", &m, &reasons);
	is_str(reasons.s, "it does not claim the clearance secret", "a grant alone is not");
	set_up("north");
	site.pull_cores = UINT32_MAX;
	site.pull_memory = UINT64_MAX;
	match(T "resources: {compute: [{min-cores: 8, min-memory: 16GiB}]}", &m, &reasons);
	ok(m.may, "without a limit of its own a site gives all it has");
	set_up("north");
	buf_free(&reasons);
}

/* Each compute resource is one piece, however much there is in all. */
static void pieces(void)
{
	struct site_flavour f[] = { { NULL, 4, 3ULL << 30 }, { NULL, 2, 2ULL << 30 } };
	struct buf reasons = BUF_INIT;
	struct match m;

	site.flavour = f;
	site.flavours = 2;
	match(T "resources: {compute: [{min-cores: 3}, {min-cores: 2}]}", &m, &reasons);
	ok(m.may, "one flavour for each of two computes: %s", reasons.s);
	match(T "resources: {compute: [{min-cores: 5}]}", &m, &reasons);
	is_str(reasons.s, "it has no flavour with 5 cores and 0B of memory", "none for one that is larger than a piece");
	match(T "resources: {compute: [{min-cores: 3}, {min-cores: 3}]}", &m, &reasons);
	is_str(reasons.s, "in its flavours the job takes 8 cores and 6GiB of memory, of 6 and 8GiB",
	       "more than it has when they are raised");
	match(T "resources: {compute: [{min-cores: 1, replicas: 4}]}", &m, &reasons);
	is_str(reasons.s, "in its flavours the job takes 8 cores and 8GiB of memory, of 6 and 8GiB", "replicas, too");
	match(T "resources: {compute: [{min-cores: 3}, {min-cores: 2}, {min-cores: 2}]}", &m, &reasons);
	is_str(reasons.s, "it pulls work for at most 6 cores, the job needs 7", "what is too much anyhow is said once");
	set_up("north");
	buf_free(&reasons);
}

static void data(void)
{
	struct match m;

	match(DATA("words"), &m, NULL);
	ok(m.held == 0 && m.missing == 2000, "another version counts as missing: the hub's");
	memset(&entries[2].digest, 0xaa, 32);
	match(DATA("words"), &m, NULL);
	ok(m.held == 1000 && m.missing == 0, "the same is there");
	match(DATA("local"), &m, NULL);
	ok(m.held == 50 && m.missing == 0, "what only the site has, is there");
	match(T "resources: {storage: [{name: a, type: dataset, dataset: words}, {name: b, type: dataset, dataset: big},"
	      " {name: c, type: dataset, dataset: big}]}", &m, NULL);
	ok(m.held == 1000 && m.missing == 5000, "each is counted once");
}

static void wishes(void)
{
	struct match m;

	match(T, &m, NULL);
	ok(m.preferred && !m.avoided, "without wishes all is well");
	match(T "placement: {tags: {prefer: [fast-disk, granted]}}", &m, NULL);
	ok(m.preferred, "preferred: it has all of them, also by grant");
	match(T "placement: {tags: {prefer: [fast-disk, tape]}}", &m, NULL);
	ok(m.may && !m.preferred, "not preferred: it lacks one");
	match(T "placement: {tags: {avoid: [tape, fast-disk]}}", &m, NULL);
	ok(m.may && m.avoided, "avoided: it has one of them");
	match(T "placement: {tags: {avoid: [granted]}}", &m, NULL);
	ok(m.avoided, "also by grant");
}

static void catalogue_order(void)
{
	ok(catalogue_find(&catalogue, "big") == &entries[0] && catalogue_find(&catalogue, "busy") == &entries[1] &&
	   catalogue_find(&catalogue, "words") == &entries[2], "datasets are found");
	ok(!catalogue_find(&catalogue, "a") && !catalogue_find(&catalogue, "bigger") && !catalogue_find(&catalogue, "z"),
	   "others are not");
	ok(!catalogue_find(&(struct catalogue){ NULL, 0 }, "a"), "none in nothing");
}

int main(void)
{
	struct diag d = DIAG_INIT;

	if (config_read(&config, config_text, strlen(config_text), &d) < 0)
		bail("config: %s", d.text);
	set_up("north");
	says_yes();
	says_no();
	other_sites();
	pieces();
	data();
	wishes();
	catalogue_order();
	config_free(&config);
	tree_free(&site_tree);
	tree_free(&tree);
	return done();
}
