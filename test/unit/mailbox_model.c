/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A pair of mailboxes, explored exhaustively.
 *
 * Two ends, each with its own directory, run the code of mailbox.c on real
 * files.  Between them a network copies any message that was ever visible, at
 * any time, again, out of order, or only a part of it, and takes copies away.
 * Either end may be killed between any two steps (the kernel keeps what was
 * written) or lose power (what was not flushed is there, is not, or in part).
 * Breadth first over all states this can reach.
 *
 * An end has items to tell, each of which is first made true on its own disk
 * (the hub: a job is assigned), then told, then acted on by the other end (the
 * agent has it), which answers that it is safe there.  The steps of an end are
 * those of spoold and of the agent: make, take, hide, flush, show.
 *
 * What has to hold in every state stands in check_state(), what has to be
 * possible from every state in check_ends_well().
 */
#include "mailbox.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "digest.h"
#include "io.h"
#include "tap.h"

enum { MOST = 7, ITEMS = 2, TORN = 0x8000 };	/* messages of one end; items; flag of a text */

enum stage { IDLE, HIDDEN, FLUSHED };

/* What lies on a disk: once as the processes see it, once as it is flushed. */
struct disk {
	uint16_t shown[MOST + 1];	/* text of message k, 0: not there */
	uint16_t hidden;		/* text, or'ed with TORN; 0: none */
	uint8_t number;			/* of the hidden one */
	uint8_t made, acted;		/* sets of items: ours that are true, the other's that are acted on */
	uint8_t told_in[ITEMS];		/* the message that is to tell our item */
	uint8_t padding;		/* states are compared as bytes */
};

struct end {
	struct disk seen, safe;
	uint16_t copy[MOST + 1];	/* of the other's messages, as the network brought them here */
	uint16_t was[MOST + 1];		/* every message that was ever visible */
	uint8_t up, stage, again;	/* again: m.hidden is set from a flush that failed */
	uint8_t kept;			/* m.safe */
	uint8_t cursor, say, settle, reply;	/* in memory: items to tell, to confirm, whether to answer */
};

struct world { struct end end[2]; uint8_t kills, cuts, fails, padding; };

/*
 * How an end knows which hidden messages may have been seen.  The hub writes
 * them only when all that they tell of is safe, so that it may show what it
 * finds.  The agent makes a shown message safe before it leaves the machine, so
 * that what is hidden was never seen.
 */
enum { BY_ORDER, BY_SYNC };

struct limits { const char *name; uint8_t items[2], kills, cuts, fails; };
static const uint8_t keeps[2] = { BY_ORDER, BY_SYNC };

/* --- texts of messages, each with a number -------------------------------------- */

struct text { char *s; size_t len; struct mail_header head; uint8_t items, settles; };
static struct text texts[4000];
static int n_texts = 1;

static uint8_t set_of(const char *s, size_t len, const char *key)
{
	struct line_reader r;
	struct line l;
	uint8_t set = 0;

	line_open(&r, s, len);
	while (line_next(&r, &l, NULL) > 0)
		for (int i = 0; i < ITEMS; i++)
			if (line_key_equals(&l, key, i ? "item-1" : "item-0"))
				set |= (uint8_t)(1 << i);
	line_close(&r);
	return set;
}

static uint16_t intern(const struct buf *b, const struct mail_header *h)
{
	for (int i = 1; i < n_texts; i++)
		if (texts[i].len == b->len && !memcmp(texts[i].s, b->s, b->len))
			return (uint16_t)i;
	if (n_texts == sizeof texts / sizeof *texts)
		bail("too many texts");
	texts[n_texts] = (struct text){ .s = malloc(b->len + 1), .len = b->len, .head = *h,
					.items = set_of(b->s, b->len, "tell"),
					.settles = set_of(b->s, b->len, "settle") };
	memcpy(texts[n_texts].s, b->s, b->len + 1);
	return (uint16_t)n_texts++;
}

