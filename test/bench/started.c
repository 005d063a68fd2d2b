/* SPDX-License-Identifier: GPL-2.0-or-later */
/* started - the job of latency.c: tell a socket the time, which has come.
 *
 *	started SOCKET
 */
#include <sys/socket.h>
#include <sys/un.h>

#include "bench.h"

int main(int argc, char **argv)
{
	int64_t now = bench_ns();
	struct sockaddr_un to = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (argc != 2 || strlen(argv[1]) >= sizeof to.sun_path)
		bench_die("started SOCKET");
	memcpy(to.sun_path, argv[1], strlen(argv[1]));
	if (sendto(fd, &now, sizeof now, 0, (struct sockaddr *)&to, sizeof to) < 0)
		bench_die(argv[1]);
	return 0;
}
