/* SPDX-License-Identifier: MIT */
#include "support/zones.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdlib.h>

static void add_and_free(struct fake_reply *reply, ldns_pkt_section section,
			 char *text)
{
	fake_reply_add(reply, section, text);
	free(text);
}

static char *soa_of(const char *zone)
{
	return xasprintf("%s 300 IN SOA ns.%s x.test. 7 2 3 4 300", zone,
			 zone);
}

static char *ns_of(const char *zone)
{
	return xasprintf("%s 300 IN NS ns.%s", zone, zone);
}

static void resolver_learns(struct zone_scene *scene, const char *zone,
			    const char *server)
{
	char *host = xasprintf("ns.%s", zone);

	add_and_free(resolver_says(scene, zone, LDNS_RR_TYPE_SOA, NULL),
		     LDNS_SECTION_ANSWER, soa_of(zone));
	add_and_free(resolver_says(scene, zone, LDNS_RR_TYPE_NS, NULL),
		     LDNS_SECTION_ANSWER, ns_of(zone));
	add_and_free(resolver_says(scene, host, LDNS_RR_TYPE_A, NULL),
		     LDNS_SECTION_ANSWER,
		     xasprintf("%s 300 IN A %s", host, server));
	free(host);
}

void zone_scene_add(struct zone_scene *scene, const char *zone,
		    const char *server)
{
	static const char *const parents[] = { PARENT_1, PARENT_2 };
	struct fake_dns *fake = &scene->fake;

	resolver_learns(scene, zone, server);
	for (size_t i = 0; i < COUNT(parents); i++)
		add_and_free(fake_dns_reply(fake, parents[i], zone,
					    LDNS_RR_TYPE_NS, 0),
			     LDNS_SECTION_AUTHORITY, ns_of(zone));
	add_and_free(fake_dns_reply(fake, server, NULL, 0, FAKE_AA),
		     LDNS_SECTION_AUTHORITY, soa_of(zone));
	add_and_free(fake_dns_reply(fake, server, zone, LDNS_RR_TYPE_SOA,
				    FAKE_AA),
		     LDNS_SECTION_ANSWER, soa_of(zone));
	add_and_free(fake_dns_reply(fake, server, zone, LDNS_RR_TYPE_NS,
				    FAKE_AA),
		     LDNS_SECTION_ANSWER, ns_of(zone));
}

char *zone_scene_owner(struct zone_scene *scene, const char *zone,
		       unsigned number)
{
	char *owner = xasprintf("_25._tcp.m%u.%s", number, zone);

	resolver_tells_zone(scene, owner, zone);
	return owner;
}

void zone_scene_publish(struct zone_scene *scene, const char *server,
			const char *owner, const char *data)
{
	add_and_free(fake_dns_reply(&scene->fake, server, owner,
				    LDNS_RR_TYPE_TLSA, FAKE_AA),
		     LDNS_SECTION_ANSWER,
		     xasprintf("%s 300 IN TLSA 3 1 1 %s", owner, data));
}

static void ask_bare(struct world *world, struct question *questions, size_t n)
{
	struct fake_dns *fake = world->self;
	struct question *bare = xmemdup(questions, n * sizeof(*bare));

	for (size_t i = 0; i < n; i++)
		bare[i].key = NULL;
	fake->world.ask(&fake->world, bare, n);
	for (size_t i = 0; i < n; i++) {
		bare[i].key = questions[i].key;
		bare[i].verdict = questions[i].verdict;
		questions[i] = bare[i];
	}
	free(bare);
}

static void take_no_chance(struct world *world, void *data, size_t size)
{
	(void)world;
	memset(data, 0x5a, size);
}

struct world zone_scene_bare(struct zone_scene *scene)
{
	struct world bare;

	scene->fake.world.random = take_no_chance;
	bare = scene->fake.world;
	bare.ask = ask_bare;
	return bare;
}
