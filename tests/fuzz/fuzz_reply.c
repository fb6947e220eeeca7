/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"
#include "base/dns.h"
#include "base/name.h"
#include "dns/message.h"
#include "dns/survey_internal.h"
#include "fuzz.h"
#include "world/reply.h"

/*
 * What a server of example.com may send: taken as the reply about its TLSA
 * records, its SOA and its keys. The zone is signed; nobody has its private
 * keys any more, so nothing but what is named here can be proven.
 */
const char fuzz_corpus[] = "reply";

#define ZONE "example.com."
#define OWNER "_25._tcp.mx.example.com."
#define NOW_SECONDS INT64_C(1795000000)
#define SIGNED_TTL_MAX 3600U	/* no original TTL is longer */
#define EXPIRES_SECONDS (NOW_SECONDS + 10 * 86400)

static const char ds_text[] = ZONE " 3600 IN DS 60281 13 2 "
	"cbcb3d254bf6a4e959f80e5afc270aafdd19aee39beaa2dc2ec96cf417f2f6f7";
static const char *const key_texts[] = {
	ZONE " 3600 IN DNSKEY 257 3 13 rG0uUCz7eAoTqj0KEo/MwSH7fVToVohE7rLA"
	"h3/9PA02Lj72g9kAhJYMCoqrIdE1DQtSYTBk9Jorvz2ZnSQbGg==",
	ZONE " 3600 IN DNSKEY 256 3 13 1oE/ncw1LhEHEjnLSPmgVJ+2+uRGRTKQZCPR"
	"ERJkRFtGOgK/DEyAD8apqSEzTxkYRPsJCBDSaFXD8BrLhUc7jg==",
};
static const char signature_text[] = ZONE " 3600 IN RRSIG DNSKEY 13 2 3600 "
	"20261128110640 20261117110640 60281 " ZONE
	" zrTVsCgt+9ZL6p6o0bW+H4EbMVtrQxRKgBFlCGhtuib8pegG+90VXw2Zpzps1KPk"
	"oPWO6qs0EaQxDylWyp6IfA==";

/* The sets that the zone did sign. */
static const char *const signed_sets[] = {
	"{3 1 1 0a1b2c3d..}",
	"{3 1 1 0a1b2c3d.., 3 1 1 99887766}",
	"{3 1 1 aa}",			/* for a wildcard */
};

/* ---- The zone ---------------------------------------------------------- */

static struct zone zone;
static ldns_rr_list *zone_keys;
static ldns_rr_list *zone_trusted;

static void add_record(ldns_rr_list *list, const char *text)
{
	ldns_rr *rr = NULL;

	must(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) == LDNS_STATUS_OK);
	must(ldns_rr_list_push_rr(list, rr));
}

static void prepare(void)
{
	static char name[] = ZONE;
	ldns_rr_list *signatures;

	if (zone_trusted)
		return;
	zone.name = name;
	zone.ds = ldns_rr_list_new();
	add_record(zone.ds, ds_text);
	zone_keys = ldns_rr_list_new();
	add_record(zone_keys, key_texts[0]);
	add_record(zone_keys, key_texts[1]);
	signatures = ldns_rr_list_new();
	add_record(signatures, signature_text);
	must(dnssec_trust_keys(zone.name, zone.ds, zone_keys, signatures,
			       NOW_SECONDS, &zone_trusted) == DNSSEC_OK);
	ldns_rr_list_deep_free(signatures);
}

/* ---- A network in which everybody says the same ------------------------ */

struct input {
	const uint8_t *data;
	size_t size;
};

static void same_octets(struct world *world, void *data, size_t size)
{
	(void)world;
	memset(data, 0x5a, size);
}

static bool has_octets(const uint8_t *a, const uint8_t *b, size_t size)
{
	return memcmp(a, b, size) == 0;
}

/* What is accepted over UDP answers the very question. */
static void check_judged(const struct question *question,
			 const struct input *input)
{
	size_t size = reply_question_size(question->query,
					  question->query_size);
	enum reply_verdict udp, tcp;

	udp = reply_judge(question->query, question->query_size, input->data,
			  input->size, false);
	tcp = reply_judge(question->query, question->query_size, input->data,
			  input->size, true);
	invariant(size > 0 && tcp != REPLY_TRUNCATED &&
		  tcp != REPLY_CASE_CHANGED);
	if (udp == REPLY_ACCEPTED || udp == REPLY_TRUNCATED)
		invariant(input->size >= DNS_HEADER_SIZE + size &&
			  has_octets(input->data, question->query, 2) &&
			  has_octets(input->data + DNS_HEADER_SIZE,
				     question->query + DNS_HEADER_SIZE, size));
	if (udp == REPLY_ACCEPTED || tcp == REPLY_ACCEPTED)
		invariant((input->data[2] & 0x82) == 0x80);
	invariant(udp != REPLY_ACCEPTED || tcp == REPLY_ACCEPTED);
}

