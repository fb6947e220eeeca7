/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "act/update.h"
#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Takes the place of update.c, and is the external program of api = "exec":
 * both change the zone at the simulated primary.
 */

static struct rr rr_copy(struct sim *sim, const struct tlsa *record)
{
	uint8_t *data = sim_alloc(sim, record->size);

	memcpy(data, record->data, record->size);
	return (struct rr){ record->params.usage, record->params.selector,
			    record->params.matching, data, record->size };
}

static bool is_as_seen(struct sim *sim, const struct version *version,
		       const struct tlsa_set *seen)
{
	if (version->alias || seen->count != version_own_count(version))
		return false;
	for (size_t i = 0; i < seen->count; i++) {
		struct rr rr = rr_copy(sim, &seen->records[i]);

		if (!rr_in(&rr, version->rrs, version->count))
			return false;
	}
	return true;
}

/* It had been taken away before it was published: ours now. */
static void make_ours(struct owner *owner, const struct rr *rr)
{
	for (size_t i = 0; i < owner->strange_count; i++)
		if (rr_equal(&owner->strange[i], rr)) {
			owner->strange[i] =
				owner->strange[--owner->strange_count];
			break;
		}
}

static void note_added(struct sim *sim, struct owner *owner,
		       const struct rr *rr)
{
	struct added *added = sim_alloc(sim, sizeof(*added));

	*added = (struct added){ *rr, owner->added };
	owner->added = added;
}

/* ---- update.c --------------------------------------------------------- */

/* By others, in what became NOW, after the look from which the program has
 * its list of records. */
static bool edited_since(const struct version *now, int64_t look_ms)
{
	for (; now && now->made_ms > look_ms; now = now->before)
		if (now->origin == ORIGIN_OTHERS)
			return true;
	return false;
}

static void commit(struct sim *sim, int owner, const struct rr *rrs,
		   size_t count, uint32_t ttl)
{
	const struct server *primary = dns_primary(sim);
	const struct version *before = primary->accepted->of[owner];

	dns_commit(sim, owner, rrs, count, ttl, ORIGIN_ALNITAK);
	checker_change(sim, before, primary->accepted->of[owner],
		       !edited_since(before, primary->look_ms[owner]));
}

static void apply(struct sim *sim, int owner, const struct tlsa_set *add,
		  const struct tlsa_set *remove, uint32_t ttl)
{
	const struct version *now = dns_primary(sim)->accepted->of[owner];
	size_t own = version_own_count(now), room = own + add->count, n = 0;
	struct rr *rrs = sim_alloc(sim, (room + 1) * sizeof(*rrs));
	bool changed = false;

	for (size_t i = 0; i < own; i++)
		rrs[n++] = now->rrs[i];
	/* A program cannot be told what must still stand. */
	if (add->count &&
	    !edited_since(now, dns_primary(sim)->look_ms[owner]))
		checker_first_record(sim, &sim->owners[owner], now);
	for (size_t i = 0; i < add->count; i++) {
		struct rr rr = rr_copy(sim, &add->records[i]);

		changed = true;
		if (rr_in(&rr, rrs, n))
			continue;
		make_ours(&sim->owners[owner], &rr);
		note_added(sim, &sim->owners[owner], &rr);
		rrs[n++] = rr;
	}
	for (size_t i = 0; i < remove->count; i++) {
		struct rr rr = rr_copy(sim, &remove->records[i]);

		for (size_t k = 0; k < n; k++)
			if (rr_equal(&rr, &rrs[k])) {
				rrs[k] = rrs[--n];
				changed = true;
				break;
			}
	}
	/* An addition sets the TTL of the whole RRset. */
	if (changed)
		commit(sim, owner, rrs, n, add->count ? ttl : now->ttl);
}

static void send_change(struct sim *sim, const struct change *change,
			struct update_result *result)
{
	int owner = dns_owner_named(sim, change->owner);
	struct server *primary = dns_primary(sim);
	bool unanswered = sim_fault(sim, sim->faults.unanswered);
	bool lost = sim_loses_reply(sim, true);

