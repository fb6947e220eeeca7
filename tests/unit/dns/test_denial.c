/* SPDX-License-Identifier: MIT */
#include "dns/denial.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "support/dns.h"
#include "unit.h"

#include <stdio.h>

#define ZONE "example.com."
#define OWNER "_25._tcp.mail.example.com."
#define TLSA LDNS_RR_TYPE_TLSA

static enum denial denial(ldns_rr_list *records, const char *name)
{
	enum denial found = denial_of(records, ZONE, name, TLSA);

	ldns_rr_list_deep_free(records);
	return found;
}

/* ---- NSEC -------------------------------------------------------------- */

static const struct {
	const char *what;
	const char *name;
	const char *nsec[2];
	enum denial denial;
} cases[] = {
	{ "nothing", OWNER, { NULL }, DENIAL_UNPROVEN },
	{ "the name, without the type", OWNER,
	  { OWNER " 60 IN NSEC www.example.com. A" }, DENIAL_NO_DATA },
	{ "the name, with the type", OWNER,
	  { OWNER " 60 IN NSEC www.example.com. TLSA" }, DENIAL_UNPROVEN },
	{ "the name is an alias", OWNER,
	  { OWNER " 60 IN NSEC www.example.com. CNAME" }, DENIAL_UNPROVEN },
	{ "the name is a delegation", OWNER,
	  { OWNER " 60 IN NSEC www.example.com. NS" }, DENIAL_UNPROVEN },
	{ "the zone itself", ZONE,
	  { ZONE " 60 IN NSEC www.example.com. NS SOA" }, DENIAL_NO_DATA },
	{ "the name and its wildcard in one", OWNER,
	  { "mail.example.com. 60 IN NSEC www.example.com. A" },
	  DENIAL_NO_NAME },
	{ "the last one goes to the beginning", OWNER,
	  { "mail.example.com. 60 IN NSEC example.com. A" },
	  DENIAL_NO_NAME },
	{ "the only one", OWNER, { ZONE " 60 IN NSEC example.com. SOA NS" },
	  DENIAL_NO_NAME },
	{ "no other goes back", OWNER,
	  { "mail.example.com. 60 IN NSEC ftp.example.com. A" },
	  DENIAL_UNPROVEN },
	{ "out of the zone", OWNER,
	  { "mail.example.com. 60 IN NSEC mail.example.net. A" },
	  DENIAL_UNPROVEN },
	{ "not quite so far", OWNER,
	  { "mail.example.com. 60 IN NSEC _25._sctp.mail.example.com. A" },
	  DENIAL_UNPROVEN },
	{ "of another name", OWNER,
	  { "www.example.com. 60 IN NSEC xxx.example.com. A" },
	  DENIAL_UNPROVEN },
	{ "something below it", "_tcp.mail.example.com.",
	  { "mail.example.com. 60 IN NSEC " OWNER " A" }, DENIAL_NO_DATA },
	{ "below a delegation", OWNER,
	  { "mail.example.com. 60 IN NSEC www.example.com. NS" },
	  DENIAL_UNPROVEN },
	{ "below a DNAME", OWNER,
	  { "mail.example.com. 60 IN NSEC www.example.com. DNAME" },
	  DENIAL_UNPROVEN },
	{ "a wildcard is not denied", OWNER,
	  { "kiwi.example.com. 60 IN NSEC www.example.com. A" },
	  DENIAL_UNPROVEN },
	{ "a wildcard is", OWNER,
	  { "kiwi.example.com. 60 IN NSEC www.example.com. A",
	    "example.com. 60 IN NSEC ftp.example.com. SOA NS" },
	  DENIAL_NO_NAME },
	{ "a wildcard without the type", OWNER,
	  { "kiwi.example.com. 60 IN NSEC www.example.com. A",
	    "*.example.com. 60 IN NSEC ftp.example.com. A" },
	  DENIAL_NO_DATA },
	{ "a wildcard with the type", OWNER,
	  { "kiwi.example.com. 60 IN NSEC www.example.com. A",
	    "*.example.com. 60 IN NSEC ftp.example.com. TLSA" },
	  DENIAL_UNPROVEN },
	{ "a wildcard that is no longer the closest", OWNER,
	  { "_24._tcp.mail.example.com. 60 IN NSEC www.example.com. A",
	    "*.example.com. 60 IN NSEC ftp.example.com. A" },
	  DENIAL_UNPROVEN },
	{ "before and after it was made", OWNER,
	  { "mail.example.com. 60 IN NSEC www.example.com. A",
	    OWNER " 60 IN NSEC www.example.com. TLSA" },
	  DENIAL_UNPROVEN },
	{ "the other way round", OWNER,
	  { OWNER " 60 IN NSEC www.example.com. TLSA",
	    "mail.example.com. 60 IN NSEC www.example.com. A" },
	  DENIAL_UNPROVEN },
};

