/* SPDX-License-Identifier: MIT */
#include "act/publish_update.h"

#include "act/batch.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "decide/owner.h"

#include <stdlib.h>

/* ---- What is sent ----------------------------------------------------- */

static int compare_places(const void *a, const void *b)
{
	const struct change *left = (*(struct promise *const *)a)->change;
	const struct change *right = (*(struct promise *const *)b)->change;
	int order = strcmp(left->zone->name, right->zone->name);

	return order ? order : strcmp(left->owner, right->owner);
}

/* Into the change at its owner, which is the last one where it has begun. */
static void join(struct changes *changes, struct promise *promise)
{
	const struct change *wanted = promise->change;
	struct change *last = changes->count ?
			      &changes->items[changes->count - 1] : NULL;
	struct change first = { .owner = wanted->owner, .via = wanted->via,
				.zone = wanted->zone, .seen = wanted->seen,
				.ttl_seconds = wanted->ttl_seconds,
				.retimes = wanted->retimes };

	if (!last || !streq(last->owner, wanted->owner)) {
		changes_add(changes, &first);
		last = &changes->items[changes->count - 1];
	}
	/* What changes the set itself keeps the TTL that it promised. */
	if (last->retimes && !wanted->retimes) {
		last->retimes = false;
		last->ttl_seconds = wanted->ttl_seconds;
	}
	tlsa_set_add_all(&last->add, &wanted->add);
	tlsa_set_add_all(&last->remove, &wanted->remove);
	promise->joined = changes->count - 1;
}

static void join_all(struct changes *changes, struct promises *promises)
{
	struct promise **sorted = xcalloc(promises->count, sizeof(*sorted));
	size_t n = 0;

	for (size_t i = 0; i < promises->count; i++)
		if (promise_holds(&promises->items[i]) &&
		    !promise_is_for_program(&promises->items[i]))
			sorted[n++] = &promises->items[i];
	if (n)
		qsort(sorted, n, sizeof(*sorted), compare_places);
	for (size_t i = 0; i < n; i++)
		join(changes, sorted[i]);
	free(sorted);
}

/* ---- What came of it -------------------------------------------------- */

/* Nobody has seen it yet: "published" is said by who does. */
static void log_sent(const struct promise *promise,
		     const struct tlsa_set *set, const char *what)
{
	char *text, *label;

	if (set->count == 0)
		return;
	text = tlsa_set_format(set);
	label = owner_label(promise->change->owner, promise->change->via);
	log_verbose("%s: %s: sent to be %s: %s", promise->target->config->name,
		    label, what, text);
	free(label);
	free(text);
}

static void warn_of_many(const struct promise *promise,
			 const struct change *joined)
{
	size_t count = joined->seen->count + joined->add.count;

	if (joined->add.count && !joined->retimes && count > TLSA_PER_SET_GOOD)
		log_warning("%s: %s: %zu records with what was sent: with "
			    "more than %d some validators fail; delete what "
			    "nobody needs",
			    promise->target->config->name, joined->owner,
			    count, TLSA_PER_SET_GOOD);
}

static void note_sent(const struct promise *promise,
		      const struct tlsa_set *set, int64_t now_ms)
{
	struct target *target = promise->target;

	for (size_t i = 0; i < set->count; i++)
		state_note_sent(target->state, promise->change->owner,
				&set->records[i], now_ms);
	target->unsaved |= set->count > 0;
}

static void take_done(const struct promise *promise,
		      const struct change *joined,
		      struct standing *standing)
{
	const struct change *change = promise->change;
	struct target *target = promise->target;
	struct sent *sent = target_sent(target, change);

	sent->accepted = true;
	note_sent(promise, &change->ours, target->facts.now_ms);
	note_sent(promise, &change->remove, target->facts.now_ms);
	for (size_t i = 0; i < change->add.count; i++)
		standing_add(standing, change->owner,
			     &change->add.records[i]);
	log_sent(promise, &change->add, change->retimes ?
		 "given another TTL" : "published");
	log_sent(promise, &change->remove, "deleted");
	warn_of_many(promise, joined);
}

static void fail(const struct promise *promise, const char *detail)
{
	const struct change *change = promise->change;
	const char *name = promise->target->config->name;

	if (!detail)
		detail = "its update was not sent";
	target_fail(promise->target, change->via ?
		    xasprintf("%s: %s is an alias of %s in zone %s: %s", name,
			      change->via, change->owner, change->zone->name,
			      detail) :
		    xasprintf("%s: %s", name, detail));
}

static enum sent_outcome outcome_of(enum update_verdict verdict)
{
	switch (verdict) {
	case UPDATE_NOT_SENT:
	case UPDATE_UNREACHABLE:
		return SENT_NOT_SENT;
	case UPDATE_DONE:
		return SENT_ACCEPTED;
	case UPDATE_RACED:
		return SENT_OVERTAKEN;
	case UPDATE_UNANSWERED:
	case UPDATE_UNAUTHENTICATED:
		return SENT_UNANSWERED;
	case UPDATE_ALIAS:
	case UPDATE_REFUSED:
	case UPDATE_NOT_AUTHORITATIVE:
	case UPDATE_NOT_IMPLEMENTED:
	case UPDATE_BAD_KEY:
	case UPDATE_BAD_SIGNATURE:
	case UPDATE_BAD_TIME:
	case UPDATE_SERVER_FAILED:
		break;
	}
	return SENT_REFUSED;
}

static void judge(struct promise *promise, const struct change *joined,
		  const struct update_result *result,
		  struct standing *standing)
{
	struct target *target = promise->target;

	target_sent(target, promise->change)->outcome =
		outcome_of(result->verdict);
	switch (result->verdict) {
	case UPDATE_DONE:
		take_done(promise, joined, standing);
		return;
	case UPDATE_RACED:
		/* What stands there by now is whoever's won the race. */
		promise_withdraw(promise);
		log_verbose("%s: %s", target->config->name, result->detail);
		return;
	case UPDATE_UNANSWERED:
		/* Perhaps done, perhaps not: the next survey tells. */
		free(target->unanswered);
		target->unanswered = xasprintf("%s: %s", target->config->name,
					       result->detail);
		return;
	case UPDATE_NOT_SENT:
	case UPDATE_ALIAS:
	case UPDATE_REFUSED:
	case UPDATE_NOT_AUTHORITATIVE:
	case UPDATE_NOT_IMPLEMENTED:
	case UPDATE_BAD_TIME:
	case UPDATE_UNREACHABLE:
		if (!result->doubtful)
			promise_withdraw(promise);
		break;
	case UPDATE_BAD_KEY:		/* these replies are not signed: */
	case UPDATE_BAD_SIGNATURE:	/* they prove nothing */
	case UPDATE_UNAUTHENTICATED:
	case UPDATE_SERVER_FAILED:
		break;
	}
	fail(promise, result->detail);
}

void publish_update(const struct source *source, struct keyring *keys,
		    struct promises *promises, struct standing *standing)
{
	struct batch batch = { .results = NULL };

	join_all(&batch.changes, promises);
	batch_send(source, keys, &batch);
	for (size_t i = 0; i < promises->count; i++) {
		struct promise *promise = &promises->items[i];
		size_t joined = promise->joined;

		if (joined != SIZE_MAX)
			judge(promise, &batch.changes.items[joined],
			      &batch.results[joined], standing);
	}
	batch_clear(&batch);
}
