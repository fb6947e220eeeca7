/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/xalloc.h"
#include "checker.h"
#include "sim_run.h"

/* What happens in a scenario when all is done. */

void scenario_wait(struct sim *sim)
{
	for (unsigned i = 0; i < TICKS && checker_finished(sim); i++)
		sim_advance(sim, sim->timer_ms);
	sim->is_liveness_failure = checker_finished(sim) != NULL;
	if (sim->is_liveness_failure)
		sim_fail(sim, "not finished: %s", checker_finished(sim));
	/* Who looks sees the run that finds nothing to do, too. */
	if (sim->told)
		sim_advance(sim, sim->timer_ms);
}

void scenario_renew(struct sim *sim, bool first, bool second)
{
	struct renewal renewal = { .due = { first, second }, .hooks = true };

	certbot_begin(sim, &renewal);
	run_finish_certbot(sim);
}

void scenario_renew_unhooked(struct sim *sim)
{
	struct renewal renewal = { .due = { true } };

	certbot_begin(sim, &renewal);
	run_finish_certbot(sim);
}

void scenario_prune(struct sim *sim)
{
	sim->timer_next_ms = sim->now_ms + HOUR;
	for (int i = 0; i < ARCHIVE_KEPT; i++)
		scenario_renew_unhooked(sim);
}

/* So often that each comes while the one before is waited for. */
static void renew_faster(struct sim *sim, bool outpaced)
{
	int64_t pause_ms = outpaced ? SECOND : 2 * sim->ttl * SECOND / 3;
	const struct target *target = &sim->targets[0];
	const struct cert *before = target->live;
	/* Of those that come within a second of each other some more, for
	 * nothing goes before all servers are in step. */
	size_t most = 0, bound = outpaced ? TLSA_PER_SET_GOOD + 6 : 6;

	sim_advance(sim, 2 * sim->timer_ms);
	for (int i = 0; i < (outpaced ? 36 : 8); i++) {
		scenario_renew(sim, true, false);
		sim_advance(sim, pause_ms);
		if (dns_primary(sim)->shown->of[0]->count > most)
			most = dns_primary(sim)->shown->of[0]->count;
	}
	sim->is_liveness_failure = true;
	if (services_would_load(sim, &sim->targets[0]) == before)
		sim_fail(sim, "%s grows old while others are issued",
			 before->title);
	/* What was killed is done a run later. */
	if (most > bound + sim->was_killed)
		sim_fail(sim, "there were %zu records at once", most);
	sim->is_liveness_failure = false;
}

/* And never gets into service; then certbot renews it. */
static void go_back_to_expired(struct sim *sim)
{
	struct target *target = &sim->targets[0];
	const struct cert *served = target->live;

	sim_advance(sim, DAY + 12 * HOUR);
	certbot_go_back_to(sim, target, 1);
	for (int i = 0; i < 20; i++) {
		sim_advance(sim, sim->timer_ms);
		if (sim->last_status != EXIT_FAILED)
			sim_fail(sim, "the last run said nothing of %s",
				 target->live->title);
	}
	if (services_would_load(sim, target) != served)
		sim_fail(sim, "%s, which has expired, is in service",
			 target->live->title);
	scenario_renew(sim, true, false);
}

static void go_back_at_rest(struct sim *sim)
{
	certbot_go_back_to(sim, &sim->targets[0], 1);
	scenario_wait(sim);
}

/* The older one is the first that certbot clears away, and just released; the
 * newer one may be presented still. */
static void lose_older(struct sim *sim, unsigned lost)
{
	struct target *target = &sim->targets[0];

	certbot_go_back_to(sim, target, 1);
	for (int i = 0; i < TICKS &&
	     services_would_load(sim, target) != target->live; i++)
		sim_advance(sim, sim->timer_ms);
	scenario_prune(sim);
	backup_lose(sim, lost);
}

/* All that the second lineage has comes back from before it was renewed, but
 * for its state, while the first, which was renewed, begins anew at the owner
 * of both. No command is called before all that has happened. */
static void lead_back(struct sim *sim)
{
	const struct version *before = dns_primary(sim)->accepted->of[1];

	backup_make(sim);
	scenario_renew(sim, false, true);
	scenario_wait(sim);
	sim->timer_next_ms = sim->now_ms + HOUR;
	backup_restore(sim, BACKUP_DANE);
	services_restart_all(sim);
	others_commit(sim, 1, before->rrs, before->count, before->ttl);
	others_commit(sim, (int)sim->owner_count - 1, NULL, 0, 0);
	scenario_renew_unhooked(sim);
}

/* Within the hour somebody sees it, and puts ours back. */
static void edit_at_rest(struct sim *sim)
{
	sim_advance(sim, 2 * HOUR);
	others_replace(sim, 0);
	sim_advance(sim, HOUR + 3 * sim->timer_ms);
	scenario_wait(sim);
}

/* Each time all records get it, unless the state has forgotten that it is
 * another, or others have records there, too; and then there is a rollover with
 * both. */
static void retime_at_rest(struct sim *sim)
{
	const uint32_t ttls[] = { sim->ttl * 4, sim->ttl / 5 };

	for (size_t i = 0; i < sizeof(ttls) / sizeof(*ttls); i++) {
		sim_advance(sim, 2 * sim->timer_ms);
		people_retime(sim, ttls[i]);
		sim_advance(sim, 3 * sim->timer_ms);
		for (size_t k = 0; k < sim->owner_count; k++)
			if (!sim->restore_at && !sim->edit_at &&
			    dns_primary(sim)->accepted->of[k]->ttl != ttls[i])
				sim_fail(sim, "the TTL is not %u", ttls[i]);
		scenario_renew(sim, true, true);
		scenario_wait(sim);
	}
}

/* And the next certificate goes into service as certbot makes it. */
static void run_removed(struct sim *sim, const struct scenario *scenario)
{
	if (!scenario->midway)
		run_remove_all(sim);
	scenario_wait(sim);
	scenario_renew(sim, true, true);
	services_restart_all(sim);
	checker_look(sim);
}

/* Services start once more, with what the links show then. */
static void put_back(struct sim *sim, unsigned lost)
{
	if (lost)
		backup_lose(sim, lost);
	backup_restore(sim, BACKUP_BOTH);
	sim_advance(sim, 2 * sim->timer_ms);
	services_restart_all(sim);
	checker_look(sim);
}

/* What happens when all is done. */
void scenario_rest(struct sim *sim, const struct scenario *scenario)
{
	if (scenario->faster)
		renew_faster(sim, scenario->outpaced);
	if (scenario->expired)
		go_back_to_expired(sim);
	else if (scenario->goes_back && scenario->lost)
		lose_older(sim, scenario->lost);
	else if (scenario->goes_back)
		go_back_at_rest(sim);
	if (scenario->put_back)
		put_back(sim, scenario->lost);
	if (scenario->led_back)
		lead_back(sim);
	if (scenario->edited)
		edit_at_rest(sim);
	if (scenario->retimed)
		retime_at_rest(sim);
	if (scenario->second)
		second_await(sim);
	if (scenario->removed)
		run_removed(sim, scenario);
	sim->crosses_issuer = scenario->crossed;
	if (scenario->crossed)
		scenario_renew(sim, true, false);
	scenario_wait(sim);
}
