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
		for (size_t k = 0; k < sizeof(all) / sizeof(all[0]); k++)
			assert_int_equal(links_equal(&all[i], &all[k]),
					 i == k);
	}
	assert_true(links_equal(&rest, &all[1]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_texts),
		cmocka_unit_test(test_foreign_texts),
		cmocka_unit_test(test_paths_with_slashes),
		cmocka_unit_test(test_archives_of_other_names),
		cmocka_unit_test(test_equal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
