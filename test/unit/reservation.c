/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is refused lies in test/documents/; here is what good documents mean. */
#include "reservation.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static struct tree tree = TREE_INIT;

static bool read_it(const char *text, struct reservation *r)
{
	struct diag d = DIAG_INIT;

	if (tree_parse(&tree, text, strlen(text), NULL, &d) == 0 &&
	    reservation_read(&tree, tree.root, r, &d) == 0)
		return true;
	note("%d:%d: %s", d.line, d.col, d.text);
	return false;
}

static void test_document(void)
{
	struct reservation r;
	struct demand want;
	bool good = read_it("reservation:\n"
			    "  name: workshop\n"
			    "  resources: {compute: {min-cores: 4, min-memory: 1GiB, replicas: 2}}\n"
			    "  placement: {groups: eu, sites: [north]}\n"
			    "  time:\n"
			    "  - {start: 1970-01-02/P1D, duration: PT1H}\n"
			    "  - {duration: PT2H}\n"
			    "  repeat: {every: P1D, times: 3}\n"
			    "  expires: 1970-01-10\n"
			    "  access: group\n", &r);

	ok(good, "a document with everything");
	if (!good)
		return;
	is_str(r.name, "workshop", "its name");
	request_demand(&r.want, &want);
	is_int(want.cores, 8, "cores are summed");
	is_int((long long)want.memory, 2LL << 30, "memory, too");
	is_str(r.want.groups.item[0], "eu", "its placement");
	is_int(r.windows, 2, "two windows");
	is_int(r.window[0].start.from, DAY_US, "the first begins");
	is_int(r.window[0].start.to, 2 * DAY_US, "until");
	ok(!r.window[1].has_start, "the second has no start");
	is_int(r.window[1].duration, 2 * HOUR_US, "but a duration");
	is_int(r.times, 3, "three times");
	is_int(r.access, ACCESS_GROUP, "for the group");
	ok(read_it("reservation: {resources: {}, time: {duration: PT1H}}", &r), "the least");
	is_int(r.access, ACCESS_OWNER, "is for its owner");
	request_demand(&r.want, &want);
	is_int(want.cores, 1, "and has one core");
}

/* Occurrences as FROM-TO, in hours. */
static const char *list(const struct slots *s)
{
	static char out[500];
	size_t used = 0;

	out[0] = '\0';
	for (int64_t i = 0; i < slots_count(s) && used < sizeof out - 30; i++) {
		int64_t from, to;

		slots_nth(s, i, &from, &to);
		used += (size_t)snprintf(out + used, sizeof out - used, "%s%lld-%lld", i ? " " : "",
					 (long long)(from / HOUR_US), (long long)(to / HOUR_US));
	}
	return out;
}

static void test_slots(void)
{
	struct reservation r = { .windows = 1 };
	struct reservation_window w = { .duration = 3 * HOUR_US };
	struct slots s = reservation_slots(&r, &w, 10 * HOUR_US);

	is_str(list(&s), "10-13", "once");
	s.expires = 15 * HOUR_US;
	is_str(list(&s), "10-15", "one that expires later is held longer");
	s.expires = 11 * HOUR_US;
	is_str(list(&s), "10-11", "earlier, shorter");
	s.expires = 10 * HOUR_US;
	is_int(slots_count(&s), 0, "before it begins, never");
	r.every = 24 * HOUR_US;
	r.times = 3;
	s = reservation_slots(&r, &w, 10 * HOUR_US);
	is_str(list(&s), "10-13 34-37 58-61", "three times");
	s.expires = 60 * HOUR_US;
	is_str(list(&s), "10-13 34-37 58-60", "what has begun ends at the expiry");
	s.expires = 58 * HOUR_US;
	is_str(list(&s), "10-13 34-37", "what would begin then does not");
	s.expires = 83 * HOUR_US;
	is_str(list(&s), "10-13 34-37 58-61 82-83", "one that expires later goes on");
	r.times = 0;
	r.until = 34 * HOUR_US;
	s = reservation_slots(&r, &w, 10 * HOUR_US);
	is_str(list(&s), "10-13", "none begins when `until` is reached");
	r.until++;
	s = reservation_slots(&r, &w, 10 * HOUR_US);
	is_str(list(&s), "10-13 34-37", "but just before");
	r.until = 5;
	s = reservation_slots(&r, &w, 10 * HOUR_US);
	is_str(list(&s), "10-13", "the first is there in any case");
	r.expires = 12 * HOUR_US;
	s = reservation_slots(&r, &w, 10 * HOUR_US);
	is_str(list(&s), "10-12", "the document's own expiry cuts");
}

/* slots_after() against counting. */
static void test_after(void)
{
	unsigned wrong = 0, tried = 0;

	for (int64_t every = 0; every < 7; every++)
		for (int64_t duration = 1; duration <= (every ? every : 5); duration++)
			for (int64_t expires = 4; expires < 25; expires++) {
				struct slots s = { 5, duration, every, expires };
				int64_t n, from, to;

				for (int64_t t = 0; t < 30; t++, tried++) {
					for (n = 0; n < slots_count(&s); n++) {
						slots_nth(&s, n, &from, &to);
						if (to > t)
							break;
					}
					wrong += slots_after(&s, t) != n;
				}
			}
	is_int(wrong, 0, "the first occurrence after an instant, %u times", tried);
}

int main(void)
{
	test_document();
	test_slots();
	test_after();
	tree_free(&tree);
	return done();
}