/* A part of a message that still parses as far as it goes: up to its first line. */
static size_t length_of(uint16_t text)
{
	const struct text *t = &texts[text & ~TORN];

	return text & TORN ? (size_t)(strchr(t->s, '\n') + 1 - t->s) : t->len;
}

/* --- the directories ---------------------------------------------------------------- */

static char tmp[] = "/dev/shm/unit-mailbox.XXXXXX";
static int out_dir[2], in_dir[2];
static struct disk on_disk[2];		/* what the out directories hold now */
static uint16_t copies[2][MOST + 1];
static struct uuid box[2];

static void hidden_name(int number, char name[40])
{
	char shown[MAILBOX_NAME];

	mailbox_name((uint64_t)number, shown);
	snprintf(name, 40, ".%s.tmp", shown);
}

static void put(int dir, const char *name, uint16_t text)
{
	struct diag d;

	unlinkat(dir, name, 0);
	if (text && io_create(dir, name, 0644, texts[text & ~TORN].s, length_of(text), &d) < 0)
		bail("%s", d.text);
}

/* Make the directories of an end hold what the state says. */
static void lay_out(const struct end *e, int i)
{
	struct disk *now = &on_disk[i];
	char name[40];

	if (now->hidden != e->seen.hidden || now->number != e->seen.number) {
		hidden_name(now->number, name);
		put(out_dir[i], name, 0);
		hidden_name(e->seen.number, name);
		put(out_dir[i], name, e->seen.hidden);
		now->hidden = e->seen.hidden;
		now->number = e->seen.number;
	}
	for (int k = 1; k <= MOST; k++) {
		mailbox_name((uint64_t)k, name);
		if (now->shown[k] != e->seen.shown[k])
			put(out_dir[i], name, now->shown[k] = e->seen.shown[k]);
		if (copies[i][k] != e->copy[k])
			put(in_dir[i], name, copies[i][k] = e->copy[k]);
	}
}

/* What the code has made of them. */
static void look(struct end *e, int i)
{
	static struct buf b = BUF_INIT;
	struct mail_header h;
	char name[40];

	for (int k = 1; k <= MOST; k++) {
		int got = mailbox_read(out_dir[i], (uint64_t)k, &b, &h, NULL);

		if (got < 0)
			bail("message %d became unreadable", k);
		e->seen.shown[k] = got ? intern(&b, &h) : 0;
	}
	hidden_name(e->seen.number, name);
	if (faccessat(out_dir[i], name, F_OK, 0) < 0)
		e->seen.hidden = 0, e->seen.number = 0;
	on_disk[i] = e->seen;
}

static int last_of(const uint16_t shown[MOST + 1])
{
	int k = MOST;

	while (k && !shown[k])
		k--;
	return k;
}

/* The mailbox as the process has it in memory. */
static struct mailbox memory_of(const struct end *e, int i)
{
	int last = last_of(e->seen.shown), first = 1;
	struct mailbox m = { .dir = out_dir[i], .last = (uint64_t)last, .safe = e->kept,
			     .box = box[i] };

	while (first < last && !e->seen.shown[first])
		first++;
	m.first = last ? (uint64_t)first : 0;
	if (last)
		m.newest = texts[e->seen.shown[last]].head;
	if (e->stage != IDLE || e->again) {
		m.hidden = m.last + 1;
		m.next = texts[e->seen.hidden & ~TORN].head;
	}
	return m;
}

/* --- what must never be -------------------------------------------------------------- */

static const char *broken;

static void must(bool good, const char *what)
{
	if (!good && !broken)
		broken = what;
}

static void remember_shown(struct world *w)
{
	for (int i = 0; i < 2; i++)
		for (int k = 1; k <= MOST; k++) {
			struct end *e = &w->end[i];

			if (!e->seen.shown[k])
				continue;
			must(!e->was[k] || e->was[k] == e->seen.shown[k], "a number was used for two messages");
			must(k == 1 || e->was[k - 1], "numbers have a gap");
			e->was[k] = e->seen.shown[k];
		}
}

