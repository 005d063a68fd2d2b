/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "gpus.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "exec.h"
#include "field.h"
#include "io.h"
#include "line.h"
#include "size.h"

enum { NAME = 128, DEVICES = 256, SMI_SECONDS = 10, FRESH_SECONDS = 3600 };

struct device {
	char slot[32];			/* 0000:3b:00.0 */
	char name[NAME];
	uint64_t memory;		/* bytes; 0: not known */
	bool nvidia;			/* its driver runs it: nvidia-smi knows more */
};

struct found {
	int root;
	struct device device[DEVICES];
	int count;
};

/* --- files of one line ----------------------------------------------------------- */

static bool get(int dir, const char *name, char out[NAME])
{
	int fd = openat(dir, name, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, out, NAME - 1);

	if (fd >= 0)
		close(fd);
	out[n > 0 ? n : 0] = '\0';
	out[strcspn(out, "\n")] = '\0';
	return out[0];
}

static unsigned long get_number(int dir, const char *name, int base)
{
	char text[NAME];

	return get(dir, name, text) ? strtoul(text, NULL, base) : 0;
}

/* The last part of where a link leads; "" : nowhere. */
static void link_name(int dir, const char *name, char out[NAME])
{
	char path[PATH_MAX];
	ssize_t n = readlinkat(dir, name, path, sizeof path - 1);
	const char *slash;

	path[n > 0 ? n : 0] = '\0';
	slash = strrchr(path, '/');
	snprintf(out, NAME, "%.100s", slash ? slash + 1 : path);
}

/* A type is one word: "NVIDIA A100-SXM4-40GB" becomes NVIDIA-A100-SXM4-40GB. */
static void as_word(char *name)
{
	char *to = name;

	for (const char *s = name; *s; s++)
		if (isalnum((unsigned char)*s) || strchr("._-+", *s))
			*to++ = *s;
		else if (to > name && to[-1] != '-')
			*to++ = '-';
	while (to > name && to[-1] == '-')
		to--;
	*to = '\0';
}

/* --- PCI --------------------------------------------------------------------------- */

static bool is_one(const char *const *list, const char *word)
{
	for (; *list; list++)
		if (!strcmp(*list, word))
			return true;
	return false;
}

/* class: 0x030200 and the like.  What is no screen's controller is there to compute. */
static bool computes(unsigned long class, const char *driver)
{
	static const char *const others[] = { "vfio-pci", "pci-stub", "xen-pciback", "", NULL };
	static const char *const known[] = { "nvidia", "nouveau", "amdgpu", "radeon", "i915", "xe",
					     NULL };

	if (is_one(others, driver))
		return false;
	if (class >> 8 == 0x0302 || class >> 8 == 0x1200)
		return true;
	return class >> 16 == 0x03 && is_one(known, driver);
}

static void name_nvidia(const struct found *f, struct device *one)
{
	char path[100], text[2048], *model;
	int fd;
	ssize_t n;

	snprintf(path, sizeof path, "proc/driver/nvidia/gpus/%s/information", one->slot);
	fd = openat(f->root, path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof text - 1);
	if (fd >= 0)
		close(fd);
	text[n > 0 ? n : 0] = '\0';
	model = strstr(text, "Model:");
	if (!model)
		return;
	model += strlen("Model:");
	model += strspn(model, " \t");
	snprintf(one->name, sizeof one->name, "%.*s", (int)strcspn(model, "\n"), model);
}

static void name_device(int dir, struct device *one)
{
	unsigned long vendor = get_number(dir, "vendor", 16), device = get_number(dir, "device", 16);
	const char *maker = vendor == 0x10de ? "nvidia" : vendor == 0x1002 ? "amd"
			  : vendor == 0x8086 ? "intel" : NULL;

	if (get(dir, "product_name", one->name))
		return;
	if (maker)
		snprintf(one->name, sizeof one->name, "%s-%04lx", maker, device);
	else
		snprintf(one->name, sizeof one->name, "pci-%04lx-%04lx", vendor, device);
}

static struct device *add(struct found *f)
{
	if (f->count == DEVICES)
		return NULL;
	f->device[f->count] = (struct device){ .memory = 0 };
	return &f->device[f->count++];
}

static void look_at_pci(struct found *f, int dir, const char *slot)
{
	char driver[NAME];
	struct device *one;

	link_name(dir, "driver", driver);
	if (!computes(get_number(dir, "class", 16), driver) || !(one = add(f)))
		return;
	snprintf(one->slot, sizeof one->slot, "%.31s", slot);
	one->nvidia = !strcmp(driver, "nvidia");
	name_device(dir, one);
	if (one->nvidia)
		name_nvidia(f, one);
	one->memory = get_number(dir, "mem_info_vram_total", 10);
	if (!one->memory)
		one->memory = get_number(dir, "tile0/physical_vram_size_bytes", 0);
}

/* What is on a PCI bus was seen there. */
static void look_at_drm(struct found *f, int dir, const char *node)
{
	char bus[NAME], driver[NAME];
	struct device *one;

	if (strncmp(node, "renderD", 7))
		return;
	link_name(dir, "device/subsystem", bus);
	link_name(dir, "device/driver", driver);
	if (!bus[0] || !strcmp(bus, "pci") || !driver[0] || !strncmp(driver, "virtio", 6) ||
	    !strcmp(driver, "vgem") || !(one = add(f)))
		return;
	snprintf(one->name, sizeof one->name, "%s", driver);
}

