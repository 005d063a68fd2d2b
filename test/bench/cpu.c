/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cpu - the seconds of CPU that a running process has used, to the nanosecond,
 * with those of its threads, also of threads that have ended.
 *
 *	cpu PID
 */
#include "bench.h"

int main(int argc, char **argv)
{
	struct timespec t;
	clockid_t clock;

	if (argc != 2)
		bench_die("cpu PID");
	errno = clock_getcpuclockid(atoi(argv[1]), &clock);
	if (errno || clock_gettime(clock, &t) < 0)
		bench_die(argv[1]);
	printf("%ld.%09ld\n", (long)t.tv_sec, t.tv_nsec);
	return 0;
}
