/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "data_at.h"

#include <string.h>

#include "holdings.h"

const struct catalogue_entry *catalogue_find(const struct catalogue *c, const char *name)
{
	uint32_t lo = 0, hi = c->entries;

	while (lo < hi) {
		uint32_t mid = lo + (hi - lo) / 2;
		int cmp = strcmp(name, c->entry[mid].name);

		if (!cmp)
			return &c->entry[mid];
		if (cmp < 0)
			hi = mid;
		else
			lo = mid + 1;
	}
	return NULL;
}

const struct site_dataset *dataset_held(const struct site_doc *site, const char *name,
					const struct catalogue_entry *hub, const struct digest *pin)
{
	const struct digest *wanted = pin ? pin : hub ? &hub->digest : NULL;
	const struct site_dataset *found = NULL;

	if (!pin && hub && !hub->measured)
		return NULL;
	if (site->held)
		return holdings_find(site->held, name, wanted);
	for (uint32_t i = 0; i < site->datasets; i++) {
		const struct site_dataset *d = &site->dataset[i];

		if (!strcmp(d->name, name) && (!wanted || digest_eq(&d->digest, wanted)) &&
		    (!found || memcmp(&d->digest, &found->digest, sizeof d->digest) < 0))
			found = d;
	}
	return found;
}

bool dataset_known(const struct catalogue_entry *hub, const struct digest *pin)
{
	return hub && hub->measured && (!pin || digest_eq(&hub->digest, pin));
}

const char *replica_url(const struct dataset_replica *r, const struct config *config,
			struct buf *text)
{
	const struct config_store *store = r->store ? config_store(config, r->store) : NULL;

	buf_reset(text);
	if (r->site)
		buf_addf(text, "site://%s/", r->site);
	else if (r->url)
		buf_adds(text, r->url);
	else if (store)
		buf_addf(text, "%s%s", store->url, r->path);
	return text->len && !text->failed ? text->s : NULL;
}

bool software_resolved(const struct site_doc *site, const char *software)
{
	size_t n = strlen(software);

	for (uint32_t i = 0; i < site->resolved.count; i++) {
		const char *has = site->resolved.item[i];

		if (!strncmp(has, software, n) && (!has[n] || !strcmp(has + n, ":latest")))
			return true;
	}
	return false;
}
