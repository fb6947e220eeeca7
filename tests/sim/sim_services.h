/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_certificates.h"

/* What loads certificates, and what certbot knows of each lineage. */
struct worker {
	const struct cert *cert;	/* NULL: it could not load any */
	int64_t gone_ms;		/* FOREVER: the current one */
	bool stray;			/* loaded what nobody had pinned */
};
struct service {
	struct worker workers[WORKERS_MAX];
	size_t count;
	int64_t load_ms;		/* a reload under way; FOREVER */
	int64_t restart_ms;
};
struct target {
	char name[32];
	int lineage;
	struct service services[SERVICES_MAX];
	size_t service_count;
	unsigned linger_seconds;
	bool probed, exec;		/* exec: its api */
	bool unseen;			/* it cannot be, and nobody said for
					   how long to wait instead */
	/* certbot's side */
	const struct cert *live;	/* newest issued */
	const struct cert *issued[64];
	unsigned number, issued_count, key, serial;
	bool exists, deployed;		/* deployed: live was complete once */
	bool was_deleted;
	const struct cert *forced;	/* the first after nothing was left */
	/* Live moved while nothing was pinned, by nobody's fault but
	 * certbot's caller; until a command has seen it. */
	bool stray;
	int64_t stray_ms;
	/* Live moved under a pin that no pre hook vouched for; as long. */
	bool is_loose;
	int64_t cleaned_ms;		/* certbot last deleted old versions */
	int stray_serial;		/* of the first that did */
	/* When the command in hand began; certbot's doings end it. */
	bool could_start;
	/* What services_would_load() found in this version of the files. */
	struct {
		unsigned long files_version;
		const struct cert *cert;
	} found;
};
void services_open(struct sim *sim);
void services_event(struct sim *sim);
int64_t services_next_ms(const struct sim *sim);
/* What a service that starts now would present; NULL: it does not start. */
const struct cert *services_would_load(struct sim *sim,
				       struct target *target);
bool services_is_stray(const struct target *target,
		       const struct cert *cert);
bool exec_is_meant(const struct program *program);
/* The program of api = "exec" at work. */
void exec_publish(struct sim *sim, struct program *program);
int services_reload(struct sim *sim, struct target *target);
void services_restart_all(struct sim *sim);
struct target *target_named(struct sim *sim, const char *name);
