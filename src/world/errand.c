/* SPDX-License-Identifier: MIT */
#include "world/errand.h"

#include "base/xalloc.h"
#include "world/world.h"

const char *errand_outcome_text(enum errand_outcome outcome)
{
	switch (outcome) {
	case ERRAND_DONE:
		break;
	case ERRAND_NO_TIME:
		return "not looked at: this command's time was over first";
	case ERRAND_DIED:
		return "what came back made the process that reads it end";
	case ERRAND_FAILED:
		return "could not be asked: out of resources on this host";
	}
	return "was looked at";
}

void errand_clear(struct errand *errand)
{
	octets_clear(&errand->task);
	octets_clear(&errand->result);
}

/* ---- In this process --------------------------------------------------- */

struct here {
	struct world *outer;
	const struct errand *errand;
};

static void here_now(struct world *world, struct moment *moment)
{
	const struct here *here = world->self;

	here->outer->now(here->outer, moment);
}

static void here_random(struct world *world, void *data, size_t size)
{
	const struct here *here = world->self;

	here->outer->random(here->outer, data, size);
}

static void here_ask(struct world *world, struct question *questions,
		     size_t n)
{
	const struct here *here = world->self;

	here->errand->ask(here->errand->asker, questions, n);
}

static void here_handshake(struct world *world, struct handshake *handshakes,
			   size_t n)
{
	const struct here *here = world->self;

	here->outer->handshake(here->outer, handshakes, n);
}

static void do_here(struct world *outer, struct errand *errand)
{
	struct here here = { outer, errand };
	struct world inner = {
		.self = &here,
		.deadline_ms = outer->deadline_ms,
		.now = here_now,
		.random = here_random,
		.ask = here_ask,
		.handshake = here_handshake,
	};
	struct octets_reader task = { .data = errand->task.data,
				      .left = errand->task.size };

	errand->work(&inner, errand->context, &task, &errand->result);
	errand->outcome = ERRAND_DONE;
}

void errands_do_here(struct world *world, struct errand *errands, size_t n)
{
	for (size_t i = 0; i < n; i++)
		do_here(world, &errands[i]);
}
