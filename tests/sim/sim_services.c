/* SPDX-License-Identifier: MIT */
#include "sim.h"

#include "base/xalloc.h"

#include <stdio.h>
#include <stdlib.h>

/*
 * Services load fullchain.pem and privkey.pem through the dane directory
 * when they start and when they are told to reload.
 */

struct target *target_named(struct sim *sim, const char *name)
{
	for (size_t i = 0; i < sim->target_count; i++)
		if (streq(sim->targets[i].name, name))
			return &sim->targets[i];
	sim_fail(sim, "no target %s", name);
}

static const struct node *dane_file(struct sim *sim,
				    const struct target *target,
				    const char *kind)
{
	char path[100];

	snprintf(path, sizeof(path), "/etc/alnitak/dane/%s/%s.pem",
		 target->name, kind);
	return files_path(sim, path);
}

static const struct cert *find_loaded(struct sim *sim,
				      const struct target *target)
{
	const struct node *full = dane_file(sim, target, "fullchain");
	const struct node *key = dane_file(sim, target, "privkey");

	for (unsigned i = target->issued_count; full && key && i-- > 0;) {
		const struct cert *cert = target->issued[i];

		if (full->hash == cert->hash[FILE_FULLCHAIN])
			return key->hash == cert->hash[FILE_PRIVKEY] ? cert :
			       NULL;
	}
	return NULL;
}

const struct cert *services_would_load(struct sim *sim,
				       struct target *target)
{
	if (target->found.files_version != sim->files_version) {
		target->found.cert = find_loaded(sim, target);
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
	return target->stray && cert && cert->serial >= target->stray_serial;
}

static struct worker worker_now(struct sim *sim, struct target *target)
{
	const struct cert *cert = services_would_load(sim, target);

	return (struct worker){ cert, FOREVER,
				services_is_stray(target, cert) };
}

/* The new configuration is loaded; old workers go on for a while. */
static void load(struct sim *sim, struct target *target,
		 struct service *service)
{
	struct worker fresh = worker_now(sim, target);
	int64_t gone_ms = sim->now_ms;

	service->load_ms = FOREVER;
	if (!fresh.cert)
		return;		/* as good servers do: the old goes on */
	if (target->linger_seconds)
		gone_ms += sim_between(sim, 0, target->probed ?
				       target->linger_seconds * SECOND :
				       target->linger_seconds * SECOND / 2);
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
	service->count = 0;
	service->load_ms = FOREVER;
	push_worker(service, worker_now(sim, target));
	sim_log(sim, "%s: a service started with %s", target->name,
		service->workers[0].cert ? service->workers[0].cert->title :
		"nothing");
}

static int64_t lateness_ms(struct sim *sim, const struct target *target)
{
	/* Nobody sees when, so nothing may hang on it. */
	if (target->unseen && sim_chance(sim, 500))
		return sim_between(sim, 0, 3 * sim->ttl * SECOND + HOUR);
	if (!sim_fault(sim, sim->faults.reload_late))
		return 0;
	/* Where nobody can look, `linger` has to cover it. */
	if (!target->probed)
		return sim_between(sim, 0, target->linger_seconds * SECOND / 2);
	return sim_between(sim, 0, 20 * MINUTE);
}

int services_reload(struct sim *sim, struct target *target)
{
	int status = 0;

	for (size_t i = 0; i < target->service_count; i++) {
		struct service *service = &target->services[i];
		int64_t then_ms = sim->now_ms + lateness_ms(sim, target);

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
