/* SPDX-License-Identifier: MIT */
#include "dns/survey.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/zone.h"
#include "unit.h"

#include <ctype.h>

#define HOST "mx.example.com."

static struct zone_scene scene;
static struct survey survey;

static int open_scene(void **state)
{
	(void)state;
	zone_scene_init(&scene);
	server_serves(&scene, NS1);
	server_serves(&scene, NS1_IPV6);
	server_serves(&scene, NS2);
	return 0;
}

static int close_scene(void **state)
{
	(void)state;
	survey_clear(&survey);
	zone_scene_clear(&scene);
	return 0;
}

static const struct survey_owner *ask(void)
{
	const char *owner = OWNER;

	zone_scene_discover(&scene, OWNER);
	survey_ask(&scene.fake.world, &scene.config, &scene.zones, &owner, 1,
		   TRANSPORT_UDP, &survey);
	return &survey.owners[0];
}

static void primary_denies(unsigned rcode)
{
	server_denies(&scene, NS1)->rcode = rcode;
	server_denies(&scene, NS1_IPV6)->rcode = rcode;
}

/* TEXT; NULL: that NAME has no data of this type, as an NSEC there proves. */
static void primary_says(const char *name, ldns_rr_type type,
			 const char *text)
{
	static const char *const addresses[] = { NS1, NS1_IPV6 };
	char *nsec = xasprintf("%s 60 IN NSEC example.com. TXT", name);

	for (size_t i = 0; i < 2; i++) {
		struct fake_reply *reply = fake_dns_reply(
			&scene.fake, addresses[i], name, type, FAKE_AA);

		if (text)
			fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
		else
			reply_add_signed(&scene, reply, LDNS_SECTION_AUTHORITY,
					 nsec);
	}
	free(nsec);
}

/* TEXT, signed for the wildcard that it names, as if it were of HOST. */
static void primary_says_by_wildcard(const char *text, const char *plain)
{
	ldns_rr_list *set = fake_records(text, NULL);
	ldns_rr_list *signatures = fake_signer_sign(&scene.signer, set);
	ldns_rr *signature = ldns_rr_list_rr(signatures, 0);

	ldns_rdf_deep_free(ldns_rr_owner(signature));
	ldns_rr_set_owner(signature, ldns_dname_new_frm_str(HOST));
	primary_says(HOST, LDNS_RR_TYPE_A, plain);
	for (size_t i = 1; i <= 2; i++) {
		fake_reply_add_list(scene.fake.replies[scene.fake.count - i],
				    LDNS_SECTION_ANSWER, signatures);
		reply_add_signed(&scene, scene.fake.replies[
					 scene.fake.count - i],
				 LDNS_SECTION_AUTHORITY,
				 "a.example.com. 60 IN NSEC z.example.com. A");
	}
	ldns_rr_list_deep_free(signatures);
	ldns_rr_list_deep_free(set);
}

/* The host has no data of its own of any type. */
static void host_is_empty(void)
{
	primary_says(HOST, LDNS_RR_TYPE_A, NULL);
	primary_says(HOST, LDNS_RR_TYPE_AAAA, NULL);
	primary_says(HOST, LDNS_RR_TYPE_MX, NULL);
}

static size_t count_batches(void)
{
	size_t before = scene.fake.batches;

	assert_null(ask()->hidden);
	return scene.fake.batches - before;
}

/* Neither where the set stands nor where no wildcard can match. */
TEST(batches)
{
	size_t standing, denied, empty;

	standing = count_batches();
	close_scene(NULL);
	open_scene(NULL);
	primary_denies(LDNS_RCODE_NXDOMAIN);
	denied = count_batches();
	close_scene(NULL);
	open_scene(NULL);
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	empty = count_batches();
	assert_int_equal(standing, denied);
	assert_int_equal(standing + 1, empty);
}

TEST(host_by_wildcard)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	primary_says_by_wildcard("*.example.com. 3600 IN A 192.0.2.7",
				 HOST " 3600 IN A 192.0.2.7");
	assert_contains(ask()->hidden, HOST " exists only by the wildcard "
			"*.example.com.");
}

