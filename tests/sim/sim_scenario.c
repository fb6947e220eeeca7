/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/xalloc.h"
#include "checker.h"
#include "sim_run.h"

/* A run in which all that happens was chosen, but for one point: until all is
 * done for the first time; sim_scenario_rest.c has what follows. */

/* After the first look: it will have taken what is published first, and
 * nothing later, when it can be asked again. */
static void hide_server(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim_advance(sim, sim->timer_ms + 10 * SECOND);
	server->silent_ms = server->frozen_ms = sim->now_ms + HOUR;
	server->shown = dns_primary(sim)->shown;
	server->show_ms = FOREVER;
	dns_refresh(sim);
}

/* When nothing is watched; it follows just before it answers again. */
static void silence_server(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim_advance(sim, 2 * sim->timer_ms);
	server->frozen_ms = sim->now_ms + HOUR;
	server->silent_ms = server->frozen_ms + MINUTE;
}

static void set_ttl(struct sim *sim, int owner, uint32_t ttl)
{
	const struct version *now = dns_primary(sim)->accepted->of[owner];

	others_commit(sim, owner, now->rrs, now->count, ttl);
}

/* Of the owner that both share, when one has a rollover pending and the other
 * is at rest: only the one can see it. */
static void raise_ttl_once(struct sim *sim, bool rests)
{
	int shared = (int)sim->owner_count - 1;

	set_ttl(sim, shared, 6 * sim->ttl);
	sim_advance(sim, sim->timer_ms + MINUTE);
	sim->timer_ms = 10 * MINUTE;
	if (rests) {
		scenario_wait(sim);
		sim_advance(sim, 70 * MINUTE);
	}
	set_ttl(sim, shared, sim->ttl);
	sim_advance(sim, MINUTE);
}

/* Longer than it is remembered what the zone had when it fell silent: a set
 * that caches keep six times as long as those before and after. */
static void silence_long(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim_advance(sim, 2 * sim->timer_ms);
	set_ttl(sim, 0, 6 * sim->ttl);
	sim_advance(sim, MINUTE);
	server->frozen_ms = sim->now_ms + 5 * HOUR;
	server->silent_ms = server->frozen_ms + MINUTE;
	sim->timer_ms = 10 * MINUTE;
}

/* A record of nobody's. */
static struct rr strange_record(struct sim *sim, int k, uint8_t selector)
{
	static const uint8_t nobody[32];
	struct owner *owner = &sim->owners[k];
	struct rr strange = { 3, selector, 1, nobody, sizeof(nobody) };

	owner->strange[owner->strange_count++] = strange;
	return strange;
}

/* The certificate needs a record in it, too, until it is gone. */
static void bring_combination(struct sim *sim)
{
	const struct version *now = dns_primary(sim)->accepted->of[0];
	struct rr rrs[2] = { now->rrs[0], strange_record(sim, 0, 0) };

	others_commit(sim, 0, rrs, 2, now->ttl);
	scenario_wait(sim);
	sim_advance(sim, HOUR);
	others_commit(sim, 0, rrs, 1, now->ttl);
	sim_advance(sim, MINUTE);
	sim->keeps_key = true;
}

/* Where the alias leads somebody has a record of his own. */
static void share_end(struct sim *sim)
{
	int end = dns_primary(sim)->accepted->of[0]->alias - 1;
	const struct version *now = dns_primary(sim)->accepted->of[end];
	struct rr rrs[2] = { now->rrs[0], strange_record(sim, end, 1) };

	others_commit(sim, end, rrs, 2, now->ttl);
}

/* When nothing is watched; resolvers go on asking it for two days. It takes an
 * edit without a match; the key stays, so that nothing else is waited for. */
static void lose_server(struct sim *sim)
{
	struct server *server = &sim->servers[2];
	struct rr strange;

	sim_advance(sim, 2 * sim->timer_ms);
	server->delegated = false;
	server->unasked_ms = sim->now_ms + dns_asked_ms(sim, server);
	sim->keeps_key = true;
	strange = strange_record(sim, 0, 1);
	others_commit(sim, 0, &strange, 1, sim->ttl);
	sim_advance(sim, MINUTE);
	server->frozen_ms = FOREVER;
	sim->timer_ms = 4 * HOUR;
}

/* When every server was seen with the new record, somebody takes it out. */
static void take_back(struct sim *sim)
{
	const struct version *before =
		dns_primary(sim)->accepted->of[0]->before;

	others_commit(sim, 0, before->rrs, before->count, before->ttl);
	sim_advance(sim, MINUTE);
}

/* While a rollover is pending: it was seen with the new record, and now goes
 * back to the zone as it was before that. */
static void lose_follower(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim_advance(sim, sim->timer_ms + MINUTE);
	server->delegated = false;
	server->unasked_ms = sim->now_ms + dns_asked_ms(sim, server);
	take_back(sim);
	server->frozen_ms = FOREVER;
	sim->timer_ms = 30 * MINUTE;
}

