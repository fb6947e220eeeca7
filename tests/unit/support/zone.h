/* SPDX-License-Identifier: MIT */
#pragma once

#include "dns/zone.h"
#include "support/dns.h"

/*
 * A network in which all is well with example.com: its parent com is served
 * at 192.0.2.100 and 192.0.2.101, itself by ns1 (192.0.2.1, 2001:db8::1, the
 * primary) and ns2 (192.0.2.2); the resolver is 127.0.0.1, validates, and
 * knows of no other names. Tests add rows to change that.
 */
#define RESOLVER "127.0.0.1"
#define PARENT_1 "192.0.2.100"
#define PARENT_2 "192.0.2.101"
#define NS1 "192.0.2.1"
#define NS1_IPV6 "2001:db8::1"
#define NS2 "192.0.2.2"
#define ZONE "example.com."
#define OWNER "_25._tcp.mx.example.com."

struct zone_scene {
	struct fake_dns fake;
	struct config config;
	struct config_zone section;
	char *primaries[3];		/* of SECTION */
	struct fake_signer signer;
	struct zones zones;
};

void zone_scene_init(struct zone_scene *scene);
/* zones_discover() for one owner. NULL: none found. */
struct zone *zone_scene_discover(struct zone_scene *scene, const char *owner);
/* Up to three: `primary`, in the section of ZONE, which is configured. */
void name_primaries(struct zone_scene *scene, size_t count, const char *first,
		    ...);
/* From now on the configuration has SCENE->section for ZONE. */
void zone_scene_configure(struct zone_scene *scene);
void zone_scene_clear(struct zone_scene *scene);

/* A reply of the resolver, AD set; TEXT, a record, may be NULL. */
struct fake_reply *resolver_says(struct zone_scene *scene, const char *name,
				 ldns_rr_type type, const char *text);
/* NAME is not there, and lies in ZONE. */
struct fake_reply *resolver_tells_zone(struct zone_scene *scene,
				       const char *name, const char *zone);

/* The server with this address (port 53 unless said), or NULL. */
const struct zone_server *scene_server(const struct zone *zone,
				       const char *address);

/* Fails the test unless TEXT is there and contains PART. */
void assert_contains(const char *text, const char *part);

/* ---- What the zone's own servers say ----------------------------------- */

#define SOA_TEXT(serial) \
	ZONE " 3600 IN SOA ns1.example.com. x.test. " serial " 2 3 4 300"
#define TLSA_A OWNER " 3600 IN TLSA 3 1 1 0a1b2c3d4e5f"
#define TLSA_B OWNER " 3600 IN TLSA 3 1 1 99887766"

/* An authoritative reply of SERVER with these records and their signature
 * in SECTION; RRSET is freed. */
struct fake_reply *server_says(struct zone_scene *scene, const char *server,
			       const char *name, ldns_rr_type type,
			       ldns_pkt_section section, ldns_rr_list *rrset);
/* Its NS set, with the addresses of ns1 and ns2, all signed. */
struct fake_reply *server_names(struct zone_scene *scene, const char *server,
				const char *one, const char *other);
/* A record and its signature. */
void reply_add_signed(struct zone_scene *scene, struct fake_reply *reply,
		      ldns_pkt_section section, const char *text);
/* SOA, NS and DNSKEY as they should be, and TLSA_A at OWNER. */
void server_serves(struct zone_scene *scene, const char *server);
/* No records at OWNER, with SOA and NSEC, signed. */
struct fake_reply *server_denies(struct zone_scene *scene, const char *server);
