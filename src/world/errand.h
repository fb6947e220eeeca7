/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/octets.h"
#include "world/world_network.h"

/*
 * An errand is work on what strangers send (replies of name servers,
 * signatures, handshakes), done where nothing is to be had: a fault in a
 * parser must not give them our keys. Task and result are octets, and the
 * result is believed no more than the network is.
 *
 * WORK is called in a process that was made for it, with a copy of all that
 * was in memory when the first process for errands began, before any key was
 * read: CONTEXT must be older than that, and be as it was. Its world has a
 * clock, random numbers, ask() and handshake(), and nothing else. What it asks
 * is asked by ASK, which is called here, with what all others want at the same
 * time; it can connect to nobody but PEERS.
 */
enum errand_outcome {
	ERRAND_DONE,
	ERRAND_NO_TIME,		/* the world's deadline came first */
	ERRAND_DIED,		/* it ended without a result, or wanted what is
				   not for it: what came may have done that */
	ERRAND_FAILED,		/* it could not begin, for want of resources */
};

struct world;

struct errand {
	void (*work)(struct world *world, const void *context,
		     struct octets_reader *task, struct octets *result);
	const void *context;
	struct octets task;
	void (*ask)(const void *asker, struct question *questions, size_t n);
	const void *asker;
	const struct address *peers;
	size_t peer_count;
	/* Filled in: */
	enum errand_outcome outcome;
	struct octets result;		/* empty unless DONE */
};

/* One phrase: why an errand that is not DONE brought nothing. */
const char *errand_outcome_text(enum errand_outcome outcome);

/* Frees task and result. */
void errand_clear(struct errand *errand);

/* world->delegate() without any process, one after the other: for tests, and
 * where the program is to be looked into. */
void errands_do_here(struct world *world, struct errand *errands, size_t n);