static void check_state(const struct world *w)
{
	for (int i = 0; i < 2; i++) {
		const struct end *e = &w->end[i], *o = &w->end[!i];
		int last = last_of(e->seen.shown), other_has = last_of(o->was);

		other_has = other_has ? (int)texts[o->was[other_has]].head.ack : 0;
		for (int k = 1; k <= last; k++) {
			const struct text *t = &texts[e->seen.shown[k]];

			if (!e->seen.shown[k]) {
				must(k <= other_has, "a message that was not acknowledged is gone");
				continue;
			}
			must(!(t->items & ~e->safe.made), "an item was told that a power cut can undo");
			must(!(t->settles & ~e->safe.acted), "an item was confirmed that a power cut can undo");
			for (int a = 1; a <= (int)t->head.ack; a++)
				must(!(texts[o->was[a]].items & ~e->safe.acted),
				     "a message was acknowledged, and what it asked for can be undone");
		}
		must(!(e->seen.acted & ~o->seen.made), "something was acted on that is not true");
	}
}

/* --- what an end does -------------------------------------------------------------------- */

struct vouching { const struct end *e; int number, keeps; };

/* After a flush that failed more may have been made than the message tells. */
static bool vouch(const char *text, size_t len, void *ctx)
{
	const struct vouching *v = ctx;
	uint8_t items = set_of(text, len, "tell");

	if (v->keeps == BY_SYNC)
		return false;
	for (int i = 0; i < ITEMS; i++)
		if (v->e->seen.made >> i & 1 && v->e->seen.told_in[i] == v->number && !(items >> i & 1))
			return false;
	return true;
}

static void start(struct end *e, int i)
{
	struct vouching v = { e, e->seen.number, keeps[i] };
	struct mailbox m;
	struct diag d = DIAG_INIT;

	/* What a killed process left may be seen but not safe: first a flush. */
	e->safe = e->seen;
	lay_out(e, i);
	if (mailbox_open(&m, out_dir[i], vouch, &v, &d) < 0)
		bail("%s", d.text);
	look(e, i);
	must(m.last == (uint64_t)last_of(e->seen.shown), "what was opened does not know its last message");
	e->up = 1;
	e->kept = (uint8_t)m.safe;
	e->stage = IDLE;
	e->again = e->say = e->settle = e->reply = 0;
	e->cursor = (uint8_t)m.newest.ack;
	for (int k = 0; k < ITEMS; k++)
		if (e->seen.made >> k & 1 && e->seen.told_in[k] > m.last)
			e->say |= (uint8_t)(1 << k);
}

static bool make(struct end *e, int items)
{
	for (int k = 0; k < items; k++)
		if (!(e->seen.made >> k & 1)) {
			e->seen.made |= (uint8_t)(1 << k);
			e->seen.told_in[k] = (uint8_t)(last_of(e->seen.shown) + 1);
			e->say |= (uint8_t)(1 << k);
			return true;
		}
	return false;
}

static bool take(struct end *e, int i)
{
	struct buf b = BUF_INIT;
	struct mailbox m;
	struct mail_header h;
	bool got;

	if (e->cursor == MOST || !e->copy[e->cursor + 1])
		return false;
	lay_out(e, i);
	got = mailbox_read(in_dir[i], e->cursor + 1u, &b, &h, NULL) == 1;
	must(got == !(e->copy[e->cursor + 1] & TORN), "a part of a message was read, or a whole one not");
	if (got) {
		uint8_t items = set_of(b.s, b.len, "tell");

		e->seen.acted |= items;
		e->settle |= items;
		e->reply |= items || set_of(b.s, b.len, "settle") == 0;
		e->cursor++;
		m = memory_of(e, i);
		mailbox_trim(&m, h.ack, NULL);
		look(e, i);
	}
	buf_free(&b);
	return got;
}

