/* SPDX-License-Identifier: MIT */
#include "errand/outside.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "errand/wire.h"

#include <stdlib.h>

#define OWNERS_LEAST 256	/* fewer are not worth another process */
#define OWNERS_MOST 8192

struct viewing {
	const struct config *config;
	struct outside *outside;
};

/* ---- Elsewhere --------------------------------------------------------- */

static void put_answer(struct octets *result,
		       const struct outside_answer *answer)
{
	octets_put_number(result, answer->verdict);
	wire_put_set(result, &answer->set);
	octets_put_number(result, answer->by_alias);
	octets_put_number(result, (uint64_t)answer->until_ms);
	octets_put_text(result, answer->detail);
}

static void work(struct world *world, const void *context,
		 struct octets_reader *task, struct octets *result)
{
	struct config config = desk_take_config(context, task);
	struct texts owners = { NULL, 0 };
	struct outside outside;

	wire_take_names(task, &owners);
	invariant(octets_over(task));
	outside_ask(world, &config, (const char *const *)owners.items,
		    owners.count, &outside);
	for (size_t i = 0; i < outside.count; i++)
		for (size_t k = 0; k < outside.owners[i].count; k++)
			put_answer(result, &outside.owners[i].answers[k]);
	outside_clear(&outside);
	texts_clear(&owners);
	free(config.resolvers);
}

/* ---- Here -------------------------------------------------------------- */

static void put(const void *self, struct span span, struct octets *task)
{
	const struct viewing *all = self;

	octets_put_number(task, span.count);
	for (size_t i = span.first; i < span.first + span.count; i++)
		octets_put_text(task, all->outside->owners[i].name);
}

static void take_answer(struct octets_reader *reader,
			struct outside_answer *answer)
{
	answer->verdict = (enum outside_verdict)octets_number(reader,
							      OUTSIDE_UNSEEN);
	wire_take_set(reader, &answer->set);
	answer->by_alias = octets_bool(reader);
	answer->until_ms = (int64_t)octets_number(reader,
						  OCTETS_SECONDS_MAX * 1000);
	answer->detail = octets_text(reader, WIRE_TEXT_MAX);
	if (answer->set.count > TLSA_PER_SET_MAX ||
	    (answer->verdict == OUTSIDE_SET) != (answer->set.count > 0) ||
	    (answer->verdict == OUTSIDE_UNSEEN) != (answer->detail != NULL))
		reader->bad = true;
}

static void forget(struct outside_answer *answer)
{
	struct address address = answer->address;

	tlsa_set_clear(&answer->set);
	free(answer->detail);
	*answer = (struct outside_answer){ .address = address };
}

static bool take(void *self, struct span span, struct octets_reader *result)
{
	struct outside_owner *owners =
		((struct viewing *)self)->outside->owners + span.first;

	for (size_t i = 0; i < span.count; i++)
		for (size_t k = 0; k < owners[i].count; k++)
			take_answer(result, &owners[i].answers[k]);
	if (octets_over(result))
		return true;
	for (size_t i = 0; i < span.count; i++)
		for (size_t k = 0; k < owners[i].count; k++)
			forget(&owners[i].answers[k]);
	return false;
}

static void give_up(void *self, struct span span, enum errand_outcome outcome)
{
	struct outside *outside = ((struct viewing *)self)->outside;

	for (size_t i = span.first; i < span.first + span.count; i++)
		for (size_t k = 0; k < outside->owners[i].count; k++) {
			struct outside_answer *answer =
				&outside->owners[i].answers[k];

			answer->verdict = OUTSIDE_UNSEEN;
			answer->detail = xstrdup(errand_outcome_text(outcome));
		}
}

static void begin_owner(const struct config *config, const char *name,
			struct outside_owner *owner)
{
	owner->name = name;
	owner->count = config->outside_count;
	owner->answers = xcalloc(owner->count, sizeof(*owner->answers));
	for (size_t k = 0; k < owner->count; k++)
		owner->answers[k].address = config->outside[k];
}

void errand_outside(const struct errand_desk *desk, const char *const *owners,
		    size_t n, struct outside *outside)
{
	static const struct errand_kind kind = { work, true, put, NULL,
						 take, give_up };
	struct viewing all = { desk->config, outside };
	struct span *spans;
	size_t count;

	*outside = (struct outside){ NULL, 0 };
	if (n == 0 || desk->config->outside_count == 0)
		return;
	outside->owners = xcalloc(n, sizeof(*outside->owners));
	outside->count = n;
	for (size_t i = 0; i < n; i++)
		begin_owner(desk->config, owners[i], &outside->owners[i]);
	spans = desk_divide(desk, n, OWNERS_LEAST, OWNERS_MOST, &count);
	desk_do(desk, &kind, &all, spans, count);
}