TEST(nsec)
{
	for (size_t i = 0; i < COUNT(cases); i++) {
		enum denial found = denial(fake_records(
			cases[i].nsec[0], cases[i].nsec[1], NULL),
			cases[i].name);

		if (found != cases[i].denial)
			fail_msg("%s: %d", cases[i].what, (int)found);
	}
}

/* What is no bitmap proves nothing. */
TEST(bitmaps)
{
	static const struct {
		uint8_t octets[4];
		size_t size;
		enum denial denial;
	} rows[] = {
		{ { 0, 1, 0x40, 0 }, 3, DENIAL_NO_DATA },
		{ { 0 }, 0, DENIAL_NO_DATA },
		{ { 0 }, 1, DENIAL_UNPROVEN },
		{ { 0, 0, 0, 0 }, 2, DENIAL_UNPROVEN },
		{ { 0, 3, 0x40, 0 }, 4, DENIAL_UNPROVEN },
		{ { 0, 33, 0x40, 0 }, 4, DENIAL_UNPROVEN },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ldns_rr_list *list = fake_records(
			OWNER " 60 IN NSEC www.example.com. A", NULL);
		ldns_rr *rr = ldns_rr_list_rr(list, 0);

		ldns_rdf_deep_free(ldns_rr_set_rdf(rr, ldns_rdf_new_frm_data(
			LDNS_RDF_TYPE_NSEC, rows[i].size, rows[i].octets), 1));
		assert_int_equal(denial(list, OWNER), rows[i].denial);
	}
}

/* ---- NSEC3 ------------------------------------------------------------- */

/* A zone of these names; those with * are wildcards. */
static const struct {
	const char *name;
	const char *types;
} names[] = {
	{ ZONE, "SOA NS" }, { "mail.example.com.", "A" },
	{ "_25._tcp.www.example.com.", "TLSA" },
	{ "_tcp.www.example.com.", "" }, { "www.example.com.", "A" },
	{ "*.wild.example.com.", "TLSA" }, { "wild.example.com.", "A" },
	{ "*.tame.example.com.", "A" }, { "tame.example.com.", "" },
	{ "cut.example.com.", "NS" }, { "away.example.com.", "DNAME" },
};

struct parameters {
	unsigned algorithm, flags, iterations;
	const char *salt;
};
static const struct parameters usual = { 1, 0, 3, "AABB" };

/* The label, in capitals as all are written, so that they can be compared. */
static void hash(const struct parameters *with, const char *name, char *label)
{
	char text[160];
	ldns_rr *rr = NULL;
	ldns_rdf *dname = ldns_dname_new_frm_str(name), *hashed;
	char *written;

	snprintf(text, sizeof(text), "x.%s 60 IN NSEC3 1 0 %u %s "
		 "0P9MHAVEQVM6T7VBL5LOP2U3T2RP3TOM A", ZONE, with->iterations,
		 with->salt);
	assert_int_equal(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL),
			 LDNS_STATUS_OK);
	hashed = ldns_nsec3_hash_name_frm_nsec3(rr, dname);
	written = ldns_rdf2str(hashed);
	snprintf(label, 33, "%s", written);
	LDNS_FREE(written);
	ldns_rdf_deep_free(hashed);
	ldns_rdf_deep_free(dname);
	ldns_rr_free(rr);
}

