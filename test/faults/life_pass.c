/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the programs of a life are run: one after the other, or all at once. */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "life_part.h"

static const double CALL_SECONDS = 30, SETTLE_SECONDS = 10, STOP_SECONDS = 10;

/* One that was called or stayed has ended. */
static void judge_status(struct life *l, const char *program, const char *how, int status)
{
	if (status == -1)
		life_trouble(l, "%s %s did not end within %.0f s", program, how, CALL_SECONDS);
	else if (WIFSIGNALED(status) && WTERMSIG(status) != SIGKILL)
		life_trouble(l, "%s %s died by signal %d", program, how, WTERMSIG(status));
	else if (WIFEXITED(status) && WEXITSTATUS(status) && !l->forgiving)
		life_trouble(l, "%s %s exits with %d", program, how, WEXITSTATUS(status));
	life_note_mail(l);
	if (l->on_run)
		l->on_run(l);
}

int life_call(struct life *l, const char *program, const char *a, const char *b, const char *c)
{
	char path[2 * PATH_MAX];
	char *argv[] = { path, (char *)a, (char *)b, (char *)c, NULL };
	int status;

	snprintf(path, sizeof path, "%s/bin/%s", l->top, program);
	l->runs++;
	status = trace_run(&l->trace, argv, l->log, CALL_SECONDS);
	judge_status(l, program, a, status);
	return status;
}

/* All have ended but the shims of those that run for ever. */
static bool settled(struct trace *t, void *ctx)
{
	int linger = trace_alive(t, "linger"), shims = trace_alive(t, "spool-shim");

	(void)ctx;
	return shims <= linger && trace_alive(t, NULL) == linger + shims;
}

static bool none_left(struct trace *t, void *ctx)
{
	(void)ctx;
	return trace_alive(t, NULL) == 0;
}

void life_wait(struct life *l, double seconds)
{
	trace_until(&l->trace, none_left, NULL, seconds);
}

/* --- those that stay --------------------------------------------------------------- */

static const char *program_of(int who)
{
	return who ? "spool-agent" : "spoold";
}

static void stayed(struct trace *t, pid_t pid, int status)
{
	struct life *l = t->ctx;

	for (int who = 0; who <= LIFE_SITES; who++) {
		if (l->stays[who] != pid)
			continue;
		l->stays[who] = 0;
		if (!l->resting && !l->forgiving && WIFEXITED(status))
			life_trouble(l, "%s stops by itself", program_of(who));
		judge_status(l, program_of(who), "that stays", status);
	}
}

static void stay(struct life *l, int who)
{
	char program[PATH_MAX + 32], file[PATH_MAX + 32];
	char *hub[] = { program, file, NULL };
	char *agent[] = { program, (char *)"-c", file, (char *)"watch", NULL };

	snprintf(program, sizeof program, "%s/bin/%s", l->top, program_of(who));
	if (who)
		snprintf(file, sizeof file, "%s/%s.yaml", l->top, life_sites[who - 1]);
	else
		snprintf(file, sizeof file, "%s/disk/spool", l->top);
	l->runs++;
	l->trace.ended = stayed;
	l->stays[who] = trace_start(&l->trace, who ? agent : hub, l->log);
}

static bool has_stopped(struct trace *t, void *ctx)
{
	(void)t;
	return *(pid_t *)ctx == 0;
}

void life_stop(struct life *l, int who)
{
	if (!l->stays[who])
		return;
	l->resting = true;
	kill(l->stays[who], SIGTERM);
	if (!trace_until(&l->trace, has_stopped, &l->stays[who], STOP_SECONDS))
		life_trouble(l, "%s does not stop when it is told to", program_of(who));
	l->resting = false;
}

void life_rest(struct life *l)
{
	for (int who = LIFE_SITES; who >= 0; who--)
		life_stop(l, who);
}

/* --- a turn ------------------------------------------------------------------------ */

void life_pass(struct life *l)
{
	char settings[PATH_MAX + 16];

	if (l->watch) {
		for (int who = 0; who <= LIFE_SITES; who++)
			if (!l->stays[who])
				stay(l, who);
		trace_settle(&l->trace, SETTLE_SECONDS);
		life_note_mail(l);
		return;
	}
	life_call(l, "spoold", "--once", life_path(l, "disk/spool"), NULL);
	for (int i = 0; i < LIFE_SITES; i++) {
		snprintf(settings, sizeof settings, "%s/%s.yaml", l->top, life_sites[i]);
		life_call(l, "spool-agent", "-c", settings, "run");
	}
	trace_until(&l->trace, settled, NULL, 5);
}
