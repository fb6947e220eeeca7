/* SPDX-License-Identifier: MIT */
#include "base/address.h"
#include "base/name.h"
#include "cert/tlsa.h"
#include "fuzz.h"

#include <ldns/ldns.h>

/* Names, addresses, TLSA records and fingerprints as texts. */
const char fuzz_corpus[] = "names";

#define LABELS_MAX 127
#define RECORDS_MAX 40

static void check_canonical(const char *text, const char *name)
{
	ldns_rdf *given = NULL, *kept = NULL;
	char *again = name_parse(name);

	invariant(streq(again, name));
	free(again);
	must(ldns_str2rdf_dname(&given, text) == LDNS_STATUS_OK);
	must(ldns_str2rdf_dname(&kept, name) == LDNS_STATUS_OK);
	invariant(ldns_dname_compare(given, kept) == 0);
	ldns_rdf_deep_free(given);
	ldns_rdf_deep_free(kept);
}

static void try_name(const char *text)
{
	char *name = name_parse(text);
	size_t labels;

	if (!name)
		return;
	labels = name_labels(name);
	invariant(labels <= LABELS_MAX);
	invariant(name[strlen(name) - 1] == '.');
	invariant(!strpbrk(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"));
	check_canonical(text, name);
	for (const char *above = name_parent(name); above;
	     above = name_parent(above)) {
		char *again = name_parse(above);

		invariant(streq(again, above));
		must(name_labels(above) == --labels);
		invariant(name_is_within(name, above));
		invariant(!name_is_within(above, name));
		free(again);
	}
	free(name);
}

static void try_address(const char *text)
{
	struct address address, again, bare;
	char written[ADDRESS_TEXT_MAX];

	if (!address_parse(text, 53, &address)) {
		must(!address_parse(text, 0, &address));
		return;
	}
	invariant(address.port != 0);
	must(address_parse(address_format(&address, written), 53, &again));
	invariant(address_equal(&address, &again));
	must(address_from_bytes(address.bytes,
				address.family == 4 ? 4 : 16,
				address.port, &again));
	invariant(address_equal(&address, &again));
	must(address_parse(text, 0, &bare));
	invariant(bare.port == 0 || address_equal(&address, &bare));
	again.port ^= 1;
	invariant(address_compare(&address, &again) ==
		  -address_compare(&again, &address));
	invariant(!address_equal(&address, &again));
}

static void try_fingerprint(const char *text)
{
	char written[FINGERPRINT_TEXT_SIZE];
	struct fingerprint leaf;

	if (fingerprint_parse(text, &leaf))
		must(streq(fingerprint_format(&leaf, written), text));
}

static bool try_tlsa(const char *text, struct tlsa *record)
{
	struct tlsa again;
	char *written;

	if (!tlsa_parse(text, record)) {
		invariant(!record->data);
		return false;
	}
	written = tlsa_format(record);
	must(tlsa_parse(written, &again));
	invariant(tlsa_compare(record, &again) == 0);
	tlsa_clear(&again);
	free(written);
	return true;
}

static void check_sorted(const struct tlsa_set *set)
{
	char *text = tlsa_set_format(set);

	invariant(text && *text);
	free(text);
	for (size_t i = 1; i < set->count; i++)
		invariant(tlsa_compare(&set->records[i - 1],
				       &set->records[i]) < 0);
}

/* The order in which records come says nothing; what is taken out is out. */
static void check_set(struct tlsa *records, size_t count)
{
	struct tlsa_set forth = { .records = NULL }, back = forth;

	for (size_t i = 0; i < count; i++) {
		bool known = tlsa_set_contains(&forth, &records[i]);

		must(tlsa_set_add(&forth, &records[i]) == !known);
		tlsa_set_add(&back, &records[count - 1 - i]);
	}
	check_sorted(&forth);
	invariant(tlsa_set_equal(&forth, &back));
	for (size_t i = 0; i < count; i++) {
		bool there = tlsa_set_contains(&back, &records[i]);

		must(tlsa_set_remove(&back, &records[i]) == there);
		invariant(!tlsa_set_contains(&back, &records[i]));
		check_sorted(&back);
	}
	invariant(back.count == 0);
	tlsa_set_clear(&back);
	tlsa_set_clear(&forth);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *text = fuzz_text(data, size), *rest = text, *line;
	struct tlsa records[RECORDS_MAX];
	size_t count = 0;

	try_name(text);
	try_address(text);
	try_fingerprint(text);
	while ((line = strsep(&rest, "\n")) && count < RECORDS_MAX) {
		try_name(line);
		try_address(line);
		try_fingerprint(line);
		count += try_tlsa(line, &records[count]);
	}
	check_set(records, count);
	for (size_t i = 0; i < count; i++)
		tlsa_clear(&records[i]);
	free(text);
	return 0;
}
