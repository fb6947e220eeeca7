/* SPDX-License-Identifier: MIT */
#include "cert/dane.h"

#include "base/xalloc.h"
#include "support/certificates.h"
#include "unit.h"

#include <openssl/x509v3.h>

/* The time of all of this; certificates are good for a day on either side. */
#define NOW_SECONDS 1800000000
#define DAY_SECONDS 86400

/* ---- Certificates ------------------------------------------------------- */

struct recipe {
	const char *name;
	const char *hosts;	/* "DNS:a.test, DNS:b.test"; NULL: none */
	const char *purposes;	/* "clientAuth"; NULL: any */
	X509 *issuer;		/* NULL: itself */
	EVP_PKEY *issuer_key;
	int from_days, until_days;	/* both 0: as is usual */
};

static EVP_PKEY *root_key, *issuer_key, *leaf_key;
static X509 *root, *issuer;
static char *root_pem, *issuer_pem;

static void add_extension(X509 *certificate, int nid, const char *value)
{
	X509_EXTENSION *extension;

	if (!value)
		return;
	extension = X509V3_EXT_conf_nid(NULL, NULL, nid, value);
	assert_non_null(extension);
	assert_int_equal(X509_add_ext(certificate, extension, -1), 1);
	X509_EXTENSION_free(extension);
}

static X509 *bake(const struct recipe *recipe, EVP_PKEY *key,
		  const char *constraints)
{
	int from = recipe->from_days, until = recipe->until_days;
	X509 *made = X509_new();
	X509_NAME *name = X509_get_subject_name(made);

	if (from == 0 && until == 0) {
		from = -1;
		until = 1;
	}
	X509_set_version(made, X509_VERSION_3);
	ASN1_TIME_set(X509_getm_notBefore(made),
		      NOW_SECONDS + from * DAY_SECONDS);
	ASN1_TIME_set(X509_getm_notAfter(made),
		      NOW_SECONDS + until * DAY_SECONDS);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				   (const uint8_t *)recipe->name, -1, -1, 0);
	X509_set_issuer_name(made, recipe->issuer ?
			     X509_get_subject_name(recipe->issuer) : name);
	X509_set_pubkey(made, key);
	add_extension(made, NID_basic_constraints, constraints);
	add_extension(made, NID_subject_alt_name, recipe->hosts);
	add_extension(made, NID_ext_key_usage, recipe->purposes);
	assert_true(X509_sign(made, recipe->issuer ? recipe->issuer_key : key,
			      EVP_sha256()) > 0);
	return made;
}

static X509 *bake_issuer(struct recipe recipe, EVP_PKEY *key)
{
	return bake(&recipe, key, "critical,CA:TRUE");
}

static char *leaf_pem(struct recipe recipe)
{
	X509 *leaf;
	char *pem;

	if (!recipe.issuer) {
		recipe.issuer = issuer;
		recipe.issuer_key = issuer_key;
	}
	leaf = bake(&recipe, leaf_key, NULL);
	pem = test_pem_of(leaf);
	X509_free(leaf);
	return pem;
}

static struct chain *chain_of(const char *leaf, const char *more,
			      const char *still_more)
{
	char *pem = test_text_join(leaf, more, still_more);
	struct chain *chain;

	assert_int_equal(chain_parse_sent(pem, strlen(pem), &chain), CHAIN_OK);
	free(pem);
	return chain;
}

/* A chain of this leaf, which is made, and its issuer. */
static struct chain *chain_for(struct recipe recipe)
{
	char *pem = leaf_pem(recipe);
	struct chain *chain = chain_of(pem, issuer_pem, "");

	free(pem);
	return chain;
}

/* ---- The question ------------------------------------------------------- */

static struct tlsa record_of(const struct chain *chain, uint8_t usage,
			     uint8_t selector, uint8_t matching)
{
	struct tlsa record;

	assert_true(tlsa_from_chain(chain, (struct tlsa_params){
		usage, selector, matching }, &record));
	return record;
}

