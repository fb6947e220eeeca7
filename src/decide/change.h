/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/survey.h"
#include "state/state.h"

/*
 * One change of one TLSA RRset, from the decision to the wire. The decision
 * says what to add and what to remove; act/publish.c writes the promise, joins
 * what several targets want at one owner, and has it sent; act/update.c makes
 * an UPDATE of it that is a compare-and-swap on SEEN. Nobody on the way asks
 * the decision again.
 *
 * For a renewal from A to B at an owner that serves {a}:
 *
 *	seen {a}  add {b}  ours {b}  remove {}		publish
 *	seen {a, b}  add {}  ours {}  remove {a}	retire
 *
 * OWNER, VIA, ZONE and SEEN are borrowed from the facts and their survey, so
 * a change does not outlive these. The sets are its own.
 */
struct change {
	const char *owner;
	/* The name configured, where OWNER is what that is an alias of, for
	 * messages; else NULL. */
	const char *via;
	const struct zone *zone;	/* that OWNER is in */
	const struct tlsa_set *seen;	/* the whole RRset at the primary;
					   empty: there is none */
	uint32_t ttl_seconds;		/* of the records added */
	/* ADD is SEEN: only the TTL is to be another. Each record is deleted
	 * and added in the same UPDATE, for some servers pass over what is
	 * there. */
	bool retimes;
	struct tlsa_set add;
	/* Out of ADD, what the target needs for itself and so promises in its
	 * state. The rest goes along because others need it. */
	struct tlsa_set ours;
	struct tlsa_set remove;
};

struct changes {
	struct change *items;
	size_t count;
};

/* How often STATE has it that this was sent and not seen since: of the target's
 * own records in it that which was sent most often, and *SINCE_MS, when it was
 * so first. 0: none was, and *SINCE_MS is left alone. */
unsigned change_times_sent(const struct state *state,
			   const struct change *change, int64_t *since_ms);

/* Frees the sets of CHANGE, which may be all zero. */
void change_clear(struct change *change);
void changes_clear(struct changes *changes);
/* Appends CHANGE; its sets are those of CHANGES from then on. */
void changes_add(struct changes *changes, const struct change *change);
