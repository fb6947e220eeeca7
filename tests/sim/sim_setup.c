/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "checker.h"
#include "sim_run.h"
#include "sim_topics.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

/* What a world looks like: drawn by the seed, or laid down by a scenario. */

struct shape {
	size_t targets, servers, services;
	bool shared, divided, joins, hidden, follow_live, probed, fresh, exec;
	bool allows_strangers, first_allows;	/* all, or the first one */
	bool extra, own_serials, blind;		/* blind: recheck = 0 */
	bool unseen, held;		/* the first service is, and nobody
					   says how long to wait instead */
	bool plain;			/* the same combinations everywhere: */
	size_t first;			/* ... from this on, 3 1 1 */
	size_t owners;			/* of each target */
	unsigned margin, linger;
	size_t kinds;			/* combinations at each owner */
};

/* ---- Names ------------------------------------------------------------ */

static void add_owner(struct sim *sim, size_t target, unsigned port,
		      const char *host, const struct shape *shape)
{
	static const struct tlsa_params all[] = {
		{ 3, 1, 1 }, { 3, 0, 1 }, { 2, 1, 1 }, { 3, 1, 2 },
		{ 2, 0, 1 }, { 3, 0, 0 },
	};
	struct owner *owner = &sim->owners[sim->owner_count++];
	/* A scenario without leaves to publish would show little. */
	size_t first = shape->plain ? shape->first :
		       sim_chance(sim, 600) ? 0 :
		       (size_t)sim_between(sim, 0, 5);

	snprintf(owner->name, sizeof(owner->name), "_%u._tcp.%s.example.com.",
		 port, host);
	owner->users = 1U << target;
	for (size_t i = 0; i < shape->kinds; i++)
		owner->params[owner->param_count++] = all[(first + i) % 6];
	owner->parts = 1;
}

static bool owner_wants(const struct owner *owner, size_t t, size_t param)
{
	return owner->users & 1U << t &&
	       param % owner->parts == t % owner->parts;
}

/* One that all use. Divided, they have other parameters each; but none has
 * one that is nobody's. */
static void add_shared(struct sim *sim, const struct shape *shape)
{
	struct owner *owner = &sim->owners[sim->owner_count];

	add_owner(sim, 0, 443, "shared", shape);
	owner->users = (1U << shape->targets) - 1;
	if (shape->divided)
		owner->parts = owner->param_count < shape->targets ?
			       owner->param_count : shape->targets;
}

static void add_target(struct sim *sim, const struct shape *shape)
{
	size_t t = sim->target_count++;
	struct target *target = &sim->targets[t];

	snprintf(target->name, sizeof(target->name), "lineage%zu", t);
	target->lineage = (int)t;
	target->service_count = shape->services;
	target->linger_seconds = shape->linger;
	target->probed = shape->probed;
	target->unseen = shape->held;
	target->services[0].unseen = shape->unseen;
	target->exec = shape->exec;
	target->allows_strangers = shape->allows_strangers;
	target->astray_ms = FOREVER;
	for (size_t i = 0; i < shape->owners; i++)
		add_owner(sim, t, 25 + (unsigned)i, target->name, shape);
}

static void add_servers(struct sim *sim, const struct shape *shape)
{
	for (size_t i = 0; i < shape->servers; i++) {
		struct server *server = &sim->servers[sim->server_count++];

		snprintf(server->name, sizeof(server->name), "ns%zu", i);
		server->address = (struct address){
			.family = 4, .bytes = { 192, 0, 2, (uint8_t)(i + 1) },
			.port = 53 };
		server->delegated = server->asked = i || !shape->hidden;
	}
}

/* Whom the delegation does not name, and some resolvers ask all the same; and
 * zones that each server numbers for itself, as several signers do. */
static void draw_zone(struct sim *sim, const struct shape *shape)
{
	struct server *last = &sim->servers[sim->server_count - 1];

	if (shape->extra) {
		last->extra = last->asked = true;
		last->delegated = false;
	}
	sim->own_serials = shape->own_serials;
	for (size_t i = 0; i < sim->server_count && sim->own_serials; i++)
		sim->servers[i].serial_first =
			(uint32_t)sim_between(sim, 0, 20);
}

