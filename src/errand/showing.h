/* SPDX-License-Identifier: MIT */
#pragma once

#include "cert/dane.h"
#include "errand/desk.h"

/* A record that what a service presents is held against, as clients do who
 * look for HOST or, of XMPP, for DOMAIN, either of which will do (RFC 7673
 * section 4.1). */
struct showing_record {
	struct tlsa record;
	const char *host;
	const char *domain;	/* or NULL */
};

struct showing_verdict {
	enum dane_verdict verdict;
	char *detail;		/* as dane_verify() has it, or NULL */
};

/* One handshake, and what came of it. */
struct showing {
	struct handshake handshake;	/* CHAIN_PEM stays NULL */
	struct fingerprint wanted;	/* the leaf that RECORDS are about */
	const struct showing_record *records;
	size_t record_count;
	/* Filled in, with OUTCOME_ANSWERED: */
	struct chain *chain;		/* NULL: it cannot be used, for: */
	enum chain_error error;
	struct showing_verdict *verdicts; /* on each of RECORDS; NULL where
					     another leaf is presented */
};

/*
 * Makes the handshakes on errands, which may connect to nobody else, and has
 * what is presented parsed and judged there. Called by look/probe.c. A showing
 * whose errand brought nothing is a handshake that did not come about.
 */
void errand_show(const struct errand_desk *desk, struct showing *showings,
		  size_t n);
void showing_clear(struct showing *showing);
