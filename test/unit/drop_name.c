/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "drop_name.h"

#include <stddef.h>

#include "tap.h"

int main(void)
{
	static const char *const temporary[] = {
		".x.yaml", "#x.yaml#", "x.yaml~", "x.yaml.swp", "x.tmp", "x.yaml.part", "4913", "5036",
		"sedAb3dEf", "x.yaml.bak", "x.orig", "x.new", ".", "..",
	};
	static const char *const others[] = {
		"x.yaml", "x", "tmp", "~", "sed.yaml", "sedAb3dE", "4913.yaml", "a.yml", "a.tmp.json",
	};
	static const char *const documents[] = { "x.yaml", "x.yml", "x.json", "a.tmp.json" };
	static const char *const none[] = { "x", "x.yam", ".yaml", "x.YAML", "yaml", "" };

	for (size_t i = 0; i < sizeof temporary / sizeof *temporary; i++)
		ok(drop_name_temporary(temporary[i]), "%s is temporary", temporary[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		ok(!drop_name_temporary(others[i]), "%s is not", others[i]);
	for (size_t i = 0; i < sizeof documents / sizeof *documents; i++)
		ok(drop_name_ends_well(documents[i]), "%s is a document's name", documents[i]);
	for (size_t i = 0; i < sizeof none / sizeof *none; i++)
		ok(!drop_name_ends_well(none[i]), "\"%s\" is not", none[i]);
	return done();
}
