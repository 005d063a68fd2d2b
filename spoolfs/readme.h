/* SPDX-License-Identifier: GPL-2.0-or-later */
/* readme - the text of README at the top of the mount. */
#ifndef SPOOLFS_README_H
#define SPOOLFS_README_H

extern const char readme_text[];

#endif
