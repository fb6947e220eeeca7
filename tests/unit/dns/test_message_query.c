/* SPDX-License-Identifier: MIT */
#include "base/bounds.h"

#include "base/xalloc.h"
#include "dns/message.h"
#include "support/dns.h"
#include "support/tsig_vectors.h"
#include "unit.h"

#define NAME "_25._tcp.mail.example.com."

struct asked {
	ldns_pkt *packet;
	char *name;		/* as written, in its letter case */
	uint8_t *octets;
	size_t size;
};

static struct asked ask(struct fake_dns *fake, unsigned flags)
{
	struct asked asked;
	const ldns_rr *question;
	char *text;

	asked.octets = message_query(&fake->world, NAME, LDNS_RR_TYPE_TLSA,
				     flags, &asked.size);
	assert_int_equal(message_parse(asked.octets, asked.size,
				       &asked.packet), MESSAGE_OK);
	question = ldns_rr_list_rr(ldns_pkt_question(asked.packet), 0);
	assert_int_equal(ldns_rr_get_type(question), LDNS_RR_TYPE_TLSA);
	assert_int_equal(ldns_rr_get_class(question), LDNS_RR_CLASS_IN);
	text = ldns_rdf2str(ldns_rr_owner(question));
	asked.name = xstrdup(text);
	LDNS_FREE(text);
	return asked;
}

static void asked_clear(struct asked *asked)
{
	ldns_pkt_free(asked->packet);
	free(asked->name);
	free(asked->octets);
}

TEST(flags)
{
	static const struct {
		unsigned flags;
		bool recurse, authentic, edns, dnssec;
	} rows[] = {
		{ 0, false, false, true, false },
		{ MESSAGE_RECURSE, true, false, true, false },
		{ MESSAGE_DNSSEC, false, true, true, true },
		{ MESSAGE_RECURSE | MESSAGE_DNSSEC, true, true, true, true },
		{ MESSAGE_PLAIN, false, false, false, false },
	};
	struct fake_dns fake;
	struct asked asked;

	fake_dns_init(&fake);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const ldns_pkt *packet;

		asked = ask(&fake, rows[i].flags);
		packet = asked.packet;

		assert_int_equal(ldns_pkt_rd(packet), rows[i].recurse);
		assert_int_equal(ldns_pkt_ad(packet), rows[i].authentic);
		assert_int_equal(ldns_pkt_edns(packet), rows[i].edns);
		assert_int_equal(ldns_pkt_edns_udp_size(packet),
				 rows[i].edns ? EDNS_SIZE : 0);
		assert_int_equal(ldns_pkt_edns_z(packet) >> 15,
				 rows[i].dnssec);
		assert_false(ldns_pkt_qr(packet) || ldns_pkt_cd(packet));
		asked_clear(&asked);
	}
	asked = ask(&fake, MESSAGE_DELEGATIONS);
	assert_int_equal(ldns_pkt_edns_z(asked.packet), 0x2000);
	asked_clear(&asked);
	asked = ask(&fake, MESSAGE_RECURSE | MESSAGE_UNCHECKED);
	assert_true(ldns_pkt_cd(asked.packet) && ldns_pkt_rd(asked.packet));
	asked_clear(&asked);
	fake_dns_clear(&fake);
}

/* ID and letter case are drawn anew for each query (RFC 5452). */
TEST(random)
{
	struct fake_dns fake;
	struct asked one, other;

	fake_dns_init(&fake);
	one = ask(&fake, 0);
	other = ask(&fake, 0);
	assert_int_not_equal(ldns_pkt_id(one.packet),
			     ldns_pkt_id(other.packet));
	assert_string_not_equal(one.name, other.name);
	assert_int_equal(strcasecmp(one.name, NAME), 0);
	assert_int_equal(strcasecmp(other.name, NAME), 0);
	asked_clear(&one);
	asked_clear(&other);
	fake_dns_clear(&fake);
}

/* By ldns, which knows nothing of tsig/. */
TEST(signed_query)
{
	struct tsig_key *key = fake_key();
	struct tsig_request request;
	struct fake_dns fake;
	ldns_pkt *packet;
	uint8_t *query;
	size_t size, bare;

	fake_dns_init(&fake);
	query = message_query(&fake.world, NAME, LDNS_RR_TYPE_TLSA,
			      MESSAGE_DNSSEC, &size);
	bare = size;
	assert_true(message_sign(&query, &size, key, 1795000000, &request));
	assert_true(size > bare);
	assert_int_equal(ldns_wire2pkt(&packet, query, size), LDNS_STATUS_OK);
	assert_non_null(ldns_pkt_tsig(packet));
	assert_true(ldns_pkt_edns(packet));
	assert_true(ldns_pkt_tsig_verify(packet, query, size,
					 "alnitak.example.", VECTOR_SECRET,
					 NULL));
	assert_int_equal(request.id, ldns_pkt_id(packet));
	ldns_pkt_free(packet);
	free(query);
	tsig_key_free(key);
	fake_dns_clear(&fake);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_flags),
		cmocka_unit_test(test_signed_query),
		cmocka_unit_test(test_random),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