	sim_wait(sim, sim_between(sim, 1, 200));
	result->detail = xstrdup("the simulated primary");
	if (primary->dead_ms > sim->now_ms || primary->silent_ms > sim->now_ms)
		result->verdict = UPDATE_UNREACHABLE;
	else if (sim_fault(sim, sim->faults.refuse))
		result->verdict = sim_chance(sim, 500) ? UPDATE_REFUSED :
				  UPDATE_SERVER_FAILED;
	else if (unanswered && sim_chance(sim, 300))
		result->verdict = UPDATE_UNANSWERED;
	else if (!is_as_seen(sim, primary->accepted->of[owner], change->seen))
		result->verdict = UPDATE_RACED;
	else
		result->verdict = UPDATE_DONE;
	if (result->verdict == UPDATE_DONE) {
		apply(sim, owner, &change->add, &change->remove,
		      change->ttl_seconds);
		checker_look(sim);
		if (unanswered)
			result->verdict = sim_chance(sim, 500) ?
				UPDATE_UNANSWERED : UPDATE_UNAUTHENTICATED;
	}
	if (lost || sim_is_late(sim))
		result->verdict = UPDATE_UNANSWERED;
	sim_called(sim, "update_send", EFFECT_SEEN);
}

void update_send(struct world *world, struct update *updates, size_t n)
{
	struct sim *sim = world->self;

	if (sim->dies_sending) {
		sim->dies_sending = false;
		sim->die = true;
		sim_called(sim, "nothing of update_send", EFFECT_NONE);
	}
	for (size_t u = 0; u < n; u++)
		for (size_t i = 0; i < updates[u].change_count; i++)
			send_change(sim, &updates[u].changes[i],
				    &updates[u].results[i]);
}

/* ---- The external program --------------------------------------------- */

static const char *variable(const struct program *program, const char *name)
{
	size_t size = strlen(name);

	for (size_t i = 0; program->environment[i]; i++)
		if (strncmp(program->environment[i], name, size) == 0 &&
		    program->environment[i][size] == '=')
			return program->environment[i] + size + 1;
	return NULL;
}

static void come_back(struct sim *sim)
{
	const struct version *back = sim->comes_back;

	sim->comes_back = NULL;
	if (!back)
		return;
	sim_advance(sim, 100);
	others_commit(sim, back->owner, back->rrs, back->count, back->ttl);
}

static void change_zone(struct sim *sim, const struct program *program)
{
	bool deletes = streq(variable(program, "TLSA_OPERATION"), "delete");
	char *name = xasprintf("_%s._%s.%s.", variable(program, "TLSA_PORT"),
			       variable(program, "TLSA_PROTOCOL"),
			       variable(program, "TLSA_DOMAIN"));
	char *text = xasprintf("%s %s", variable(program, "TLSA_PARAM"),
			       variable(program, "TLSA_HASH"));
	int owner = dns_owner_named(sim, name);
	struct server *primary = dns_primary(sim);
	const struct version *now = primary->accepted->of[owner];
	struct tlsa_set none = { 0 }, one = { 0 };
	struct tlsa record;

	must(tlsa_parse(text, &record));
	tlsa_set_add(&one, &record);
	apply(sim, owner, deletes ? &none : &one, deletes ? &one : &none,
	      version_own_count(now) ? now->ttl : sim->ttl);
	if (primary->accepted->of[owner] != now) {
		primary->accepted->of[owner]->in_pieces = true;
		primary->accepted->of[owner]->unguarded =
			edited_since(now, primary->look_ms[owner]);
	}
	tlsa_set_clear(&one);
	tlsa_clear(&record);
	free(name);
	free(text);
	come_back(sim);
}

/* It may say one thing and do another. */
bool exec_is_meant(const struct program *program)
{
	return variable(program, "TLSA_OPERATION") != NULL;
}

void exec_publish(struct sim *sim, struct program *program)
{
	bool lies = sim_fault(sim, sim->faults.exec_lies);
	bool unwilling = sim_fault(sim, sim->faults.refuse);
	const struct server *primary = dns_primary(sim);

	program->output = xstrdup("");
	if (sim_hangs(sim, program))
		return;
	if (primary->dead_ms > sim->now_ms)
		unwilling = true;
	if (unwilling != lies)
		program->status = sim_chance(sim, 500) ? 2 : 130;
	if (unwilling)
		return;
	if (!lies || sim_chance(sim, 500))
		change_zone(sim, program);
	else
		program->status = 0;
}
