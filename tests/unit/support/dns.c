/* SPDX-License-Identifier: MIT */
#include "support/dns.h"

#include "base/xalloc.h"
#include "dns/message.h"
#include "dns/signing.h"
#include "support/tsig_vectors.h"

#include <openssl/hmac.h>
#include <stdarg.h>
#include <stdlib.h>

/* ---- The table --------------------------------------------------------- */

struct address fake_address(const char *text)
{
	struct address address;

	must(address_parse(text, 53, &address));
	return address;
}

struct prefix fake_prefix(const char *text)
{
	struct prefix prefix;

	must(prefix_parse(text, 53, &prefix) == PREFIX_OK);
	return prefix;
}

struct fake_reply *fake_dns_reply(struct fake_dns *fake, const char *server,
				  const char *name, ldns_rr_type type,
				  unsigned flags)
{
	struct fake_reply *reply = xcalloc(1, sizeof(*reply));

	reply->server = fake_address(server);
	reply->name = name ? xstrdup(name) : NULL;
	reply->type = type;
	reply->flags = flags;
	for (unsigned i = 1; i < 4; i++)
		reply->sections[i] = ldns_rr_list_new();
	*array_push(fake->replies, fake->count) = reply;
	return reply;
}

static ldns_rr *parse_record(const char *text)
{
	ldns_rr *rr = NULL;

	must(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) == LDNS_STATUS_OK);
	return rr;
}

struct fake_reply *fake_reply_add(struct fake_reply *reply,
				  ldns_pkt_section section, const char *text)
{
	ldns_rr_list_push_rr(reply->sections[section], parse_record(text));
	return reply;
}

void fake_reply_add_list(struct fake_reply *reply, ldns_pkt_section section,
			 const ldns_rr_list *list)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(list); i++)
		ldns_rr_list_push_rr(reply->sections[section],
				     ldns_rr_clone(ldns_rr_list_rr(list, i)));
}

ldns_rr_list *fake_records(const char *first, ...)
{
	ldns_rr_list *list = ldns_rr_list_new();
	va_list arguments;

	va_start(arguments, first);
	for (const char *text = first; text;
	     text = va_arg(arguments, const char *))
		ldns_rr_list_push_rr(list, parse_record(text));
	va_end(arguments);
	return list;
}

/* ---- The world --------------------------------------------------------- */

static void fake_now(struct world *world, struct moment *moment)
{
	*moment = ((struct fake_dns *)world->self)->now;
}

/* Every value comes in time, so letters get both cases. */
static void fake_random(struct world *world, void *data, size_t size)
{
	static uint32_t state = 1;
	uint8_t *octets = data;

	(void)world;
	for (size_t i = 0; i < size; i++) {
		state = state * 1664525 + 1013904223;
		octets[i] = (uint8_t)(state >> 24);
	}
}

static int fake_file_read(struct world *world, int dir, const char *name,
			  size_t size_max, char **data, size_t *size,
			  struct file_info *info)
{
	const struct fake_dns *fake = world->self;

	(void)dir;
	(void)info;
	if (!fake->resolv_conf || !streq(name, "/etc/resolv.conf"))
		return -ENOENT;
	*size = strlen(fake->resolv_conf);
	if (*size > size_max)
		return -EFBIG;
	*data = xstrdup(fake->resolv_conf);
	return 0;
}

/* ---- Signed questions -------------------------------------------------- */

#define KEY_WIRE "\007alnitak\007example"	/* and the final zero */
#define ALGORITHM_WIRE "\013hmac-sha256"
#define MAC_SIZE 32
#define MAC_FROM_END (MAC_SIZE + 6)

struct tsig_key *fake_key(void)
{
	static const char text[] = VECTOR_KEY("hmac-sha256");
	struct tsig_key *key;
	unsigned line;

	must(tsig_key_parse(text, sizeof(text) - 1,
			    &(struct tsig_key_options){ .name = NULL }, &key,
			    &line) == TSIG_KEY_OK);
	return key;
}

struct message {
	uint8_t data[70000];
	size_t size;
};

