/* SPDX-License-Identifier: MIT */
#pragma once

#include "act/update.h"
#include "world/world.h"

/*
 * What became of an UPDATE message, for update.c. Pure. A reply that is not
 * signed, whatever it says, is UPDATE_UNAUTHENTICATED, with its likely cause
 * in DETAIL; but for BADKEY and BADSIG, which nobody can sign (RFC 8945
 * section 5.3.2): they too are hints, and prove nothing about what was done.
 */
struct update_exchange {
	const char *zone;
	const char *owner;		/* NULL: several changes at once */
	bool absent;			/* OWNER was seen without TLSA */
	const struct address *server;
	const char *server_name;	/* may be NULL */
	size_t primaries_set;		/* so many `primary` lists */
	const char *key_name;
	const char *algorithm;
	uint64_t time_signed;		/* seconds, as we signed it */
};

struct update_diagnosis {
	enum update_verdict verdict;
	bool split;	/* the changes may fare better one by one */
	char *detail;	/* one line; the caller frees */
};

/* A reply came; VERDICT and TSIG are what tsig_verify said of it. */
void update_diagnose_reply(const struct update_exchange *exchange,
			   const uint8_t *reply, size_t size,
			   enum tsig_verdict verdict,
			   const struct tsig_reply *tsig,
			   struct update_diagnosis *diagnosis);

/* None came: OUTCOME is not OUTCOME_ANSWERED, ERROR its errno or 0. */
void update_diagnose_outcome(const struct update_exchange *exchange,
			     enum outcome outcome, int error,
			     struct update_diagnosis *diagnosis);
