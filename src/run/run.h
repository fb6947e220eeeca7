/* SPDX-License-Identifier: MIT */
#pragma once

#include "pass/pass.h"

/*
 * One pass over all targets: gather, decide, act, and gather again until
 * every target waits, is at rest, or failed. What concerns the network is
 * done for all targets at once, so that a pass is a short row of batches.
 */
enum run_manner {
	RUN_PLAIN,
	RUN_AGAIN,		/* not the first pass of its command */
	RUN_DRY,
};

/* Opens the directories (creating state and dane), takes the lock and loads
 * the states; with RUN_DRY, or by a command that only looks, nothing is
 * created or locked. CALLING lives as long as PASS. EXIT_DONE,
 * or after a message: EXIT_CONFIG where others can change the configuration,
 * EXIT_STATE or EXIT_BUSY. Close it in any case. */
enum exit_status run_open(struct pass *pass, struct world *world,
			  const struct config *config,
			  const struct calling *calling,
			  enum run_manner manner);
void run_pass(struct pass *pass);
/* Gathers everything about the targets that are not done, rest or not: disk,
 * every server, every service. Decides and does nothing. */
void run_look(struct pass *pass);
/* Gathers the disk of the targets that are not done, and looks at the services
 * of those whose links show what the state says is in service. */
void run_look_services(struct pass *pass);
/* Saves nothing; run_pass() has. */
void run_close(struct pass *pass);

/* EXIT_STATE when a state could not be used, EXIT_FAILED when a target failed
 * or needs a person. */
enum exit_status run_status(const struct pass *pass);
/* When the next target can advance by time alone; INT64_MAX: unknown. */
int64_t run_due_ms(const struct pass *pass);