static void put(struct message *octets, const void *data, size_t size)
{
	must(octets->size + size <= sizeof(octets->data));
	memcpy(octets->data + octets->size, data, size);
	octets->size += size;
}

static void put_uint(struct message *octets, uint64_t value, unsigned size)
{
	for (unsigned i = size; i-- > 0;)
		put(octets, &(uint8_t){ (uint8_t)(value >> (8 * i)) }, 1);
}

/* RFC 8945 section 4.3.3, of a request or of the reply to it. */
static void put_variables(struct message *octets, uint64_t now_seconds)
{
	put(octets, KEY_WIRE, sizeof(KEY_WIRE));
	put_uint(octets, 255, 2);
	put_uint(octets, 0, 4);
	put(octets, ALGORITHM_WIRE, sizeof(ALGORITHM_WIRE));
	put_uint(octets, now_seconds, 6);
	put_uint(octets, 300, 2);
	put_uint(octets, 0, 4);
}

static bool is_signed(const struct question *question)
{
	ldns_pkt *packet;
	bool has_key;

	must(ldns_wire2pkt(&packet, question->query, question->query_size) ==
	     LDNS_STATUS_OK);
	has_key = ldns_pkt_tsig(packet) != NULL;
	ldns_pkt_free(packet);
	return has_key;
}

static void sign_reply(const struct fake_dns *fake,
		       struct question *question, bool forges)
{
	static struct message digest, reply;
	uint64_t now_seconds = (uint64_t)fake->now.wall_ms / 1000;
	unsigned size = MAC_SIZE;
	uint8_t mac[MAC_SIZE];

	digest.size = reply.size = 0;
	put_uint(&digest, MAC_SIZE, 2);
	put(&digest, question->query + question->query_size - MAC_FROM_END,
	    MAC_SIZE);
	put(&digest, question->reply, question->reply_size);
	put_variables(&digest, now_seconds);
	must(HMAC(EVP_sha256(), VECTOR_SECRET_TEXT,
		  sizeof(VECTOR_SECRET_TEXT) - 1, digest.data, digest.size,
		  mac, &size));
	mac[0] ^= forges;
	put(&reply, question->reply, question->reply_size);
	put(&reply, KEY_WIRE, sizeof(KEY_WIRE));
	put_uint(&reply, LDNS_RR_TYPE_TSIG, 2);
	put_uint(&reply, 255, 2);
	put_uint(&reply, 0, 4);
	put_uint(&reply, sizeof(ALGORITHM_WIRE) + 16 + MAC_SIZE, 2);
	put(&reply, ALGORITHM_WIRE, sizeof(ALGORITHM_WIRE));
	put_uint(&reply, now_seconds, 6);
	put_uint(&reply, 300, 2);
	put_uint(&reply, MAC_SIZE, 2);
	put(&reply, mac, MAC_SIZE);
	put(&reply, reply.data, 2);
	put_uint(&reply, 0, 4);
	reply.data[11]++;
	free(question->reply);
	question->reply = xmemdup(reply.data, reply.size);
	question->reply_size = reply.size;
}

/* ---- Answers ----------------------------------------------------------- */

static const struct fake_reply *find_reply(const struct fake_dns *fake,
					   const struct address *server,
					   const char *name, ldns_rr_type type,
					   bool is_signed)
{
	for (size_t i = fake->count; i > 0; i--) {
		const struct fake_reply *reply = fake->replies[i - 1];

		if (address_equal(&reply->server, server) &&
		    (is_signed || !reply->wants_key) &&
		    (!reply->name || streq(reply->name, name)) &&
		    (!reply->type || reply->type == type))
			return reply;
	}
	return NULL;
}

static void write_reply(const struct fake_reply *reply, const ldns_pkt *query,
			struct question *question)
{
	ldns_pkt *packet = ldns_pkt_new();
	bool bogus = reply->bogus && !ldns_pkt_cd(query);
	bool refused = (reply->refuses_edns && ldns_pkt_edns(query)) || bogus;

