/* SPDX-License-Identifier: MIT */
#include "base/xalloc.h"
#include "dns/denial.h"
#include "unit.h"

#include <stdlib.h>

/*
 * Whoever lies may put together what a zone did sign, and nothing else. Of one
 * small zone any of its NSEC records, and any few of its NSEC3 records, for no
 * proof takes more: whatever they prove about a name has to be true, and all of
 * them together prove whatever is.
 */
#define ZONE "example.com."
#define ZONE_LABELS 2

/* In canonical order; what has no types is an empty non-terminal. */
static const struct node {
	const char *name, *types;
} nodes[] = {
	{ "example.com.", "NS SOA RRSIG NSEC DNSKEY" },
	{ "al.example.com.", "CNAME RRSIG NSEC" },
	{ "deep.example.com.", "" },
	{ "y.deep.example.com.", "" },
	{ "x.y.deep.example.com.", "A RRSIG NSEC" },
	{ "dn.example.com.", "DNAME RRSIG NSEC" },
	{ "mx.example.com.", "A RRSIG NSEC" },
	{ "_tcp.mx.example.com.", "" },
	{ "_25._tcp.mx.example.com.", "TLSA RRSIG NSEC" },
	{ "sub.example.com.", "NS RRSIG NSEC" },
	{ "v.example.com.", "" },
	{ "*.v.example.com.", "A RRSIG NSEC" },
	{ "w.example.com.", "" },
	{ "*.w.example.com.", "TLSA RRSIG NSEC" },
};
#define NODES (sizeof(nodes) / sizeof(nodes[0]))

static const char *const names[] = {
	"_25._tcp.mx.example.com.", "_26._tcp.mx.example.com.",
	"_tcp.mx.example.com.", "mx.example.com.", "a.mx.example.com.",
	"_25._tcp.nix.example.com.", "nix.example.com.", "a.example.com.",
	"al.example.com.", "x.al.example.com.", "deep.example.com.",
	"y.deep.example.com.", "z.y.deep.example.com.",
	"_25._tcp.deep.example.com.", "dn.example.com.",
	"_25._tcp.dn.example.com.", "sub.example.com.",
	"_25._tcp.sub.example.com.", "v.example.com.", "b.v.example.com.",
	"_25._tcp.v.example.com.", "*.v.example.com.", "w.example.com.",
	"b.w.example.com.", "_25._tcp.w.example.com.", "*.w.example.com.",
	"x.y.w.example.com.", "example.com.", "zz.example.com.",
};
#define NAMES (sizeof(names) / sizeof(names[0]))

/* ---- What is true ------------------------------------------------------- */

static const struct node *node_find(const char *name)
{
	for (size_t i = 0; i < NODES; i++)
		if (streq(nodes[i].name, name))
			return &nodes[i];
	return NULL;
}

static bool has_type(const struct node *node, const char *type)
{
	char *words = xasprintf(" %s ", node->types);
	char *word = xasprintf(" %s ", type);
	bool has = strstr(words, word) != NULL;

	free(word);
	free(words);
	return has;
}

static const char *parent_of(const char *name)
{
	return strchr(name, '.') + 1;
}

static const struct node *closest_of(const char *name)
{
	while (!node_find(name))
		name = parent_of(name);
	return node_find(name);
}

static unsigned labels_of(const char *name)
{
	unsigned labels = 0;

	for (; *name; name = parent_of(name))
		labels += strncmp(name, "*.", 2) != 0;
	return labels;
}

static bool is_cut(const struct node *node)
{
	return has_type(node, "NS") && !streq(node->name, ZONE);
}

/* The zone has no say: below a DNAME, and at or below a cut. */
static bool is_elsewhere(const char *name)
{
	const struct node *closest = closest_of(name);

	return is_cut(closest) ||
	       (!streq(closest->name, name) && has_type(closest, "DNAME"));
}

static bool gives(const struct node *node, const char *type)
{
	return node && (has_type(node, type) || has_type(node, "CNAME"));
}

/* The most that may be proven. */
static enum denial truth_of(const char *name, const char *type)
{
	const struct node *node = node_find(name), *wildcard;
	char *star;

	if (is_elsewhere(name) || gives(node, type))
		return DENIAL_UNPROVEN;
	if (node)
		return DENIAL_NO_DATA;
	star = xasprintf("*.%s", closest_of(name)->name);
	wildcard = node_find(star);
	free(star);
	if (gives(wildcard, type))
		return DENIAL_UNPROVEN;
	return wildcard ? DENIAL_NO_DATA : DENIAL_NO_NAME;
}

static bool may_expand(const char *name, unsigned labels)
{
	return !node_find(name) &&
	       labels_of(closest_of(name)->name) <= labels;
}

/* ---- The records -------------------------------------------------------- */

struct chain_links {
	ldns_rr *items[NODES];
	size_t count;
};

