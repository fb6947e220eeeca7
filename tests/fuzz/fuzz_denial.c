/* SPDX-License-Identifier: MIT */
#include "dns/denial.h"
#include "dns/message.h"
#include "fuzz.h"

/* NSEC and NSEC3 records of any form, as who asks for no proof takes them from
 * anybody: nothing is wanted but an end, and that they prove the same when they
 * come twice. */
const char fuzz_corpus[] = "denial";

#define ZONE "example.com."
#define ZONE_LABELS 2

static const char *const names[] = {
	"_25._tcp.mx.example.com.", "mx.example.com.", "a.example.com.",
	"*.example.com.", "example.com.",
};

static ldns_rr_list *denials_in(const ldns_pkt *packet, int times)
{
	const ldns_rr_list *section = ldns_pkt_authority(packet);
	size_t count = ldns_rr_list_rr_count(section);
	ldns_rr_list *some = ldns_rr_list_new();

	for (size_t i = 0; i < count * (size_t)times; i++) {
		ldns_rr *rr = ldns_rr_list_rr(section, i % count);

		if (ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC ||
		    ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC3)
			must(ldns_rr_list_push_rr(some, rr));
	}
	return some;
}

static void try_name(const ldns_rr_list *once, const ldns_rr_list *twice,
		     const char *name)
{
	invariant(denial_of(once, ZONE, name, LDNS_RR_TYPE_TLSA) ==
		  denial_of(twice, ZONE, name, LDNS_RR_TYPE_TLSA));
	invariant(denial_lets_expand(once, ZONE, name, ZONE_LABELS) ==
		  denial_lets_expand(twice, ZONE, name, ZONE_LABELS));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	ldns_pkt *packet;
	ldns_rr_list *once, *twice;

	if (message_parse(data, size, &packet) != MESSAGE_OK)
		return 0;
	once = denials_in(packet, 1);
	twice = denials_in(packet, 2);
	invariant(denials_are_costly(once) == denials_are_costly(twice));
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		try_name(once, twice, names[i]);
	ldns_rr_list_free(once);
	ldns_rr_list_free(twice);
	ldns_pkt_free(packet);
	return 0;
}
