/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/bounds.h"
#include "dns/message.h"
#include "world/world.h"

/*
 * The network of fuzz_look.c: who says what of example.com, and what becomes
 * of it by the input's plan. Signatures are made with a key that nobody else
 * has.
 */
#define ZONE "example.com."
#define OWNER "_25._tcp.mx.example.com."
#define NOW_SECONDS INT64_C(1795000000)
#define NS1 "192.0.2.1"
#define NS2 "192.0.2.2"
#define PARENT "192.0.2.100"
#define RESOLVER "127.0.0.1"
#define TTL_SECONDS 3600U
#define EXTRA_MAX 32

enum role { ROLE_RESOLVER, ROLE_PARENT, ROLE_SERVER, ROLES };

static const char *const role_addresses[] = { RESOLVER, PARENT, NS1 };

/* The last one stands for all others. */
static const ldns_rr_type types[] = {
	LDNS_RR_TYPE_SOA, LDNS_RR_TYPE_NS, LDNS_RR_TYPE_DNSKEY,
	LDNS_RR_TYPE_A, LDNS_RR_TYPE_TLSA, LDNS_RR_TYPE_DS,
};
#define TYPES (sizeof(types) / sizeof(types[0]))

enum lie {
	TRUTH, UNSIGNED, MORE_ANSWERS, MORE_AUTHORITY, MORE_ADDITIONAL,
	OTHER_ANSWERS, EMPTY, NOT_AUTHORITATIVE, RCODE, LONG_TTLS,
	FORGED_SIGNATURES, SILENT, CUT_SHORT, MADE_UP_SERVERS,
	MADE_UP_ADDRESSES, MADE_UP_SETS, LIES
};

/* ---- What is true ------------------------------------------------------ */

struct truth {
	enum role role;
	const char *name;
	ldns_pkt_section section;
	const char *text;		/* NULL: the key or its DS */
	ldns_rr_type type;		/* of the question */
	ldns_rr_list *records;		/* with signatures of the zone */
};

static struct truth truths[] = {
#define SAYS(role, name, section, type, text) \
	{ ROLE_##role, name, LDNS_SECTION_##section, text, \
	  LDNS_RR_TYPE_##type, NULL }
	SAYS(RESOLVER, ".", ANSWER, NS, ". 9 IN NS a.root.test."),
	SAYS(RESOLVER, "com.", ANSWER, SOA,
	     "com. 9 IN SOA a.gtld.test. x.test. 1 2 3 4 5"),
	SAYS(RESOLVER, "com.", ANSWER, NS, "com. 9 IN NS a.gtld.test."),
	SAYS(RESOLVER, "a.gtld.test.", ANSWER, A,
	     "a.gtld.test. 9 IN A " PARENT),
	SAYS(RESOLVER, ZONE, ANSWER, SOA,
	     ZONE " 9 IN SOA ns1." ZONE " x.test. 7 2 3 4 300"),
	SAYS(RESOLVER, ZONE, ANSWER, NS, ZONE " 9 IN NS ns1." ZONE),
	SAYS(RESOLVER, ZONE, ANSWER, NS, ZONE " 9 IN NS ns2." ZONE),
	SAYS(RESOLVER, ZONE, ANSWER, DS, NULL),
	SAYS(RESOLVER, "ns1." ZONE, ANSWER, A, "ns1." ZONE " 9 IN A " NS1),
	SAYS(RESOLVER, "ns2." ZONE, ANSWER, A, "ns2." ZONE " 9 IN A " NS2),
	SAYS(PARENT, ZONE, AUTHORITY, NS, ZONE " 7200 IN NS ns1." ZONE),
	SAYS(PARENT, ZONE, AUTHORITY, NS, ZONE " 7200 IN NS ns2." ZONE),
	SAYS(PARENT, ZONE, ADDITIONAL, NS, "ns1." ZONE " 7200 IN A " NS1),
	SAYS(SERVER, ZONE, ANSWER, DNSKEY, NULL),
	SAYS(SERVER, ZONE, ANSWER, SOA,
	     ZONE " 3600 IN SOA ns1." ZONE " x.test. 7 2 3 4 300"),
	SAYS(SERVER, ZONE, ANSWER, NS, ZONE " 3600 IN NS ns1." ZONE),
	SAYS(SERVER, ZONE, ADDITIONAL, NS, "ns1." ZONE " 3600 IN A " NS1),
	SAYS(SERVER, ZONE, ADDITIONAL, NS, "ns2." ZONE " 3600 IN A " NS2),
	SAYS(SERVER, "ns1." ZONE, ANSWER, A, "ns1." ZONE " 3600 IN A " NS1),
	SAYS(SERVER, "ns2." ZONE, ANSWER, A, "ns2." ZONE " 3600 IN A " NS2),
	SAYS(SERVER, OWNER, ANSWER, TLSA, OWNER " 3600 IN TLSA 3 1 1 0a1b2c"),
#undef SAYS
};
#define TRUTHS (sizeof(truths) / sizeof(truths[0]))

static void add_text(ldns_rr_list *list, const char *text)
{
	ldns_rr *rr = NULL;

	must(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) == LDNS_STATUS_OK);
	must(ldns_rr_list_push_rr(list, rr));
}