/* ---- The configuration ------------------------------------------------ */

static void write_target(FILE *stream, const struct sim *sim, size_t t,
			 const struct shape *shape)
{
	const char *comma = "";

	fprintf(stream, "target \"%s\" {\n%s\ttlsa = {",
		sim->targets[t].name, sim->targets[t].exec ?
		"\tapi = \"exec /publish\"\n" : "");
	for (size_t i = 0; i < sim->owner_count; i++) {
		const struct owner *owner = &sim->owners[i];
		unsigned port = 0;
		char host[64] = "";

		if (!(owner->users & 1U << t))
			continue;
		sscanf(owner->name, "_%u._tcp.%63s", &port, host);
		host[strlen(host) - 1] = '\0';
		for (size_t k = 0; k < owner->param_count; k++) {
			if (!owner_wants(owner, t, k))
				continue;
			fprintf(stream, "%s\"%u%u%u %u tcp %s\"", comma,
				owner->params[k].usage,
				owner->params[k].selector,
				owner->params[k].matching, port, host);
			comma = ", ";
		}
	}
	fprintf(stream, "}\n\treload = \"reload\"\n\tprobe = \"%s\"\n",
		shape->probed ? "auto" : "off");
	if (sim->targets[t].allows_strangers)
		fputs("\tstrangers = yes\n", stream);
	if (sim->allows_wildcards)
		fputs("\twildcard = \"allow\"\n", stream);
	if (!shape->held)
		fprintf(stream, "\tlinger = %u\n", shape->linger);
	fputs("}\n", stream);
}

static void write_zone(FILE *stream, const struct sim *sim)
{
	fprintf(stream, "zone \"example.com\" {\n\tcheck_serial = %s\n"
		"\talso_ask = {", sim->own_serials ? "no" : "yes");
	for (size_t i = 0; i < sim->server_count; i++)
		if (sim->servers[i].extra)
			fprintf(stream, "\"192.0.2.%zu\"", i + 1);
	fputs("}\n}\n", stream);
}

static void configure(struct sim *sim, const struct shape *shape)
{
	char *text = NULL;
	size_t size = 0;
	FILE *stream = open_memstream(&text, &size);

	if (sim->resolver_count)
		fprintf(stream, "outside = { \"198.51.100.1\"%s }\n",
			sim->resolver_count > 1 ? ", \"198.51.100.2\"" : "");
	fprintf(stream, "record_ttl = %u\nmargin = %u\n%s%s"
		"ttl_factor = %u\ndane_directory = \"/etc/alnitak/dane\"\n"
		"state_directory = \"/var/lib/alnitak\"\n"
		"status_file = \"/run/alnitak/status.json\"\n"
		"key = \"/key\"\n", sim->ttl, shape->margin,
		shape->blind ? "recheck = 0\n" : "",
		shape->follow_live ? "follow_live = yes\n" : "",
		sim_chance(sim, 300) ? 1U : 2U);
	write_zone(stream, sim);
	for (size_t t = 0; t < sim->target_count; t++)
		write_target(stream, sim, t, shape);
	fclose(stream);
	sim->config = config_parse("/etc/alnitak.conf", text);
	sim->follows = shape->follow_live;
	sim_log(sim, "ttl %u, margin %u, %zu servers, timer %.0f s, "
		"follow_live %d, linger %u, probe %d, exchange %d", sim->ttl,
		shape->margin, sim->server_count,
		(double)sim->timer_ms / 1000, shape->follow_live,
		shape->linger, shape->probed, sim->exchange_works);
	free(text);
	invariant(sim->config);
}

/* ---- The beginning ---------------------------------------------------- */

static struct version *first_version(struct sim *sim, size_t k)
{
	struct owner *owner = &sim->owners[k];
	struct version *version = dns_primary(sim)->shown->of[k];

