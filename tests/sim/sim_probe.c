/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"
#include "look/probe.h"

/* Takes the place of probe.c: what the simulated services present. */

/* What is sent above the leaf counts only where a record is about it. */
static bool is_as_wanted(const struct cert *cert, const struct chain *wanted,
			 bool issuers)
{
	if (!cert || memcmp(cert->leaf[0][1].data, wanted->leaf.sha256,
			    FINGERPRINT_SIZE) != 0)
		return false;
	return !issuers || (wanted->count > 1 &&
		wanted->certificates[1].der_size == cert->above[0][0].size &&
		memcmp(wanted->certificates[1].der, cert->above[0][0].data,
		       cert->above[0][0].size) == 0);
}

static bool presents_any(const struct cert *cert, const struct chains *chains,
			 bool issuers)
{
	for (size_t i = 0; i < chains->count; i++)
		if (chains->items[i] &&
		    is_as_wanted(cert, chains->items[i], issuers))
			return true;
	return false;
}

static enum probe_verdict judge(const struct probe_request *request,
				const struct cert *cert, bool issuers)
{
	if (!cert)
		return PROBE_NO_ANSWER;
	if (is_as_wanted(cert, request->wanted, issuers))
		return PROBE_SAW_NEW;
	if (presents_any(cert, request->presented, issuers))
		return PROBE_SAW_OLD;
	if (request->next && is_as_wanted(cert, request->next, issuers))
		return PROBE_SAW_NEXT;
	return PROBE_SAW_OTHER;
}

/* The worst of what connections to SERVICE show. */
static enum probe_verdict visit(struct sim *sim, const struct service *service,
				const struct probe_request *request,
				bool issuers)
{
	enum probe_verdict worst = service->count ? PROBE_SAW_NEW :
						    PROBE_NO_ANSWER;

	for (size_t i = 0; i < service->count; i++) {
		const struct worker *worker = &service->workers[i];
		bool current = worker->gone_ms == FOREVER;
		enum probe_verdict verdict;

		/* An old worker may answer, or be passed by. */
		if (!current && (worker->gone_ms <= sim->now_ms ||
				 sim_chance(sim, 500)))
			continue;
		verdict = judge(request, worker->cert, issuers);
		if (verdict > worst)
			worst = verdict;
	}
	return worst;
}

static enum visit_verdict visit_of(enum probe_verdict verdict)
{
	return verdict == PROBE_SAW_OTHER ? VISIT_STRANGER :
	       verdict == PROBE_NO_ANSWER ? VISIT_CLOSED : VISIT_OURS;
}

/* Where WHERE was looked at, REQUEST has the worst; where all is late nobody
 * was. */
static void note_visit(struct sim *sim, struct probe_request *request,
		       const char *where, enum visit_verdict verdict)
{
	if (sim_is_late(sim))
		verdict = VISIT_SILENT;
	if (verdict == VISIT_STRANGER)
		request->verdict = PROBE_SAW_OTHER;
	else if (verdict != VISIT_OURS && request->verdict < PROBE_NO_ANSWER)
		request->verdict = PROBE_NO_ANSWER;
	visits_add(&request->visits, verdict, xstrdup(where), xstrdup(where));
}

/* Another machine, and a look that goes wrong. */
static void visit_others(struct sim *sim, const struct target *target,
			 struct probe_request *request)
{
	enum visit_verdict odd = VISIT_OURS;

	if (sim_fault(sim, sim->faults.probe))
		odd = sim_chance(sim, 500) ? VISIT_STRANGER : VISIT_SILENT;
	note_visit(sim, request, "odd", odd);
	if (services_have_stranger(sim, target))
		note_visit(sim, request, "stranger",
			   services_visit_stranger(sim, target));
	else if (!target->strange_leaves)
		note_visit(sim, request, "stranger", VISIT_OURS);
}

static void probe(struct sim *sim, struct probe_request *request)
{
	const struct target *target =
		target_named(sim, request->target->name);
	bool issuers = services_need_issuers(sim, target);

	request->detail = xstrdup("the simulated services");
	request->verdict = PROBE_UNSEEN;
	if (!target->probed)
		return;
	request->verdict = PROBE_SAW_NEW;
	visit_others(sim, target, request);
	for (size_t i = 0; i < target->service_count; i++) {
		const struct service *service = &target->services[i];
		enum probe_verdict verdict = service->unseen ? PROBE_UNSEEN :
			visit(sim, service, request, issuers);
		char where[] = { 'A' + (char)i, '\0' };

		if (!service->unseen)
			note_visit(sim, request, where, visit_of(verdict));
		if (verdict > request->verdict && !sim_is_late(sim))
			request->verdict = verdict;
	}
}

void probe_run(struct world *world, const struct config *config,
	       struct probe_request *requests, size_t n)
{
	struct sim *sim = sim_of(world);

	(void)config;
	for (size_t i = 0; i < n; i++) {
		sim_wait(sim, sim->probes_hang ? HOUR :
			 sim_between(sim, 1, 500));
		probe(sim, &requests[i]);
	}
	sim_called(sim, "probe_run", EFFECT_HIDDEN);
}
