/* SPDX-License-Identifier: MIT */
#include "disk/links_path.h"

#include "base/xalloc.h"
#include "unit.h"

#define HEX "00112233445566778899aabbccddeeff" \
	"00112233445566778899aabbccddeeff"

static const struct links_places places = {
	.dane_path = "/etc/alnitak/dane",
	.letsencrypt_path = "/etc/letsencrypt",
	.state_path = "/var/lib/alnitak",
};
static const struct lineage lineage = { NULL, &places, "n", NULL };

static const struct {
	struct links links;
	const char *relative;		/* of cert.pem */
	const char *absolute;
} made[] = {
	{ { .place = LINKS_REST }, "../../../letsencrypt/live/n/cert.pem",
	  "/etc/letsencrypt/live/n/cert.pem" },
	{ { .place = LINKS_ARCHIVE, .number = 12 },
	  "../../../letsencrypt/archive/n/cert12.pem",
	  "/etc/letsencrypt/archive/n/cert12.pem" },
	{ { .place = LINKS_ARCHIVE, .number = 999999999 },
	  "../../../letsencrypt/archive/n/cert999999999.pem",
	  "/etc/letsencrypt/archive/n/cert999999999.pem" },
	{ { .place = LINKS_HELD },
	  "../../../../var/lib/alnitak/held/n/" HEX "/cert.pem",
	  "/var/lib/alnitak/held/n/" HEX "/cert.pem" },
};

/* What is made is what is recognised. */
TEST(texts)
{
	const struct lineage other = { NULL, &places, "m", NULL };

	for (size_t i = 0; i < sizeof(made) / sizeof(made[0]); i++) {
		struct links links = made[i].links, found;
		char *text;

		fingerprint_parse(HEX, &links.held);
		text = links_text(&lineage, PEM_CERT, &links);
		assert_string_equal(text, made[i].relative);
		assert_true(links_text_parse(&lineage, PEM_CERT, text,
					     &found));
		assert_true(links_equal(&found, &links));
		assert_true(links_text_parse(&lineage, PEM_CERT,
					     made[i].absolute, &found));
		assert_true(links_equal(&found, &links));
		assert_false(links_text_parse(&lineage, PEM_PRIVKEY, text,
					      &found));
		assert_false(links_text_parse(&other, PEM_CERT, text,
					      &found));
		free(text);
	}
}

/* combined.pem is never certbot's. */
TEST(combined)
{
	struct links links = { .place = LINKS_REST }, found;
	char *text;

	fingerprint_parse(HEX, &links.combined);
	text = links_text(&lineage, PEM_COMBINED, &links);
	assert_string_equal(text, "../../../../var/lib/alnitak/held/n/" HEX
			    "/combined.pem");
	assert_true(links_text_parse(&lineage, PEM_COMBINED, text, &found));
	assert_int_equal(found.place, LINKS_HELD);
	assert_true(fingerprint_equal(&found.held, &links.combined));
	assert_false(links_text_parse(&lineage, PEM_PRIVKEY, text, &found));
	free(text);
	assert_false(links_text_parse(&lineage, PEM_COMBINED,
		"../../../letsencrypt/live/n/combined.pem", &found));
	assert_false(links_text_parse(&lineage, PEM_COMBINED,
		"../../../letsencrypt/archive/n/combined1.pem", &found));
}

TEST(names)
{
	char *cert = links_name(PEM_CERT), *combined = links_name(PEM_COMBINED);
	char *generation = links_name(LINK_GENERATION);

	assert_string_equal(cert, "cert.pem");
	assert_string_equal(combined, "combined.pem");
	assert_string_equal(generation, ".generation");
	free(generation);
	free(combined);
	free(cert);
}

TEST(generation)
{
	static const char *const foreign[] = {
		"", "0", "01", "-1", "+1", "1 ", " 1", "1/", "0x1",
		"1000000000", "99999999999999999999",
	};
	const struct links links = { .generation = LINKS_GENERATION_MAX };
	char *text = links_text(&lineage, LINK_GENERATION, &links);
	struct links found;

	assert_string_equal(text, "999999999");
	assert_true(links_text_parse(&lineage, LINK_GENERATION, text, &found));
	assert_int_equal(found.generation, LINKS_GENERATION_MAX);
	free(text);
	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++)
		assert_false(links_text_parse(&lineage, LINK_GENERATION,
					      foreign[i], &found));
}

TEST(foreign_texts)
{
	static const char *const foreign[] = {
		"", "/", "cert.pem", "../../../letsencrypt",
		"../../../letsencrypt/", "../../../letsencrypt/live/n",
		"../../../letsencrypt/live/n/cert.pem/",
		"../../../letsencrypt/live/n/./cert.pem",
		"../../../letsencrypt//live/n/cert.pem",
		"../../letsencrypt/live/n/cert.pem",
		"../../../letsencrypt/live/n/cert1.pem",
		"../../../letsencrypt/archive/n/cert.pem",
		"../../../letsencrypt/archive/n/cert0.pem",
		"../../../letsencrypt/archive/n/cert01.pem",
		"../../../letsencrypt/archive/n/cert-1.pem",
		"../../../letsencrypt/archive/n/cert1.pem.bak",
		"../../../letsencrypt/archive/n/cert4294967297.pem",
		"../../../letsencrypt/archive/n/cert99999999999999999999.pem",
		"../../../letsencrypt/archive/m/cert1.pem",
		"../../../letsencrypt/held/n/" HEX "/cert.pem",
		"../../../../var/lib/alnitak/held/n/cert.pem",
		"../../../../var/lib/alnitak/held/n/" HEX,
		"../../../../var/lib/alnitak/held/n/" HEX "0/cert.pem",
		"../../../../var/lib/alnitak/held/n/"
		"00112233445566778899AABBCCDDEEFF"
		"00112233445566778899aabbccddeeff/cert.pem",
		"/etc/letsencryptlive/n/cert.pem",
		"/srv/etc/letsencrypt/live/n/cert.pem",
	};
	struct links links;

	for (size_t i = 0; i < sizeof(foreign) / sizeof(foreign[0]); i++) {
		if (links_text_parse(&lineage, PEM_CERT, foreign[i],
				     &links))
			fail_msg("\"%s\" is taken for ours", foreign[i]);
	}
}

