/* SPDX-License-Identifier: MIT */
#include "dns/denial.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "dns/dnssec_internal.h"

/* Of SHA-1, octets, and as base 32 in a label. */
#define NSEC3_HASH_SIZE 20
#define NSEC3_HASH_TEXT 32

/* ---- One record -------------------------------------------------------- */

/* RFC 4034 section 4.1.2. What is no bitmap has everything: so it proves
 * nothing. NULL: an empty one, which NSEC3 may have. */
static bool bitmap_has(const ldns_rdf *bitmap, unsigned type)
{
	const uint8_t *at = bitmap ? ldns_rdf_data(bitmap) : NULL;
	size_t left = bitmap ? ldns_rdf_size(bitmap) : 0;

	while (left > 0) {
		size_t size = left > 1 ? at[1] : 0;

		if (size < 1 || size > 32 || size + 2 > left)
			return true;
		if (at[0] == type / 256)
			return type % 256 / 8 < size &&
			       at[2 + type % 256 / 8] & 0x80U >> type % 8;
		at += size + 2;
		left -= size + 2;
	}
	return false;
}

static bool is_nsec3(const ldns_rr *rr)
{
	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC3;
}

static bool has(const ldns_rr *rr, ldns_rr_type type)
{
	return bitmap_has(ldns_rr_rdf(rr, is_nsec3(rr) ? 5 : 1), type);
}

/* It is the parent's word about a delegation, not the zone's. */
static bool is_cut(const ldns_rr *rr)
{
	return has(rr, LDNS_RR_TYPE_NS) && !has(rr, LDNS_RR_TYPE_SOA);
}

/* Of what is below it, it says nothing. */
static bool leads_away(const ldns_rr *rr)
{
	return is_cut(rr) || has(rr, LDNS_RR_TYPE_DNAME);
}

static bool lacks(const ldns_rr *rr, ldns_rr_type type)
{
	return !has(rr, type) && !has(rr, LDNS_RR_TYPE_CNAME) && !is_cut(rr);
}

/* The last one leads to the beginning of the zone, and no other goes back. */
static bool nsec_is_usable(const ldns_rr *rr, const ldns_rdf *zone)
{
	const ldns_rdf *next = ldns_rr_rdf(rr, 0);

	return ldns_rr_get_type(rr) == LDNS_RR_TYPE_NSEC &&
	       ldns_rr_rd_count(rr) == 2 &&
	       (ldns_dname_compare(next, zone) == 0 ||
		(ldns_dname_is_subdomain(next, zone) &&
		 ldns_dname_compare(ldns_rr_owner(rr), next) < 0));
}

/* RFC 5155 section 3: from one hash to the next, right below the zone. What has
 * another form ldns would stop the program at. */
static bool nsec3_has_hashes(const ldns_rr *rr, const ldns_rdf *zone)
{
	const ldns_rdf *owner = ldns_rr_owner(rr);

	return ldns_rdf_data(owner)[0] == NSEC3_HASH_TEXT &&
	       ldns_dname_label_count(owner) ==
	       ldns_dname_label_count(zone) + 1 &&
	       ldns_dname_is_subdomain(owner, zone) &&
	       ldns_rdf_size(ldns_nsec3_next_owner(rr)) == 1 + NSEC3_HASH_SIZE;
}

static bool is_costly(const ldns_rr *rr)
{
	return is_nsec3(rr) &&
	       ldns_nsec3_iterations(rr) > NSEC3_ITERATIONS_MAX;
}

static bool nsec3_is_usable(const ldns_rr *rr, const ldns_rdf *zone)
{
	return is_nsec3(rr) && ldns_rr_rd_count(rr) >= 5 &&
	       ldns_nsec3_algorithm(rr) == LDNS_SHA1 &&
	       ldns_nsec3_flags(rr) <= LDNS_NSEC3_VARS_OPTOUT_MASK &&
	       !is_costly(rr) && nsec3_has_hashes(rr, zone);
}

/* ---- All of them ------------------------------------------------------- */

/* NSEC records, or NSEC3 records of one set of parameters, of a zone. */
struct ring {
	const ldns_rr_list *all;
	ldns_rdf *zone;
	const ldns_rr *like;		/* has the parameters; NULL: NSEC */
};

static bool belongs(const struct ring *ring, const ldns_rr *rr)
{
	if (!ring->like)
		return nsec_is_usable(rr, ring->zone);
	return nsec3_is_usable(rr, ring->zone) &&
	       ldns_nsec3_iterations(rr) ==
	       ldns_nsec3_iterations(ring->like) &&
	       ldns_rdf_compare(ldns_nsec3_salt(rr),
				ldns_nsec3_salt(ring->like)) == 0;
}

static struct ring ring_open(const ldns_rr_list *all, const char *zone)
{
	struct ring ring = { .all = all, .zone = dnssec_dname(zone) };

