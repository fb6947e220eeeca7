/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/chains.h"

/* What a TLSA record is about (RFC 6698 section 2.1). */
struct tlsa_params {
	uint8_t usage;		/* 0 PKIX-TA 1 PKIX-EE 2 DANE-TA 3 DANE-EE */
	uint8_t selector;	/* 0 whole certificate, 1 public key */
	uint8_t matching;	/* 0 in full, 1 SHA-256, 2 SHA-512 */
};

struct tlsa {
	struct tlsa_params params;
	uint8_t *data;
	size_t size;
};

/*
 * A set of TLSA records: sorted by parameters and data, without duplicates,
 * so that two sets are equal when their elements are. The empty set stands
 * for "no such RRset".
 */
struct tlsa_set {
	struct tlsa *records;
	size_t count;
};

bool tlsa_params_equal(struct tlsa_params a, struct tlsa_params b);
/* Are they one of COUNT ITEMS? */
bool tlsa_params_among(struct tlsa_params params,
		       const struct tlsa_params *items, size_t count);
/* A client can use it: known parameters, data of the right length
 * (RFC 7671 section 9: what is not usable is as if it were not there). */
bool tlsa_is_usable(const struct tlsa *record);

/*
 * The record of PARAMS for CHAIN; its data is freed with tlsa_clear(). Usages
 * 1 and 3 speak of the leaf, 0 and 2 of its issuer in the chain. False when
 * the chain has no issuer, PARAMS are unknown, or the data would be more than
 * TLSA_DATA_MAX octets.
 */
bool tlsa_from_chain(const struct chain *chain, struct tlsa_params params,
		     struct tlsa *record);
/* Which of these it is, with what to do, allocated; NULL: none. */
char *tlsa_fault(const struct chain *chain, struct tlsa_params params);
/* Would a client accept CHAIN for this record? Usages 1 and 3: the leaf
 * matches; 0 and 2: any certificate above the leaf. */
bool tlsa_matches(const struct tlsa *record, const struct chain *chain);
/* One of CHAINS, as far as they are known. */
bool tlsa_matches_any(const struct tlsa *record, const struct chains *chains);
void tlsa_clear(struct tlsa *record);
int tlsa_compare(const struct tlsa *a, const struct tlsa *b);

/* "3 1 1 HEX", allocated. */
char *tlsa_format(const struct tlsa *record);
/* The reverse; also without blanks between parameters ("311 HEX"). Strict:
 * decimal parameters 0..255, an even number of hexadecimal digits. */
bool tlsa_parse(const char *text, struct tlsa *record);

/* Copies RECORD into SET unless it is there; true when it was added. */
bool tlsa_set_add(struct tlsa_set *set, const struct tlsa *record);
/* Removes an equal record; true when there was one. */
bool tlsa_set_remove(struct tlsa_set *set, const struct tlsa *record);
bool tlsa_set_contains(const struct tlsa_set *set, const struct tlsa *record);
bool tlsa_set_equal(const struct tlsa_set *a, const struct tlsa_set *b);
void tlsa_set_add_all(struct tlsa_set *set, const struct tlsa_set *more);
/* SET without what is in LESS. */
void tlsa_set_remove_all(struct tlsa_set *set, const struct tlsa_set *less);
struct tlsa_set tlsa_set_copy(const struct tlsa_set *set);
void tlsa_set_clear(struct tlsa_set *set);

/*
 * The promise's measure: in every combination of usage, selector and
 * matching type among the usable records, at least one matches CHAIN. True
 * for the empty set: who finds no record needs no match.
 */
bool tlsa_set_covers(const struct tlsa_set *set, const struct chain *chain);

/* "{3 1 1 0011.., 3 1 1 2233..}" with data cut to eight digits, for people;
 * "nothing" when empty. Allocated. */
char *tlsa_set_format(const struct tlsa_set *set);