/* It was seen with the new record before, and is with it again after: in
 * between it was, like the others, without. */
static void silence_follower(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim_advance(sim, sim->timer_ms + MINUTE);
	server->silent_ms = sim->now_ms + HOUR + MINUTE;
	take_back(sim);
	server->frozen_ms = sim->now_ms + HOUR - MINUTE;
}

/* So that signatures end while caches would let go. */
static void stop_signer(struct sim *sim)
{
	dns_sign(sim);
	sim->signature_ms = 900 * SECOND;
	sim->signer_ms = sim->now_ms + 2 * HOUR;
	sim->timer_ms = 15 * MINUTE;
}

/* To the key whose record was just deleted, which the primary still shows. */
static void go_back(struct sim *sim)
{
	while (dns_primary(sim)->accepted->of[0]->count > 1)
		sim_advance(sim, SECOND);
	sim->takes_old_key = true;
	sim->timer_ms = 15 * MINUTE;
	scenario_renew(sim, true, false);
}

/* And services started since. */
static void wipe_owner(struct sim *sim)
{
	scenario_renew_unhooked(sim);
	services_restart_all(sim);
	others_commit(sim, 0, NULL, 0, 0);
}

/* No command is called before all that has happened. */
static void lose(struct sim *sim, const struct scenario *scenario)
{
	sim_advance(sim, 2 * sim->timer_ms);
	sim->timer_next_ms = sim->now_ms + 10 * MINUTE;
	backup_lose(sim, scenario->lost);
	scenario_renew_unhooked(sim);
	if (scenario->mute)
		sim->servers[2].silent_ms = sim->now_ms + 2 * HOUR;
}

/* Nobody knows then what may be in service. */
static void renew_unread(struct sim *sim)
{
	char *path = sim_text(sim, "/var/lib/alnitak/targets/%s.json",
			      sim->targets[0].name);
	struct node *state = files_path(sim, path);

	files_put(sim, path, "{");
	scenario_renew(sim, true, true);
	files_add(sim, files_make_dirs(sim, "/var/lib/alnitak/targets"),
		  strrchr(path, '/') + 1, state);
}

static bool is_called_done(struct sim *sim, const struct target *target)
{
	const struct node *state = files_path(sim,
		sim_text(sim, "/var/lib/alnitak/targets/%s.json",
			 target->name));

	return state && !strstr(state->data, "\"settled\":null");
}

static void join_when_done(struct sim *sim, struct target *target)
{
	for (int i = 0; i < TICKS && !is_called_done(sim, target); i++)
		sim_advance(sim, sim->timer_ms);
	sim_log(sim, "%s is called done", target->name);
	target->unused = false;
	services_restart_all(sim);
	checker_look(sim);
}

/* The stranger comes when a command was killed before its first update. */
static void leave_promise(struct sim *sim)
{
	sim->dies_sending = true;
	sim_advance(sim, sim->timer_ms + MINUTE);
	sim->targets[0].strange_ms = sim->now_ms + 2 * HOUR;
}

/* It is there, for longer than any silence counts, and restarts; or nobody
 * knows whether it is. */
static void meet_stranger(struct sim *sim)
{
	sim_advance(sim, HOUR + 3 * sim->timer_ms);
	run_want_failing(sim, "a stranger");
	sim->targets[0].strange_closed = true;
	sim_advance(sim, sim->timer_ms);
	run_want_failing(sim, "a stranger that restarts");
	if (sim->owners[0].begun)
		sim_fail(sim, "records begin beside a stranger");
	sim->targets[0].strange_ms = 0;
	sim->probes_hang = false;
}

/* Somebody's edit may put a set in its place. */
static void meet_wildcard(struct sim *sim)
{
	run_await_failing(sim);
	if (dns_primary(sim)->shown->of[0]->by_wildcard)
		run_want_failing(sim, "a wildcard");
	others_end_wildcards(sim);
}

/* Nothing may begin that it has no record for. */
static void meet_second(struct sim *sim)
{
	for (int step = 0; step < 2; step++) {
		run_await_failing(sim);
		if (second_bars(sim))
			run_want_failing(sim, "a second host");
		second_go_on(sim);
	}
}

static void meet_others(struct sim *sim, const struct scenario *scenario)
{
	if (scenario->promised)
		leave_promise(sim);
	if (scenario->stranger)
		meet_stranger(sim);
	if (scenario->wildcard)
		meet_wildcard(sim);
	if (scenario->second)
		meet_second(sim);
}

/* What it served to the last moment is in caches. */
static void give_server_up(struct sim *sim)
{
	struct server *server = &sim->servers[2];

	sim_advance(sim, 2 * sim->ttl * SECOND + 5 * MINUTE);
	server_dies(sim, server);
	sim_advance(sim, 10 * SECOND);
	server_is_given_up(sim, server);
}

