/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The GPUs of machines of many kinds, as their kernels show them. */
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gpus.h"
#include "io.h"
#include "tap.h"

static char root[] = "/tmp/spool-unit.XXXXXX";
static int top;

static void make_parents(const char *path)
{
	char part[300];

	for (const char *s = strchr(path, '/'); s; s = strchr(s + 1, '/')) {
		snprintf(part, sizeof part, "%.*s", (int)(s - path), path);
		if (io_mkdir(top, part, 0755, NULL) < 0)
			bail("no directory %s", part);
	}
}

static void file(const char *path, const char *text)
{
	make_parents(path);
	if (io_publish(top, path, 0644, text, strlen(text), 0, NULL) < 0)
		bail("no file %s", path);
}

static void to(const char *path, const char *where)
{
	make_parents(path);
	if (symlinkat(where, top, path) < 0)
		bail("no link %s", path);
}

static void pci(const char *slot, const char *class, const char *vendor, const char *device,
		const char *driver)
{
	static const char *const names[] = { "class", "vendor", "device" };
	const char *const values[] = { class, vendor, device };
	char path[200], text[40];

	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof path, "sys/bus/pci/devices/%s/%s", slot, names[i]);
		snprintf(text, sizeof text, "%s\n", values[i]);
		file(path, text);
	}
	snprintf(path, sizeof path, "sys/bus/pci/devices/%s/driver", slot);
	snprintf(text, sizeof text, "../../bus/pci/drivers/%s", driver);
	if (driver[0])
		to(path, text);
}

static const char *words(const struct gpus *g)
{
	static char text[1000];
	size_t n = 0;

	text[0] = '\0';
	for (uint32_t i = 0; i < g->kinds; i++)
		n += (size_t)snprintf(text + n, sizeof text - n, "%s%s x %u, %llu", i ? "; " : "",
				      g->kind[i].type, g->kind[i].count,
				      (unsigned long long)g->kind[i].memory);
	return text;
}

static void look(const char *want, const char *name)
{
	struct gpus g = GPUS_INIT;

	gpus_look(&g, root);
	is_str(words(&g), want, name);
	gpus_free(&g);
}

static void smi(const char *text)
{
	char path[300];

	file("bin/nvidia-smi", text);
	fchmodat(top, "bin/nvidia-smi", 0755, 0);
	snprintf(path, sizeof path, "%s/bin:/usr/bin:/bin", root);
	setenv("PATH", path, 1);
}

static void kept(void)
{
	struct gpus g = GPUS_INIT;
	const struct timespec old[2] = { { 1000, 0 }, { 1000, 0 } };

	gpus_load(&g, root, top);
	ok(g.kinds > 2 && faccessat(top, "gpus", F_OK, 0) == 0, "what was found is kept");
	(void)!io_remove_tree(top, "sys", NULL);
	gpus_load(&g, root, top);
	ok(g.kinds > 2, "for an hour");
	is_str(words(&g), "Instinct-MI210 x 1, 68702699520; NVIDIA-A100-SXM4-40GB x 2, 42949672960; "
	       "intel-56c0 x 1, 0; panfrost x 1, 0", "as it was");
	utimensat(top, "gpus", old, 0);
	gpus_recall(&g, top);
	ok(g.kinds > 2, "or longer, if nobody looks");
	gpus_load(&g, root, top);
	is_int(g.kinds, 0, "then it is looked at again");
	gpus_free(&g);
}

int main(void)
{
	if (!mkdtemp(root))
		bail("no directory");
	top = open(root, O_RDONLY | O_DIRECTORY);
	look("", "a machine without any files");
	pci("0000:00:1f.3", "0x040300", "0x8086", "0xa348", "snd_hda_intel");
	pci("0000:02:00.0", "0x030000", "0x1a03", "0x2000", "ast");
	pci("0000:03:00.0", "0x030000", "0x10de", "0x2204", "");
	pci("0000:04:00.0", "0x030200", "0x10de", "0x20b0", "vfio-pci");
	look("", "sound, a server's screen, a card without its driver, and one of a guest's");
	pci("0000:3b:00.0", "0x030200", "0x10de", "0x20b0", "nvidia");
	look("nvidia-20b0 x 1, 0", "a card that nobody knows the name of");
	file("proc/driver/nvidia/gpus/0000:3b:00.0/information",
	     "Model: \t\t NVIDIA A100-SXM4-40GB\nIRQ:   \t 123\n");
	look("NVIDIA-A100-SXM4-40GB x 1, 0", "but its driver");
	pci("0000:86:00.0", "0x030200", "0x10de", "0x20b0", "nvidia");
	smi("#!/bin/sh\ncat <<'E'\n00000000:3B:00.0, NVIDIA A100-SXM4-40GB, 40960\n"
	    "00000000:86:00.0, NVIDIA A100-SXM4-40GB, 40960\nE\n");
	look("NVIDIA-A100-SXM4-40GB x 2, 42949672960", "nvidia-smi knows how much it holds");
	smi("#!/bin/sh\necho 'NVIDIA-SMI has failed'; exit 9\n");
	look("NVIDIA-A100-SXM4-40GB x 1, 0; nvidia-20b0 x 1, 0", "if it works");
	smi("#!/bin/sh\ncat <<'E'\n00000000:3B:00.0, NVIDIA A100-SXM4-40GB, 40960\nnonsense\n\n,,\n"
	    "00000000:86:00.0, NVIDIA A100-SXM4-40GB, 40960\n00000000:99:00.0, none, 1\nE\n");
	pci("0000:c1:00.0", "0x038000", "0x1002", "0x740f", "amdgpu");
	file("sys/bus/pci/devices/0000:c1:00.0/product_name", "Instinct MI210\n");
	file("sys/bus/pci/devices/0000:c1:00.0/mem_info_vram_total", "68702699520\n");
	pci("0000:d1:00.0", "0x038000", "0x8086", "0x56c0", "i915");
	to("sys/class/drm/renderD128/device/subsystem", "../../../../bus/pci");
	to("sys/class/drm/renderD128/device/driver", "../../../../bus/pci/drivers/amdgpu");
	to("sys/class/drm/renderD129/device/subsystem", "../../../bus/platform");
	to("sys/class/drm/renderD129/device/driver", "../../../bus/platform/drivers/panfrost");
	to("sys/class/drm/card1/device/driver", "../../../bus/platform/drivers/panfrost");
	look("Instinct-MI210 x 1, 68702699520; NVIDIA-A100-SXM4-40GB x 2, 42949672960; "
	     "intel-56c0 x 1, 0; panfrost x 1, 0", "many kinds");
	kept();
	(void)!io_remove_tree(AT_FDCWD, root, NULL);
	close(top);
	return done();
}
