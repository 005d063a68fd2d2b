/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * reservations/ID: the file of a reservation, for its owner and, if it is for
 * their group, for that.  Its time is when it expires; setting that asks the hub
 * for another.  Listed are the active ones; the others can be read by their id.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"
#include "patience.h"
#include "reservation_file.h"
#include "view.h"

enum { FILE_MAX = 16 << 20 };

static bool is_shared(const struct who *who, const struct reservation_state *st)
{
	struct tree t = TREE_INIT;
	struct reservation r;
	bool shared;

	shared = tree_parse(&t, st->body, st->body_len, NULL, NULL) == 0 &&
		 reservation_read(&t, t.root, &r, NULL) == 0 && r.access == ACCESS_GROUP &&
		 who_in(who, st->record.group);
	tree_free(&t);
	return shared;
}

/* Its text, if there is one that can be read and the caller may. */
static int load(struct view *v, const struct who *who, const char *name, struct buf *text,
		struct reservation_state *st)
{
	char file[128];
	struct uuid id;
	int rc = -1;

	if (strlen(name) != UUID_LEN || uuid_parse(name, UUID_LEN, &id, NULL) < 0)
		return ENOENT;
	for (int p = 0; p < RESERVATION_PHASES && rc < 0; p++) {
		buf_reset(text);
		snprintf(file, sizeof file, "reservations/%s/%s.yaml",
			 reservation_phase_name((enum reservation_phase)p), name);
		rc = io_read(v->spool.root, file, FILE_MAX, text, NULL);
	}
	if (rc < 0 || reservation_file_read(text->s, text->len, st, NULL) < 0)
		return ENOENT;
	return who_sees(who, st->record.owner) || is_shared(who, st) ? 0 : ENOENT;
}

static int res_stat(struct view *v, const struct who *who, uint64_t top, const char *path,
		    struct stat *st)
{
	struct buf text = BUF_INIT;
	struct reservation_state s;
	int err = load(v, who, path, &text, &s);

	(void)top;
	if (!err) {
		st->st_mode = S_IFREG | 0444;
		st->st_uid = s.record.owner;
		st->st_mtim = (struct timespec){ s.slots.expires / SECOND_US,
						 s.slots.expires % SECOND_US * 1000 };
	}
	buf_free(&text);
	return err;
}

static int res_text(struct view *v, const struct who *who, uint64_t top, const char *path,
		    struct buf *out)
{
	struct reservation_state s;

	(void)top;
	return load(v, who, path, out, &s);
}

void reservations_at(struct view *v, const struct who *who, const char *site,
		     bool (*call)(void *ctx, const char *id, const struct reservation_state *st),
		     void *ctx)
{
	DIR *p = io_list(v->spool.root, "reservations/active", NULL);
	bool more = true;
	struct dirent *e;

	while (more && p && (e = readdir(p))) {
		struct reservation_state s;
		struct buf text = BUF_INIT;
		char name[UUID_TEXT];
		struct uuid id;

		if (!spool_job_id(e->d_name, &id))
			continue;
		uuid_format(&id, name);
		if (load(v, who, name, &text, &s) == 0 && (!site || !strcmp(s.site, site)))
			more = call(ctx, name, &s);
		buf_free(&text);
	}
	if (p)
		closedir(p);
}

struct listing { room_add *add; void *ctx; };

static bool list_one(void *ctx, const char *id, const struct reservation_state *st)
{
	const struct listing *l = ctx;

	(void)st;
	return l->add(l->ctx, id, S_IFREG);
}

static void res_list(struct view *v, const struct who *who, uint64_t top, const char *path,
		     room_add *add, void *ctx)
{
	(void)top, (void)path;
	reservations_at(v, who, NULL, list_one, &(struct listing){ add, ctx });
}

const struct room reservation_room = { res_stat, res_list, res_text };

/* --- touch -d ------------------------------------------------------------------------- */

int reservation_renew(struct view *v, const struct author *a, const char *id, const struct timespec *when)
{
	char name[96], text[160];
	struct buf expires = BUF_INIT;
	int err;

	if (!v->root && a->uid != geteuid())
		return EACCES;
	if (when->tv_sec < 0)
		return EINVAL;
	instant_format((int64_t)when->tv_sec * SECOND_US + when->tv_nsec / 1000, &expires);
	snprintf(name, sizeof name, "renew-%s-%llx.yaml", id, (unsigned long long)index_clock());
	snprintf(text, sizeof text, "{command: renew, reservation: %s, expires: %s}\n", id, expires.s);
	buf_free(&expires);
	err = submit_publish(&v->spool, v->root, a, name, text, strlen(text), false);
	if (!err && spool_served(&v->spool))
		patience_command(v, name, &err, NULL);
	return err;
}