	version->rrs = sim_alloc(sim, 32 * sizeof(*version->rrs));
	version->ttl = sim->ttl;
	for (size_t t = 0; t < sim->target_count; t++)
		for (size_t i = 0; i < owner->param_count; i++) {
			struct rr rr = rr_of(sim->targets[t].live,
					     owner->params[i]);

			if (!(owner->users & 1U << t) ||
			    sim->targets[t].unused ||
			    rr_in(&rr, version->rrs, version->count))
				continue;
			version->rrs[version->count++] = rr;
			/* An issuer's record may be anybody's. */
			if (rr.usage == 2)
				owner->foreign[owner->foreign_count++] =
				owner->strange[owner->strange_count++] = rr;
		}
	return version;
}

static void lay_out(struct sim *sim, const struct shape *shape)
{
	for (size_t i = 0; i < shape->targets; i++)
		add_target(sim, shape);
	if (shape->shared)
		add_shared(sim, shape);
	sim->targets[1].unused = shape->joins;
	sim->targets[0].allows_strangers |= shape->first_allows;
	add_servers(sim, shape);
	draw_zone(sim, shape);
	for (size_t t = 0; t < sim->target_count; t++) {
		certbot_issue_first(sim, &sim->targets[t]);
		sim->targets[t].stray = false;
		sim->targets[t].stray_ms = 0;
	}
	dns_open(sim);
	if (!shape->fresh)
		for (size_t k = 0; k < sim->owner_count; k++)
			first_version(sim, k);
	configure(sim, shape);
	checker_open(sim);
}

static void draw_times(struct sim *sim, unsigned margin)
{
	static const uint32_t ttls[] = { 20, 60, 300, 1800, 3600, 14400,
					 86400 };

	sim->ttl = ttls[sim_between(sim, 0, 6)];
	sim->negative_ttl = (uint32_t)sim_between(sim, 30, 3600);
	sim->floor_ms = margin * SECOND * 3 / 4;
	sim->flight_ms = margin * SECOND / 8;
	sim->timer_ms = sim->ttl * SECOND / sim_between(sim, 1, 5);
	if (sim->timer_ms < 30 * SECOND)
		sim->timer_ms = 30 * SECOND;
	sim->ns_ttl_ms = sim_chance(sim, 300) ?
			 sim_between(sim, DAY, 7 * DAY) :
			 sim_between(sim, 60 * SECOND, DAY);
}

static void draw_lags(struct sim *sim)
{
	for (size_t i = 1; i < sim->server_count; i++)
		sim->servers[i].lag_ms = sim_chance(sim, 600) ?
			sim_between(sim, 10, 5 * SECOND) :
			sim_between(sim, SECOND, 30 * MINUTE);
}

/* What comes behind is nothing but topics'. */
#define FAULTS_DRAWN (offsetof(struct faults, ignored) / sizeof(unsigned))

/* Every kind of fault is there in a third of the runs, often or seldom. */
static void draw_faults(struct sim *sim)
{
	unsigned *chances = (unsigned *)&sim->faults;
	bool calm = sim_chance(sim, 150);

	for (size_t i = 0; i < FAULTS_DRAWN; i++)
		if (!calm && sim_chance(sim, 330))
			chances[i] = (unsigned)sim_between(sim, 1,
				sim_chance(sim, 500) ? 30 : 300);
	/* Deadly or drastic ones stay seldom. */
	sim->faults.reboot /= 10;
	sim->faults.delete_lineage /= 20;
	sim->faults.clock_step /= 8;
	sim->faults.certbot_dies /= 8;
	sim->faults.restore /= 8;
	sim->faults.regress /= 3;
	sim->faults.dead /= 4;
	sim->faults.silent /= 2;
	sim->faults.delegation /= 10;
	sim->faults.operator_removes /= 8;
	sim->faults.operator_edit /= 4;
	sim->faults.operator_ttl /= 4;
	sim->faults.odd_answer /= 4;
	sim->faults.lock_busy /= 8;
	sim->faults.signer /= 8;
	if (!calm || sim->topics_wanted)
		topics_draw(sim);
}

