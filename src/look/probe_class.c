/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

#include "base/xalloc.h"
#include "decide/alias.h"

/* A service does not present what is wanted: is that to be expected, or does
 * it not use our links? */

static bool has_leaf(const struct chains *chains, const struct chain *chain)
{
	for (size_t i = 0; chains && i < chains->count; i++)
		if (chains->items[i] &&
		    fingerprint_equal(&chains->items[i]->leaf, &chain->leaf))
			return true;
	return false;
}

/* Does another target need records of CHAIN where NAME leads? */
static bool is_needed(const struct facts *facts, const char *name,
		      const struct chain *chain)
{
	const struct tlsa_set *needs;

	for (size_t i = 0; i < facts->owner_count; i++) {
		const struct owner_facts *owner = &facts->owners[i];

		if (!streq(owner->owner, name))
			continue;
		needs = &alias_end(facts, owner)->others.needs;
		return needs->count && tlsa_set_covers(needs, chain);
	}
	return false;
}

/* What another target has in service elsewhere has no records here. */
static bool is_of_another(const struct probe_request *request,
			  const struct service *service,
			  const struct chain *chain)
{
	const struct config_target *target = request->target;
	bool is = !request->facts;

	for (size_t i = 0; i < target->spec_count && !is; i++)
		is = probe_concerns(target, service, &target->specs[i]) &&
		     is_needed(request->facts, target->specs[i].owner, chain);
	return is && has_leaf(request->known, chain);
}

static enum probe_verdict class_of_chain(const struct probe_request *request,
					 const struct chain *chain)
{
	if (fingerprint_equal(&chain->leaf, &request->wanted->leaf))
		return PROBE_SAW_OTHER;	/* not the rest of it */
	if (has_leaf(request->presented, chain))
		return PROBE_SAW_OLD;
	if (request->next &&
	    fingerprint_equal(&chain->leaf, &request->next->leaf))
		return PROBE_SAW_NEXT;
	return PROBE_SAW_OTHER;
}

static enum probe_verdict class_of_presented(
	const struct probe_request *request,
	const struct endpoint *endpoint,
	const struct showing *showing, bool lacks_family)
{
	enum probe_verdict class = PROBE_SAW_OTHER;

	if (!showing->chain)
		return class;
	class = class_of_chain(request, showing->chain);
	if (class == PROBE_SAW_OTHER && lacks_family &&
	    is_of_another(request, endpoint->service, showing->chain))
		class = PROBE_NO_ANSWER;
	return class;
}

static enum probe_verdict class_of_round(const struct probe_request *request,
					 const struct endpoint *endpoint,
					 const struct showing *showing)
{
	if (showing->handshake.outcome == OUTCOME_ANSWERED)
		return class_of_presented(request, endpoint, showing, false);
	if (probe_may_lack_family(showing) && endpoint->any &&
	    endpoint->any->handshake.outcome == OUTCOME_ANSWERED)
		return class_of_presented(request, endpoint, endpoint->any,
					  true);
	return PROBE_NO_ANSWER;
}

enum probe_verdict probe_class(const struct probing *probing,
			       const struct endpoint *endpoint)
{
	const struct probe_request *request =
		&probing->requests[endpoint->request];
	enum probe_verdict worst = PROBE_NO_ANSWER;

	for (int i = 0; i < PROBE_ROUNDS; i++) {
		const struct showing *round = &endpoint->rounds[i];
		enum probe_verdict class;

		if (!probe_round_is_bad(probing, endpoint, round))
			continue;
		class = class_of_round(request, endpoint, round);
		if (class > worst)
			worst = class;
	}
	return worst;
}

/* Who lacks a key of this kind, and presents what another target has in
 * service, presents what has its records. */
static enum visit_verdict visit_of_round(const struct probing *probing,
					 const struct endpoint *endpoint,
					 const struct showing *round)
{
	const struct probe_request *request =
		&probing->requests[endpoint->request];
	enum probe_verdict class;

	if (!probe_round_is_bad(probing, endpoint, round))
		return VISIT_OURS;
	class = class_of_round(request, endpoint, round);
	if (class == PROBE_SAW_OTHER ||
	    (class == PROBE_SAW_NEXT && request->next_is_unfit))
		return VISIT_STRANGER;
	if (class != PROBE_NO_ANSWER ||
	    (probe_may_lack_family(round) && endpoint->any &&
	     endpoint->any->handshake.outcome == OUTCOME_ANSWERED))
		return VISIT_OURS;
	return round->handshake.outcome == OUTCOME_CLOSED ? VISIT_CLOSED :
							    VISIT_SILENT;
}

enum visit_verdict probe_visit(const struct probing *probing,
			       const struct endpoint *endpoint)
{
	bool seen[VISIT_STRANGER + 1] = { false };

	for (int i = 0; i < PROBE_ROUNDS; i++)
		seen[visit_of_round(probing, endpoint,
				    &endpoint->rounds[i])] = true;
	return seen[VISIT_STRANGER] ? VISIT_STRANGER :
	       seen[VISIT_OURS] ? VISIT_OURS :
	       seen[VISIT_SILENT] ? VISIT_SILENT : VISIT_CLOSED;
}