static ldns_key_list *make_key(ldns_rr **public_key)
{
	ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256,
						   256);
	ldns_key_list *list = ldns_key_list_new();
	ldns_rdf *owner = NULL;

	invariant(key && list);
	must(ldns_str2rdf_dname(&owner, ZONE) == LDNS_STATUS_OK);
	ldns_key_set_pubkey_owner(key, owner);
	ldns_key_set_flags(key, LDNS_KEY_ZONE_KEY | LDNS_KEY_SEP_KEY);
	ldns_key_set_inception(key, (uint32_t)(NOW_SECONDS - 86400));
	ldns_key_set_expiration(key, (uint32_t)(NOW_SECONDS + 864000));
	*public_key = ldns_key2rr(key);
	ldns_rr_set_ttl(*public_key, TTL_SECONDS);
	ldns_key_set_keytag(key, ldns_calc_keytag(*public_key));
	ldns_key_list_push_key(list, key);
	return list;
}

/* RRsets of the zone here are of one record, but for the NS set. */
static void sign(struct truth *truth, ldns_key_list *keys)
{
	ldns_rr_list *signatures;

	if (truth->role != ROLE_SERVER)
		return;
	if (truth->type == LDNS_RR_TYPE_NS &&
	    truth->section == LDNS_SECTION_ANSWER)
		add_text(truth->records, ZONE " 3600 IN NS ns2." ZONE);
	signatures = ldns_sign_public(truth->records, keys);
	invariant(signatures);
	ldns_rr_list_push_rr_list(truth->records, signatures);
	ldns_rr_list_free(signatures);
}

static void prepare(void)
{
	ldns_key_list *keys;
	ldns_rr *key;

	if (truths[0].records)
		return;
	keys = make_key(&key);
	for (size_t i = 0; i < TRUTHS; i++) {
		truths[i].records = ldns_rr_list_new();
		if (truths[i].text)
			add_text(truths[i].records, truths[i].text);
		else
			ldns_rr_list_push_rr(truths[i].records,
				truths[i].type == LDNS_RR_TYPE_DS ?
				ldns_key_rr2ds(key, LDNS_SHA256) :
				ldns_rr_clone(key));
		sign(&truths[i], keys);
	}
	ldns_rr_free(key);
	ldns_key_list_free(keys);
}

/* ---- What is told ------------------------------------------------------ */

struct network {
	uint8_t plan[ROLES * TYPES][2];
	bool honest;
	unsigned look;
	ldns_rr_list *extra;
};

static void take_records(struct network *network, const uint8_t *data,
			 size_t size)
{
	size_t at = 0;

	network->extra = ldns_rr_list_new();
	while (at < size &&
	       ldns_rr_list_rr_count(network->extra) < EXTRA_MAX) {
		ldns_rr *rr = NULL;

		if (ldns_wire2rr(&rr, data, size, &at, LDNS_SECTION_ANSWER) !=
		    LDNS_STATUS_OK)
			break;
		ldns_rr_list_push_rr(network->extra, rr);
	}
}

static void push_text(ldns_pkt *packet, ldns_pkt_section section, char *text)
{
	ldns_rr *rr = NULL;

	must(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) == LDNS_STATUS_OK);
	must(ldns_pkt_push_rr(packet, section, rr));
	free(text);
}

