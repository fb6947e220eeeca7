/* SPDX-License-Identifier: MIT */
#pragma once

#include "sim_certificates.h"
#include "state/strangers.h"

/* What loads certificates, and what certbot knows of each lineage. */
struct worker {
	const struct cert *cert;	/* NULL: it could not load any */
	int64_t gone_ms;		/* FOREVER: the current one */
	bool stray;			/* loaded what nobody had pinned */
	bool elsewhere;			/* ... or from other files, what the
					   links do not show */
};
enum reads { READS_LINKS, READS_LIVE, READS_COPY };
struct service {
	enum reads reads;		/* which files */
	const struct cert *copy;	/* READS_COPY: of live, by chance */
	bool unseen;			/* no probe can see it */
	int64_t late_ms;		/* loads so long after it is told to,
					   and lingers in full; 0: by chance */
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
	bool unseen;			/* some cannot be, and nobody said for
					   how long to wait instead */
	/* Until when a second machine under its names presents somebody else's
	 * certificate, for which no record may begin unless that is allowed. */
	int64_t strange_ms;
	int64_t strange_rests_ms;	/* from when on it is silent, for once
					   and a while; 0: never */
	bool strange_closed;		/* nobody listens there now */
	bool strange_leaves;		/* then its address is no more; or it
					   presents what ours do */
	bool allows_strangers;
	int64_t astray_ms;		/* since when runs find a service that
					   does not present what links show */
	/* certbot's side */
	const struct cert *live;	/* what its links show, or soon will */
	const struct cert *issued[ISSUED_MAX], *archive[ISSUED_MAX + 1];
	unsigned number, last_number, issued_count;
	bool unused;			/* no service has been told of it yet */
	/* Its management is to end: links follow live, no record is left. */
	bool removed;
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
	/* What its links show since somebody put them back, which is not
	 * what they showed before; as long as nobody moves them. */
	const struct node *put_back;
	bool forgot;			/* its state came back, or was lost */
	uint64_t strays;		/* a bit for each serial that did */
	/* When the command in hand began; certbot's doings end it. */
	bool could_start;
	/* What services_would_load() found in this version of the files. */
	struct {
		unsigned long files_version;
		const struct cert *cert;
		bool put_back;
	} found;
};
void services_open(struct sim *sim);
void services_event(struct sim *sim);
int64_t services_next_ms(const struct sim *sim);
/* What a service that starts now would present; NULL: it does not start. */
const struct cert *services_would_load(struct sim *sim,
				       struct target *target);
/* Somebody just did that to its links; BEFORE is what they showed. */
void services_links_put_back(struct sim *sim, struct target *target,
			     const struct cert *before);
bool services_is_stray(const struct target *target,
		       const struct cert *cert);
bool exec_is_meant(const struct program *program);
/* The program of api = "exec" at work. */
void exec_publish(struct sim *sim, struct program *program);
/* Whoever has the copies made does so now. */
void services_copy(struct sim *sim, struct target *target);
/* All of them use the links from now on. */
void services_use_links(struct sim *sim);
/* Second machines, with what the seed says of them. */
void services_draw_strangers(struct sim *sim);
/* Is that machine there, and can be seen by whoever looks? */
bool services_have_stranger(const struct sim *sim, const struct target *target);
/* What a look at it shows now, where it is there. */
enum visit_verdict services_visit_stranger(const struct sim *sim,
					   const struct target *target);
/* Some record is about what is sent above the leaf. */
bool services_need_issuers(const struct sim *sim, const struct target *target);
/* One that can be seen presents what its links do not show, as its records
 * tell it, and has not been told to load that. */
bool services_are_astray(struct sim *sim, struct target *target);
int services_reload(struct sim *sim, struct target *target);
void services_restart_all(struct sim *sim);
struct target *target_named(struct sim *sim, const char *name);
