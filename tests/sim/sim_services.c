/* SPDX-License-Identifier: MIT */
#include "checker.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Services load fullchain.pem and privkey.pem through the dane directory
 * when they start and when they are told to reload. Some were never told to:
 * they read what certbot's links show, or a copy.
 */

struct target *target_named(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->target_count; i++)
		if (streq(sim->targets[i].name, name))
			return &sim->targets[i];
	sim_fail(sim, "no target %s", name);
}

#define DANE "/etc/alnitak/dane"
#define LIVE "/etc/letsencrypt/live"

static const struct node *file_in(struct sim *sim,
				  const struct target *target,
				  const char *place, const char *kind)
{
	char path[100];

	snprintf(path, sizeof(path), "%s/%s/%s.pem", place, target->name,
		 kind);
	return files_path(sim, path);
}

static const struct cert *find_in(struct sim *sim,
				  const struct target *target,
				  const char *place)
{
	const struct node *full = file_in(sim, target, place, "fullchain");
	const struct node *key = file_in(sim, target, place, "privkey");

	for (unsigned i = target->issued_count; full && key && i-- > 0;) {
		const struct cert *cert = target->issued[i];

		if (full->hash == cert->hash[FILE_FULLCHAIN])
			return key->hash == cert->hash[FILE_PRIVKEY] ? cert :
			       NULL;
	}
	return NULL;
}

/* The directory of its links, which a switch replaces, or a link in it. */
static const struct node *links_of(struct sim *sim,
				   const struct target *target)
{
	char path[100];
	int error;

	snprintf(path, sizeof(path), DANE "/%s/fullchain.pem",
		 target->name);
	return files_walk(sim, sim->root, path, false, &error);
}

void services_links_put_back(struct sim *sim, struct target *target,
			     const struct cert *before)
{
	bool again = target->found.put_back;
	const struct cert *now = services_would_load(sim, target);

	target->could_start = false;
	target->put_back = now == before && !again ? NULL :
			   links_of(sim, target);
	target->found.files_version = 0;
}

const struct cert *services_would_load(struct sim *sim,
				       struct target *target)
{
	if (target->found.files_version != sim->files_version) {
		target->found.put_back = target->put_back &&
			links_of(sim, target) == target->put_back;
		target->found.cert = find_in(sim, target, DANE);
		target->found.files_version = sim->files_version;
	}
	return target->found.cert;
}

static void push_worker(struct service *service, struct worker worker)
{
	if (service->count == WORKERS_MAX) {
		memmove(service->workers, service->workers + 1,
			(WORKERS_MAX - 1) * sizeof(worker));
		service->count--;
	}
	service->workers[service->count++] = worker;
}

bool services_is_stray(const struct target *target, const struct cert *cert)
{
	if (target->found.put_back && cert == target->found.cert)
		return true;
	return target->stray && cert &&
	       target->strays >> (cert->id.serial - 1) & 1;
}

static struct worker worker_now(struct sim *sim, struct target *target,
				const struct service *service)
{
	struct worker worker = { .gone_ms = FOREVER };

	switch (service->reads) {
	case READS_LINKS:
		worker.cert = services_would_load(sim, target);
		worker.stray = services_is_stray(target, worker.cert);
		return worker;
	case READS_LIVE:
		worker.cert = find_in(sim, target, LIVE);
		break;
	case READS_COPY:
		worker.cert = service->copy;
		break;
	}
	worker.elsewhere = !checker_is_shown(sim, target, worker.cert);
	return worker;
}

void services_copy(struct sim *sim, struct target *target)
{
	const struct cert *live = find_in(sim, target, LIVE);

	for (size_t i = 0; i < target->service_count && live; i++)
		target->services[i].copy = live;
}

/* Where there is one it is there from the beginning. */
void services_draw_strangers(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++) {
		struct target *target = &sim->targets[t];

		if (sim_fault(sim, sim->faults.stranger))
			target->strange_ms = sim->now_ms +
				sim_between(sim, MINUTE, 10 * MINUTE +
					    10 * sim->ttl * SECOND);
		if (sim->seed % 4 < 2)
			target->strange_rests_ms = sim->now_ms +
				(target->strange_ms - sim->now_ms) *
				(int64_t)(sim->seed / 4 % 4) / 4;
		target->strange_leaves = sim->seed % 2;
	}
}

bool services_have_stranger(const struct sim *sim, const struct target *target)
{
	if (second_is_seen(sim, target))
		return true;
	if (!target->probed || target->strange_ms <= sim->now_ms)
		return false;
	for (size_t i = 0; i < target->service_count; i++)
		if (!target->services[i].unseen)
			return true;
	return false;
}

/* For less than the program waits for silence. */
#define RESTS_MS (25 * MINUTE)

enum visit_verdict services_visit_stranger(const struct sim *sim,
					   const struct target *target)
{
	if (target->strange_closed)
		return VISIT_CLOSED;
	return target->strange_rests_ms &&
	       sim->now_ms >= target->strange_rests_ms &&
	       sim->now_ms < target->strange_rests_ms + RESTS_MS ?
	       VISIT_SILENT : VISIT_STRANGER;
}

bool services_need_issuers(const struct sim *sim, const struct target *target)
{
	for (size_t k = 0; k < sim->owner_count; k++)
		for (size_t i = 0; i < sim->owners[k].param_count; i++)
			if (sim->owners[k].users >> target->lineage & 1 &&
			    sim->owners[k].params[i].usage == 2)
				return true;
	return false;
}