static void ask(struct world *world, struct question *questions, size_t n)
{
	const struct input *input = world->self;

	for (size_t i = 0; i < n; i++) {
		check_judged(&questions[i], input);
		questions[i].outcome = OUTCOME_ANSWERED;
		questions[i].used = questions[i].transport;
		questions[i].reply = xmemdup(input->data, input->size);
		questions[i].reply_size = input->size;
	}
}

static struct lookup ask_about(struct input *input, const char *name,
			       ldns_rr_type type)
{
	struct world world = { .self = input, .ask = ask,
			       .random = same_octets };
	struct lookup lookup = { .name = name, .type = type,
				 .flags = MESSAGE_DNSSEC };
	struct lookup *only = &lookup;

	lookups_ask(&world, &only, 1);
	invariant((lookup.reply != NULL) == (lookup.malformed == MESSAGE_OK));
	return lookup;
}

/* ---- The message ------------------------------------------------------- */

static void check_section(const ldns_pkt *packet, const ldns_pkt *again,
			  ldns_pkt_section section)
{
	ldns_rr_list *a = message_records(packet, section, OWNER,
					  LDNS_RR_TYPE_TLSA);
	ldns_rr_list *b = message_records(again, section, OWNER,
					  LDNS_RR_TYPE_TLSA);

	invariant(ldns_rr_list_compare(a, b) == 0);
	ldns_rr_list_free(a);
	ldns_rr_list_free(b);
	invariant(ldns_pkt_section_count(packet, section) ==
		  ldns_pkt_section_count(again, section));
}

/* Written anew by ldns it says the same. */
static void check_written(const ldns_pkt *packet)
{
	uint8_t *octets = NULL;
	size_t size = 0;
	ldns_pkt *again;

	must(ldns_pkt2wire(&octets, packet, &size) == LDNS_STATUS_OK);
	must(message_parse(octets, size, &again) == MESSAGE_OK);
	invariant(message_rcode(packet) == message_rcode(again));
	for (ldns_pkt_section i = LDNS_SECTION_ANSWER;
	     i <= LDNS_SECTION_ADDITIONAL; i++)
		check_section(packet, again, i);
	ldns_pkt_free(again);
	LDNS_FREE(octets);
}

/* A good message is good as it is: neither shorter nor longer. */
static void try_message(const uint8_t *data, size_t size)
{
	uint8_t *other = xmalloc(size + 1);
	ldns_pkt *packet, *none;
	enum message_error error = message_parse(data, size, &packet);

	invariant((error == MESSAGE_OK) == (packet != NULL));
	invariant(*message_error_text(error));
	memcpy(other, data, size);
	other[size] = 0;
	if (packet) {
		must(message_parse(other, size + 1, &none) ==
		     MESSAGE_TRAILING && !none);
		other = xreallocarray(other, size - 1, 1);
		must(message_parse(other, size - 1, &none) !=
		     MESSAGE_OK && !none);
		check_written(packet);
	}
	free(other);
	ldns_pkt_free(packet);
}

/* ---- What is read in it ------------------------------------------------ */

/* A name that is fit for asking and for keeping. */
static void check_alias(const struct sighting *sighting)
{
	char *name;

	invariant((sighting->verdict == SIGHTING_ALIAS) ==
		  (sighting->alias != NULL));
	if (!sighting->alias)
		return;
	name = name_parse(sighting->alias);
	invariant(streq(name, sighting->alias));
	free(name);
}

static void check_sighting(const struct sighting *sighting,
			   const uint8_t *data)
{
	const struct tlsa_set *set = &sighting->set;
	bool some = sighting->verdict == SIGHTING_SET ||
		    sighting->verdict == SIGHTING_WILDCARD;

	invariant(sighting->detail && *sighting->detail);
	invariant(sighting->ttl_seconds <= TTL_MAX);
	invariant(some == (set->count > 0));
	check_alias(sighting);
	invariant(set->count <= TLSA_PER_SET_MAX);
	for (size_t i = 1; i < set->count; i++)
		invariant(tlsa_compare(&set->records[i - 1],
				       &set->records[i]) < 0);
	if (some)
		invariant((data[3] & 0xf) == 0);
	if (some || sighting->verdict == SIGHTING_ABSENT ||
	    sighting->verdict == SIGHTING_ALIAS)
		invariant((data[2] & 0xfe) == 0x84);
}