static void push_all(ldns_pkt *packet, ldns_pkt_section section,
		     const ldns_rr_list *records)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(records); i++)
		must(ldns_pkt_push_rr(packet, section, ldns_rr_clone(
			ldns_rr_list_rr(records, i))));
}

static void drop_answers(ldns_pkt *packet, bool only_signatures)
{
	ldns_rr_list *old = ldns_pkt_answer(packet);
	ldns_rr_list *kept = ldns_rr_list_new();

	for (size_t i = 0; i < ldns_rr_list_rr_count(old); i++) {
		ldns_rr *rr = ldns_rr_list_rr(old, i);

		if (only_signatures &&
		    ldns_rr_get_type(rr) != LDNS_RR_TYPE_RRSIG)
			ldns_rr_list_push_rr(kept, ldns_rr_clone(rr));
	}
	ldns_pkt_set_answer(packet, kept);
	ldns_pkt_set_section_count(packet, LDNS_SECTION_ANSWER, (uint16_t)
				   ldns_rr_list_rr_count(kept));
	ldns_rr_list_deep_free(old);
}

static void lengthen(ldns_pkt *packet)
{
	for (ldns_pkt_section i = LDNS_SECTION_ANSWER;
	     i <= LDNS_SECTION_ADDITIONAL; i++) {
		ldns_rr_list *list = ldns_pkt_get_section_clone(packet, i);

		for (size_t k = 0; k < ldns_rr_list_rr_count(list); k++) {
			ldns_rr *rr = ldns_rr_list_rr(list, k);

			ldns_rr_set_ttl(rr, TTL_MAX);
			must(ldns_pkt_push_rr(packet, i, rr));
		}
		ldns_rr_list_free(list);
	}
}

static void forge(ldns_pkt *packet)
{
	ldns_rr_list *list = ldns_rr_list_clone(ldns_pkt_answer(packet));

	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++) {
		ldns_rr *rr = ldns_rr_list_rr(list, i);

		if (ldns_rr_get_type(rr) != LDNS_RR_TYPE_RRSIG)
			continue;
		ldns_rdf_deep_free(ldns_rr_set_rdf(rr, ldns_native2rdf_int32(
			LDNS_RDF_TYPE_INT32, TTL_MAX), 3));
		must(ldns_pkt_push_rr(packet, LDNS_SECTION_ANSWER,
				      ldns_rr_clone(rr)));
	}
	ldns_rr_list_deep_free(list);
}

/* Others at each look. */
static void make_up(const struct network *network, ldns_pkt *packet,
		    enum lie lie, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		unsigned n = network->look * 256 + i;

		if (lie == MADE_UP_SERVERS)
			push_text(packet, LDNS_SECTION_ANSWER, xasprintf(
				ZONE " 9 IN NS n%u.example.com.", n));
		else if (lie == MADE_UP_SETS)
			push_text(packet, LDNS_SECTION_ANSWER, xasprintf(
				OWNER " 9 IN TLSA 3 1 1 %08x", n));
		if (lie != MADE_UP_SETS)
			push_text(packet, LDNS_SECTION_ADDITIONAL, xasprintf(
				"%s%u.example.com. 604801 IN A 10.9.%u.%u",
				lie == MADE_UP_SERVERS ? "n" : "ns",
				lie == MADE_UP_SERVERS ? n : 1,
				network->look, i));
	}
}

static void tell_lie(const struct network *network, ldns_pkt *packet,
		     enum lie lie, unsigned number)
{
	switch (lie) {
	case UNSIGNED:
		drop_answers(packet, true);
		break;
	case OTHER_ANSWERS:
		drop_answers(packet, false);
		/* fall through */
	case MORE_ANSWERS:
		push_all(packet, LDNS_SECTION_ANSWER, network->extra);
		break;
	case MORE_AUTHORITY:
		push_all(packet, LDNS_SECTION_AUTHORITY, network->extra);
		break;
	case MORE_ADDITIONAL:
		push_all(packet, LDNS_SECTION_ADDITIONAL, network->extra);
		break;
	case EMPTY:
		drop_answers(packet, false);
		push_all(packet, LDNS_SECTION_AUTHORITY, network->extra);
		break;
	case NOT_AUTHORITATIVE:
		ldns_pkt_set_aa(packet, false);
		break;
	case RCODE:
		ldns_pkt_set_rcode(packet, number & 15);
		break;
	case LONG_TTLS:
		lengthen(packet);
		break;
	case FORGED_SIGNATURES:
		forge(packet);
		break;
	case MADE_UP_SERVERS:
	case MADE_UP_ADDRESSES:
	case MADE_UP_SETS:
		make_up(network, packet, lie, number % 70);
		break;
	case TRUTH:
	case SILENT:
	case CUT_SHORT:
	case LIES:
		break;
	}
}

