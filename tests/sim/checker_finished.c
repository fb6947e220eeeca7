/* SPDX-License-Identifier: MIT */
#include "checker_internal.h"

#include <string.h>

/* ---- Records ------------------------------------------------------------ */

static bool is_wanted(struct sim *sim, const struct owner *owner,
		      const struct rr *rr)
{
	if (!alias_leads_to(sim, (int)(owner - sim->owners)))
		return false;
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t && !sim->targets[t].removed &&
		    checker_matches(rr, sim->targets[t].live))
			return true;
	return false;
}

/* Where no alias leads any more only what the program remembers is its own. */
static bool is_left_behind(const struct sim *sim, const struct owner *owner,
			   const struct rr *rr)
{
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t && sim->targets[t].forgot)
			return true;
	for (const struct added *at = owner->added; at; at = at->next)
		if (rr_equal(&at->rr, rr))
			return false;
	return true;
}

/* certbot deleted the files of what the program never published itself: with
 * the archive went the knowledge whose it was. With the state goes that of what
 * it did publish; and whose an issuer's record is, no file tells. At a shared
 * owner one target may have sent along what another, in trouble, needed and had
 * not noted. */
static bool is_forgotten(const struct sim *sim, const struct owner *owner,
			 const struct rr *rr)
{
	bool shared = (owner->users & (owner->users - 1)) != 0;
	bool forgot = false;

	for (size_t t = 0; t < sim->target_count; t++)
		forgot |= owner->users & 1U << t && sim->targets[t].forgot;
	for (const struct added *at = owner->added; at; at = at->next)
		if (!shared && !forgot && rr_equal(&at->rr, rr))
			return false;
	for (size_t t = 0; t < sim->target_count; t++)
		if (owner->users & 1U << t && (sim->targets[t].was_deleted ||
		    sim->targets[t].last_number > ARCHIVE_KEPT + 1))
			return true;
	return forgot && rr->usage == 2;
}

/* A combination that nobody configured, but others began. Where two targets
 * have a record in it, neither may delete its own first; nor may one that was
 * forgotten be left without a match beside it. */
static bool is_held_by_another(const struct sim *sim,
			       const struct owner *owner,
			       const struct version *version,
			       const struct rr *rr)
{
	bool shared = (owner->users & (owner->users - 1)) != 0;

	for (size_t i = 0; i < version->count; i++)
		if (checker_same_kind(&version->rrs[i], rr) &&
		    !rr_equal(&version->rrs[i], rr) &&
		    (shared || is_forgotten(sim, owner, &version->rrs[i])))
			return true;
	return false;
}

static bool has_kind(const struct sim *sim, const struct owner *owner,
		     const struct version *version, const struct rr *rr)
{
	for (size_t i = 0; i < owner->param_count; i++)
		if (owner->params[i].usage == rr->usage &&
		    owner->params[i].selector == rr->selector &&
		    owner->params[i].matching == rr->matching)
			return true;
	for (size_t i = 0; i < owner->foreign_count; i++)
		if (checker_same_kind(&owner->foreign[i], rr))
			return true;
	return is_held_by_another(sim, owner, version, rr);
}

static const char *check_records(struct sim *sim, const struct owner *owner,
				 const struct version *version)
{
	bool is_led_to = alias_leads_to(sim, version->owner);

	if (version->alias)
		return NULL;
	for (size_t i = 0; i < owner->foreign_count; i++)
		if (!rr_in(&owner->foreign[i], version->rrs, version->count))
			return "a record of others is missing";
	for (size_t i = 0; i < version->count; i++) {
		const struct rr *rr = &version->rrs[i];

		if (rr_in(rr, owner->foreign, owner->foreign_count) ||
		    rr_in(rr, owner->odd, owner->odd_count) ||
		    second_has(sim, version->owner, rr))
			continue;
		if (is_forgotten(sim, owner, rr) ||
		    (!is_led_to && is_left_behind(sim, owner, rr)))
			continue;
		if (!is_wanted(sim, owner, rr) ||
		    !has_kind(sim, owner, version, rr))
			return "a record of ours is left over";
	}
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < owner->param_count; i++) {
			struct rr rr = rr_of(sim->targets[t].live,
					     owner->params[i]);

			if (owner->users & 1U << t && is_led_to &&
			    !sim->targets[t].removed &&
			    !rr_in(&rr, version->rrs, version->count))
				return "a record of ours is missing";
		}
	return NULL;
}

/* ---- Services ----------------------------------------------------------- */

static const char *check_services(struct sim *sim, struct target *target)
{
	bool rests = strcmp(kind_of_place(sim, target), "live") == 0;

	if (services_would_load(sim, target) != target->live)
		return "the links do not show the live version";
	if (rests != (sim->follows || target->removed))
		return "the links are not where they rest";
	if (target->removed)
		return NULL;	/* nobody reloads for certbot */
	for (size_t i = 0; i < target->service_count; i++) {
		const struct service *service = &target->services[i];

		for (size_t k = 0; k < service->count; k++)
			if (service->workers[k].gone_ms == FOREVER &&
			    service->workers[k].cert != target->live)
				return "a service presents another version";
	}
	return NULL;
}

const char *checker_finished(struct sim *sim)
{
	const char *fault = NULL;

	for (size_t t = 0; t < sim->target_count; t++)
		if (sim->targets[t].unseen)
			return NULL;	/* that is held for good */
	for (size_t t = 0; t < sim->target_count && !fault; t++)
		fault = check_services(sim, &sim->targets[t]);
	for (size_t i = 0; i < sim->server_count && !fault; i++)
		for (size_t k = 0; k < sim->owner_count && !fault; k++)
			if (sim->servers[i].delegated &&
			    !sim->servers[i].ignored)
				fault = check_records(sim, &sim->owners[k],
					sim->servers[i].shown->of[k]);
	return fault;
}