static void say_all(struct buf *b, uint8_t set, const char *key)
{
	for (int k = 0; k < ITEMS; k++)
		if (set >> k & 1) {
			line_begin(b);
			line_text(b, key, k ? "item-1" : "item-0");
			line_end(b);
		}
}

static bool hide(struct end *e, int i)
{
	struct mailbox m = memory_of(e, i);
	struct mail_header h = { .from = "a", .to = "b", .ack = e->cursor, .ack_box = box[!i] };
	struct buf b = BUF_INIT;

	if (!(e->say || e->settle || e->reply) || m.last == MOST)
		return false;
	if (keeps[i] == BY_ORDER)
		e->safe = e->seen;
	lay_out(e, i);
	mailbox_begin(&m, &b, &h);
	say_all(&b, e->say, "tell");
	say_all(&b, e->settle, "settle");
	if (mailbox_hide(&m, &b, 0, NULL) < 0)
		bail("hiding");
	e->seen.number = (uint8_t)m.hidden;
	e->seen.hidden = intern(&b, &m.next);
	on_disk[i].number = e->seen.number;
	on_disk[i].hidden = e->seen.hidden;
	e->stage = HIDDEN;
	buf_free(&b);
	return true;
}

static void show(struct end *e, int i)
{
	struct mailbox m = memory_of(e, i);

	lay_out(e, i);
	if (mailbox_show(&m, NULL) < 0)
		bail("showing");
	look(e, i);
	e->kept = (uint8_t)m.safe;
	if (keeps[i] == BY_SYNC)
		memcpy(e->safe.shown, e->seen.shown, sizeof e->safe.shown), e->safe.hidden = 0;
	e->stage = IDLE;
	e->again = e->say = e->settle = e->reply = 0;
}

/* --- what befalls an end ------------------------------------------------------------------ */

static void stop(struct end *e)
{
	e->up = e->stage = e->again = e->kept = e->cursor = e->say = e->settle = e->reply = 0;
}

/* One of the ways in which a disk may look after a power cut; false: no such way. */
static bool cut(struct end *e, int way)
{
	struct disk s = e->seen, f = e->safe;
	int last = last_of(s.shown), flushed = last_of(f.shown);

	if (way & 1)
		s.made = f.made, memcpy(s.told_in, f.told_in, sizeof s.told_in);
	if (way & 2)
		s.acted = f.acted;
	if (way & 4)	/* what was trimmed is back */
		for (int k = 1; k <= flushed; k++)
			s.shown[k] = f.shown[k];
	switch (way >> 3) {
	case 0:
		break;
	case 1:		/* hidden again, or as it was before */
		if (last > flushed) {
			s.hidden = s.shown[last];
			s.number = (uint8_t)last;
			s.shown[last] = 0;
		} else {
			s.hidden = f.hidden;
			s.number = f.number;
		}
		break;
	case 2:		/* the part of it that was written back; what is flushed cannot be torn */
		if (last > flushed || !s.hidden || (s.hidden == f.hidden && s.number == f.number))
			return false;
		s.hidden |= TORN;
		break;
	default:
		return false;
	}
	e->seen = e->safe = s;
	stop(e);
	return true;
}

/* --- the search ------------------------------------------------------------------------------ */

struct search {
	const struct limits *lim;
	struct world *state;
	uint32_t *from;
	size_t count, cap, done, steps;
	uint32_t *slot;
	size_t slots;
};

static uint64_t hash_of(const struct world *w) { return hash64(w, sizeof *w, 1); }

/* Copies that nobody will ever look at again make no difference. */
static void normalise(struct world *w)
{
	for (int i = 0; i < 2; i++) {
		struct end *e = &w->end[i];
		int last = last_of(e->safe.shown), now = last_of(e->seen.shown);
		int least = last ? (int)texts[e->safe.shown[last]].head.ack : 0;

		if (now && (int)texts[e->seen.shown[now]].head.ack < least)
			least = (int)texts[e->seen.shown[now]].head.ack;
		for (int k = 1; k <= least; k++)
			e->copy[k] = 0;
		if (!e->seen.hidden)
			e->seen.number = 0;
		if (!e->safe.hidden)
			e->safe.number = 0;
	}
}

