/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was visible in a mailbox never changes. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "life_part.h"
#include "tree.h"

struct life_mail {
	char name[PATH_MAX];		/* below disk/, with the box behind it */
	uint64_t hash;
};

/* One without its end line is no message yet: a copy that the power cut tore. */
static bool is_whole(const char *text, size_t n)
{
	const char *end = n && text[n - 1] == '\n' ? memrchr(text, '\n', n - 1) : NULL;

	return end && !strncmp(end + 1, "--- {end: ", 10);
}

void life_saw_message(struct life *l, const char *path, const char *text, size_t n)
{
	const char *box = strstr(text, "box: ");
	uint64_t hash = tree_hash(text, n);
	char key[PATH_MAX];
	int i;

	if (!is_whole(text, n))
		return;
	snprintf(key, sizeof key, "%.4000s %.36s", path, box ? box + 5 : "");
	for (i = 0; i < l->mails && strcmp(l->mail[i].name, key); i++)
		;
	if (i < l->mails) {
		if (l->mail[i].hash != hash)
			life_trouble(l, "the message %s has changed after it was visible", key);
		return;
	}
	if (l->mails == l->mail_room) {
		l->mail_room = l->mail_room * 2 + 64;
		l->mail = realloc(l->mail, (size_t)l->mail_room * sizeof *l->mail);
		if (!l->mail)
			life_die("realloc");
	}
	snprintf(l->mail[i].name, sizeof l->mail[i].name, "%s", key);
	l->mail[i].hash = hash;
	l->mails++;
}

static void note_message(struct life *l, const char *dir, const char *name)
{
	char path[PATH_MAX];
	struct buf text;

	snprintf(path, sizeof path, "disk/%s/%s", dir, name);
	text = life_read(l, path);
	if (text.len)
		life_saw_message(l, path + strlen("disk/"), text.s, text.len);
	buf_free(&text);
}

void life_note_mail(struct life *l)
{
	static const char *const ways[] = { "down", "up" };
	char dir[128];

	for (int s = 0; s < 2 * LIFE_SITES; s++) {
		DIR *p;
		struct dirent *e;

		snprintf(dir, sizeof dir, "spool/sites/%s/%s", life_sites[s / 2], ways[s % 2]);
		p = opendir(life_path(l, "disk/%s", dir));
		while (p && (e = readdir(p)))
			if (e->d_name[0] >= '0' && e->d_name[0] <= '9')
				note_message(l, dir, e->d_name);
		if (p)
			closedir(p);
	}
}

