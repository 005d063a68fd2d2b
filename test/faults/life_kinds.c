/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two lives.
 *
 * work: a process, a Python program that leaves a file, a job over a dataset of
 * the hub, one that fails, one with results too large for a message, one that
 * runs for ever and is cancelled, one that nobody can run, one that is no job,
 * one whose input comes out of a store and whose output goes there.
 *
 * promises: a reservation, a job and a transaction inside it, and its release; a
 * transaction of two jobs; a job with offers of which one is accepted, another
 * whose offers expire; an array, and a job that waits for it.
 */
#include <string.h>

#include "life.h"

#define EFFECT(name) "echo " name " $SPOOL_ATTEMPT >>TOP/effects"
#define PROCESS(name, more) "name: " name "\ntask: {type: process, spec: {command: '" \
	EFFECT(name) more "'}}\n"

const struct life_kind life_kinds[] = {
	{ "work", NULL, {
		{ "plain", PROCESS("plain", "; echo plain done"), .end = "completed", .effect = true,
		  .result = "stdout", .content = "plain done\n" },
		{ "snake", "name: snake\ntask:\n  type: python-program\n  spec:\n    program: |\n"
		  "      import os\n"
		  "      with open('TOP/effects', 'a') as f:\n"
		  "          f.write('snake ' + os.environ['SPOOL_ATTEMPT'] + '\\n')\n"
		  "      with open(os.environ['SPOOL_RESULTS'] + '/steps.txt', 'w') as f:\n"
		  "          f.write('one\\ntwo\\n')\n", .end = "completed", .effect = true,
		  .result = "steps.txt", .content = "one\ntwo\n" },
		{ "data", PROCESS("data", "; wc -l <\"$SPOOL_INPUT_WORDS\"")
		  "resources:\n  storage:\n  - {name: words, type: dataset, dataset: words}\n"
		  "placement: {sites: [south]}\n", .end = "completed", .effect = true,
		  .result = "stdout", .content = "3\n" },
		{ "fails", PROCESS("fails", "; echo oh >&2; exit 3"), .end = "failed", .effect = true,
		  .result = "stderr", .content = "oh\n" },
		{ "large", PROCESS("large", "; yes large | head -n 20000; echo more >$SPOOL_RESULTS/more")
		  "placement: {sites: [north]}\n", .end = "completed", .effect = true,
		  .result = "more", .content = "more\n" },
		{ "long", PROCESS("long", "; exec TOP/bin/linger 600"), .end = "cancelled",
		  .effect = true },
		{ "cancel", "{command: cancel, job: ID}\n", .when = { { "long", "jobs/running" } } },
		{ "never", "name: never\ntask: {type: 'https://www.example.org/quantum', spec: {}}\n",
		  .end = "failed" },
		{ "wrong", "name: wrong\ntask:\n  typ: process\n", .wrong = true },
		{ "twin", PROCESS("twin", "; echo twin done") "placement: {sites: [south]}\n",
		  .end = "completed", .effect = true, .result = "stdout", .content = "twin done\n" },
		{ "staged", PROCESS("staged", "; cat \"$SPOOL_INPUT_WORDS\" >$SPOOL_VOLUME_OUT/copy")
		  "resources:\n  storage:\n"
		  "  - {name: words, type: dataset, url: 'file://TOP/disk/store/words'}\n"
		  "  - {name: out, type: persistent, to: 'file://TOP/disk/store/out/'}\n"
		  "placement: {sites: [south]}\n", .end = "completed", .effect = true,
		  .stored = "out/copy", .content = "one\ntwo\nthree\n" },
	}, 11 },
	{ "promises", "PT1S", {
		{ "both", "transaction:\n  same: site\n  jobs:\n"
		  "  - {name: both-one, task: {type: process, spec: {command: '" EFFECT("both-one")
		  "'}}}\n"
		  "  - {name: both-two, task: {type: process, spec: {command: '" EFFECT("both-two")
		  "'}}}\n", .end = "completed", .effect = true, .jobs = 2 },
		{ "slot", "reservation:\n  resources: {compute: {min-cores: 1}}\n"
		  "  time: {duration: P30D}\n  placement: {sites: [north]}\n", .end = "released",
		  .slot = true },
		{ "inside", PROCESS("inside", "; echo inside") "placement: {reservation: ID}\n",
		  .when = { { "slot", "reservations/active" } }, .end = "completed", .effect = true,
		  .result = "stdout", .content = "inside\n" },
		{ "within", "transaction:\n  jobs:\n"
		  "  - {name: within-one, task: {type: process, spec: {command: '" EFFECT("within-one")
		  "'}}, placement: {reservation: ID}}\n",
		  .when = { { "slot", "reservations/active" }, { "inside", "jobs/completed" } },
		  .end = "completed", .effect = true, .jobs = 1 },
		{ "release", "{command: release, reservation: ID}\n",
		  .when = { { "slot", "reservations/active" }, { "within", "jobs/completed" } } },
		{ "choose", PROCESS("choose", "; echo chosen") "accept: ask\n", .end = "completed",
		  .effect = true, .result = "stdout", .content = "chosen\n" },
		{ "accept", "{command: accept, job: ID, offer: OFFER}\n",
		  .when = { { "choose", "jobs/offered" } }, .again = true },
		{ "brief", "offers: {lifetime: 0.001s}\n", .when = { { "choose", "jobs/completed" } },
		  .to = "config.yaml" },
		{ "lapse", PROCESS("lapse", "") "accept: ask\n",
		  .when = { { "choose", "jobs/completed" } }, .end = "expired" },
		{ "many", "name: many\narray: 1-3%2\ntask: {type: process, spec: {command: '"
		  EFFECT("many.${index}") "; echo task ${index}'}}\n",
		  .end = "completed", .effect = true, .tasks = 3, .result = "stdout",
		  .content = "task " },
		{ "next", PROCESS("next", "; echo next") "after: ID\n", .when = { { "many", NULL } },
		  .end = "completed", .effect = true, .result = "stdout", .content = "next\n" },
	}, 11 },
	{ .name = NULL },
};

const char *const life_sites[LIFE_SITES] = { "north", "south" };

const struct life_kind *life_kind_find(const char *name)
{
	const struct life_kind *k = life_kinds;

	while (k->name && strcmp(k->name, name))
		k++;
	return k->name ? k : NULL;
}
