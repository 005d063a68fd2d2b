/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "readme.h"

const char readme_text[] =
	"This directory is a job scheduler.  spoolfs(8) has the whole story.\n"
	"\n"
	"\tcp job.yaml inbox/          submit; a bad file makes cp fail, and\n"
	"\tls rejected/                ... rejected/NAME.reason says why\n"
	"\tcat queue                   what waits and what runs\n"
	"\tls jobs/                    all jobs, by id\n"
	"\tls by-name/NAME/            ... by-phase/, by-user/, by-site/ as well\n"
	"\tcat jobs/ID/status          what it is doing\n"
	"\tcat jobs/ID/why             why it waits, or how it ended\n"
	"\tcat jobs/ID/log             what happened to it so far\n"
	"\tcat jobs/ID/wait            wait until it has ended\n"
	"\tcat jobs/ID/stdout          what it printed; results/ has its other files\n"
	"\tls jobs/ID/offers/          what was offered for it\n"
	"\techo 2 > jobs/ID/accept     accept the second offer\n"
	"\trmdir jobs/ID               cancel it\n"
	"\tcat sites/SITE/site.yaml    what a site can do\n"
	"\n"
	"Everything is text and true at the moment it is read.  The errors of a\n"
	"write are those of close(2); the sentence that goes with one stands in\n"
	"rejected/ and in the attribute user.spool.reason of inbox/NAME.\n";