/* The record that matches NAME, or covers it: the owner before it in the ring,
 * and the one after that. */
static void add(ldns_rr_list *list, const struct parameters *with,
		const char *name)
{
	char place[33], at[33], from[33] = "", to[33] = "", text[256];
	char last[33] = "", first[33] = "~";
	const char *types = "", *last_types = "";
	ldns_rr *rr = NULL;

	hash(with, name, place);
	for (size_t i = 0; i < COUNT(names); i++) {
		hash(with, names[i].name, at);
		if (strcmp(at, place) <= 0 && strcmp(at, from) > 0) {
			memcpy(from, at, sizeof(from));
			types = names[i].types;
		}
		if (strcmp(at, place) > 0 && (!*to || strcmp(at, to) < 0))
			memcpy(to, at, sizeof(to));
		if (strcmp(at, last) > 0) {
			memcpy(last, at, sizeof(last));
			last_types = names[i].types;
		}
		if (strcmp(at, first) < 0)
			memcpy(first, at, sizeof(first));
	}
	snprintf(text, sizeof(text), "%s.%s 60 IN NSEC3 %u %u %u %s %s %s",
		 *from ? from : last, ZONE, with->algorithm, with->flags,
		 with->iterations, with->salt, *to ? to : first,
		 *from ? types : last_types);
	assert_int_equal(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL),
			 LDNS_STATUS_OK);
	ldns_rr_list_push_rr(list, rr);
}

static const struct {
	const char *what;
	const char *name;
	const char *proof[3];		/* what is matched or covered */
	enum denial denial;
} hashed_cases[] = {
	{ "the name, without the type", "mail.example.com.",
	  { "mail.example.com." }, DENIAL_NO_DATA },
	{ "an empty non-terminal", "_tcp.www.example.com.",
	  { "_tcp.www.example.com." }, DENIAL_NO_DATA },
	{ "the name, with the type", "_25._tcp.www.example.com.",
	  { "_25._tcp.www.example.com." }, DENIAL_UNPROVEN },
	{ "closest encloser, next closer, wildcard", OWNER,
	  { "mail.example.com.", "_tcp.mail.example.com.",
	    "*.mail.example.com." }, DENIAL_NO_NAME },
	{ "without the closest encloser", OWNER,
	  { "_tcp.mail.example.com.", "*.mail.example.com." },
	  DENIAL_UNPROVEN },
	{ "without the next closer", OWNER,
	  { "mail.example.com.", "*.mail.example.com." }, DENIAL_UNPROVEN },
	{ "without the wildcard", OWNER,
	  { "mail.example.com.", "_tcp.mail.example.com." },
	  DENIAL_UNPROVEN },
	{ "a wildcard with the type", "_25._tcp.wild.example.com.",
	  { "wild.example.com.", "_tcp.wild.example.com.",
	    "*.wild.example.com." }, DENIAL_UNPROVEN },
	{ "a wildcard without the type", "_25._tcp.tame.example.com.",
	  { "tame.example.com.", "_tcp.tame.example.com.",
	    "*.tame.example.com." }, DENIAL_NO_DATA },
	{ "below a delegation", "_25._tcp.cut.example.com.",
	  { "cut.example.com.", "_tcp.cut.example.com.",
	    "*.cut.example.com." }, DENIAL_UNPROVEN },
	{ "below a DNAME", "_25._tcp.away.example.com.",
	  { "away.example.com.", "_tcp.away.example.com.",
	    "*.away.example.com." }, DENIAL_UNPROVEN },
	{ "of an existing name", "_25._tcp.www.example.com.",
	  { "mail.example.com.", "_tcp.mail.example.com.",
	    "*.mail.example.com." }, DENIAL_UNPROVEN },
};

