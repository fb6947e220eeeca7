/* SPDX-License-Identifier: MIT */
#include "support/zone.h"

#include "base/xalloc.h"
#include "unit.h"

#include <stdarg.h>
#include <stdlib.h>

struct fake_reply *resolver_says(struct zone_scene *scene, const char *name,
				 ldns_rr_type type, const char *text)
{
	struct fake_reply *reply = fake_dns_reply(
		&scene->fake, RESOLVER, name, type, FAKE_AD | FAKE_RA);

	if (text)
		fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
	return reply;
}

struct fake_reply *resolver_tells_zone(struct zone_scene *scene,
				       const char *name, const char *zone)
{
	struct fake_reply *reply =
		resolver_says(scene, name, LDNS_RR_TYPE_SOA, NULL);
	char *soa = xasprintf("%s 9 IN SOA a.test. b.test. 1 2 3 4 5", zone);

	fake_reply_add(reply, LDNS_SECTION_AUTHORITY, soa);
	free(soa);
	return reply;
}

static void resolver_knows(struct zone_scene *scene)
{
	struct fake_reply *reply;

	resolver_says(scene, NULL, 0, NULL);
	resolver_says(scene, ".", LDNS_RR_TYPE_NS, ". 9 IN NS a.root.test.");
	resolver_says(scene, "com.", LDNS_RR_TYPE_SOA,
		      "com. 9 IN SOA a.gtld.test. x.test. 1 2 3 4 5");
	reply = resolver_says(scene, "com.", LDNS_RR_TYPE_NS,
			      "com. 9 IN NS a.gtld.test.");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       "com. 9 IN NS b.gtld.test.");
	resolver_says(scene, "a.gtld.test.", LDNS_RR_TYPE_A,
		      "a.gtld.test. 9 IN A " PARENT_1);
	resolver_says(scene, "b.gtld.test.", LDNS_RR_TYPE_A,
		      "b.gtld.test. 9 IN A " PARENT_2);
	resolver_tells_zone(scene, OWNER, ZONE);
	resolver_says(scene, ZONE, LDNS_RR_TYPE_SOA,
		      ZONE " 9 IN SOA NS1.example.com. x.test. 7 2 3 4 300");
	reply = resolver_says(scene, ZONE, LDNS_RR_TYPE_NS,
			      ZONE " 9 IN NS NS1.example.com.");
	fake_reply_add(reply, LDNS_SECTION_ANSWER,
		       ZONE " 9 IN NS ns2.example.com.");
	reply = resolver_says(scene, ZONE, LDNS_RR_TYPE_DS, NULL);
	fake_reply_add_list(reply, LDNS_SECTION_ANSWER, scene->signer.ds);
	resolver_says(scene, "ns1.example.com.", LDNS_RR_TYPE_A,
		      "ns1.example.com. 9 IN A " NS1);
	resolver_says(scene, "ns1.example.com.", LDNS_RR_TYPE_AAAA,
		      "ns1.example.com. 9 IN AAAA " NS1_IPV6);
	resolver_says(scene, "ns2.example.com.", LDNS_RR_TYPE_A,
		      "ns2.example.com. 9 IN A " NS2);
}

static void parent_refers(struct zone_scene *scene, const char *server)
{
	struct fake_reply *reply = fake_dns_reply(
		&scene->fake, server, ZONE, LDNS_RR_TYPE_NS, 0);

	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       ZONE " 9 IN NS ns1.example.com.");
	fake_reply_add(reply, LDNS_SECTION_AUTHORITY,
		       ZONE " 9 IN NS ns2.example.com.");
	fake_reply_add(reply, LDNS_SECTION_ADDITIONAL,
		       "ns1.example.com. 9 IN A " NS1);
}

void zone_scene_init(struct zone_scene *scene)
{
	memset(scene, 0, sizeof(*scene));
	fake_dns_init(&scene->fake);
	fake_signer_init(&scene->signer, ZONE,
			 scene->fake.now.wall_ms / 1000);
	scene->config.dnssec_required = true;
	scene->section.name = lent(ZONE);
	scene->section.check_serial = true;
	resolver_knows(scene);
	parent_refers(scene, PARENT_1);
	parent_refers(scene, PARENT_2);
}

void zone_scene_configure(struct zone_scene *scene)
{
	scene->config.zones = &scene->section;
	scene->config.zone_count = 1;
}

void name_primaries(struct zone_scene *scene, size_t count, const char *first,
		    ...)
{
	va_list arguments;

	zone_scene_configure(scene);
	scene->section.primaries = scene->primaries;
	scene->section.primary_count = count;
	scene->primaries[0] = lent(first);
	va_start(arguments, first);
	for (size_t i = 1; i < count; i++)
		scene->primaries[i] = va_arg(arguments, char *);
	va_end(arguments);
}

