/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/tlsa.h"
#include "dns/zone.h"

/*
 * What every server address of a zone says about every owner, asked
 * directly and at once: SOA, NS and DNSKEY of the zone, TLSA of each owner.
 */
enum sighting_verdict {
	/* An authoritative answer, proven where the zone is signed: */
	SIGHTING_SET,		/* a TLSA RRset, in SET */
	SIGHTING_ABSENT,	/* NXDOMAIN or NODATA */
	SIGHTING_ALIAS,		/* the owner is a CNAME or below a DNAME: an
				   alias of ALIAS */
	SIGHTING_WILDCARD,	/* a set that a wildcard gave */
	/* Anything else: we do not know what it serves; DETAIL says why. */
	SIGHTING_NO_ANSWER,	/* silent, closed, unreachable */
	SIGHTING_ERROR,		/* an rcode */
	SIGHTING_LAME,		/* not authoritative, or a referral */
	SIGHTING_MALFORMED,	/* message_parse() refused it, or it answers
				   something else */
	SIGHTING_UNPROVEN,	/* by DNSSEC */
};

struct sighting {
	const struct zone_server *server;
	enum sighting_verdict verdict;
	struct tlsa_set set;	/* SIGHTING_SET and SIGHTING_WILDCARD */
	char *alias;		/* SIGHTING_ALIAS: canonical name; else NULL */
	uint32_t ttl_seconds;	/* see below */
	uint32_t rrset_ttl_seconds;	/* the TTL as served; 0 if absent */
	bool no_data;		/* SIGHTING_ABSENT, but a wildcard may stand
				   for it: no NXDOMAIN, or unproven */
	int64_t signature_expires_seconds;	/* 0 when not signed */
	int64_t signature_begins_seconds;	/* of the same signature */
	bool serial_known;
	bool serial_unproven;	/* it told one, but that is not signed as
				   required: so it is not known */
	uint32_t serial;
	bool behind;		/* serial is before the primary's (RFC 1982)
				   and the zone's check_serial is on */
	bool counts_itself;	/* somebody signs between a hidden primary and
				   this one: their serials say nothing about
				   each other */
	enum outcome outcome;	/* of SIGHTING_NO_ANSWER, if it was asked */
	enum transport used;
	const char *key;	/* with which it was asked, or NULL */
	char *detail;		/* one phrase for people: "serves nothing",
				   "REFUSED", "no answer within 5 s", .. */
};

/*
 * TTL_SECONDS is the longest time for which any cache may keep the answer:
 * the ledger waits for that.
 *
 * Where DNSSEC is required it is made of good signatures alone. A validating
 * cache keeps an RRset for no longer than the original TTL of a signature
 * that it found good (RFC 4035 section 5.3.3), whatever TTL it was served
 * with, here or by another server; so of several good ones the longest counts,
 * and a TTL that only a bad signature or no signature speaks for does not. For
 * an absence it is the larger of min(SOA, SOA MINIMUM) (RFC 2308 section 5)
 * and of every NSEC and NSEC3 (RFC 8198), which count as well for what a
 * wildcard gives. What remains of the signature's own
 * life would shorten a single cache's time further, but not this one: the next
 * moment the zone may be signed again, and a cache that asks then keeps the
 * same records for the full original TTL. The ledger remembers the records,
 * not their signatures.
 *
 * Where DNSSEC is off all that is said counts, up to TTL_UNPROVEN_MAX. Above
 * TTL_MAX it is TTL_MAX.
 */
struct survey_owner {
	const char *name;		/* the owner */
	const struct zone *zone;	/* NULL: not found, see DETAIL */
	const char *detail;		/* why nobody could be asked, or NULL */
	struct sighting *sightings;	/* one per server that is not ignored */
	size_t count;
	const struct sighting *primary;	/* into SIGHTINGS, or NULL: of the
					   zone's PRIMARY */
	char *hidden;			/* what a first record here would take
					   from a wildcard, one phrase; NULL */
};

struct survey {
	enum transport transport;	/* what was asked for */
	struct survey_owner *owners;
	size_t count;
	struct texts details;	/* texts that nobody else owns */
};

/*
 * Asks about OWNERS in ZONES (from zones_discover() with the same owners).
 * With config->dnssec_required each answer must be proven by the zone's own
 * keys up to the DS, but for those of a hidden primary: an absence, and that a
 * wildcard may give what it gives, by NSEC or NSEC3 (denial.h). Of several
 * primaries the first that answers is from then on the zone's PRIMARY.
 * Questions to a hidden one are signed with the zone's key, and asked without
 * where that brings nothing; to another, whom clients ask as well, it is the
 * other way round; unless sign_questions says otherwise (config_signing). Apex
 * NS names the zone did not know yet are taken in (zones_extend()) and the new
 * addresses are asked in a second batch. The survey points into ZONES and must
 * go first. For an owner that is absent, but not proven to have no wildcard,
 * the primary is asked for its host's own data, for the owner's and for that of
 * the wildcards above in one more batch.
 */
void survey_ask(struct world *world, const struct config *config,
		struct zones *zones, const char *const *owners, size_t n,
		enum transport transport, struct survey *survey);
void survey_clear(struct survey *survey);

/* May what OWNER has come from a wildcard? Records of others alone, or by hand,
 * may; once one of OURS is among them the name exists. */
static inline bool survey_may_be_given(const struct survey_owner *owner,
				       const struct tlsa_set *ours)
{
	if (!owner->primary || owner->primary->verdict != SIGHTING_SET)
		return false;
	for (size_t i = 0; i < ours->count; i++)
		if (tlsa_set_contains(&owner->primary->set, &ours->records[i]))
			return false;
	return true;
}

/*
 * A set that a wildcard gives looks like the owner's own where its signer signs
 * what it is about to answer, or nobody does. Called after survey_ask(); OURS
 * has what we published at each owner. The primary is asked in one more batch
 * for a name below each where that may be, and for the wildcards around: where
 * the owner exists, a wildcard above it gives nothing below it (RFC 4592
 * section 3.3.1), so where the name below has the same set, it does not exist,
 * and the primary's sighting becomes SIGHTING_WILDCARD. Where that is not known
 * HIDDEN says so.
 */
void survey_find_wildcards(struct world *world, struct survey *survey,
			   const struct tlsa_set *ours);

/*
 * What OWNER is an alias of: by the primary, else, where that says nothing
 * useful, by the first server that does. NULL: it is none.
 */
const char *survey_alias(const struct survey_owner *owner);

/* Of a primary that no client asks: it proves nothing about what they get. */
static inline bool sighting_is_hidden(const struct sighting *sighting)
{
	return zone_server_is_hidden(sighting->server);
}

/* An authoritative answer, proven where the zone is signed. */
bool sighting_is_useful(const struct sighting *sighting);

/* RFC 1982: is serial A before B? False at the undefined distance 2^31. */
bool serial_is_before(uint32_t a, uint32_t b);