static void add(struct search *s, struct world *w)
{
	size_t at;

	remember_shown(w);
	check_state(w);
	normalise(w);
	s->steps++;
	for (at = hash_of(w) % s->slots; s->slot[at]; at = (at + 1) % s->slots)
		if (!memcmp(&s->state[s->slot[at] - 1], w, sizeof *w))
			return;
	if (s->count == s->cap)
		bail("more than %zu states", s->cap);
	s->state[s->count] = *w;
	s->from[s->count] = (uint32_t)s->done;
	s->slot[at] = (uint32_t)++s->count;
}

static void steps_of_an_end(struct search *s, const struct world *w, int i)
{
	struct world n = *w;
	struct end *e = &n.end[i];

	if (!e->up) {
		start(e, i);
		add(s, &n);
		return;
	}
	if (e->stage == IDLE) {
		if (make(e, s->lim->items[i]))
			add(s, &n);
		n = *w;
		if (take(e, i))
			add(s, &n);
		n = *w;
		if (hide(e, i))
			add(s, &n);
		n = *w;
		e->safe = e->seen;
		add(s, &n);
	} else if (e->stage == HIDDEN) {
		e->safe = e->seen;
		e->stage = FLUSHED;
		add(s, &n);
		n = *w;
		if (n.fails) {	/* the flush fails: nothing is known of what is safe now */
			n.fails--;
			e->stage = IDLE;
			e->again = 1;
			add(s, &n);
		}
	} else {
		show(e, i);
		add(s, &n);
	}
}

static void misfortunes(struct search *s, const struct world *w, int i)
{
	struct world n = *w;
	struct end *e = &n.end[i];

	if (w->end[i].up && w->kills) {
		n.kills--;
		stop(e);
		add(s, &n);
		if (w->end[i].stage == HIDDEN) {	/* in the middle of writing it */
			e->seen.hidden |= TORN;
			add(s, &n);
		}
	}
	for (int way = 0; w->cuts && way < 24; way++) {
		n = *w;
		n.cuts--;
		if (cut(e, way))
			add(s, &n);
	}
}

static void network(struct search *s, const struct world *w, int i)
{
	for (int k = 1; k <= MOST; k++) {
		struct world n = *w;
		struct end *e = &n.end[i];
		uint16_t text = w->end[!i].was[k];

		if (!text)
			break;
		if (e->copy[k] != text) {
			e->copy[k] = text;
			add(s, &n);
		}
		if (e->copy[k] != (text | TORN) && k > w->end[i].cursor) {
			e->copy[k] = text | TORN;
			add(s, &n);
		}
		if (w->end[i].copy[k] && !w->end[!i].seen.shown[k]) {
			e->copy[k] = 0;
			add(s, &n);
		}
	}
}

/* Left in peace, all is told, confirmed and cleared away. */
static void check_ends_well(const struct search *s, const struct world *from)
{
	struct world w = *from;
	int rounds = 0, worked;

	do {
		worked = 0;
		for (int i = 0; i < 2; i++) {
			struct end *e = &w.end[i];

			if (!e->up) {
				start(e, i);
				worked++;
			}
			memcpy(e->copy, w.end[!i].seen.shown, sizeof e->copy);
			while (e->stage == IDLE && make(e, s->lim->items[i]))
				worked++;
			while (e->stage == IDLE && take(e, i))
				worked++;
			if (e->stage == IDLE)
				hide(e, i);
			if (e->stage != IDLE) {
				e->safe = e->seen;
				show(e, i);
				worked++;
			}
			remember_shown(&w);
		}
	} while (worked && ++rounds < 20 && !broken);
	for (int i = 0; i < 2; i++) {
		int files = 0, last = last_of(w.end[i].seen.shown);

		for (int k = 1; k <= MOST; k++)
			files += w.end[i].seen.shown[k] != 0;
		/* The search allows MOST messages; who has used them up is mute. */
		if (last == MOST || last_of(w.end[!i].seen.shown) == MOST)
			return;
		must(rounds < 20, "it does not come to rest");
		must(w.end[i].seen.made == w.end[!i].seen.acted, "an item was lost");
		must(files <= 3, "a directory is not cleared away");
	}
}

