/* SPDX-License-Identifier: MIT */
#pragma once

#include "command/options.h"
#include "run/status_file.h"
#include "tell/checkup.h"

/*
 * This host, for `check` and `status`: is there room for states and links, do
 * runs go on, and does certbot tell us of its renewals? What any user may look
 * at is looked at by any.
 */

/* What the last run left behind. */
struct last_run {
	struct summary summary;
	char *fault;		/* why it is not known; NULL: it is */
	bool absent;		/* there is no such file */
	bool wanted;		/* `status_file` names one */
};

void last_run_read(struct last_run *run, struct world *world,
		   const struct config *config);
void last_run_clear(struct last_run *run);

/* Into SECTION, which is of CHECKUP and the last one there. */
void check_host(struct checkup *checkup, struct checkup_section *section,
		struct world *world, const struct config *config,
		const struct options *options, const struct last_run *run);

/* The targets as the last run saw them, for a user who may not look. */
void check_from_afar(struct checkup *checkup, struct world *world,
		     const struct config *config,
		     const struct options *options,
		     const struct last_run *run);
