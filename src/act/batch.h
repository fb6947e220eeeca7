/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/update.h"
#include "config/keyring.h"
#include "pass/source.h"

/*
 * Changes that are sent together: those to be made (publish_update.c), and
 * those that make nothing and only ask whether they could (trial.c). CHANGES
 * has one for each owner, those of one zone side by side.
 */
struct batch {
	struct changes changes;
	struct update_result *results;	/* one a change */
	struct update *updates;		/* one a zone that has a key */
	size_t update_count;
};

/* Without one nothing can be sent to ZONE. */
bool batch_has_key(const struct source *source, struct keyring *keys,
		   const struct zone *zone);
/* Finds the key of each zone in KEYS, sends all at once by update_send(), and
 * fills in RESULTS. Where a key cannot be had nothing is sent to that zone, and
 * DETAIL says why. */
void batch_send(const struct source *source, struct keyring *keys,
		struct batch *batch);
void batch_clear(struct batch *batch);