	ldns_pkt_set_id(packet, ldns_pkt_id(query));
	ldns_pkt_set_qr(packet, true);
	ldns_pkt_set_aa(packet, reply->flags & FAKE_AA);
	ldns_pkt_set_ad(packet, reply->flags & FAKE_AD);
	ldns_pkt_set_ra(packet, reply->flags & FAKE_RA);
	ldns_pkt_set_tc(packet, reply->flags & FAKE_TC);
	ldns_pkt_set_rcode(packet, bogus ? LDNS_RCODE_SERVFAIL :
				   refused ? LDNS_RCODE_FORMERR :
				   (uint8_t)(reply->rcode & 15));
	if (reply->rcode > 15) {
		ldns_pkt_set_edns_udp_size(packet, 1232);
		ldns_pkt_set_edns_extended_rcode(packet,
						 (uint8_t)(reply->rcode >> 4));
	}
	ldns_pkt_push_rr_list(packet, LDNS_SECTION_QUESTION,
			      ldns_pkt_question(query));
	for (ldns_pkt_section i = LDNS_SECTION_ANSWER;
	     i <= LDNS_SECTION_ADDITIONAL && !refused; i++)
		ldns_pkt_push_rr_list(packet, i, reply->sections[i]);
	ldns_pkt2wire(&question->reply, packet, &question->reply_size);
	if (reply->cut)
		question->reply_size--;
	/* The records are the table's, and those of the query its own. */
	for (ldns_pkt_section i = LDNS_SECTION_QUESTION;
	     i <= LDNS_SECTION_ADDITIONAL; i++)
		ldns_pkt_set_section_count(packet, i, 0);
	ldns_rr_list_set_rr_count(ldns_pkt_question(packet), 0);
	ldns_rr_list_set_rr_count(ldns_pkt_answer(packet), 0);
	ldns_rr_list_set_rr_count(ldns_pkt_authority(packet), 0);
	ldns_rr_list_set_rr_count(ldns_pkt_additional(packet), 0);
	ldns_pkt_free(packet);
}

static void fake_answer(struct fake_dns *fake, struct question *question)
{
	bool with_key = is_signed(question);
	const struct fake_reply *reply;
	ldns_pkt *query;
	ldns_rr *asked;
	char *name;

	must(message_parse(question->query, question->query_size,
			   &query) == MESSAGE_OK);
	asked = ldns_rr_list_rr(ldns_pkt_question(query), 0);
	name = message_name(ldns_rr_owner(asked));
	fake->signed_questions += with_key;
	reply = find_reply(fake, &question->server, name,
			   ldns_rr_get_type(asked), with_key);
	question->outcome = reply ? reply->outcome : OUTCOME_SILENT;
	question->used = question->transport;
	if (question->outcome == OUTCOME_ANSWERED)
		write_reply(reply, query, question);
	if (question->reply && with_key && reply->knows_key)
		sign_reply(fake, question, reply->forges);
	free(name);
	ldns_pkt_free(query);
}

static void fake_ask(struct world *world, struct question *questions, size_t n)
{
	struct fake_dns *fake = world->self;

	fake->batches++;
	fake->questions += n;
	for (size_t i = 0; i < n; i++)
		fake_answer(fake, &questions[i]);
}

/* As the desk does for those who have no key. */
static void fake_ask_signing(struct world *world, struct question *questions,
			     size_t n)
{
	struct keyring_entry entry = { .path = unconst(FAKE_KEY),
				       .key = fake_key() };
	const struct keyring keys = { &entry, 1 };
	struct world bare = *world;

	bare.ask = fake_ask;
	signing_ask(&bare, &keys, questions, n);
	tsig_key_free(entry.key);
}

void fake_dns_init(struct fake_dns *fake)
{
	memset(fake, 0, sizeof(*fake));
	fake->world.self = fake;
	fake->world.now = fake_now;
	fake->world.random = fake_random;
	fake->world.file_read = fake_file_read;
	fake->world.ask = fake_ask_signing;
	fake->world.delegate = errands_do_here;
	fake->now.wall_ms = INT64_C(1795000000) * 1000;
}