TEST(paths_with_slashes)
{
	const struct links_places odd = { .dane_path = "/etc/alnitak/dane/",
					  .letsencrypt_path = "//etc/./le/",
					  .state_path = "/state" };
	const struct links_places relative = { .dane_path = "dane",
					       .letsencrypt_path = "/le",
					       .state_path = "/state" };
	const struct lineage at_odd = { NULL, &odd, "n", NULL };
	const struct lineage at_relative = { NULL, &relative, "n", NULL };
	const struct links rest = { .place = LINKS_REST };
	struct links found;
	char *text = links_text(&at_odd, PEM_CHAIN, &rest);

	assert_string_equal(text, "../../../le/live/n/chain.pem");
	assert_true(links_text_parse(&at_odd, PEM_CHAIN, text, &found));
	assert_true(links_text_parse(&at_odd, PEM_CHAIN,
				     "/etc/le/live/n/chain.pem", &found));
	free(text);
	assert_null(links_text(&at_relative, PEM_CHAIN, &rest));
}

/* Where live leads decides; what a person moved is still known as ours. */
TEST(archives_of_other_names)
{
	static const struct {
		const char *archive, *text, *was;
	} rows[] = {
		{ "archive/m", "../../../letsencrypt/archive/m/cert3.pem",
		  "../../../letsencrypt/archive/n/cert3.pem" },
		{ "/srv/certs", "../../../../srv/certs/cert3.pem",
		  "/etc/letsencrypt/archive/n/cert3.pem" },
	};
	const struct links three = { .place = LINKS_ARCHIVE, .number = 3 };

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct lineage at = { NULL, &places, "n",
					    rows[i].archive };
		char *text = links_text(&at, PEM_CERT, &three);
		struct links found;

		assert_string_equal(text, rows[i].text);
		assert_true(links_text_parse(&at, PEM_CERT, text, &found));
		assert_true(links_equal(&found, &three));
		assert_false(links_text_parse(&lineage, PEM_CERT, text,
					      &found));
		assert_true(links_text_parse(&at, PEM_CERT, rows[i].was,
					     &found));
		assert_int_equal(found.place, LINKS_MIXED);
		assert_false(links_text_parse(&at, PEM_CERT,
			"../../../letsencrypt/archive/o/cert3.pem", &found));
		assert_false(links_text_parse(&at, PEM_CHAIN, text, &found));
		free(text);
	}
}

TEST(equal)
{
	const struct links all[] = {
		{ .place = LINKS_ABSENT }, { .place = LINKS_REST },
		{ .place = LINKS_ARCHIVE, .number = 1 },
		{ .place = LINKS_ARCHIVE, .number = 2 },
		{ .place = LINKS_HELD, .held = { { 1 } } },
		{ .place = LINKS_HELD, .held = { { 2 } } },
		{ .place = LINKS_MIXED }, { .place = LINKS_FOREIGN },
	};
	const struct links rest = { .place = LINKS_REST, .number = 7 };

	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++) {
			assert_int_equal(links_equal(&all[i], &all[k]),
					 i == k);
			assert_int_equal(links_places_equal(&all[i], &all[k]),
					 i == k);
		}
	}
	assert_true(links_equal(&rest, &all[1]));
}

TEST(equal_files)
{
	const struct links a = { .place = LINKS_REST,
				 .files = PEM_ALL_LINKS, .generation = 1 };
	struct links b = a;

	b.generation = 2;
	assert_true(links_equal(&a, &b));
	b.files &= ~PEM_BIT(PEM_CERT);
	assert_false(links_equal(&a, &b));
	b = a;
	b.combined.sha256[31] = 1;
	assert_false(links_equal(&a, &b));
	assert_true(links_places_equal(&a, &b));
	/* Without that link it is of no account. */
	b.files = PEM_BIT(PEM_CERT);
	assert_false(links_equal(&a, &b));
}

/* Where there is no other, the place of the others is of no account. */
TEST(equal_alone)
{
	const struct links a = { .place = LINKS_HELD, .held = { { 1 } },
				 .files = PEM_BIT(PEM_COMBINED),
				 .combined = { { 1 } } };
	struct links b = a;

	b.place = LINKS_REST;
	assert_true(links_equal(&a, &b));
	b.combined.sha256[0] = 2;
	assert_false(links_equal(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_combined), cmocka_unit_test(test_names),
		cmocka_unit_test(test_generation),
		cmocka_unit_test(test_equal_files),
		cmocka_unit_test(test_equal_alone),
		cmocka_unit_test(test_foreign_texts),
		cmocka_unit_test(test_paths_with_slashes),
		cmocka_unit_test(test_archives_of_other_names),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