TEST(host_by_itself)
{
	struct fake_reply *reply;

	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	primary_says(HOST, LDNS_RR_TYPE_A, NULL);
	for (size_t i = 1; i <= 2; i++) {
		reply = scene.fake.replies[scene.fake.count - i];
		fake_signer_add(&scene.signer, reply, LDNS_SECTION_ANSWER,
				HOST " 3600 IN A 192.0.2.7");
	}
	primary_says(OWNER, LDNS_RR_TYPE_A, NULL);
	assert_null(ask()->hidden);
}

/* When in doubt, nothing is created. */
TEST(not_known)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	primary_says(HOST, LDNS_RR_TYPE_AAAA, NULL);
	for (size_t i = 1; i <= 2; i++)
		scene.fake.replies[scene.fake.count - i]->rcode =
			LDNS_RCODE_REFUSED;
	assert_contains(ask()->hidden, "is not known: REFUSED");
}

/* Of what nobody signed nothing is known. */
TEST(not_proven)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	primary_says(HOST, LDNS_RR_TYPE_A, HOST " 3600 IN A 192.0.2.7");
	primary_says(OWNER, LDNS_RR_TYPE_A, NULL);
	assert_contains(ask()->hidden, "is not known: what the primary says "
			"is not proven by DNSSEC");
}

TEST(denial_not_proven)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	fake_dns_reply(&scene.fake, NS1, HOST, LDNS_RR_TYPE_MX, FAKE_AA);
	fake_dns_reply(&scene.fake, NS1_IPV6, HOST, LDNS_RR_TYPE_MX, FAKE_AA);
	assert_contains(ask()->hidden, "is not proven by DNSSEC");
}

/* The primary says that HOST has no data, the last time as CHANGE has it. */
static void each_reply(void (*change)(struct fake_reply *reply))
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	for (size_t i = 1; i <= 2; i++)
		change(scene.fake.replies[scene.fake.count - i]);
}

static void add_many(struct fake_reply *reply)
{
	for (unsigned i = 0; i < DENIALS_MAX; i++) {
		char *text = xasprintf("a%u.example.com. 60 IN NSEC "
				       "b%u.example.com. A", i, i);

		fake_reply_add(reply, LDNS_SECTION_AUTHORITY, text);
		free(text);
	}
}

/* Even a good one proves nothing among more than are looked at. */
TEST(denials_are_many)
{
	each_reply(add_many);
	assert_contains(ask()->hidden, "is not proven by DNSSEC");
}

/* As a cache answers, and not who has the zone. */
static void take_aa(struct fake_reply *reply)
{
	reply->flags &= ~(unsigned)FAKE_AA;
}

TEST(not_authoritative)
{
	each_reply(take_aa);
	assert_contains(ask()->hidden, "is not known");
}

/* Its alias, whatever is asked for. */
static void host_is_alias(const char *name, bool signs)
{
	static const char *const addresses[] = { NS1, NS1_IPV6 };
	static const ldns_rr_type types[] = {
		LDNS_RR_TYPE_A, LDNS_RR_TYPE_AAAA, LDNS_RR_TYPE_MX,
	};
	char *text = xasprintf("%s 60 IN CNAME www.example.com.", name);

	for (size_t i = 0; i < 2 * COUNT(types); i++) {
		struct fake_reply *reply = fake_dns_reply(&scene.fake,
			addresses[i % 2], name, types[i / 2], FAKE_AA);

		if (signs)
			reply_add_signed(&scene, reply, LDNS_SECTION_ANSWER,
					 text);
		else
			fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
	}
	free(text);
}

/* It is there by itself, as the owner has none of it. */
TEST(host_by_alias)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_alias(HOST, true);
	primary_says(OWNER, LDNS_RR_TYPE_A, NULL);
	primary_says(OWNER, LDNS_RR_TYPE_AAAA, NULL);
	primary_says(OWNER, LDNS_RR_TYPE_MX, NULL);
	assert_null(ask()->hidden);
}

TEST(host_by_wildcards_alias)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_alias(HOST, true);
	host_is_alias(OWNER, true);
	host_is_alias("*.example.com.", true);
	assert_contains(ask()->hidden, HOST " exists only by the wildcard "
			"*.example.com.");
}