static ldns_rr_list *ring_part(const struct parameters *with,
			       const char *const proof[3])
{
	ldns_rr_list *list = ldns_rr_list_new();

	for (size_t k = 0; k < 3 && proof[k]; k++)
		add(list, with, proof[k]);
	return list;
}

/* The hashes are such that none of these covers more than it is there for. */
TEST(nsec3)
{
	for (size_t i = 0; i < COUNT(hashed_cases); i++) {
		enum denial found = denial(ring_part(
			&usual, hashed_cases[i].proof), hashed_cases[i].name);

		if (found != hashed_cases[i].denial)
			fail_msg("%s: %d", hashed_cases[i].what, (int)found);
	}
}

/* What nobody knows, and what resolvers take for unsigned. */
TEST(parameters)
{
	static const struct {
		struct parameters with;
		enum denial denial;
	} rows[] = {
		{ { 1, 0, 0, "-" }, DENIAL_NO_NAME },
		{ { 1, 1, 0, "-" }, DENIAL_NO_NAME },
		{ { 1, 0, NSEC3_ITERATIONS_MAX, "AABB" }, DENIAL_NO_NAME },
		{ { 1, 0, NSEC3_ITERATIONS_MAX + 1, "AABB" },
		  DENIAL_UNPROVEN },
		{ { 2, 0, 0, "-" }, DENIAL_UNPROVEN },
		{ { 1, 2, 0, "-" }, DENIAL_UNPROVEN },
	};
	static const char *const proof[] = { "mail.example.com.",
		"_tcp.mail.example.com.", "*.mail.example.com." };

	for (size_t i = 0; i < COUNT(rows); i++)
		assert_int_equal(denial(ring_part(&rows[i].with, proof), OWNER),
				 rows[i].denial);
}

/* Those of another salt belong to another ring. */
TEST(two_rings)
{
	static const struct parameters other = { 1, 0, 3, "CC" };
	ldns_rr_list *list = ldns_rr_list_new();

	add(list, &usual, "mail.example.com.");
	add(list, &usual, "_tcp.mail.example.com.");
	add(list, &other, "*.mail.example.com.");
	assert_int_equal(denial(list, OWNER), DENIAL_UNPROVEN);
}

#define FIRST "00000000000000000000000000000000."
#define LAST "vvvvvvvvvvvvvvvvvvvvvvvvvvvvvvvv."
/* As it should be, and it covers next to nothing. */
#define HARMLESS FIRST ZONE " 60 IN NSEC3 1 0 0 - " \
	"00000000000000000000000000000001 A"

/* One whose next hash has this size, and all its octets are OCTET. */
static ldns_rr *nsec3_to(const char *owner, size_t size, int octet)
{
	ldns_rr_list *list = fake_records(HARMLESS, NULL);
	ldns_rr *rr = ldns_rr_list_pop_rr(list);
	uint8_t next[256];

	memset(next, octet, sizeof(next));
	next[0] = (uint8_t)size;
	ldns_rdf_deep_free(ldns_rr_owner(rr));
	ldns_rr_set_owner(rr, ldns_dname_new_frm_str(owner));
	ldns_rdf_deep_free(ldns_rr_set_rdf(rr, ldns_rdf_new_frm_data(
		LDNS_RDF_TYPE_NSEC3_NEXT_OWNER, 1 + size, next), 4));
	ldns_rr_list_free(list);
	return rr;
}

