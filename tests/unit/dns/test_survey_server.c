/* SPDX-License-Identifier: MIT */
#include "support/zone.h"

#include "base/xalloc.h"
#include "dns/survey_internal.h"
#include "unit.h"

static void server_ask(struct zone_scene *scene, struct server_view *server)
{
	struct lookup *lookups[] = { &server->soa, &server->keys };
	static const ldns_rr_type types[] = { LDNS_RR_TYPE_SOA,
					      LDNS_RR_TYPE_DNSKEY };

	memset(server, 0, sizeof(*server));
	for (size_t i = 0; i < 2; i++) {
		lookups[i]->name = ZONE;
		lookups[i]->type = types[i];
		lookups[i]->server = fake_address(NS2);
	}
	lookups_ask(&scene->fake.world, lookups, 2);
}

static void server_clear(struct server_view *server)
{
	server_view_clear(server, 0);
}

enum fault { NONE, NOT_AUTHORITATIVE, REFUSES, OTHER_ZONE, TWO_SOAS, EMPTY };

static void spoil(struct zone_scene *scene, enum fault fault)
{
	struct fake_reply *reply;

	if (fault == NONE)
		return;
	reply = fake_dns_reply(&scene->fake, NS2, ZONE, 0,
			       fault == NOT_AUTHORITATIVE ? 0 : FAKE_AA);
	reply->rcode = fault == REFUSES ? LDNS_RCODE_REFUSED : 0;
	if (fault == EMPTY)
		return;
	fake_reply_add(reply, LDNS_SECTION_ANSWER, fault == OTHER_ZONE
		       ? "com. 9 IN SOA a. b. 9 2 3 4 5" : SOA_TEXT("9"));
	if (fault == TWO_SOAS)
		fake_reply_add(reply, LDNS_SECTION_ANSWER, SOA_TEXT("10"));
}

TEST(replies)
{
	static const struct {
		enum fault fault;
		bool serial_known;
		enum dnssec_verdict trust;
		const char *keys_failure;
	} rows[] = {
		{ NONE, true, DNSSEC_OK, NULL },
		{ NOT_AUTHORITATIVE, false, DNSSEC_NO_KEYS,
		  "not an authoritative answer" },
		{ REFUSES, false, DNSSEC_NO_KEYS, "REFUSED" },
		{ OTHER_ZONE, false, DNSSEC_NO_KEYS, NULL },
		{ TWO_SOAS, false, DNSSEC_NO_KEYS, NULL },
		{ EMPTY, false, DNSSEC_NO_KEYS, NULL },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		struct zone_scene scene;
		struct server_view server;
		struct proofs proofs = { 0 };
		struct zone zone = { .name = lent(ZONE) };

		zone_scene_init(&scene);
		zone.ds = scene.signer.ds;
		server_serves(&scene, NS2);
		spoil(&scene, rows[i].fault);
		server_ask(&scene, &server);
		server_view_read(&server, &zone, true,
				 scene.fake.now.wall_ms / 1000, &proofs);
		assert_int_equal(server.serial_known, rows[i].serial_known);
		assert_int_equal(server.serial, rows[i].serial_known ? 7 : 0);
		assert_int_equal(server.trust, rows[i].trust);
		assert_int_equal(server.trusted != NULL,
				 rows[i].trust == DNSSEC_OK);
		if (rows[i].keys_failure)
			assert_string_equal(server.keys_failure,
					    rows[i].keys_failure);
		else
			assert_null(server.keys_failure);
		proofs_clear(&proofs);
		server_clear(&server);
		zone_scene_clear(&scene);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_replies),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