static void print_end(const struct end *e)
{
	note("  %s stage %d cursor %d say %x settle %x | made %x/%x acted %x/%x, hidden %d%s, last %d",
	     e->up ? "up" : "down", e->stage, e->cursor, e->say, e->settle, e->seen.made, e->safe.made,
	     e->seen.acted, e->safe.acted, e->seen.hidden ? e->seen.number : 0,
	     e->seen.hidden & TORN ? " torn" : "", last_of(e->seen.shown));
}

static void print_path(const struct search *s, size_t at)
{
	if (at && s->from[at] != at)
		print_path(s, s->from[at]);
	note("state %zu, kills left %d, cuts %d:", at, s->state[at].kills, s->state[at].cuts);
	print_end(&s->state[at].end[0]);
	print_end(&s->state[at].end[1]);
}

static double seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void search(const struct limits *lim, size_t cap)
{
	struct search s = { .lim = lim, .cap = cap, .slots = cap * 2 + 1 };
	struct world w;
	double began = seconds();
	size_t every;

	memset(&w, 0, sizeof w);
	w.kills = lim->kills;
	w.cuts = lim->cuts;
	w.fails = lim->fails;
	s.state = calloc(cap, sizeof *s.state);
	s.from = calloc(cap, sizeof *s.from);
	s.slot = calloc(s.slots, sizeof *s.slot);
	broken = NULL;
	add(&s, &w);
	for (; s.done < s.count && !broken; s.done++) {
		w = s.state[s.done];
		for (int i = 0; i < 2 && !broken; i++) {
			steps_of_an_end(&s, &w, i);
			misfortunes(&s, &w, i);
			network(&s, &w, i);
		}
	}
	if (broken)
		s.done--;
	every = s.count / 3000 + 1;
	for (size_t i = 0; i < s.count && !broken; i += every) {
		check_ends_well(&s, &s.state[i]);
		if (broken)
			s.done = i;
	}
	if (!ok(!broken, "%s: in each of %zu states", lim->name, s.count)) {
		note("%s, after", broken);
		print_path(&s, s.done);
	}
	note("%zu steps, %.1f s, %d different messages", s.steps, seconds() - began, n_texts - 1);
	free(s.state);
	free(s.from);
	free(s.slot);
}

int main(void)
{
	static const struct limits limits[] = {
		{ "no crash", { 2, 1 }, 0, 0, 0 },
		{ "a kill", { 2, 1 }, 1, 0, 0 },
		{ "a kill and a power cut", { 1, 1 }, 1, 1, 0 },
		{ "two power cuts", { 1, 1 }, 0, 2, 0 },
		{ "a flush that fails, then a kill and a power cut", { 2, 0 }, 1, 1, 1 },
	};

	if (!mkdtemp(tmp))
		bail("no directory in /dev/shm");
	for (int i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof path, "%s/out-%d", tmp, i);
		mkdir(path, 0755);
		out_dir[i] = open(path, O_RDONLY | O_DIRECTORY);
		snprintf(path, sizeof path, "%s/in-%d", tmp, i);
		mkdir(path, 0755);
		in_dir[i] = open(path, O_RDONLY | O_DIRECTORY);
		uuid_parse(i ? "01939a3c-0000-7000-8000-00000000000b" : "01939a3c-0000-7000-8000-00000000000a",
			   UUID_LEN, &box[i], NULL);
	}
	for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
		search(&limits[i], 200000);
	for (int i = 1; i < n_texts; i++)
		free(texts[i].s);
	io_remove_tree(AT_FDCWD, tmp, NULL);
	return done();
}