/* Shortly before the end of the wait. The program brings them back one by one,
 * and whoever took them away puts all back before it can look at the first. */
static void empty_while_pending(struct sim *sim)
{
	sim_advance(sim, 2 * sim->ttl * SECOND);
	sim->comes_back = dns_primary(sim)->accepted->of[0];
	others_commit(sim, 0, NULL, 0, 0);
	sim_advance(sim, sim->timer_ms);
}

/* And starts anew. */
static void lead_astray(struct sim *sim)
{
	struct service *service = &sim->targets[0].services[0];

	service->reads = READS_LIVE;
	services_restart_all(sim);
	sim_advance(sim, sim->timer_ms + SECOND);
	run_want_failing(sim, "a service that presents what is not released");
	service->reads = READS_LINKS;
	services_restart_all(sim);
}

/* For how long resolvers ask a server that leaves. */
static void set_delegation_times(struct sim *sim,
				 const struct scenario *scenario)
{
	if (scenario->departs || scenario->behind)
		sim->ns_ttl_ms = scenario->by_address ? HOUR : 2 * DAY;
	if (scenario->by_address)
		sim->servers[2].address_ms = 2 * DAY;
}

/* What is to come when certbot renews. */
static void prepare_trouble(struct sim *sim, const struct scenario *scenario)
{
	if (scenario->glimpse)		/* all is right, and will be at rest */
		sim_advance(sim, 2 * sim->timer_ms);
	if (scenario->put_back)
		backup_make(sim);
	if (scenario->unheard && scenario->alias)
		share_end(sim);
	if (scenario->unheard)
		silence_server(sim);
	if (scenario->outlasts)
		silence_long(sim);
	if (scenario->departs)
		lose_server(sim);
	if (scenario->signer)
		stop_signer(sim);
	if (scenario->dies)
		sim->servers[2].frozen_ms = FOREVER;
	if (scenario->loads_late)
		sim->targets[0].services[1].late_ms = HOUR;
	if (scenario->view)
		outside_show_view(sim, &sim->resolvers[1],
				  dns_primary(sim)->shown, HOUR);
}

/* Right after certbot renewed. */
static void disturb_first(struct sim *sim, const struct scenario *scenario)
{
	if (scenario->unread)
		renew_unread(sim);
	if (scenario->ails) {
		sim->ails = ".lineage1.new";
		sim_advance(sim, HOUR);
		sim->ails = NULL;
	}
	if (scenario->astray)
		lead_astray(sim);
	if (scenario->dies)
		give_server_up(sim);
	if (scenario->machines)
		machines_part(sim, &sim->servers[2]);
	if (scenario->second)
		second_renew(sim);
}

bool run_scenario(struct sim *sim, const struct scenario *scenario)
{
	jmp_buf end;

	sim->end = &end;
	if (setjmp(end))
		return false;
	sim->liveness = true;
	setup_scenario(sim, scenario);
	set_delegation_times(sim, scenario);
	sim->strict_turns = scenario->machines;
	if (scenario->machines)
		machines_open(sim, &sim->servers[2]);
	run_begin(sim);
	if (scenario->joins)
		join_when_done(sim, &sim->targets[1]);
	sim->probes_hang = scenario->hanging;
	meet_others(sim, scenario);
	if (scenario->hidden)
		hide_server(sim);
	if (scenario->combination)
		bring_combination(sim);
	if (!scenario->fresh)
		scenario_wait(sim);
	prepare_trouble(sim, scenario);
	if (scenario->wiped)
		wipe_owner(sim);
	else if (scenario->lost && !scenario->put_back &&
		 !scenario->goes_back)
		lose(sim, scenario);
	else
		scenario_renew(sim, true, !scenario->apart);
	disturb_first(sim, scenario);
	if (scenario->alias) {
		sim_advance(sim, sim->timer_ms);
		alias_move(sim, 0);
	}
	if (scenario->emptied)
		empty_while_pending(sim);
	if (scenario->behind)
		lose_follower(sim);
	if (scenario->returns)
		silence_follower(sim);
	if (scenario->outlasts)
		set_ttl(sim, 0, sim->ttl);
	if (scenario->glimpse)
		raise_ttl_once(sim, scenario->rests);
	if (scenario->back)
		go_back(sim);
	if (scenario->pruned)
		scenario_prune(sim);
	if (scenario->pruned)
		scenario_renew(sim, true, true);
	if (scenario->again || scenario->apart || scenario->outlasts) {
		sim_advance(sim, (scenario->slips ? 1 : 3) * MINUTE);
		scenario_renew(sim, !scenario->apart, true);
	}
	sim->slips = scenario->slips;
	if (scenario->midway)
		run_remove_all(sim);
	scenario_wait(sim);
	scenario_rest(sim, scenario);
	return true;
}
