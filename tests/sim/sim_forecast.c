/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "checker.h"
#include "decide/forecast.h"
#include "sim_run.h"

#include <stdlib.h>
#include <string.h>

/*
 * Rollovers that nothing disturbs, and what forecast_reckon() says of them: of
 * the first from what the world is, to its end; of the second from what the
 * program knows by then, until the new certificate is in service. (Runs saw the
 * slowest server up to a period late. For the release that makes up for when
 * they will see it the next time; for the end, where it counts once more, it
 * does not.)
 */

/* How often it is looked in a period. */
#define LOOKS 200
/* What commands themselves take, at most. */
#define COMMAND_MS (10 * SECOND)

static int64_t slowest_ms(const struct sim *sim, bool delegated)
{
	int64_t slowest = 0;

	for (size_t i = 0; i < sim->server_count; i++)
		if (!sim->servers[i].ignored &&
		    sim->servers[i].lag_ms > slowest &&
		    (sim->servers[i].delegated || !delegated))
			slowest = sim->servers[i].lag_ms;
	return slowest;
}

static int64_t quickest_ms(const struct sim *sim)
{
	int64_t quickest = FOREVER;

	for (size_t i = 0; i < sim->server_count; i++)
		if (sim->servers[i].asked && !sim->servers[i].ignored &&
		    sim->servers[i].lag_ms < quickest)
			quickest = sim->servers[i].lag_ms;
	return quickest;
}

/* ---- What the program knows --------------------------------------------- */

static struct state *load_state(struct sim *sim, const struct target *target)
{
	const struct node *node = files_path(sim,
		sim_text(sim, "/var/lib/alnitak/targets/%s.json",
			 target->name));
	json_t *json = json_loadb(node->data, node->size, 0, NULL);
	struct state *state = NULL;
	char *detail = NULL;

	if (state_from_json(json, &state, &detail) != STATE_OK)
		sim_fail(sim, "the state cannot be read: %s", detail);
	json_decref(json);
	return state;
}

static struct chain *load_live(struct sim *sim)
{
	const struct node *node = files_path(sim,
		sim_text(sim, "/etc/letsencrypt/live/%s/fullchain.pem",
			 sim->targets[0].name));
	struct chain *chain;

	if (chain_parse(node->data, node->size, &chain) != CHAIN_OK)
		sim_fail(sim, "what certbot made cannot be read");
	return chain;
}

static void add_others(struct facts *facts, const struct state *state)
{
	for (size_t i = 0; i < state->ledger_count; i++)
		for (size_t k = 0; k < facts->owner_count; k++)
			if (streq(facts->owners[k].owner,
				  state->ledgers[i]->owner))
				*array_push(facts->owners[k].others.ledgers,
					facts->owners[k].others.ledger_count) =
					state->ledgers[i];
}

/* As the first survey leaves it, with what is served now. */
static void survey(struct sim *sim, int k, struct ledger *ledger)
{
	const struct version *shown = dns_primary(sim)->shown->of[k];
	struct tlsa_set set = dns_set_of(shown->rrs, shown->count);
	size_t v = ledger_add_version(ledger, LEDGER_SET, &set);

	if (ledger->versions[v].ttl_seconds < shown->ttl)
		ledger->versions[v].ttl_seconds = shown->ttl;
	for (size_t i = 0; i < ledger->address_count; i++)
		ledger->addresses[i].current = v;
}

static void add_owner(struct sim *sim, struct facts *facts,
		      struct ledger *ledger)
{
	struct owner_facts *owner = facts_find_owner(facts, ledger->owner);
	int k = dns_owner_named(sim, ledger->owner);

	survey(sim, k, ledger);
	owner->ledger = ledger;
	owner->params = sim->owners[k].params;
	owner->param_count = sim->owners[k].param_count;
}

static struct facts facts_known(struct sim *sim)
{
	const struct config *config = sim->config;
	struct state *state = load_state(sim, &sim->targets[0]);
	struct facts facts = {
		.target = &config->targets[0], .state = state,
		.live = load_live(sim),
		.rules = { config->record_ttl_seconds, config->ttl_factor,
			   config->margin_seconds },
	};

