/* SPDX-License-Identifier: MIT */
#include "look/probe_internal.h"

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
	const struct handshake *handshake, bool lacks_family)
{
	enum probe_verdict class = PROBE_SAW_OTHER;
	struct chain *chain = NULL;

	if (chain_parse_sent(handshake->chain_pem, handshake->chain_pem_size,
			     &chain) != CHAIN_OK)
		return class;
	class = class_of_chain(request, chain);
	if (class == PROBE_SAW_OTHER && lacks_family &&
	    has_leaf(request->known, chain))
		class = PROBE_NO_ANSWER;
	chain_free(chain);
	return class;
}

static enum probe_verdict class_of_round(const struct probe_request *request,
					 const struct endpoint *endpoint,
					 const struct handshake *handshake)
{
	if (handshake->outcome == OUTCOME_ANSWERED)
		return class_of_presented(request, handshake, false);
	if (probe_may_lack_family(handshake) && endpoint->any &&
	    endpoint->any->outcome == OUTCOME_ANSWERED)
		return class_of_presented(request, endpoint->any, true);
	return PROBE_NO_ANSWER;
}

enum probe_verdict probe_class(const struct probing *probing,
			       const struct endpoint *endpoint)
{
	const struct probe_request *request =
		&probing->requests[endpoint->request];
	enum probe_verdict worst = PROBE_NO_ANSWER;

	for (int i = 0; i < PROBE_ROUNDS; i++) {
		const struct handshake *round = &endpoint->rounds[i];
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
					 const struct handshake *round)
{
	enum probe_verdict class;

	if (!probe_round_is_bad(probing, endpoint, round))
		return VISIT_OURS;
	class = class_of_round(&probing->requests[endpoint->request], endpoint,
			       round);
	if (class == PROBE_SAW_OTHER)
		return VISIT_STRANGER;
	if (class != PROBE_NO_ANSWER ||
	    (probe_may_lack_family(round) && endpoint->any &&
	     endpoint->any->outcome == OUTCOME_ANSWERED))
		return VISIT_OURS;
	return round->outcome == OUTCOME_CLOSED ? VISIT_CLOSED : VISIT_SILENT;
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