/* WANT, and PART of what is said about it. Frees CHAIN. */
static void check(struct chain *chain, const struct tlsa *record,
		  const char *host, enum dane_verdict want, const char *part)
{
	char *detail = lent("not set");
	enum dane_verdict verdict = dane_verify(chain, record, host,
						NOW_SECONDS, &detail);

	if (verdict != want || !detail != !part ||
	    (part && !strstr(detail, part)))
		fail_msg("%d \"%s\", want %d \"%s\"", verdict,
			 detail ? detail : "", want, part ? part : "");
	free(detail);
	assert_int_equal(dane_verify(chain, record, host, NOW_SECONDS, NULL),
			 want);
	chain_free(chain);
}

/* Of usage 2, and the issuer that made all leaves here. */
static void check_issued(struct chain *chain, const char *host,
			 enum dane_verdict want, const char *part)
{
	struct chain *usual = chain_for((struct recipe){ .name = "x.test" });
	struct tlsa record = record_of(usual, 2, 1, 1);

	check(chain, &record, host, want, part);
	tlsa_clear(&record);
	chain_free(usual);
}

/* ---- Tests -------------------------------------------------------------- */

TEST(every_kind_of_record)
{
	for (uint8_t i = 0; i < 4 * 2 * 3; i++) {
		struct chain *chain = chain_for((struct recipe){
			.name = "mx.test" });
		struct tlsa record = record_of(chain, i / 6, i / 3 % 2,
					       i % 3);

		check(chain, &record, "mx.test.", DANE_ACCEPTED, NULL);
		tlsa_clear(&record);
	}
}

/* Nothing but the first certificate, whatever it says. */
TEST(usage_3)
{
	struct recipe recipe = { .name = "other.test", .until_days = -3,
				 .from_days = -5, .purposes = "clientAuth" };
	char *leaf = leaf_pem(recipe);
	struct chain *alone = chain_of(leaf, "", "");
	struct tlsa record = record_of(alone, 3, 1, 1);

	check(chain_of(leaf, "", ""), &record, "mx.test.", DANE_ACCEPTED, NULL);
	check(chain_of(leaf, root_pem, leaf), &record, "mx.test.",
	      DANE_ACCEPTED, NULL);
	check(chain_of(root_pem, leaf, ""), &record, "mx.test.",
	      DANE_NOT_FOUND, "does not match");
	tlsa_clear(&record);
	chain_free(alone);
	free(leaf);
}

TEST(names)
{
	static const struct {
		const char *name, *hosts, *host;
		const char *part;	/* NULL: accepted */
	} cases[] = {
		{ "mx.test", NULL, "mx.test.", NULL },
		{ "mx.test", NULL, "mx.test", NULL },
		{ "x", "DNS:www.test, DNS:MX.test", "mx.test.", NULL },
		{ "x", "DNS:*.b.test", "mx.b.test.", NULL },
		{ "www.test", NULL, "mx.test.", "is not for mx.test" },
		{ "mx.test", "DNS:www.test, DNS:b.test", "mx.test.",
		  "is not for mx.test, but for www.test, b.test" },
		{ "x", "DNS:a, DNS:b, DNS:c, DNS:d, DNS:e", "mx.test.",
		  "but for a, b, c, d, .." },
		{ "x", "DNS:a\b\x80 c", "mx.test.", "but for a???c" },
		{ "x", "email:mx.test", "mx.test.", "is not for mx.test" },
		{ "x", "DNS:m*.b.test", "mx.b.test.", "for m*.b.test" },
		{ "x", "DNS:*.b.test", "a.mx.b.test.", "but for *.b.test" },
		{ "x", "DNS:*", "test.", "but for *" },
		{ "mx.test", NULL, ".", "is not for ." },
		{ "mx.test", NULL, "", "is not for " },
	};

	for (size_t i = 0; i < COUNT(cases); i++)
		check_issued(chain_for((struct recipe){
				.name = cases[i].name,
				.hosts = cases[i].hosts }),
			     cases[i].host, cases[i].part ? DANE_WRONG_NAME :
			     DANE_ACCEPTED, cases[i].part);
}