static void each(struct found *f, const char *path, void (*look)(struct found *, int, const char *))
{
	int at = openat(f->root, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir;
	DIR *list = at < 0 ? NULL : fdopendir(at);
	struct dirent *e;

	while (list && (e = readdir(list))) {
		if (e->d_name[0] == '.')
			continue;
		dir = openat(dirfd(list), e->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (dir < 0)
			continue;
		look(f, dir, e->d_name);
		close(dir);
	}
	if (list)
		closedir(list);
	else if (at >= 0)
		close(at);
}

/* --- nvidia-smi ---------------------------------------------------------------------- */

static struct device *at_slot(struct found *f, const char *slot, size_t len)
{
	for (int i = 0; i < f->count; i++) {
		size_t n = strlen(f->device[i].slot);

		/* Its domains have eight digits. */
		if (n && n <= len && !strncasecmp(slot + len - n, f->device[i].slot, n))
			return &f->device[i];
	}
	return NULL;
}

/* "00000000:3B:00.0, NVIDIA A100-SXM4-40GB, 40960" */
static void take_line(struct found *f, const char *line)
{
	const char *comma = strchr(line, ','), *second = comma ? strchr(comma + 1, ',') : NULL;
	struct device *one = comma ? at_slot(f, line, (size_t)(comma - line)) : NULL;

	if (!second || !one)
		return;
	comma += 1 + strspn(comma + 1, " ");
	snprintf(one->name, sizeof one->name, "%.*s", (int)(second - comma), comma);
	one->memory = strtoull(second + 1, NULL, 10) << 20;
}

static void ask_nvidia(struct found *f)
{
	char *argv[] = { "nvidia-smi", "--query-gpu=pci.bus_id,name,memory.total",
			 "--format=csv,noheader,nounits", NULL };
	struct buf out = BUF_INIT;
	bool any = false;
	int status;

	for (int i = 0; i < f->count; i++)
		any |= f->device[i].nvidia;
	if (any && exec_run(argv, SMI_SECONDS, &out, NULL, &status, NULL) == 0 && status == 0)
		for (const char *line = out.s; *line; line += strcspn(line, "\n"), line += *line == '\n')
			take_line(f, line);
	buf_free(&out);
}

/* --- kinds ------------------------------------------------------------------------------ */

static int by_name(const void *a, const void *b)
{
	const struct device *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : (x->memory > y->memory) - (x->memory < y->memory);
}

static void add_kind(struct gpus *g, const struct device *one)
{
	struct site_gpu *last = g->kinds ? &g->kind[g->kinds - 1] : NULL;
	char *type;

	if (last && !strcmp(last->type, one->name) && last->memory == one->memory) {
		last->count++;
		return;
	}
	type = g->kinds < GPU_KINDS ? tree_strdup(&g->tree, one->name, strlen(one->name)) : NULL;
	if (type)
		g->kind[g->kinds++] = (struct site_gpu){ type, 1, one->memory };
}

void gpus_look(struct gpus *g, const char *root)
{
	struct found *f = calloc(1, sizeof *f);

	gpus_free(g);
	if (!f)
		return;
	f->root = open(root, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (f->root >= 0) {
		each(f, "sys/bus/pci/devices", look_at_pci);
		each(f, "sys/class/drm", look_at_drm);
		ask_nvidia(f);
		close(f->root);
	}
	for (int i = 0; i < f->count; i++)
		as_word(f->device[i].name);
	qsort(f->device, (size_t)f->count, sizeof *f->device, by_name);
	for (int i = 0; i < f->count; i++)
		if (f->device[i].name[0])
			add_kind(g, &f->device[i]);
	free(f);
}

void gpus_free(struct gpus *g)
{
	tree_free(&g->tree);
	g->kinds = 0;
}

/* --- kept -------------------------------------------------------------------------------- */

static const char kept[] = "gpus";

static bool recall(struct gpus *g, int dir, time_t fresh)
{
	struct buf text = BUF_INIT;
	struct stat st;
	bool good = false;
	time_t now = time(NULL);
	struct device one;
	int count;

	if (fstatat(dir, kept, &st, AT_SYMLINK_NOFOLLOW) == 0 && st.st_mtime <= now &&
	    now - st.st_mtime < fresh && io_read(dir, kept, 1 << 16, &text, NULL) == 0)
		good = true;
	for (const char *line = text.s; good && *line; line += strcspn(line, "\n"), line += *line == '\n') {
		unsigned long long memory;

		if (sscanf(line, "%d %llu %127s", &count, &memory, one.name) != 3 || count < 1)
			continue;
		one.memory = memory;
		add_kind(g, &one);
		if (g->kinds)
			g->kind[g->kinds - 1].count = (uint32_t)count;
	}
	buf_free(&text);
	return good;
}

void gpus_load(struct gpus *g, const char *root, int dir)
{
	struct buf text = BUF_INIT;

	gpus_free(g);
	if (recall(g, dir, FRESH_SECONDS))
		return;
	gpus_look(g, root);
	for (uint32_t i = 0; i < g->kinds; i++)
		buf_addf(&text, "%u %llu %s\n", g->kind[i].count, (unsigned long long)g->kind[i].memory,
			 g->kind[i].type);
	if (!text.failed)
		(void)!io_publish(dir, kept, 0600, text.len ? text.s : "", text.len, 0, NULL);
	buf_free(&text);
}

void gpus_recall(struct gpus *g, int dir)
{
	gpus_free(g);
	(void)!recall(g, dir, INT_MAX);
}
