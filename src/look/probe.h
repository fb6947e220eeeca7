/* SPDX-License-Identifier: MIT */
#pragma once

#include "decide/facts.h"
#include "state/strangers.h"
#include "world/world.h"

/*
 * Which certificate the services present, by connecting to them: with TLS from
 * the start, or after the words that the protocol has before it (starttls.h),
 * which follows from the port or is said in `probe`.
 */
struct probe_request {
	const struct config_target *target;
	const struct chain *wanted;	/* A */
	const struct chains *presented;	/* what may be; with NULL entries */
	const struct chain *next;	/* not released yet, or NULL */
	bool next_is_unfit;		/* so that it gets no record */
	const struct chains *known;	/* what services of any target present,
					   as far as is known */
	const struct facts *facts;	/* where others need records; NULL:
					   not known */
	/* Filled in: */
	enum probe_verdict verdict;
	char *detail;	/* which endpoint presents what; caller frees */
	struct visits visits;	/* all endpoints; caller clears them */
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
