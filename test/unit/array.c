/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "array.h"

#include <stdio.h>
#include <string.h>

#include "tap.h"

static void takes(const char *text, uint32_t tasks, uint32_t most, const char *indices)
{
	struct array a;
	struct diag d = { .text = "" };
	char got[200] = "";
	size_t len = 0;

	if (!is_int(array_parse(text, &a, &d), 0, "\"%s\" is taken", text)) {
		note("%s", d.text);
		return;
	}
	is_int(a.tasks, tasks, "it has %u tasks", tasks);
	is_int(a.most, most, "%u at once", most);
	for (uint32_t i = 0; i < a.tasks && i < 12; i++) {
		len += (size_t)snprintf(got + len, sizeof got - len, "%s%u", i ? " " : "", array_index(&a, i));
		if (array_place(&a, array_index(&a, i)) != i)
			ok(false, "index %u has place %u", array_index(&a, i), i);
	}
	is_str(got, indices, "these");
	ok(array_index(&a, a.tasks) == UINT32_MAX, "and no more");
}

static void refuses(const char *text, const char *why)
{
	struct array a;
	struct diag d = { .text = "" };

	is_int(array_parse(text, &a, &d), -1, "\"%s\" is refused", text);
	like(d.text, why, "and told why");
}

int main(void)
{
	struct array a;
	struct diag d;

	takes("5", 1, 0, "5");
	takes("0-3", 4, 0, "0 1 2 3");
	takes("1-1000%50", 1000, 50, "1 2 3 4 5 6 7 8 9 10 11 12");
	takes("1-10:2,20", 6, 0, "1 3 5 7 9 20");
	takes("1-9:4,10%1", 4, 1, "1 5 9 10");
	takes("0-9999999", 10000000, 0, "0 1 2 3 4 5 6 7 8 9 10 11");
	takes("3-3:7", 1, 0, "3");
	ok(array_parse("1-10:2,20", &a, &d) == 0 && array_place(&a, 2) == UINT32_MAX && array_place(&a, 15) == UINT32_MAX &&
	   array_place(&a, 20) == 5 && array_place(&a, 21) == UINT32_MAX && array_place(&a, 0) == UINT32_MAX,
	   "what lies between is no index");
	refuses("", "an index from 0 to 1000000000 at byte 1");
	refuses("a", "an index from 0");
	refuses("1-", "not lower");
	refuses("5-4", "not lower");
	refuses("1-3,3", "rising order");
	refuses("1-9:5,4", "rising order");
	refuses("1,", "an index from 0 to 1000000000 at byte 3");
	refuses("1%", "how many at once");
	refuses("1%0", "how many at once");
	refuses("1-5:0", "a step of at least 1");
	refuses("1 ", "a comma, a percent sign, or the end at byte 2");
	refuses("0-10000000", "10000000 tasks");
	refuses("99999999999999999999", "an index");
	return done();
}