struct zone *zone_scene_discover(struct zone_scene *scene, const char *owner)
{
	zones_clear(&scene->zones);
	scene->fake.batches = 0;
	scene->fake.questions = 0;
	zones_discover(&scene->fake.world, &scene->config, &owner, 1,
		       &scene->zones);
	return scene->zones.of_owner[0];
}

void zone_scene_clear(struct zone_scene *scene)
{
	zones_clear(&scene->zones);
	fake_signer_clear(&scene->signer);
	fake_dns_clear(&scene->fake);
}

const struct zone_server *scene_server(const struct zone *zone,
				       const char *address)
{
	struct address want = fake_address(address);

	for (size_t i = 0; i < zone->server_count; i++)
		if (address_equal(&zone->servers[i].address, &want))
			return &zone->servers[i];
	return NULL;
}

void assert_contains(const char *text, const char *part)
{
	if (!text || !strstr(text, part))
		fail_msg("no \"%s\" in \"%s\"", part, text ? text : "");
}

/* ---- What the zone's own servers say ----------------------------------- */

static void add_signed(struct zone_scene *scene, struct fake_reply *reply,
		       ldns_pkt_section section, ldns_rr_list *rrset)
{
	ldns_rr_list *signatures = fake_signer_sign(&scene->signer, rrset);

	fake_reply_add_list(reply, section, rrset);
	fake_reply_add_list(reply, section, signatures);
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(rrset);
}

void reply_add_signed(struct zone_scene *scene, struct fake_reply *reply,
		      ldns_pkt_section section, const char *text)
{
	add_signed(scene, reply, section, fake_records(text, NULL));
}

struct fake_reply *server_says(struct zone_scene *scene, const char *server,
			       const char *name, ldns_rr_type type,
			       ldns_pkt_section section, ldns_rr_list *rrset)
{
	struct fake_reply *reply = fake_dns_reply(&scene->fake, server, name,
						  type, FAKE_AA);

	add_signed(scene, reply, section, rrset);
	return reply;
}

struct fake_reply *server_names(struct zone_scene *scene, const char *server,
				const char *one, const char *other)
{
	char *texts[] = { xasprintf(ZONE " 3600 IN NS %s", one),
			  xasprintf(ZONE " 3600 IN NS %s", other) };
	struct fake_reply *reply = server_says(
		scene, server, ZONE, LDNS_RR_TYPE_NS, LDNS_SECTION_ANSWER,
		fake_records(texts[0], texts[1], NULL));

	reply_add_signed(scene, reply, LDNS_SECTION_ADDITIONAL,
			 "ns1.example.com. 3600 IN A " NS1);
	reply_add_signed(scene, reply, LDNS_SECTION_ADDITIONAL,
			 "ns1.example.com. 3600 IN AAAA " NS1_IPV6);
	reply_add_signed(scene, reply, LDNS_SECTION_ADDITIONAL,
			 "ns2.example.com. 3600 IN A " NS2);
	free(texts[0]);
	free(texts[1]);
	return reply;
}

void server_serves(struct zone_scene *scene, const char *server)
{
	struct fake_reply *reply = fake_dns_reply(
		&scene->fake, server, ZONE, LDNS_RR_TYPE_DNSKEY, FAKE_AA);

	fake_reply_add_list(reply, LDNS_SECTION_ANSWER, scene->signer.dnskeys);
	fake_reply_add_list(reply, LDNS_SECTION_ANSWER,
			    scene->signer.dnskey_signatures);
	server_says(scene, server, ZONE, LDNS_RR_TYPE_SOA, LDNS_SECTION_ANSWER,
		    fake_records(SOA_TEXT("7"), NULL));
	server_names(scene, server, "ns1.example.com.", "ns2.example.com.");
	server_says(scene, server, OWNER, LDNS_RR_TYPE_TLSA,
		    LDNS_SECTION_ANSWER, fake_records(TLSA_A, NULL));
}

struct fake_reply *server_denies(struct zone_scene *scene, const char *server)
{
	struct fake_reply *reply = server_says(
		scene, server, OWNER, LDNS_RR_TYPE_TLSA,
		LDNS_SECTION_AUTHORITY, fake_records(SOA_TEXT("7"), NULL));

	add_signed(scene, reply, LDNS_SECTION_AUTHORITY,
		   fake_records("mx.example.com. 900 IN NSEC example.com. A",
				NULL));
	reply->rcode = LDNS_RCODE_NXDOMAIN;
	return reply;
}