static ldns_rr *record_of(char *text)
{
	ldns_rr *rr = NULL;

	must(ldns_rr_new_frm_str(&rr, text, 0, NULL, NULL) == LDNS_STATUS_OK);
	free(text);
	return rr;
}

static struct chain_links nsec_make(void)
{
	struct chain_links links = { .count = 0 };

	for (size_t i = 0; i < NODES; i++) {
		size_t next = i;

		if (!*nodes[i].types)
			continue;
		do
			next = (next + 1) % NODES;
		while (!*nodes[next].types);
		links.items[links.count++] = record_of(xasprintf(
			"%s 3600 IN NSEC %s %s", nodes[i].name,
			nodes[next].name, nodes[i].types));
	}
	return links;
}

/* In base 32, without the dot. */
static char *hash_of(const char *name)
{
	uint8_t salt[] = { 0xab };
	ldns_rdf *owner = ldns_dname_new_frm_str(name);
	ldns_rdf *hash = ldns_nsec3_hash_name(owner, LDNS_SHA1, 1,
					      sizeof(salt), salt);
	char *text = ldns_rdf2str(hash);

	text[strcspn(text, ".")] = '\0';
	ldns_rdf_deep_free(hash);
	ldns_rdf_deep_free(owner);
	return text;
}

static const char *next_hash(char *const *hashes, const char *hash)
{
	const char *next = NULL, *first = hash;

	for (size_t i = 0; i < NODES; i++) {
		if (strcmp(hashes[i], first) < 0)
			first = hashes[i];
		if (strcmp(hashes[i], hash) > 0 &&
		    (!next || strcmp(hashes[i], next) < 0))
			next = hashes[i];
	}
	return next ? next : first;
}

static struct chain_links nsec3_make(void)
{
	struct chain_links links = { .count = NODES };
	char *hashes[NODES];

	for (size_t i = 0; i < NODES; i++)
		hashes[i] = hash_of(nodes[i].name);
	for (size_t i = 0; i < NODES; i++) {
		char *types = xstrdup(nodes[i].types);
		char *nsec = strstr(types, " NSEC");

		/* That is at the name of the hash. */
		if (nsec)
			memmove(nsec, nsec + 5, strlen(nsec + 5) + 1);
		links.items[i] = record_of(xasprintf(
			"%s." ZONE " 3600 IN NSEC3 1 0 1 ab %s %s", hashes[i],
			next_hash(hashes, hashes[i]), types));
		free(types);
	}
	for (size_t i = 0; i < NODES; i++)
		free(hashes[i]);
	return links;
}

/* ---- Any of them -------------------------------------------------------- */

/* The closest encloser, what is next to it, and its wildcard. */
#define NSEC3_PICKED_MAX 3

static ldns_rr_list *pick(const struct chain_links *links, unsigned picked)
{
	ldns_rr_list *some = ldns_rr_list_new();

	for (size_t i = 0; i < links->count; i++)
		if (picked >> i & 1)
			must(ldns_rr_list_push_rr(some, links->items[i]));
	return some;
}

static void check_type(const ldns_rr_list *some, bool all, const char *name,
		       ldns_rr_type type, const char *type_text)
{
	enum denial proven = denial_of(some, ZONE, name, type);
	enum denial truth = truth_of(name, type_text);

	assert_true(proven <= truth);
	if (all)
		assert_int_equal(proven != DENIAL_UNPROVEN,
				 truth != DENIAL_UNPROVEN);
}

static void check(const ldns_rr_list *some, bool all, const char *name)
{
	unsigned labels = labels_of(name);

	check_type(some, all, name, LDNS_RR_TYPE_TLSA, "TLSA");
	check_type(some, all, name, LDNS_RR_TYPE_A, "A");
	for (unsigned i = ZONE_LABELS; i < labels; i++) {
		bool lets = denial_lets_expand(some, ZONE, name, i);

		assert_true(!lets || may_expand(name, i));
		if (all && !is_elsewhere(name))
			assert_int_equal(lets, may_expand(name, i));
	}
}

static void try_all(struct chain_links links, int picked_max)
{
	unsigned all = (1U << links.count) - 1;

	for (unsigned picked = 0; picked <= all; picked++) {
		ldns_rr_list *some;

		if (picked != all && __builtin_popcount(picked) > picked_max)
			continue;
		some = pick(&links, picked);
		for (size_t i = 0; i < NAMES; i++)
			check(some, picked == all, names[i]);
		ldns_rr_list_free(some);
	}
	for (size_t i = 0; i < links.count; i++)
		ldns_rr_free(links.items[i]);
}

TEST(any_nsec)
{
	try_all(nsec_make(), NODES);
}

TEST(any_few_nsec3)
{
	try_all(nsec3_make(), NSEC3_PICKED_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_any_nsec),
		cmocka_unit_test(test_any_few_nsec3),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
