/* SPDX-License-Identifier: GPL-2.0-or-later */
/* readall - open, read and close every file of a directory.  Prints seconds.
 *
 *	readall DIR
 */
#include <dirent.h>
#include <fcntl.h>

#include "bench.h"

int main(int argc, char **argv)
{
	int dir = argc == 2 ? open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1, fd;
	int64_t start = bench_ns();
	DIR *list = fdopendir(dir);
	static char text[65536];
	struct dirent *e;

	if (!list)
		bench_die("readall DIR");
	while ((e = readdir(list))) {
		if (e->d_name[0] == '.')
			continue;
		fd = openat(dir, e->d_name, O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof text) < 0)
			bench_die(e->d_name);
		close(fd);
	}
	closedir(list);
	printf("%.6f\n", bench_since(start));
	return 0;
}
