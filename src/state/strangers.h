/* SPDX-License-Identifier: MIT */
#pragma once

#include "state/state_field.h"

/*
 * Where services of a target did not present a certificate of ours when they
 * were last looked at. With the first record at an owner its clients begin to
 * look, so who presents another one then loses them; and who is silent may be
 * one that did so before, or will. The decision about it is in
 * decide/rollover_publish.c.
 */

/* What one look at one address of a service showed; the worst comes last. */
enum visit_verdict {
	VISIT_OURS,		/* a certificate that one of ours has records
				   for, or another target */
	VISIT_CLOSED,		/* nobody listens there: nothing */
	VISIT_SILENT,		/* nothing, but somebody may be there */
	VISIT_STRANGER,		/* none of ours */
};

struct visit {
	enum visit_verdict verdict;
	char *where;		/* host, address and port */
	char *what;		/* the same, and what it does or presents; of
				   VISIT_OURS NULL */
};

struct visits {
	struct visit *items;
	size_t count;
};

/* WHERE and WHAT are taken over. */
void visits_add(struct visits *visits, enum visit_verdict verdict,
		char *where, char *what);
void visits_clear(struct visits *visits);

struct stranger {
	char *where, *what;	/* as of the visit */
	bool was_seen;		/* it has presented none of ours, and nothing of
				   ours since; false: it was silent */
	int64_t ms;		/* the last time it did; the first time it was
				   silent */
};

struct strangers {
	struct stranger *items;
	size_t count;
};

/* How long silence counts as a stranger's, and how long one is remembered whose
 * address is no longer the host's: that may come back, as where answers take
 * turns, or a resolver has half of them. */
#define STRANGERS_PATIENCE_MS (3600 * INT64_C(1000))

/*
 * All addresses of a target were visited at NOW_MS: one that was seen to be a
 * stranger stays it through silence, until it presents one of ours. MAY_RETURN:
 * an address that was not visited may come back. True: that is news, to be
 * saved. Of more than STRANGERS_MAX those that were seen go before the silent.
 */
bool strangers_update(struct strangers *strangers, const struct visits *visits,
		      bool may_return, int64_t now_ms);
/* The first that was seen, or NULL. */
const struct stranger *strangers_find_seen(const struct strangers *strangers);
/* Of those that are silent the one that has been for the shortest time, or
 * NULL. */
const struct stranger *strangers_find_silent(const struct strangers *strangers);
/* The clock is another: all times start again. */
void strangers_restart(struct strangers *strangers, int64_t now_ms);
void strangers_clear(struct strangers *strangers);

/* The field "strangers" of OBJECT; absent in older states. */
void strangers_put(const struct strangers *strangers, json_t *object);
void strangers_read(struct reader *reader, const json_t *object,
		    struct strangers *strangers);
