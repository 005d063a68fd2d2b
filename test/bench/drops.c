/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * drops - write N job files, made from a template on standard input.
 *
 *	drops DIR N <TEMPLATE
 *
 * Files are called 00000000.yaml and so on; each @ of the template becomes
 * the file's number, so that a template without any gives equal files.
 */
#include <fcntl.h>

#include "bench.h"
#include "buf.h"
#include "io.h"

static void fill(const struct buf *template, int number, struct buf *out)
{
	char digits[16];

	snprintf(digits, sizeof digits, "%08d", number);
	buf_reset(out);
	for (size_t i = 0; i < template->len; i++)
		if (template->s[i] == '@')
			buf_adds(out, digits);
		else
			buf_addc(out, template->s[i]);
}

int main(int argc, char **argv)
{
	struct buf template = BUF_INIT, text = BUF_INIT;
	struct diag d = DIAG_INIT;
	char name[32];
	int dir;

	if (argc != 3 || io_read_fd(0, 1 << 20, &template, &d) < 0)
		bench_die("drops DIR N <TEMPLATE");
	if (io_mkdirs(argv[1], 0755, &d) < 0 || (dir = io_opendir(AT_FDCWD, argv[1], &d)) < 0)
		bench_die(d.text);
	for (int i = 0; i < atoi(argv[2]); i++) {
		snprintf(name, sizeof name, "%08d.yaml", i);
		fill(&template, i, &text);
		if (io_create(dir, name, 0644, text.s, text.len, &d) < 0)
			bench_die(d.text);
	}
	if (syncfs(dir) < 0)
		bench_die("syncfs");
	buf_free(&template);
	buf_free(&text);
	close(dir);
	return 0;
}
