/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "view.h"

/* As the kernel would judge mode 0440 with the spool's group. */
void who_init(struct who *w, const struct view *v, fuse_req_t req)
{
	const struct fuse_ctx *ctx = fuse_req_ctx(req);
	int n;

	*w = (struct who){ .uid = ctx->uid, .all = ctx->uid == 0 || ctx->gid == v->gid };
	if (w->all)
		return;
	/* Its own is among them, or not; beyond so many nobody is believed. */
	w->group[0] = ctx->gid;
	n = fuse_req_getgroups(req, WHO_GROUPS - 1, w->group + 1);
	w->groups = 1 + (n < 0 ? 0 : n < WHO_GROUPS - 1 ? n : WHO_GROUPS - 1);
	w->all = who_in(w, v->gid);
}

bool who_in(const struct who *w, gid_t gid)
{
	for (int i = 0; i < w->groups; i++)
		if (w->group[i] == gid)
			return true;
	return false;
}

bool who_sees_value(const struct view *v, const struct who *w, enum by by, uint32_t number)
{
	const struct index *ix = &v->index;
	uint32_t i = ix->by[by].v[number].head;

	if (by != BY_NAME || w->all)
		return true;
	while (i && !who_sees(w, ix->job[i].owner))
		i = ix->job[i].list[by].next;
	return i;
}