	for (size_t i = 0; i < state->ledger_count; i++)
		add_owner(sim, &facts, state->ledgers[i]);
	for (size_t t = 1; t < sim->target_count; t++)
		add_others(&facts, load_state(sim, &sim->targets[t]));
	return facts;
}

static struct forecast_terms terms_known(struct sim *sim)
{
	struct facts facts = facts_known(sim);
	struct forecast_terms terms;

	if (!forecast_terms_find(&facts, false, sim->timer_ms, &terms))
		sim_fail(sim, "nothing is reckoned");
	return terms;
}

/* The same, but the servers as they are and not as they were seen. */
static struct forecast_terms terms_of_world(struct sim *sim)
{
	struct forecast_terms terms = terms_known(sim);

	terms.servers_ms = slowest_ms(sim, false);
	terms.first_ms = sim->own_serials ? terms.servers_ms :
					    quickest_ms(sim);
	return terms;
}

/* ---- The world, undisturbed --------------------------------------------- */

/* Does it end with a run, so that seconds would say which? */
static bool is_close(const struct sim *sim, int64_t wait_ms)
{
	int64_t over_ms = wait_ms % sim->timer_ms;

	return over_ms < COMMAND_MS || sim->timer_ms - over_ms < COMMAND_MS;
}

static bool is_ttl_close(const struct sim *sim,
			 const struct forecast_terms *terms, int64_t ttl_ms)
{
	int64_t kept_ms = ttl_ms + terms->margin_ms;

	return ttl_ms && (is_close(sim, ttl_ms) || is_close(sim, kept_ms) ||
			  is_close(sim, ttl_ms * terms->ttl_factor) ||
			  is_close(sim, ttl_ms * terms->ttl_factor + kept_ms));
}

static bool is_any_close(const struct sim *sim,
			 const struct forecast_terms *terms)
{
	return is_ttl_close(sim, terms, terms->ttl_ms) ||
	       is_ttl_close(sim, terms, terms->before_ms) ||
	       is_ttl_close(sim, terms, terms->grace_ms) ||
	       (terms->linger_ms > terms->grace_ms &&
		is_close(sim, terms->linger_ms));
}

/* No wait from one run to another is a whole number of periods. */
static void set_timer(struct sim *sim)
{
	const struct forecast_terms terms = terms_of_world(sim);

	while (is_any_close(sim, &terms))
		sim->timer_ms += SECOND;
}

/* What no clock tells the end of is no part of it; and whether one of certbot's
 * hooks sees what a server has seconds later is for these to say. */
static void calm_down(struct sim *sim)
{
	memset(&sim->faults, 0, sizeof(sim->faults));
	sim->liveness = true;
	sim->signature_ms = 0;
	for (size_t t = 0; t < sim->target_count; t++) {
		sim->targets[t].strange_ms = 0;
		sim->targets[t].linger_seconds = 0;
	}
	for (size_t i = 0; i < sim->server_count; i++)
		if (sim->servers[i].lag_ms < COMMAND_MS)
			sim->servers[i].lag_ms = 0;
}

/* Nor is what waits for nobody: its records are the issuer's, and stay. */
static bool is_changed(const struct sim *sim)
{
	for (size_t i = 0; i < sim->owner_count; i++)
		for (size_t k = 0; k < sim->owners[i].param_count; k++)
			if (sim->owners[i].users & 1 &&
			    sim->owners[i].params[k].usage == 3)
				return true;
	return false;
}

/* Where clients have nobody to ask the checker sees nothing. */
static bool is_served(const struct sim *sim)
{
	for (size_t i = 0; i < sim->server_count; i++)
		if (sim->servers[i].delegated && !sim->servers[i].ignored)
			return true;
	return false;
}

/* Nobody can see what a service presents, or it does not read the links. */
static bool is_apart(const struct target *target)
{
	for (size_t i = 0; i < target->service_count; i++)
		if (target->services[i].reads != READS_LINKS)
			return true;
	return target->unseen;
}

/* Somebody's wildcard waits for him as well; and an address that contradicts
 * itself is looked at until it does not. */
