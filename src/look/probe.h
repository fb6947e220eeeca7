/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"
#include "world/world.h"

/*
 * Which certificate the services present, by connecting to them. Direct TLS
 * only; a port that starts in the clear (25, 587, 143, 110, 4190, 5222,
 * 5269) cannot be probed and is left out in "auto" (PROBE_IMPOSSIBLE where
 * nothing remains).
 */
struct probe_request {
	const struct config_target *target;
	const struct chain *wanted;
	/* Filled in: */
	enum probe_verdict verdict;
	char *detail;	/* which endpoint presents what; caller frees */
};

/*
 * Probes the endpoints of all targets at once: `auto` means every address of
 * every TLSA host at the record's port; a list means that list. Each
 * endpoint is connected to PROBE_ROUNDS times, offering only signatures of
 * the wanted key's family, since a service may hold one certificate of each.
 */
#define PROBE_ROUNDS 4
void probe_run(struct world *world, const struct config *config,
	       struct probe_request *requests, size_t n);
