/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "payload.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"
#include "hub.h"
#include "message.h"
#include "results.h"
#include "turn.h"

enum { HERE_BYTES = 1 << 20 };

/* What a child says at its end, through a pipe that holds that much. */
struct word {
	int got;			/* as payload_check */
	struct diag why;
};

struct payload {
	pid_t child;			/* 0: none */
	int pipe;			/* where its word comes from */
	uint64_t number;		/* the message that it reads, or read last */
	struct uuid box;
	int64_t began, again;		/* instant_ticks(); it is not read again before */
	uint64_t waits;			/* its place in the queue for a child; 0: it does not wait */
	bool spoken;			/* word is about that message, and was not heeded yet */
	struct word word;
};

/* --- the lines ------------------------------------------------------------------ */

struct look {
	uint64_t most;			/* more payload than this is only looked for */
	uint64_t bytes;			/* of it until now */
};

static int look_at_report(struct hub *h, uint16_t site, const struct line *l, struct look *k,
			  struct diag *d)
{
	struct message_report r;
	struct tree t = TREE_INIT;
	int got = message_read_report(&t, l, &r, d);

	if (got == 0) {
		uint64_t bytes = results_bytes(&r);

		k->bytes = bytes < UINT64_MAX - k->bytes ? k->bytes + bytes : UINT64_MAX;
		got = k->bytes <= k->most ? results_fetch(h, site, &r, d) : results_arrived(h, site, &r);
	}
	tree_free(&t);
	return got;
}

/* As payload_check; what is more than k->most has arrived, and no more is known. */
static int look(struct hub *h, uint16_t site, const struct buf *text, struct look *k, struct diag *d)
{
	struct line_reader reader;
	struct line l;
	int got = mailbox_lines(&reader, text, d) < 0 ? -1 : 1, next;

	while (got == 1 && (next = line_next(&reader, &l, d)) != 0) {
		int kind = next < 0 ? -1 : message_kind(&l, d);

		if (kind == SAY_REPORT)
			got = look_at_report(h, site, &l, k, d);
		else if (kind != SAY_SITE)
			got = kind < 0 ? -1 : diag_at(d, l.number, 0, "a site does not say this");
	}
	line_close(&reader);
	return got;
}

/* --- the child -------------------------------------------------------------------- */

static int lock_site(const struct site *s)
{
	int fd = openat(s->out.dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	do
		rc = fd < 0 ? -1 : flock(fd, LOCK_EX);
	while (rc < 0 && errno == EINTR);
	return rc;	/* fd stays open until the end */
}

static void work(struct hub *h, uint16_t site, const struct buf *text, int to)
{
	struct word w = { .why = DIAG_INIT };
	struct look all = { .most = UINT64_MAX };

	w.got = lock_site(h->sites.site[site]) < 0 ? diag_errno(&w.why, "cannot lock the site's down/")
						     : look(h, site, text, &all, &w.why);
	_exit(write(to, &w, sizeof w) != sizeof w);
}

static int start(struct hub *h, uint16_t site, struct payload *p, const struct buf *text,
		 struct diag *d)
{
	int fd[2];

	if (pipe2(fd, O_CLOEXEC | O_NONBLOCK) < 0)
		return diag_errno(d, "cannot make a pipe");
	p->child = child_fork(h);
	if (p->child == 0)
		work(h, site, text, fd[1]);
	close(fd[1]);
	if (p->child < 0) {
		diag_errno(d, "cannot start a child");
		p->child = 0;
		close(fd[0]);
		return -1;
	}
	p->pipe = fd[0];
	p->began = h->ticks;
	return 0;
}

static uint32_t count_busy(const struct hub *h)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < h->sites.count; i++)
		n += payload_busy(h->sites.site[i]);
	return n;
}

static struct payload *of_site(struct site *s, struct diag *d)
{
	if (!s->payload)
		s->payload = calloc(1, sizeof *s->payload);
	if (!s->payload)
		diag_nomem(d);
	return s->payload;
}

static bool is_about(const struct payload *p, const struct mail_header *head)
{
	return p && p->number == head->number && !uuid_cmp(&p->box, &head->box);
}

static int leave_to_child(struct hub *h, uint16_t site, const struct mail_header *head,
			  const struct buf *text, struct diag *d)
{
	struct payload *p = of_site(h->sites.site[site], d);

	if (!p)
		return -1;
	if (is_about(p, head) && h->ticks < p->again)
		return 0;
	if (count_busy(h) >= PAYLOAD_AT_ONCE) {
		p->waits = p->waits ? p->waits : ++h->payload_queue;
		return 0;
	}
	p->waits = 0;
	p->number = head->number;
	p->box = head->box;
	p->again = 0;
	return start(h, site, p, text, d);
}

/* --- the parent ------------------------------------------------------------------- */

/* What was not right is read again, as it may be mended; but a site whose payload
 * is wrong does not keep a child busy all day. */
static int heed(struct hub *h, struct payload *p, struct diag *d)
{
	p->spoken = false;
	h->unflushed = true;
	if (p->word.got != 1)
		p->again = h->ticks + 4 * (h->ticks - p->began);
	if (p->word.got < 0)
		*d = p->word.why;
	return p->word.got;
}

int payload_check(struct hub *h, uint16_t site, const struct mail_header *head, const struct buf *text,
		  struct diag *d)
{
	struct payload *p = h->sites.site[site]->payload;
	struct look k = { .most = HERE_BYTES };
	int got;

	if (p && p->child)
		return 0;
	if (p && p->spoken && is_about(p, head))
		return heed(h, p, d);
	got = look(h, site, text, &k, d);
	return got == 1 && k.bytes > k.most ? leave_to_child(h, site, head, text, d) : got;
}

bool payload_busy(const struct site *s)
{
	return s->payload && s->payload->child;
}

bool payload_any_busy(const struct hub *h)
{
	return count_busy(h) > 0;
}

static void hear(struct payload *p)
{
	ssize_t n = read(p->pipe, &p->word, sizeof p->word);

	close(p->pipe);
	if (n != sizeof p->word) {
		p->word = (struct word){ .got = -1 };
		diag_set(&p->word.why, "the child that reads its payload was killed");
		p->word.why.err = EINTR;	/* not the site's fault */
	}
	p->spoken = true;
	p->child = 0;
}

bool payload_reap(struct hub *h, pid_t pid, struct agenda *a)
{
	uint32_t mine = UINT32_MAX, next = UINT32_MAX;

	for (uint32_t i = 0; i < h->sites.count; i++) {
		struct payload *p = h->sites.site[i]->payload;

		if (p && p->child == pid)
			mine = i;
		else if (p && p->waits && (next == UINT32_MAX || p->waits < h->sites.site[next]->payload->waits))
			next = i;
	}
	if (mine == UINT32_MAX)
		return false;
	hear(h->sites.site[mine]->payload);
	if (next != UINT32_MAX) {
		h->sites.site[next]->payload->waits = 0;
		agenda_mail(a, (uint16_t)next);
	}
	agenda_mail(a, (uint16_t)mine);
	return true;
}

void payload_free(struct site *s)
{
	if (!s->payload)
		return;
	if (s->payload->child) {
		kill(s->payload->child, SIGKILL);
		waitpid(s->payload->child, NULL, 0);
		close(s->payload->pipe);
	}
	free(s->payload);
	s->payload = NULL;
}