	for (size_t i = 0; i < ldns_rr_list_rr_count(all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(all, i);

		if (nsec3_is_usable(rr, ring.zone))
			ring.like = rr;
	}
	return ring;
}

static void ring_close(struct ring *ring)
{
	ldns_rdf_deep_free(ring->zone);
}

/* Where NAME would stand among the owners; the caller frees it. */
static ldns_rdf *place_of(const struct ring *ring, const ldns_rdf *name)
{
	ldns_rdf *place = ring->like
		? ldns_nsec3_hash_name_frm_nsec3(ring->like, name)
		: ldns_rdf_clone(name);

	invariant(place);
	if (ring->like)
		must(ldns_dname_cat(place, ring->zone) == LDNS_STATUS_OK);
	return place;
}

/* What is proven of a name itself, apart from wildcards: that which promises
 * most is last, and counts where records contradict each other. */
enum stand {
	STAND_UNKNOWN,
	STAND_MISSING,		/* it does not exist */
	STAND_LACKS,		/* it exists, without the type */
	STAND_HAS,
};

static enum stand stand_by(const struct ring *ring, const ldns_rr *rr,
			   const ldns_rdf *name, const ldns_rdf *place,
			   ldns_rr_type type)
{
	if (ldns_dname_compare(ldns_rr_owner(rr), place) == 0)
		return lacks(rr, type) ? STAND_LACKS : STAND_HAS;
	if (!ldns_nsec_covers_name(rr, place))
		return STAND_UNKNOWN;
	if (ring->like)
		return STAND_MISSING;
	if (ldns_dname_is_subdomain(name, ldns_rr_owner(rr)) && leads_away(rr))
		return STAND_UNKNOWN;
	/* Something below it exists, and so does it. */
	return ldns_dname_is_subdomain(ldns_rr_rdf(rr, 0), name)
	       ? STAND_LACKS : STAND_MISSING;
}

static enum stand stand_of(const struct ring *ring, const ldns_rdf *name,
			   ldns_rr_type type)
{
	ldns_rdf *place = place_of(ring, name);
	enum stand most = STAND_UNKNOWN;

	for (size_t i = 0; i < ldns_rr_list_rr_count(ring->all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(ring->all, i);
		enum stand stand;

		if (!belongs(ring, rr))
			continue;
		stand = stand_by(ring, rr, name, place, type);
		most = stand > most ? stand : most;
	}
	ldns_rdf_deep_free(place);
	return most;
}

/* The NSEC that covers what is below NAME shows that NAME exists; with NSEC3 it
 * takes a record of its own. */
static bool may_enclose(const struct ring *ring, const ldns_rdf *name)
{
	ldns_rdf *place;
	bool found = false;

	if (!ring->like)
		return true;
	place = place_of(ring, name);
	for (size_t i = 0; i < ldns_rr_list_rr_count(ring->all); i++) {
		const ldns_rr *rr = ldns_rr_list_rr(ring->all, i);

		if (belongs(ring, rr) && !leads_away(rr) &&
		    ldns_dname_compare(ldns_rr_owner(rr), place) == 0)
			found = true;
	}
	ldns_rdf_deep_free(place);
	return found;
}

/* The closest encloser of NAME (RFC 5155 section 8.3): of all names above it,
 * down from the zone, the last before the first that does not exist. The caller
 * frees it; NULL: not proven. */
static ldns_rdf *closest_encloser(const struct ring *ring,
				  const ldns_rdf *name)
{
	unsigned labels = ldns_dname_label_count(name);
	unsigned top = ldns_dname_label_count(ring->zone);
	ldns_rdf *encloser = NULL;
	bool found = false;

	for (unsigned n = top + 1; n <= labels && !found; n++) {
		ldns_rdf *closer = ldns_dname_clone_from(
			name, (uint16_t)(labels - n));

		found = stand_of(ring, closer, 0) == STAND_MISSING;
		if (found)
			encloser = ldns_dname_left_chop(closer);
		ldns_rdf_deep_free(closer);
	}
	if (!found || may_enclose(ring, encloser))
		return encloser;
	ldns_rdf_deep_free(encloser);
	return NULL;
}

/* NAME does not exist: what would a wildcard give it? */
static enum denial by_wildcard(const struct ring *ring, const ldns_rdf *name,
			       ldns_rr_type type)
{
	ldns_rdf *encloser = closest_encloser(ring, name);
	enum stand stand = STAND_UNKNOWN;
	ldns_rdf *wildcard;

	if (encloser) {
		wildcard = dnssec_dname("*.");
		must(ldns_dname_cat(wildcard, encloser) == LDNS_STATUS_OK);
		stand = stand_of(ring, wildcard, type);
		ldns_rdf_deep_free(wildcard);
		ldns_rdf_deep_free(encloser);
	}
	switch (stand) {
	case STAND_MISSING:
		return DENIAL_NO_NAME;
	case STAND_LACKS:
		return DENIAL_NO_DATA;
	case STAND_UNKNOWN:
	case STAND_HAS:
		break;
	}
	return DENIAL_UNPROVEN;
}

bool denials_are_costly(const ldns_rr_list *denials)
{
	for (size_t i = 0; i < ldns_rr_list_rr_count(denials); i++)
		if (is_costly(ldns_rr_list_rr(denials, i)))
			return true;
	return false;
}

enum denial denial_of(const ldns_rr_list *denials, const char *zone,
		      const char *name, ldns_rr_type type)
{
	struct ring ring = ring_open(denials, zone);
	ldns_rdf *dname = dnssec_dname(name);
	enum denial denial = DENIAL_UNPROVEN;

	switch (stand_of(&ring, dname, type)) {
	case STAND_LACKS:
		denial = DENIAL_NO_DATA;
		break;
	case STAND_UNKNOWN:
	case STAND_MISSING:
		denial = by_wildcard(&ring, dname, type);
		break;
	case STAND_HAS:
		break;
	}
	ldns_rdf_deep_free(dname);
	ring_close(&ring);
	return denial;
}

bool denial_lets_expand(const ldns_rr_list *denials, const char *zone,
			const char *name, unsigned labels)
{
	struct ring ring = ring_open(denials, zone);
	ldns_rdf *dname = dnssec_dname(name);
	unsigned count = ldns_dname_label_count(dname);
	bool lets = false;

	if (labels < count) {
		ldns_rdf *closer = ldns_dname_clone_from(
			dname, (uint16_t)(count - labels - 1));

		lets = stand_of(&ring, closer, 0) == STAND_MISSING;
		ldns_rdf_deep_free(closer);
	}
	ldns_rdf_deep_free(dname);
	ring_close(&ring);
	return lets;
}