static bool is_held(const struct sim *sim)
{
	for (size_t i = 0; i < sim->server_count; i++)
		if (sim->servers[i].twin)
			return true;
	for (size_t i = 0; i < sim->owner_count; i++)
		if (sim->owners[i].has_wildcard)
			return true;
	for (size_t t = 0; t < sim->target_count; t++)
		if (is_apart(&sim->targets[t]))
			return true;
	return false;
}

/* ---- Rollovers ---------------------------------------------------------- */

static const char *not_in_service(struct sim *sim)
{
	struct target *target = &sim->targets[0];

	return services_would_load(sim, target) == target->live ? NULL :
		"the links do not lead to the new certificate";
}

/* Since BEGUN_MS, until CHECK finds no fault. */
static int64_t wait_for(struct sim *sim, int64_t begun_ms, int64_t most_ms,
			const char *(*check)(struct sim *))
{
	int64_t look_ms = sim->timer_ms / LOOKS;
	const char *fault = check(sim);

	while (fault && sim->now_ms - begun_ms < most_ms) {
		sim_advance(sim, look_ms > SECOND ? look_ms : SECOND);
		fault = check(sim);
	}
	if (fault)
		sim_fail(sim, "not after %.0f s: %s",
			 (double)most_ms / 1000, fault);
	return sim->now_ms - begun_ms;
}

/* Until caches, and ledgers, know nothing any more of how it began; then at any
 * time between two runs. */
static void rest(struct sim *sim)
{
	int64_t timer_ms = sim->timer_ms;

	sim->timer_ms = HOUR;
	sim_advance(sim, 6 * sim->ttl * SECOND + DAY);
	sim->timer_ms = timer_ms;
	sim_advance(sim, HOUR + sim_between(sim, 0, timer_ms));
}

static int64_t renew(struct sim *sim)
{
	struct renewal renewal = { .due = { true }, .hooks = true };

	certbot_begin(sim, &renewal);
	run_finish_certbot(sim);
	return sim->now_ms;
}

/* Within MOST_MS, either side. */
static void compare(struct sim *sim, const char *what, int64_t begun_ms,
		    int64_t reckoned_ms, int64_t most_ms,
		    const char *(*check)(struct sim *))
{
	int64_t took_ms = wait_for(sim, begun_ms, reckoned_ms +
				   20 * sim->timer_ms, check);
	int64_t off_ms = took_ms - reckoned_ms;

	sim_log(sim, "%s took %.0f s, reckoned %.0f s", what,
		(double)took_ms / 1000, (double)reckoned_ms / 1000);
	if (off_ms > most_ms || -off_ms > most_ms)
		sim_fail(sim, "%s took %.0f s, and was reckoned to take "
			 "%.0f s, with a run every %.0f s", what,
			 (double)took_ms / 1000, (double)reckoned_ms / 1000,
			 (double)sim->timer_ms / 1000);
}

static void compare_world(struct sim *sim)
{
	const struct forecast_terms terms = terms_of_world(sim);
	struct forecast forecast = forecast_reckon(&terms);
	int64_t begun_ms = renew(sim);

	compare(sim, "a release", begun_ms, forecast.in_service_ms,
		sim->timer_ms, not_in_service);
	/* The checker looks at what clients can ask. */
	compare(sim, "a rollover", begun_ms, forecast.end_ms -
		forecast.deletion_ms + slowest_ms(sim, true),
		sim->timer_ms, checker_finished);
}

/* The run that saw the last server, and the one that will see it, may be a
 * period apart; beside that they take some seconds. */
static void compare_known(struct sim *sim)
{
	struct forecast_terms terms = terms_known(sim);
	struct forecast forecast = forecast_reckon(&terms);

	compare(sim, "the next release", renew(sim), forecast.in_service_ms,
		sim->timer_ms + COMMAND_MS / 2, not_in_service);
}

bool run_forecast(struct sim *sim)
{
	jmp_buf end;

	sim->end = &end;
	if (setjmp(end))
		return false;
	setup_random(sim);
	if (is_held(sim) || !is_changed(sim) || !is_served(sim))
		return true;
	calm_down(sim);
	run_begin(sim);
	sim->is_liveness_failure = true;
	wait_for(sim, sim->now_ms, 12 * DAY, checker_finished);
	rest(sim);
	set_timer(sim);
	compare_world(sim);
	rest(sim);
	compare_known(sim);
	return true;
}