static bool is_signed_set(const struct tlsa_set *set)
{
	char *text = tlsa_set_format(set);
	bool found = false;

	for (size_t i = 0; i < sizeof(signed_sets) / sizeof(signed_sets[0]);
	     i++)
		found = found || streq(text, signed_sets[i]);
	free(text);
	return found;
}

/* Only what the zone signed is proven, for as long as it signed it. */
static void check_proven(const struct sighting *sighting)
{
	if (sighting->verdict == SIGHTING_SET ||
	    sighting->verdict == SIGHTING_WILDCARD)
		invariant(is_signed_set(&sighting->set) &&
			  sighting->ttl_seconds == 3600);
	if (sighting->verdict == SIGHTING_SET ||
	    sighting->verdict == SIGHTING_WILDCARD ||
	    sighting->verdict == SIGHTING_ABSENT ||
	    sighting->verdict == SIGHTING_ALIAS)
		invariant((sighting->signature_expires_seconds ==
			   EXPIRES_SECONDS ||
			   sighting->verdict == SIGHTING_WILDCARD) &&
			  sighting->ttl_seconds <= SIGNED_TTL_MAX);
}

static struct sighting read_tlsa(const struct lookup *lookup,
				 const struct server_view *server,
				 bool required)
{
	struct proofs proofs[2] = { { NULL, 0 }, { NULL, 0 } };
	struct sighting sighting = { .verdict = SIGHTING_SET };
	const struct reading reading = {
		.zone = &zone, .owner = OWNER, .server = server,
		.primary = server, .lookup = lookup,
		.dnssec_required = required, .now_seconds = NOW_SECONDS,
		.set_proofs = &proofs[0], .soa_proofs = &proofs[1],
	};

	sighting_read(&sighting, &reading);
	proofs_clear(&proofs[0]);
	proofs_clear(&proofs[1]);
	return sighting;
}

static void try_tlsa(struct input *input)
{
	struct lookup lookup = ask_about(input, OWNER, LDNS_RR_TYPE_TLSA);
	struct server_view server = { .trust = DNSSEC_OK,
				      .trusted = zone_trusted };
	struct sighting believed = read_tlsa(&lookup, &server, false);
	struct sighting proven = read_tlsa(&lookup, &server, true);

	check_sighting(&believed, input->data);
	check_sighting(&proven, input->data);
	check_proven(&proven);
	/* Who asks for proof learns nothing more. */
	if (proven.verdict == SIGHTING_SET)
		invariant(tlsa_set_equal(&proven.set, &believed.set));
	if (proven.verdict == SIGHTING_ABSENT ||
	    proven.verdict == SIGHTING_ALIAS)
		invariant(believed.verdict == proven.verdict);
	server.trust = DNSSEC_BOGUS;
	tlsa_set_clear(&proven.set);
	free(proven.alias);
	free(proven.detail);
	proven = read_tlsa(&lookup, &server, true);
	invariant(proven.verdict > SIGHTING_WILDCARD);
	tlsa_set_clear(&believed.set);
	free(believed.alias);
	free(believed.detail);
	free(proven.detail);
	lookup_clear(&lookup);
}

static bool is_zone_key(const ldns_rr *key)
{
	return ldns_rr_compare(key, ldns_rr_list_rr(zone_keys, 0)) == 0 ||
	       ldns_rr_compare(key, ldns_rr_list_rr(zone_keys, 1)) == 0;
}

static void try_zone(struct input *input)
{
	struct proofs proofs = { NULL, 0 };
	struct server_view server = {
		.soa = ask_about(input, ZONE, LDNS_RR_TYPE_SOA),
		.keys = ask_about(input, ZONE, LDNS_RR_TYPE_DNSKEY),
	};

	server_view_read(&server, &zone, true, NOW_SECONDS, &proofs);
	if (server.serial_known || server.trust == DNSSEC_OK)
		invariant((input->data[2] & 0x86) == 0x84 &&
			  (input->data[3] & 0xf) == 0);
	invariant((server.trust == DNSSEC_OK) == (server.trusted != NULL));
	for (size_t i = 0; i < ldns_rr_list_rr_count(server.trusted); i++)
		invariant(is_zone_key(ldns_rr_list_rr(server.trusted, i)));
	proofs_clear(&proofs);
	server_view_clear(&server, 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct input input = { .data = data, .size = size };

	if (size > REPLY_TCP_SIZE_MAX)
		return 0;
	prepare();
	try_message(data, size);
	try_tlsa(&input);
	try_zone(&input);
	return 0;
}
