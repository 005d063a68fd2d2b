/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "held_index.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "shim_started.h"

enum { INDEX_MAX = 256 << 20, WORTH_IT = 64 };

static const char index_name[] = "held";

/* "KEY message line cores memory".  False: not as it was written. */
static bool load_line(struct agent *a, const char *line)
{
	char key[ATTEMPT_KEY];
	uint64_t message, memory;
	uint32_t number, place, cores;
	struct attempt *at;
	struct uuid job;

	if (sscanf(line, "%51s %" SCNu64 " %" SCNu32 " %" SCNu32 " %" SCNu64, key, &message, &place,
		   &cores, &memory) != 5 || !attempt_key_parse(key, "", &job, &number))
		return false;
	if (attempts_find(&a->held, &job, number))
		return true;
	at = attempts_add(&a->held, &job, number, ATTEMPT_WAITING);
	if (!at)
		return false;
	at->message = message;
	at->line = place;
	at->cores = cores;
	at->memory = memory;
	at->indexed = at->unseen = true;
	return true;
}

static bool is_of_this_boot(const char *text)
{
	char boot[SHIM_BOOT];
	size_t n;

	if (!shim_boot(boot) || strncmp(text, "boot ", 5))
		return false;
	n = strlen(boot);
	return !strncmp(text + 5, boot, n) && text[5 + n] == '\n';
}

void held_index_load(struct agent *a)
{
	struct buf text = BUF_INIT;
	char *line, *end;

	if (io_read(a->st.root, index_name, INDEX_MAX, &text, NULL) == 0 && text.len &&
	    is_of_this_boot(text.s))
		for (line = strchr(text.s, '\n') + 1; (end = strchr(line, '\n')); line = end + 1) {
			*end = '\0';	/* sscanf(3) measures what it is given */
			if (!load_line(a, line))
				break;
		}
	buf_free(&text);
}

void held_index_prune(struct agent *a)
{
	struct attempt *at, *next;

	for (at = a->held.in[ATTEMPT_WAITING].first; at; at = next) {
		next = at->next;
		if (!at->unseen)
			continue;
		attempts_remove(&a->held, at);
		a->unindexed++;
	}
}

static void write_line(struct buf *b, const struct attempt *at)
{
	buf_addf(b, "%s %" PRIu64 " %" PRIu32 " %" PRIu32 " %" PRIu64 "\n", at->key, at->message,
		 at->line, at->cores, at->memory);
}

void held_index_keep(struct agent *a)
{
	const struct attempt_list *waiting = &a->held.in[ATTEMPT_WAITING];
	uint32_t missing = a->unindexed;
	struct buf b = BUF_INIT;
	char boot[SHIM_BOOT];

	for (const struct attempt *at = waiting->first; at; at = at->next)
		missing += !at->indexed && !at->needs;
	if (missing < WORTH_IT + waiting->count / 8 || !shim_boot(boot))
		return;
	buf_addf(&b, "boot %s\n", boot);
	for (const struct attempt *at = waiting->first; at; at = at->next)
		if (!at->needs)
			write_line(&b, at);
	if (!b.failed)
		(void)!io_publish(a->st.root, index_name, 0600, b.s, b.len, 0, NULL);
	buf_free(&b);
}
