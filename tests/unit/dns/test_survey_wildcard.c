/* SPDX-License-Identifier: MIT */
#include "dns/survey.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/stage.h"
#include "unit.h"

#define TLSA_OF(name) name " 3600 IN TLSA 3 1 1 0a1b2c3d4e5f"
#define OTHER_OF(name) name " 3600 IN TLSA 3 1 1 99887766"

static struct stage stage;

/* The name that was asked for below the owner; the world's random numbers are
 * not. */
static const char *const below = "_07070707." OWNER;

static void all_sevens(struct world *world, void *buffer, size_t size)
{
	(void)world;
	memset(buffer, 7, size);
}

static int open_stage(void **state)
{
	(void)state;
	stage_open(&stage);
	return 0;
}

static int close_stage(void **state)
{
	(void)state;
	stage_close(&stage);
	return 0;
}

/* TEXT, a record of NAME, or NULL, at whichever address is the primary's. */
static void say(const char *name, const char *text, unsigned rcode)
{
	static const char *const addresses[] = { NS1, NS1_IPV6 };

	for (size_t i = 0; i < 2; i++) {
		struct fake_reply *reply = fake_dns_reply(&stage.scene.fake,
			addresses[i], name, LDNS_RR_TYPE_TLSA, FAKE_AA);

		reply->rcode = rcode;
		if (text)
			fake_reply_add(reply, LDNS_SECTION_ANSWER, text);
	}
}

static void nothing_around(void)
{
	say(below, NULL, LDNS_RCODE_NXDOMAIN);
	say("*._tcp.mx.example.com.", NULL, LDNS_RCODE_NXDOMAIN);
	say("*.mx.example.com.", NULL, LDNS_RCODE_NXDOMAIN);
	say("*.example.com.", NULL, LDNS_RCODE_NXDOMAIN);
}

static void find(struct survey *survey, const struct tlsa_set *ours)
{
	struct world *world = &stage.scene.fake.world;
	void (*random)(struct world *, void *, size_t) = world->random;

	world->random = all_sevens;
	survey_find_wildcards(world, survey, ours);
	world->random = random;
}

/* The survey, and how many questions were asked after it. */
static size_t compare(bool is_new, const struct survey_owner **owner)
{
	struct tlsa_set ours = { NULL, 0 };
	size_t before;

	*owner = stage_look(&stage, TRANSPORT_UDP);
	before = stage.scene.fake.questions;
	if (!is_new)
		ours = tlsa_set_copy(&(*owner)->primary->set);
	find(&stage.survey, &ours);
	tlsa_set_clear(&ours);
	return stage.scene.fake.questions - before;
}

/* Where records of ours stand nobody is asked. */
TEST(questions)
{
	const struct survey_owner *owner;

	nothing_around();
	assert_int_equal(compare(false, &owner), 0);
	assert_int_equal(compare(true, &owner), 4);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_null(owner->hidden);
}

/* Nobody fills the memory with what is said of wildcards. */
TEST(not_all_at_once)
{
	struct survey_owner owners[QUESTIONS_AT_ONCE_MAX / 4 + 1];
	struct survey many = { .owners = owners, .count = COUNT(owners) };
	struct tlsa_set ours[COUNT(owners)] = { { NULL, 0 } };
	size_t before;

	nothing_around();
	stage_look(&stage, TRANSPORT_UDP);
	for (size_t i = 0; i < COUNT(owners); i++)
		owners[i] = stage.survey.owners[0];
	before = stage.scene.fake.batches;
	find(&many, ours);
	assert_int_equal(stage.scene.fake.batches, before + 2);
	assert_null(owners[0].hidden);
}

TEST(by_a_wildcard)
{
	const struct survey_owner *owner;

	nothing_around();
	say(below, TLSA_OF("_07070707." OWNER), LDNS_RCODE_NOERROR);
	say("*.example.com.", TLSA_OF("*.example.com."), LDNS_RCODE_NOERROR);
	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_WILDCARD);
	assert_contains(owner->primary->detail, "} by the wildcard "
			"*.example.com., serial ");
	/* The next is the one that gives. */
	say("*._tcp.mx.example.com.", TLSA_OF("*._tcp.mx.example.com."),
	    LDNS_RCODE_NOERROR);
	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_WILDCARD);
	assert_int_equal(owner->primary->set.count, 1);
	assert_contains(owner->primary->detail, "} by the wildcard "
			"*._tcp.mx.example.com., serial ");
	assert_null(owner->hidden);
}

/* The same set at both: nothing below the owner, so it is there by itself. */
TEST(beside_a_wildcard)
{
	const struct survey_owner *owner;

	nothing_around();
	say("*._tcp.mx.example.com.", TLSA_OF("*._tcp.mx.example.com."),
	    LDNS_RCODE_NOERROR);
	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	/* NODATA, as those say who prove what is not there on the spot. */
	say(below, NULL, LDNS_RCODE_NOERROR);
	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_null(owner->hidden);
}

/* What is below comes from there, and makes the owner exist. */
TEST(above_a_wildcard)
{
	const struct survey_owner *owner;

	nothing_around();
	say(below, TLSA_OF("_07070707." OWNER), LDNS_RCODE_NOERROR);
	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	say(below, OTHER_OF("_07070707." OWNER), LDNS_RCODE_NOERROR);
	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_null(owner->hidden);
}

static void expect_doubt(const char *why)
{
	const struct survey_owner *owner;

	compare(true, &owner);
	assert_int_equal(owner->primary->verdict, SIGHTING_SET);
	assert_contains(owner->hidden, "whether the TLSA records of " OWNER
			" are its own is not known: ");
	assert_contains(owner->hidden, why);
}

TEST(doubt)
{
	nothing_around();
	say(below, NULL, LDNS_RCODE_REFUSED);
	expect_doubt("_07070707." OWNER ": REFUSED");
	say(below, TLSA_OF("_07070707." OWNER), LDNS_RCODE_NOERROR);
	say("*.mx.example.com.", NULL, LDNS_RCODE_SERVFAIL);
	expect_doubt("*.mx.example.com.: SERVFAIL");
	/* Made for each name. */
	say(below, OTHER_OF("_07070707." OWNER), LDNS_RCODE_NOERROR);
	say("*.mx.example.com.", TLSA_OF("*.mx.example.com."),
	    LDNS_RCODE_NOERROR);
	expect_doubt("a wildcard gives names below it others");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define CASE(name) CASE_WITH(name, open_stage, close_stage)
		CASE(questions),
		CASE(not_all_at_once),
		CASE(by_a_wildcard),
		CASE(beside_a_wildcard),
		CASE(above_a_wildcard),
		CASE(doubt),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