static enum role role_of(const struct address *server)
{
	struct address address;

	for (int role = ROLE_RESOLVER; role < ROLE_SERVER; role++) {
		must(address_parse(role_addresses[role], 53, &address));
		if (address_equal(&address, server))
			return (enum role)role;
	}
	return ROLE_SERVER;
}

static ldns_pkt *tell_truth(const ldns_pkt *query, enum role role)
{
	const ldns_rr *asked = ldns_rr_list_rr(ldns_pkt_question(query), 0);
	char *name = message_name(ldns_rr_owner(asked));
	ldns_pkt *packet = ldns_pkt_new();

	ldns_pkt_set_id(packet, ldns_pkt_id(query));
	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_aa(packet, role == ROLE_SERVER);
	ldns_pkt_set_ad(packet, role == ROLE_RESOLVER);
	ldns_pkt_set_ra(packet, role == ROLE_RESOLVER);
	push_all(packet, LDNS_SECTION_QUESTION, ldns_pkt_question(query));
	for (size_t i = 0; i < TRUTHS; i++)
		if (truths[i].role == role && streq(truths[i].name, name) &&
		    truths[i].type == ldns_rr_get_type(asked))
			push_all(packet, truths[i].section,
				 truths[i].records);
	free(name);
	return packet;
}

static size_t plan_of(enum role role, ldns_rr_type type)
{
	size_t i = 0;

	while (i + 1 < TYPES && types[i] != type)
		i++;
	return role * TYPES + i;
}

static void answer(struct network *network, struct question *question)
{
	enum role role = role_of(&question->server);
	ldns_pkt *query, *packet;
	const uint8_t *plan;
	enum lie lie;

	must(message_parse(question->query, question->query_size, &query) ==
	     MESSAGE_OK);
	plan = network->plan[plan_of(role, ldns_rr_get_type(
		ldns_rr_list_rr(ldns_pkt_question(query), 0)))];
	lie = network->honest ? TRUTH : (enum lie)(plan[0] % LIES);
	packet = tell_truth(query, role);
	tell_lie(network, packet, lie, plan[1]);
	must(ldns_pkt2wire(&question->reply, packet, &question->reply_size) ==
	     LDNS_STATUS_OK);
	question->used = question->transport;
	question->outcome = OUTCOME_ANSWERED;
	if (lie == CUT_SHORT)
		question->reply_size -= plan[1] % question->reply_size;
	if (lie == SILENT || question->reply_size > REPLY_TCP_SIZE_MAX) {
		free(question->reply);
		question->reply = NULL;
		question->outcome = OUTCOME_SILENT;
	}
	ldns_pkt_free(packet);
	ldns_pkt_free(query);
}

static void ask(struct world *world, struct question *questions, size_t n)
{
	for (size_t i = 0; i < n; i++)
		answer(world->self, &questions[i]);
}

static void now(struct world *world, struct moment *moment)
{
	const struct network *network = world->self;

	*moment = (struct moment){ .synchronised = true };
	moment->wall_ms = (NOW_SECONDS + network->look * 600) * 1000;
}

static void same_octets(struct world *world, void *data, size_t size)
{
	(void)world;
	memset(data, 0x5a, size);
}

static int no_file(struct world *world, int dir, const char *name,
		   size_t size_max, char **data, size_t *size,
		   struct file_info *info)
{
	(void)world;
	(void)dir;
	(void)name;
	(void)size_max;
	(void)data;
	(void)size;
	(void)info;
	return -ENOENT;
}