/* RR alone, and where another one tells the parameters; RR is freed. */
static bool nsec3_lets(ldns_rr *rr)
{
	ldns_rr_list *list = fake_records(HARMLESS, NULL);
	ldns_rr *harmless = ldns_rr_list_pop_rr(list);
	bool lets;

	ldns_rr_list_push_rr(list, rr);
	lets = denial_lets_expand(list, ZONE, OWNER, 3);
	ldns_rr_list_push_rr(list, harmless);
	assert_int_equal(denial_lets_expand(list, ZONE, OWNER, 3), lets);
	ldns_rr_list_deep_free(list);
	return lets;
}

/* Where no signature is asked for, anybody may send these. But for its form
 * each of them covers every hash. */
TEST(nsec3_from_hash_to_hash)
{
	static const struct {
		const char *owner;
		size_t size;
		int octet;
		bool lets;
	} rows[] = {
		{ FIRST ZONE, 20, 0xff, true },
		{ FIRST ZONE, 0, 0xff, false },
		{ FIRST ZONE, 1, 0xff, false },
		{ FIRST ZONE, 40, 0xff, false },
		{ FIRST ZONE, 255, 0xff, false },
		{ ".", 20, 0xff, false },
		{ "0." ZONE, 20, 0xff, false },
		{ FIRST "0." ZONE, 20, 0xff, false },
		{ LAST "zz." ZONE, 20, 0, false },
		{ LAST "example.net.", 20, 0, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++)
		if (nsec3_lets(nsec3_to(rows[i].owner, rows[i].size,
					rows[i].octet)) != rows[i].lets)
			fail_msg("%s, %zu octets", rows[i].owner,
				 rows[i].size);
}

TEST(short_nsec3)
{
	ldns_rr *rr = nsec3_to(FIRST ZONE, 20, 0xff);

	while (ldns_rr_rd_count(rr) > 4)
		ldns_rdf_deep_free(ldns_rr_pop_rdf(rr));
	assert_false(nsec3_lets(rr));
}

/* ---- Wildcards --------------------------------------------------------- */

TEST(expansion)
{
	static const struct {
		const char *nsec;
		unsigned labels;	/* of the signature */
		bool lets;
	} rows[] = {
		{ "mail.example.com. 60 IN NSEC www.example.com. A", 3, true },
		/* mail.example.com. exists: nothing is for it but a wildcard
		 * at itself. */
		{ "mail.example.com. 60 IN NSEC www.example.com. A", 2,
		  false },
		{ "kiwi.example.com. 60 IN NSEC www.example.com. A", 2, true },
		{ OWNER " 60 IN NSEC www.example.com. TLSA", 2, false },
		{ "mail.example.com. 60 IN NSEC " OWNER " A", 3, false },
		{ "mail.example.com. 60 IN NSEC www.example.com. A", 5,
		  false },
		{ NULL, 2, false },
	};

	for (size_t i = 0; i < COUNT(rows); i++) {
		ldns_rr_list *list = fake_records(rows[i].nsec, NULL);

		assert_int_equal(denial_lets_expand(list, ZONE, OWNER,
						    rows[i].labels),
				 rows[i].lets);
		ldns_rr_list_deep_free(list);
	}
}

TEST(hashed_expansion)
{
	ldns_rr_list *list = ldns_rr_list_new();

	assert_false(denial_lets_expand(list, ZONE, OWNER, 3));
	add(list, &usual, "_tcp.mail.example.com.");
	assert_true(denial_lets_expand(list, ZONE, OWNER, 3));
	assert_false(denial_lets_expand(list, ZONE,
					"_25._tcp.www.example.com.", 3));
	ldns_rr_list_deep_free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nsec),
		cmocka_unit_test(test_bitmaps),
		cmocka_unit_test(test_nsec3),
		cmocka_unit_test(test_parameters),
		cmocka_unit_test(test_two_rings),
		cmocka_unit_test(test_nsec3_from_hash_to_hash),
		cmocka_unit_test(test_short_nsec3),
		cmocka_unit_test(test_expansion),
		cmocka_unit_test(test_hashed_expansion),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
