/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "shim_job.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "instant.h"
#include "io.h"

enum { LIMITS_MAX = 16384, ENV_MAX = 1 << 20 };

static const double default_grace = 10;

/*
 * What a task gets of the agent's own environment.  Not all of it: that may
 * hold the keys to stores and hubs, which are nothing to the people whose
 * jobs run here.  The agent's `env` comes first and wins.
 */
static const char *const kept[] = {
	"PATH", "HOME", "USER", "LOGNAME", "SHELL", "TZ", "LANG", "LC_ALL", "LC_CTYPE", NULL
};

int shim_job_open(struct shim_job *j, const char *path, struct diag *d)
{
	char *full = realpath(path, NULL);
	size_t len;

	if (!full)
		return diag_errno(d, "%s", path);
	len = strlen(full);
	if (len < sizeof(j->path))
		memcpy(j->path, full, len + 1);
	free(full);
	if (len >= sizeof(j->path)) {
		errno = ENAMETOOLONG;
		return diag_errno(d, "%s", path);
	}
	j->dir = open(j->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return j->dir < 0 ? diag_errno(d, "%s", path) : 0;
}

void shim_job_close(struct shim_job *j)
{
	if (j->dir >= 0)
		close(j->dir);
	j->dir = -1;
	buf_free(&j->env);
	free(j->envp);
	j->envp = NULL;
}

/* --- limits ---------------------------------------------------------------- */

enum kind { SECONDS, BYTES, COUNT, PLACE, BOOT };

static const struct {
	const char *word;
	enum kind kind;
	size_t at;
} words[] = {
	{ "walltime", SECONDS, offsetof(struct shim_limits, walltime) },
	{ "grace",    SECONDS, offsetof(struct shim_limits, grace) },
	{ "memory",   BYTES,   offsetof(struct shim_limits, memory) },
	{ "cores",    SECONDS, offsetof(struct shim_limits, cores) },
	{ "pids",     COUNT,   offsetof(struct shim_limits, pids) },
	{ "cgroup",   PLACE,   offsetof(struct shim_limits, cgroup) },
	{ "boot",     BOOT,    offsetof(struct shim_limits, boot) },
};

static bool set_number(void *field, enum kind kind, const char *value)
{
	char *end;

	errno = 0;
	if (*value < '0' || *value > '9')
		return false;
	if (kind == SECONDS) {
		double v = strtod(value, &end);

		memcpy(field, &v, sizeof(v));
		return !*end && isfinite(v);
	} else {
		uint64_t v = strtoull(value, &end, 10);

		memcpy(field, &v, sizeof(v));
		return !*end && !errno;
	}
}

static int set_line(struct shim_limits *l, const char *word, const char *value, int line,
		    struct diag *d)
{
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		void *field = (char *)l + words[i].at;

		if (strcmp(word, words[i].word))
			continue;
		if (words[i].kind == BOOT) {
			snprintf(l->boot, sizeof(l->boot), "%s", value);
			return 0;
		}
		if (words[i].kind != PLACE && set_number(field, words[i].kind, value))
			return 0;
		if (words[i].kind == PLACE && *value == '/' && strlen(value) < sizeof(l->cgroup)) {
			memcpy(field, value, strlen(value) + 1);
			return 0;
		}
		return diag_at(d, line, 0, "found '%s %s', expected %s", word, value,
			       words[i].kind == PLACE ? "an absolute path" : "a number");
	}
	return 0;
}

int shim_limits_parse(struct shim_limits *l, const char *text, struct diag *d)
{
	char copy[LIMITS_MAX + 1], *save = NULL, *line, *value;
	int number = 0;

	*l = (struct shim_limits){ .grace = default_grace };
	snprintf(copy, sizeof(copy), "%s", text);
	for (line = strtok_r(copy, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		number++;
		value = strchr(line, ' ');
		if (value)
			*value++ = '\0';
		if (set_line(l, line, value ? value : "", number, d) < 0)
			return -1;
	}
	return 0;
}

/* --- env ------------------------------------------------------------------------- */

static const char *lookup(const struct buf *env, const char *name)
{
	size_t n = strlen(name);

	for (const char *s = env->s; s < env->s + env->len; s += strlen(s) + 1)
		if (!strncmp(s, name, n) && s[n] == '=')
			return s;
	return NULL;
}

static void keep_own(struct buf *env)
{
	for (int i = 0; kept[i]; i++) {
		const char *value = getenv(kept[i]);

		if (!value || lookup(env, kept[i]))
			continue;
		buf_addf(env, "%s=%s", kept[i], value);
		buf_addc(env, '\0');
	}
}

static int make_envp(struct shim_job *j, struct diag *d)
{
	size_t n = 0;

	for (char *s = j->env.s; s < j->env.s + j->env.len; s += strlen(s) + 1)
		n += *s != '\0';
	j->envp = calloc(n + 1, sizeof(*j->envp));
	if (!j->envp)
		return diag_nomem(d);
	n = 0;
	for (char *s = j->env.s; s < j->env.s + j->env.len; s += strlen(s) + 1)
		if (*s)
			j->envp[n++] = s;
	return 0;
}

static int read_optional(int dir, const char *name, size_t max, struct buf *out, struct diag *d)
{
	struct diag why = DIAG_INIT;

	if (io_read(dir, name, max, out, &why) == 0 || why.err == ENOENT)
		return 0;
	if (d)
		*d = why;
	return -1;
}

/* SPOOL_JOBDIR is also the mark by which --reap knows what belongs to us. */
static int read_env(struct shim_job *j, struct diag *d)
{
	buf_addf(&j->env, "SPOOL_JOBDIR=%s", j->path);
	buf_addc(&j->env, '\0');
	if (read_optional(j->dir, "env", ENV_MAX, &j->env, d) < 0)
		return -1;
	if (j->env.len && j->env.s[j->env.len - 1])
		buf_addc(&j->env, '\0');
	keep_own(&j->env);
	return j->env.failed ? diag_nomem(d) : make_envp(j, d);
}

int shim_job_read(struct shim_job *j, struct diag *d)
{
	struct buf text = BUF_INIT;
	struct diag why = DIAG_INIT;
	int rc;

	rc = read_optional(j->dir, "limits", LIMITS_MAX, &text, d);
	if (rc == 0 && shim_limits_parse(&j->limits, text.s, &why) < 0)
		rc = diag_at(d, why.line, 0, "limits: %s", why.text);
	buf_free(&text);
	return rc < 0 ? -1 : read_env(j, d);
}

/* --- words ------------------------------------------------------------------ */

static int log_dir = -1;	/* where shim.log is to be made; -1: nowhere, or it is open */

void shim_log_to(const struct shim_job *j)
{
	log_dir = j->dir;
}

int shim_log_fd(void)
{
	int fd;

	if (log_dir < 0)
		return STDERR_FILENO;
	fd = openat(log_dir, "shim.log", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
		    0644);
	log_dir = -1;
	if (fd >= 0) {
		dup2(fd, STDERR_FILENO);
		close(fd);
	}
	return STDERR_FILENO;
}

void shim_log(const char *fmt, ...)
{
	struct buf b = BUF_INIT;
	char text[600];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	instant_format(instant_now(), &b);
	buf_addf(&b, " %s\n", text);
	io_write_fd(shim_log_fd(), b.s, b.len, NULL);
	buf_free(&b);
}
