/* SPDX-License-Identifier: GPL-2.0-or-later */
/* spawn - posix_spawn(3) and wait(2) of a program, N times.  Prints seconds.
 *
 *	spawn N PROGRAM
 */
#include <spawn.h>

#include "bench.h"

int main(int argc, char **argv)
{
	char *args[] = { argc == 3 ? argv[2] : NULL, NULL };
	int64_t start = bench_ns();
	pid_t pid;

	if (argc != 3)
		bench_die("spawn N PROGRAM");
	for (int i = 0; i < atoi(argv[1]); i++) {
		errno = posix_spawn(&pid, argv[2], NULL, NULL, args, environ);
		if (errno)
			bench_die(argv[2]);
		bench_join(pid);
	}
	printf("%.6f\n", bench_since(start));
	return 0;
}
