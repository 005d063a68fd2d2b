/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "held_index.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "io.h"
#include "shim_started.h"

enum { INDEX_MAX = 256 << 20, WORTH_IT = 64 };

static const char index_name[] = "held";

/* The next number of a line.  False: there is none. */
static bool number(const char **at, uint64_t most, uint64_t *out)
{
	char *end;

	if (**at != ' ' || (*at)[1] < '0' || (*at)[1] > '9')
		return false;
	*out = strtoull(*at + 1, &end, 10);
	*at = end;
	return *out <= most;
}

/* "KEY message line cores memory length", read by the thousand in every pass.  False:
 * not as it was written. */
static bool load_line(struct agent *a, char *line, const char *end)
{
	char *space = memchr(line, ' ', (size_t)(end - line));
	uint64_t message, memory, place, cores, length;
	const char *at = space;
	uint32_t attempt;
	struct attempt *new;
	struct uuid job;

	if (!space || !number(&at, UINT64_MAX, &message) || !number(&at, UINT32_MAX, &place) ||
	    !number(&at, UINT32_MAX, &cores) || !number(&at, UINT64_MAX, &memory) ||
	    !number(&at, INT64_MAX, &length) || at != end)
		return false;
	*space = '\0';
	if (!attempt_key_parse(line, "", &job, &attempt))
		return false;
	if (attempts_find(&a->held, &job, attempt))
		return true;
	new = attempts_add(&a->held, &job, attempt, ATTEMPT_WAITING);
	if (!new)
		return false;
	new->message = message;
	new->line = (uint32_t)place;
	new->cores = (uint32_t)cores;
	new->memory = memory;
	new->length = (int64_t)length;
	new->indexed = new->unseen = true;
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
		for (line = strchr(text.s, '\n') + 1; (end = strchr(line, '\n')); line = end + 1)
			if (!load_line(a, line, end))
				break;
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
	buf_addf(b, "%s %" PRIu64 " %" PRIu32 " %" PRIu32 " %" PRIu64 " %" PRIi64 "\n", at->key, at->message,
		 at->line, at->cores, at->memory, at->length);
}

/* What it says is all that there is to know. */
static bool is_plain(const struct attempt *at)
{
	return !at->needs && !at->gpus && !at->start;
}

void held_index_keep(struct agent *a)
{
	const struct attempt_list *waiting = &a->held.in[ATTEMPT_WAITING];
	uint32_t missing = a->unindexed;
	struct buf b = BUF_INIT;
	char boot[SHIM_BOOT];

	for (const struct attempt *at = waiting->first; at; at = at->next)
		missing += !at->indexed && is_plain(at);
	if (missing < WORTH_IT + waiting->count / 8 || !shim_boot(boot))
		return;
	buf_addf(&b, "boot %s\n", boot);
	for (const struct attempt *at = waiting->first; at; at = at->next)
		if (is_plain(at))
			write_line(&b, at);
	if (!b.failed)
		(void)!io_publish(a->st.root, index_name, 0600, b.s, b.len, 0, NULL);
	buf_free(&b);
}
