/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <string.h>

#include "instant.h"
#include "tap.h"

static void is_default(const struct config *c, const char *when)
{
	is_int(c->archive_after, 7 * DAY_US, "%s: archive.after", when);
	is_int(c->lease, HOUR_US, "%s: lease", when);
	ok(!c->unplaceable_waits, "%s: policy.unplaceable", when);
	is_int(c->bandwidth, 12500000, "%s: policy.bandwidth", when);
	is_int(c->batch, 4096, "%s: policy.batch", when);
	is_int(c->length, HOUR_US, "%s: policy.length", when);
	is_int(c->depth, 10, "%s: policy.depth", when);
	ok(!c->clearances && !c->sites, "%s: no clearances, no sites", when);
}

static void defaults(void)
{
	static const char *const nothing[] = {
		"", "# lease: PT2H\n", "archive:\npolicy:\n#  batch: 1\nclearances:\nsites:\n", "---\n{}\n",
		"archive: {}\npolicy: {}\nclearances: {}\nsites: {}\n",
	};
	struct config c;
	struct diag d;

	is_int(config_read(&c, NULL, 0, &d), 0, "without a file");
	is_default(&c, "without a file");
	config_free(&c);
	for (size_t i = 0; i < sizeof nothing / sizeof *nothing; i++) {
		is_int(config_read(&c, nothing[i], strlen(nothing[i]), &d), 0, "nothing set");
		is_default(&c, "nothing set");
		config_free(&c);
	}
	config_free(NULL);
}

static void everything(void)
{
	static const char text[] =
		"archive: {after: P1D}\n"
		"lease: 10min\n"
		"policy: {unplaceable: wait, bandwidth: 1GB, batch: 7, length: PT2H, depth: 3}\n"
		"clearances: {clinical: [north, south], secret: north}\n"
		"sites:\n"
		"  north: {groups: [eu, fast], tags: big, enabled: true}\n"
		"  south: {enabled: no}\n"
		"  west:\n";
	const struct config_site *s;
	struct config c;
	struct diag d;

	if (!is_int(config_read(&c, text, strlen(text), &d), 0, "everything set"))
		bail("%s", d.text);
	is_int(c.archive_after, DAY_US, "archive.after");
	is_int(c.lease, 10 * MINUTE_US, "lease");
	ok(c.unplaceable_waits, "policy.unplaceable");
	is_int(c.bandwidth, 1000000000, "policy.bandwidth");
	is_int(c.batch, 7, "policy.batch");
	is_int(c.length, 2 * HOUR_US, "policy.length");
	is_int(c.depth, 3, "policy.depth");

	ok(config_cleared(&c, "north", "clinical"), "north is cleared");
	ok(config_cleared(&c, "south", "clinical"), "south is cleared");
	ok(!config_cleared(&c, "west", "clinical"), "west is not");
	ok(config_cleared(&c, "north", "secret"), "north is cleared for more");
	ok(!config_cleared(&c, "south", "secret"), "south is not");
	ok(!config_cleared(&c, "north", "unheard-of"), "nobody is for what is not there");

	is_int(c.sites, 3, "three sites");
	s = config_site(&c, "north");
	ok(s && s->enabled && s->groups.count == 2 && s->tags.count == 1, "north");
	ok(s && node_get(s->more, "groups"), "as it was written");
	s = config_site(&c, "south");
	ok(s && !s->enabled && !s->groups.count, "south is out of use");
	s = config_site(&c, "west");
	ok(s && s->enabled, "west has only its name");
	ok(!config_site(&c, "east"), "there is no east");
	config_free(&c);
}

static void half_read(void)
{
	static const char text[] = "lease: PT2H\nclearances: {a: [b]}\nsites: {north: {enable: no}}\n";
	struct config c;
	struct diag d;

	is_int(config_read(&c, text, strlen(text), &d), -1, "a mistake in the last line");
	is_int(d.line, 3, "is told");
	is_default(&c, "and nothing before it counts");
	config_free(&c);
}

int main(void)
{
	defaults();
	everything();
	half_read();
	return done();
}
