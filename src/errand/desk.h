/* SPDX-License-Identifier: MIT */
#pragma once

#include "config/keyring.h"
#include "dns/survey.h"

/*
 * Who sends processes on errands (world/errand.h), and for whom: what they ask
 * is asked here, signed with KEYS where they have none (dns/signing.h). CONFIG
 * must be the one that was there when the first process began.
 */
struct errand_desk {
	struct world *world;
	const struct config *config;
	const struct keyring *keys;	/* NULL: nothing is signed */
};

/* Some of what is to be done, one behind the other. */
struct span {
	size_t first, count;
};

/*
 * Work that can be divided. Each span is an errand. Where one died the halves
 * of its span are tried, so that only what did it is lost: one hostile server
 * does not make all others unseen.
 */
struct errand_kind {
	void (*work)(struct world *world, const void *context,
		     struct octets_reader *task, struct octets *result);
	bool resolves;		/* WORK begins with desk_take_config() */
	/* The task of SPAN, behind that. */
	void (*put)(const void *self, struct span span, struct octets *task);
	/* To whom it may connect; NULL: to nobody. */
	const struct address *(*peers)(const void *self, struct span span,
				       size_t *count);
	/* What it brought. False, and nothing has changed: that is no result,
	 * and counts as if it had died. */
	bool (*take)(void *self, struct span span,
		     struct octets_reader *result);
	/* It is not known what is there. */
	void (*give_up)(void *self, struct span span,
			enum errand_outcome outcome);
};

/* Does all SPANS, which are taken over. */
void desk_do(const struct errand_desk *desk, const struct errand_kind *kind,
	     void *self, struct span *spans, size_t n);

/* COUNT things as so many spans as are worth doing at once, of which none has
 * less than LEAST, nor more than MOST. Allocated. */
struct span *desk_divide(const struct errand_desk *desk, size_t count,
			 size_t least, size_t most, size_t *n);

/*
 * The same of things of several strangers, one behind the other: IS_NEXT tells
 * whether thing I is another stranger's than the one before it. Each has
 * errands of its own, so that who takes one over can lie about himself alone;
 * where they are more than can be at work at once some share one.
 */
struct span *desk_divide_apart(const struct errand_desk *desk, size_t count,
			       bool (*is_next)(const void *self, size_t i),
			       const void *self, size_t least, size_t most,
			       size_t *n);

/* For WORK: the configuration, with the resolvers that are to be asked; the
 * caller frees its resolvers. */
struct config desk_take_config(const void *context,
			       struct octets_reader *task);