/* Where nobody can see the services, and somebody said for how long to wait
 * instead, they use the links: he vouched for them. */
static void draw_readers(struct sim *sim)
{
	for (size_t t = 0; t < sim->target_count; t++) {
		struct target *target = &sim->targets[t];

		for (size_t i = 0; i < target->service_count; i++) {
			struct service *service = &target->services[i];

			if (!sim_fault(sim, sim->faults.reads_elsewhere) ||
			    (!target->unseen &&
			     (!target->probed || service->unseen)))
				continue;
			service->reads = sim_chance(sim, 500) ? READS_LIVE :
								READS_COPY;
		}
		services_copy(sim, target);
	}
}

/* Up to a week; where only a cache tells it nobody knows of more than a day. */
static void draw_addresses(struct sim *sim)
{
	for (size_t i = 0; i < sim->server_count; i++) {
		struct server *server = &sim->servers[i];

		server->address_in_part = sim_chance(sim, 300);
		server->address_ms = sim_between(sim, MINUTE,
			server->address_in_part || sim_chance(sim, 700) ?
			DAY : 7 * DAY);
	}
}

/* Resolvers that keep what they have beyond its TTL, by all but the margin: an
 * answer was long under way, or is served stale. */
static void draw_stretch(struct sim *sim, unsigned margin)
{
	if (!sim_fault(sim, sim->faults.stretched))
		return;
	sim->floor_ms = 0;
	sim->flight_ms = margin * SECOND - 1;
}

/* Somebody's record for hosts of his; it answers wherever none of ours stands,
 * from the beginning. */
static void lay_wildcard(struct sim *sim, struct owner *owner,
			 struct version *first)
{
	uint8_t *data = sim_alloc(sim, FINGERPRINT_SIZE);

	for (size_t i = 0; i < FINGERPRINT_SIZE; i++)
		data[i] = (uint8_t)sim_random(sim);
	owner->wild = (struct rr){ 3, 1, 1, data, FINGERPRINT_SIZE };
	owner->has_wildcard = true;
	if (first->count)
		return;
	first->by_wildcard = true;
	first->rrs = &owner->wild;
	first->count = 1;
	first->ttl = sim->ttl;
}

static void lay_wildcards(struct sim *sim)
{
	for (size_t k = 0; k < sim->owner_count; k++)
		lay_wildcard(sim, &sim->owners[k],
			     dns_primary(sim)->shown->of[k]);
}

/* Of those that are there at the beginning, some were given up long ago. */
static void draw_ignored(struct sim *sim)
{
	for (size_t i = 1; i < sim->server_count && sim->faults.ignored; i++)
		if (sim_chance(sim, 250)) {
			server_dies(sim, &sim->servers[i]);
			server_is_given_up(sim, &sim->servers[i]);
		}
}