TEST(alias_not_proven)
{
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_alias(HOST, false);
	assert_contains(ask()->hidden, "is not proven by DNSSEC");
}

/* Nobody fills the memory with what is said of hosts. */
TEST(not_all_at_once)
{
	const char *owners[QUESTIONS_AT_ONCE_MAX / 9 + 1];
	size_t before;

	for (size_t i = 0; i < COUNT(owners); i++)
		owners[i] = OWNER;
	primary_denies(LDNS_RCODE_NOERROR);
	host_is_empty();
	zones_discover(&scene.fake.world, &scene.config, owners, COUNT(owners),
		       &scene.zones);
	before = scene.fake.batches;
	survey_ask(&scene.fake.world, &scene.config, &scene.zones, owners,
		   COUNT(owners), TRANSPORT_UDP, &survey);
	assert_int_equal(scene.fake.batches, before + 1 + 2);
}

/* NAME has this address; "-": none, "!": the primary refuses to say. It signs
 * what it is about to say, as if nothing were by a wildcard. */
static void primary_gives(const char *name, const char *address, bool signs)
{
	char *text = xasprintf("%s 3600 IN A %s", name, address);

	primary_says(name, LDNS_RR_TYPE_A, signs || !isdigit(address[0]) ?
		     NULL : text);
	for (size_t i = 1; i <= 2; i++) {
		struct fake_reply *reply =
			scene.fake.replies[scene.fake.count - i];

		if (address[0] == '!')
			reply->rcode = LDNS_RCODE_REFUSED;
		else if (signs && isdigit(address[0]))
			fake_signer_add(&scene.signer, reply,
					LDNS_SECTION_ANSWER, text);
	}
	free(text);
}

/* Where the signature does not tell, what the wildcards above say does. */
TEST(compared)
{
	static const struct {
		const char *host, *owner, *wildcard;
		bool hidden;
	} rows[] = {
		/* It gives the same to all that do not exist. */
		{ "192.0.2.7", "192.0.2.7", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.9", "192.0.2.7", true },
		/* Each of these exists, though it looks the same. */
		{ "192.0.2.7", "-", "192.0.2.7", false },
		{ "192.0.2.7", "192.0.2.7", "192.0.2.8", false },
		{ "192.0.2.7", "192.0.2.7", "-", false },
		{ "192.0.2.7", "-", "-", false },
		{ "-", "192.0.2.7", "192.0.2.7", false },
		/* In doubt. */
		{ "192.0.2.7", "!", "192.0.2.7", true },
		{ "192.0.2.7", "192.0.2.7", "!", true },
		{ "192.0.2.7", "!", "!", true },
		{ "192.0.2.7", "-", "!", false },
	};

	for (size_t i = 0; i < 2 * sizeof(rows) / sizeof(rows[0]); i++) {
		bool signs = i % 2;
		const char *hidden;

		close_scene(NULL);
		open_scene(NULL);
		scene.config.dnssec_required = signs;
		primary_denies(LDNS_RCODE_NOERROR);
		host_is_empty();
		primary_gives(HOST, rows[i / 2].host, signs);
		primary_gives(OWNER, rows[i / 2].owner, signs);
		primary_gives("*.example.com.", rows[i / 2].wildcard, signs);
		hidden = ask()->hidden;
		if ((hidden != NULL) != rows[i / 2].hidden)
			fail_msg("row %zu, signs %d: %s", i / 2, signs,
				 hidden ? hidden : "not hidden");
		if (hidden)
			assert_contains(hidden, HOST " exists only by the "
					"wildcard *.example.com.");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_scene, close_scene)
		CASE(batches),
		CASE(host_by_wildcard),
		CASE(host_by_itself),
		CASE(not_known),
		CASE(not_proven),
		CASE(denial_not_proven),
		CASE(denials_are_many),
		CASE(not_authoritative),
		CASE(host_by_alias),
		CASE(host_by_wildcards_alias),
		CASE(alias_not_proven),
		CASE(not_all_at_once),
		CASE(compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
