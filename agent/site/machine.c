/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "machine.h"

#include <fcntl.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/statvfs.h>
#include <unistd.h>

static uint32_t count_cores(void)
{
	cpu_set_t set;
	long n;

	/* A process may be confined to some of them (taskset, a container). */
	if (!sched_getaffinity(0, sizeof set, &set) && CPU_COUNT(&set) > 0)
		return (uint32_t)CPU_COUNT(&set);
	n = sysconf(_SC_NPROCESSORS_ONLN);	/* more than 1024 of them */
	return n > 0 ? (uint32_t)n : 1;
}

/* The first bytes of a file of /proc. */
static void slurp(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);

	text[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

static uint64_t meminfo(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) * 1024 : 0;
}

void machine_measure(struct machine *m, int dir)
{
	struct statvfs fs;
	char text[1024];

	m->cores = count_cores();
	slurp("/proc/meminfo", text, sizeof text);
	m->memory = meminfo(text, "MemTotal:");
	m->memory_free = meminfo(text, "MemAvailable:");
	slurp("/proc/loadavg", text, sizeof text);
	m->load = strtod(text, NULL);
	if (!fstatvfs(dir, &fs)) {
		m->disk = (uint64_t)fs.f_blocks * fs.f_frsize;
		m->disk_free = (uint64_t)fs.f_bavail * fs.f_frsize;
	}
}