/* Another file, but what nobody who looks for what is needed can tell. */
static bool is_like(const struct sim *sim, const struct target *target,
		    const struct cert *a, const struct cert *b)
{
	return a->id.leaf == b->id.leaf && a->id.key == b->id.key &&
	       (!services_need_issuers(sim, target) ||
		(a->id.issuer == b->id.issuer && a->id.crossed ==
						 b->id.crossed));
}

bool services_are_astray(struct sim *sim, struct target *target)
{
	const struct cert *shown = services_would_load(sim, target);

	for (size_t i = 0; i < target->service_count && target->probed; i++) {
		const struct service *service = &target->services[i];

		for (size_t k = 0; k < service->count; k++)
			if (!service->unseen && service->load_ms == FOREVER &&
			    service->workers[k].gone_ms == FOREVER &&
			    service->workers[k].cert &&
			    (!shown || !is_like(sim, target, shown,
						service->workers[k].cert)))
				return true;
	}
	return false;
}

/* Whoever changes what a service reads has it started anew. */
static void use_links(struct sim *sim, struct service *service)
{
	if (service->reads != READS_LINKS)
		service->restart_ms = sim->now_ms;
	service->reads = READS_LINKS;
}

void services_use_links(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < sim->targets[t].service_count; i++)
			use_links(sim, &sim->targets[t].services[i]);
}

/* How long old workers of SERVICE go on: `linger`, or less by chance. */
static int64_t lingering_ms(struct sim *sim, const struct target *target,
			    const struct service *service)
{
	int64_t longest_ms = target->linger_seconds * SECOND;

	if (!longest_ms || service->late_ms)
		return longest_ms;
	return sim_between(sim, 0, target->probed && !service->unseen ?
				   longest_ms : longest_ms / 2);
}

/* The new configuration is loaded; old workers go on for a while. */
static void load(struct sim *sim, struct target *target,
		 struct service *service)
{
	struct worker fresh = worker_now(sim, target, service);
	int64_t gone_ms;

	service->load_ms = FOREVER;
	if (!fresh.cert || target->unused)
		return;		/* as good servers do: the old goes on */
	gone_ms = sim->now_ms + lingering_ms(sim, target, service);
	for (size_t i = 0; i < service->count; i++)
		if (service->workers[i].gone_ms == FOREVER)
			service->workers[i].gone_ms = gone_ms;
	push_worker(service, fresh);
	sim_log(sim, "%s: a service loaded %s", target->name,
		fresh.cert->title);
}

static void restart(struct sim *sim, struct target *target,
		    struct service *service)
{
	struct worker fresh;

	if (target->unused)
		return;
	fresh = worker_now(sim, target, service);
	service->count = 0;
	service->load_ms = FOREVER;
	push_worker(service, fresh);
	sim_log(sim, "%s: a service started with %s", target->name,
		service->workers[0].cert ? service->workers[0].cert->title :
		"nothing");
}

static int64_t lateness_ms(struct sim *sim, const struct target *target,
			   const struct service *service)
{
	if (service->late_ms)
		return service->late_ms;
	/* Nobody sees when, or whether, so nothing may hang on it. */
	if (target->unseen && service->unseen && sim_chance(sim, 500))
		return sim_chance(sim, 300) ? FOREVER - sim->now_ms :
		       sim_between(sim, 0, 3 * sim->ttl * SECOND + HOUR);
	if (!sim_fault(sim, sim->faults.reload_late))
		return 0;
	/* Where nobody can look, `linger` has to cover it. */
	if (!target->probed || service->unseen)
		return sim_between(sim, 0, target->linger_seconds * SECOND / 2);
	return sim_between(sim, 0, 20 * MINUTE);
}

int services_reload(struct sim *sim, struct target *target)
{
	int status = 0;

	for (size_t i = 0; i < target->service_count; i++) {
		struct service *service = &target->services[i];
		int64_t then_ms = sim->now_ms + lateness_ms(sim, target,
							    service);

		if (sim_fault(sim, sim->faults.reload_fails)) {
			status = 1;
			continue;
		}
		if (then_ms == sim->now_ms)
			load(sim, target, service);
		else if (then_ms < service->load_ms)
			service->load_ms = then_ms;
	}
	sim_log(sim, "%s: reload exits %d", target->name, status);
	return status;
}

int64_t services_next_ms(const struct sim *sim)
{
	int64_t next_ms = FOREVER;

	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < sim->targets[t].service_count; i++) {
			const struct service *service =
				&sim->targets[t].services[i];

			if (service->load_ms < next_ms)
				next_ms = service->load_ms;
			if (service->restart_ms < next_ms)
				next_ms = service->restart_ms;
		}
	return next_ms;
}

static void drop_gone(struct sim *sim, struct service *service)
{
	size_t kept = 0;

	for (size_t i = 0; i < service->count; i++)
		if (service->workers[i].gone_ms > sim->now_ms)
			service->workers[kept++] = service->workers[i];
	service->count = kept;
}

void services_event(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < sim->targets[t].service_count; i++) {
			struct service *service = &sim->targets[t].services[i];

			drop_gone(sim, service);
			if (service->load_ms <= sim->now_ms)
				load(sim, &sim->targets[t], service);
			if (service->restart_ms <= sim->now_ms) {
				service->restart_ms = FOREVER;
				restart(sim, &sim->targets[t], service);
			}
		}
}

void services_restart_all(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < sim->targets[t].service_count; i++)
			restart(sim, &sim->targets[t],
				&sim->targets[t].services[i]);
}

void services_open(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < sim->targets[t].service_count; i++)
			sim->targets[t].services[i].restart_ms = FOREVER;
	services_restart_all(sim);
}