void setup_random(struct sim *sim)
{
	unsigned margin = (unsigned)sim_between(sim, 40, 200);
	struct shape shape = {
		.targets = sim_chance(sim, 300) ? 2 : 1,
		.servers = (size_t)sim_between(sim, 1, 5),
		.services = (size_t)sim_between(sim, 1, SERVICES_MAX),
		.follow_live = sim_chance(sim, 400),
		.probed = sim_chance(sim, 600),
		.fresh = sim_chance(sim, 250), .margin = margin,
		.owners = (size_t)sim_between(sim, 1, 2),
		.linger = sim_chance(sim, 500) ? 0 : (unsigned)
			  sim_between(sim, 1, 1200),
		.kinds = sim_chance(sim, 500) ? 1 : 2,
		.exec = sim_chance(sim, 150),
		.allows_strangers = sim->seed % 5 == 0,
	};

	if ((topics_want(sim, TOPIC_IGNORED) ||
	     topics_want(sim, TOPIC_MACHINES)) && shape.servers < 2)
		shape.servers = 2;
	shape.exec &= !topics_want(sim, TOPIC_ALIASES);
	shape.unseen = shape.probed && sim_chance(sim, 200);
	shape.held = shape.unseen && sim_chance(sim, 500);
	if (shape.held)
		shape.linger = 0;
	shape.hidden = shape.servers > 1 && sim_chance(sim, 200);
	shape.extra = shape.servers > 2 && sim_chance(sim, 100);
	shape.own_serials = sim_chance(sim, 100);
	/* What two targets share cannot begin one record at a time. */
	shape.shared = shape.targets == 2 && !shape.exec &&
		       sim_chance(sim, 400);
	shape.divided = shape.shared && shape.kinds > 1 &&
			sim_chance(sim, 500);
	if (shape.shared && sim_chance(sim, 300)) {
		shape.targets = 3;
		shape.owners = 1;
	}
	sim->allows_wildcards = sim->seed % 3 == 0;
	draw_times(sim, margin);
	if (sim_chance(sim, 100) || topics_want(sim, TOPIC_OUTSIDE))
		outside_open(sim, (size_t)sim_between(sim, 1, 2));
	sim->exchange_works = sim_chance(sim, 850);
	sim->hard_links_work = sim_chance(sim, 850);
	lay_out(sim, &shape);
	draw_lags(sim);
	draw_addresses(sim);
	draw_faults(sim);
	draw_stretch(sim, margin);
	draw_readers(sim);
	services_draw_strangers(sim);
	if (sim_fault(sim, sim->faults.wildcard) ||
	    topics_want(sim, TOPIC_WILDCARDS))
		lay_wildcards(sim);
	if (sim_chance(sim, 500))
		sim->signature_ms = 10 * MINUTE + sim->ttl * SECOND *
				    sim_between(sim, 15, 30);
	draw_ignored(sim);
	machines_draw(sim);
	alias_draw(sim);
	second_draw(sim);
}

void setup_scenario(struct sim *sim, const struct scenario *scenario)
{
	struct shape shape = {
		.targets = scenario->three ? 3 : scenario->two ? 2 : 1,
		.servers = 3, .services = scenario->loads_late ? 2 : 1,
		.unseen = scenario->loads_late,
		.follow_live = !scenario->pinned && !sim->pins_always,
		/* Who looks at services while it waits would see it. */
		.probed = !scenario->slips, .fresh = scenario->fresh,
		.owners = scenario->wiped ? 2 : 1, .margin = 120,
		.kinds = scenario->issuer ? 3 : scenario->crossed ? 4 :
			 scenario->divided || scenario->second ? 2 : 1,
		.plain = true, .first = scenario->crossed ? 1 : 0,
		.shared = scenario->issuer || scenario->glimpse ||
			  scenario->divided || scenario->joins ||
			  scenario->together || scenario->led_back,
		.divided = scenario->divided, .joins = scenario->joins,
		.exec = scenario->exec, .blind = scenario->rests,
		.first_allows = scenario->led_back,
		/* So that the one is released on what it had before. */
		.own_serials = scenario->slips,
		/* So that the zone does not change again meanwhile. */
		.linger = scenario->slips ? 600 :
			  scenario->loads_late ? 1800 : 0,
	};

	draw_times(sim, 120);
	outside_open(sim, scenario->view ? 2 : 0);
	sim->ttl = scenario->outpaced ? 900 : 300;
	sim->negative_ttl = 60;
	sim->timer_ms = (scenario->slips ? 210 : 200) * SECOND;
	sim->exchange_works = !scenario->by_link;
	sim->hard_links_work = true;
	sim->first_expires = scenario->expired;
	lay_out(sim, &shape);
	if (scenario->wildcard)
		lay_wildcards(sim);
	if (scenario->alias)
		alias_open(sim, 0);
	if (scenario->second)
		second_open(sim, 0);
	sim->changes_issuer = scenario->issuer;
	sim->signs_late = scenario->back;
	if (scenario->stranger && !scenario->promised)
		sim->targets[0].strange_ms = sim->now_ms + 2 * HOUR;
	sim->servers[1].lag_ms = SECOND;
	sim->servers[2].lag_ms = 20 * SECOND;
}