TEST(dates)
{
	check_issued(chain_for((struct recipe){
			.name = "mx.test", .from_days = -3, .until_days = -1 }),
		     "mx.test.", DANE_EXPIRED,
		     "expired on 2027-01-14 08:00:00 UTC");
	check_issued(chain_for((struct recipe){
			.name = "mx.test", .from_days = 1, .until_days = 3 }),
		     "mx.test.", DANE_NOT_YET_VALID,
		     "is not valid before 2027-01-16 08:00:00 UTC");
}

TEST(dates_of_the_issuer)
{
	X509 *old = bake_issuer((struct recipe){
		.name = "Issuer", .issuer = root, .issuer_key = root_key,
		.from_days = -3, .until_days = -1 }, issuer_key);
	char *pem = test_pem_of(old);
	char *leaf = leaf_pem((struct recipe){ .name = "mx.test" });

	check_issued(chain_of(leaf, pem, ""), "mx.test.", DANE_EXPIRED,
		     "has an issuer, CN = Issuer, that expired on 2027-01-14");
	/* Clients find the good one where it is sent as well. */
	check_issued(chain_of(leaf, pem, issuer_pem), "mx.test.",
		     DANE_ACCEPTED, NULL);
	free(leaf);
	free(pem);
	X509_free(old);
}

/* The issuer may stand anywhere in what is sent, and more than once. */
TEST(order)
{
	char *leaf = leaf_pem((struct recipe){ .name = "mx.test" });
	char *both = test_text_join(root_pem, issuer_pem, root_pem);

	check_issued(chain_of(leaf, both, both), "mx.test.", DANE_ACCEPTED,
		     NULL);
	check_issued(chain_of(leaf, leaf, issuer_pem), "mx.test.",
		     DANE_ACCEPTED, NULL);
	check_issued(chain_of(leaf, root_pem, ""), "mx.test.", DANE_NOT_FOUND,
		     "without the issuer");
	check_issued(chain_of(leaf, "", ""), "mx.test.", DANE_NOT_FOUND,
		     "without the issuer");
	check_issued(chain_of(issuer_pem, leaf, ""), "mx.test.",
		     DANE_NOT_FOUND, "without the issuer");
	free(both);
	free(leaf);
}

TEST(nothing_between)
{
	struct chain *upper = chain_of(issuer_pem, root_pem, "");
	struct tlsa record = record_of(upper, 2, 0, 1);
	char *leaf = leaf_pem((struct recipe){ .name = "mx.test" });

	check(chain_of(leaf, issuer_pem, root_pem), &record, "mx.test.",
	      DANE_ACCEPTED, NULL);
	check(chain_of(leaf, root_pem, ""), &record, "mx.test.",
	      DANE_NOT_LINKED, "nothing links");
	free(leaf);
	tlsa_clear(&record);
	chain_free(upper);
}

/* It says who issued it, but another key did. */
TEST(forged)
{
	check_issued(chain_for((struct recipe){
			.name = "mx.test", .issuer = issuer,
			.issuer_key = root_key }),
		     "mx.test.", DANE_REFUSED, "signature");
	check_issued(chain_for((struct recipe){
			.name = "mx.test", .purposes = "clientAuth" }),
		     "mx.test.", DANE_REFUSED, "is refused by clients: ");
}

static int setup(void **state)
{
	(void)state;
	root_key = test_key_make(TEST_LEAF_EC);
	issuer_key = test_key_make(TEST_LEAF_EC);
	leaf_key = test_key_make(TEST_LEAF_EC);
	root = bake_issuer((struct recipe){ .name = "Root" }, root_key);
	issuer = bake_issuer((struct recipe){
		.name = "Issuer", .issuer = root, .issuer_key = root_key },
		issuer_key);
	root_pem = test_pem_of(root);
	issuer_pem = test_pem_of(issuer);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	free(root_pem);
	free(issuer_pem);
	X509_free(root);
	X509_free(issuer);
	EVP_PKEY_free(root_key);
	EVP_PKEY_free(issuer_key);
	EVP_PKEY_free(leaf_key);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_kind_of_record),
		cmocka_unit_test(test_usage_3),
		cmocka_unit_test(test_names),
		cmocka_unit_test(test_dates),
		cmocka_unit_test(test_dates_of_the_issuer),
		cmocka_unit_test(test_order),
		cmocka_unit_test(test_nothing_between),
		cmocka_unit_test(test_forged),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