void fake_dns_clear(struct fake_dns *fake)
{
	for (size_t i = 0; i < fake->count; i++) {
		for (unsigned k = 1; k < 4; k++)
			ldns_rr_list_deep_free(fake->replies[i]->sections[k]);
		free(fake->replies[i]->name);
		free(fake->replies[i]);
	}
	free(fake->replies);
	memset(fake, 0, sizeof(*fake));
}

/* ---- Signed zones ------------------------------------------------------ */

static ldns_key_list *make_key(const char *zone, uint16_t flags)
{
	ldns_key *key = ldns_key_new_frm_algorithm(LDNS_SIGN_ECDSAP256SHA256,
						   256);
	ldns_key_list *list = ldns_key_list_new();
	ldns_rdf *owner = NULL;
	ldns_rr *record;

	ldns_str2rdf_dname(&owner, zone);
	ldns_key_set_pubkey_owner(key, owner);
	ldns_key_set_flags(key, flags);
	record = ldns_key2rr(key);
	ldns_key_set_keytag(key, ldns_calc_keytag(record));
	ldns_rr_free(record);
	ldns_key_list_push_key(list, key);
	return list;
}

static ldns_rr *public_key(const ldns_key_list *list)
{
	ldns_rr *record = ldns_key2rr(ldns_key_list_key(list, 0));

	ldns_rr_set_ttl(record, 3600);
	return record;
}

static void set_period(ldns_key_list *list, int64_t inception,
		       int64_t expiration)
{
	ldns_key *key = ldns_key_list_key(list, 0);

	ldns_key_set_inception(key, (uint32_t)inception);
	ldns_key_set_expiration(key, (uint32_t)expiration);
}

void fake_signer_period(struct fake_signer *signer, int64_t inception,
			int64_t expiration)
{
	set_period(signer->zone_keys, inception, expiration);
	set_period(signer->entry_keys, inception, expiration);
	ldns_rr_list_deep_free(signer->dnskey_signatures);
	signer->dnskey_signatures = ldns_sign_public(signer->dnskeys,
						     signer->entry_keys);
}

void fake_signer_init(struct fake_signer *signer, const char *zone,
		      int64_t now_seconds)
{
	ldns_rr *entry;

	memset(signer, 0, sizeof(*signer));
	signer->zone = xstrdup(zone);
	signer->zone_keys = make_key(zone, LDNS_KEY_ZONE_KEY);
	signer->entry_keys = make_key(zone, LDNS_KEY_ZONE_KEY |
				      LDNS_KEY_SEP_KEY);
	signer->dnskeys = ldns_rr_list_new();
	signer->ds = ldns_rr_list_new();
	entry = public_key(signer->entry_keys);
	ldns_rr_list_push_rr(signer->dnskeys, entry);
	ldns_rr_list_push_rr(signer->dnskeys, public_key(signer->zone_keys));
	ldns_rr_list_push_rr(signer->ds, ldns_key_rr2ds(entry, LDNS_SHA256));
	fake_signer_period(signer, now_seconds - 86400,
			   now_seconds + 10 * 86400);
}

void fake_signer_clear(struct fake_signer *signer)
{
	free(signer->zone);
	ldns_key_list_free(signer->zone_keys);
	ldns_key_list_free(signer->entry_keys);
	ldns_rr_list_deep_free(signer->dnskeys);
	ldns_rr_list_deep_free(signer->dnskey_signatures);
	ldns_rr_list_deep_free(signer->ds);
}

ldns_rr_list *fake_signer_sign(struct fake_signer *signer,
			       const ldns_rr_list *rrset)
{
	ldns_rr_list *copy = ldns_rr_list_clone(rrset);
	ldns_rr_list *signatures = ldns_sign_public(copy, signer->zone_keys);

	ldns_rr_list_deep_free(copy);
	return signatures;
}

void fake_signer_add(struct fake_signer *signer, struct fake_reply *reply,
		     ldns_pkt_section section, const char *text)
{
	ldns_rr_list *rrset = fake_records(text, NULL);
	ldns_rr_list *signatures = fake_signer_sign(signer, rrset);

	fake_reply_add_list(reply, section, rrset);
	fake_reply_add_list(reply, section, signatures);
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(rrset);
}
