/* SPDX-License-Identifier: MIT */
#include "look/probe_all.h"

#include "base/xalloc.h"
#include "look/probe.h"

#include <stdlib.h>

/* What is seen of a target is noted even where not all can be: who loads late
 * begins to linger late. */
static void note_proof(struct target *target)
{
	struct state *state = target->state;
	bool may_pass = target->config->linger_given &&
			state->reloaded_ms && !state->reload_due;

	if (target->probe > PROBE_UNSEEN && state->proven_ms)
		state->proven_ms = 0;
	else if (target->probe == PROBE_UNSEEN && !state->proven_ms &&
		 may_pass)
		state->proven_ms = target->facts.now_ms;
	else
		return;
	target->unsaved = true;
}

/* IS_CUT: who did not answer was not waited for. A service that was not looked
 * at is not silent: the first record at an owner must not begin as where
 * nothing answers, nor what was proven be so no more. */
static void take_probe(struct target *target, struct probe_request *request,
		       bool is_cut)
{
	struct state *state = target->state;

	free(target->probe_detail);
	target->probe_detail = request->detail;
	if (is_cut && request->verdict == PROBE_NO_ANSWER) {
		target->probe = PROBE_NOT_ASKED;
		visits_clear(&request->visits);
		return;
	}
	/* Whoever has a list says by it who is not to be looked at. */
	if (strangers_update(&state->strangers, &request->visits,
			     target->config->probe == CONFIG_PROBE_AUTO,
			     target->facts.now_ms))
		target->unsaved = true;
	visits_clear(&request->visits);
	target->probe = request->verdict;
	note_proof(target);
}

/* What any target has in service. */
static struct chains list_known(const struct targets *targets)
{
	struct chains known = { NULL, 0 };

	for (size_t i = 0; i < targets->count; i++) {
		const struct chains *presented =
			&targets->items[i].facts.presented;

		if (targets->items[i].rests)
			chains_add(&known, &targets->items[i].rests->chain);
		for (size_t k = 0; k < presented->count; k++)
			chains_add(&known, presented->items[k]);
	}
	return known;
}

static struct probe_request request_for(const struct pass *pass,
					const struct target *target,
					const struct chains *known)
{
	const struct facts *facts = &target->facts;
	const struct chain *live = facts->live ? facts->live : facts->unfit;

	return (struct probe_request){ .target = target->config,
				       .wanted = facts->released,
				       .presented = &facts->presented,
				       .next = live,
				       .next_is_unfit = !facts->live,
				       .known = known,
				       .facts = pass->seen.zones_known ?
						facts : NULL };
}

void probe_all(struct pass *pass)
{
	struct targets *targets = &pass->targets;
	struct chains known = list_known(targets);
	struct probe_request *requests = NULL;
	struct target **askers = NULL;
	size_t n = 0, asker_count = 0;
	bool is_cut;

	for (size_t i = 0; i < targets->count; i++) {
		struct target *target = &targets->items[i];

		if (target->done || target->action.step != STEP_PROBE)
			continue;
		*array_push(requests, n) = request_for(pass, target,
							  &known);
		*array_push(askers, asker_count) = target;
	}
	if (n)
		probe_run(pass->source.world, pass->source.config, requests,
			  n);
	is_cut = budget_stage_is_over(&pass->budget);
	for (size_t i = 0; i < n; i++)
		take_probe(askers[i], &requests[i], is_cut);
	free(requests);
	free(askers);
	chains_clear(&known);
}
