/* SPDX-License-Identifier: MIT */
#pragma once

#include "base/address.h"
#include "world/starttls.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- Network ---------------------------------------------------------- */

enum transport { TRANSPORT_UDP, TRANSPORT_TCP };

enum outcome {
	OUTCOME_ANSWERED,
	OUTCOME_SILENT,		/* no acceptable reply in time */
	OUTCOME_NO_TIME,	/* the world's deadline came first: asked for a
				   shorter time, or not at all */
	OUTCOME_CLOSED,		/* connection refused or port unreachable */
	OUTCOME_UNREACHABLE,	/* no route, no such family */
	OUTCOME_GARBLED,	/* spoke TCP, but no acceptable DNS message */
	OUTCOME_TOO_LARGE,	/* more than a handshake is to be */
	OUTCOME_FAILED,		/* our own side: no descriptors, no memory */
};

/*
 * One DNS message to one server address. QUERY is a complete message; the
 * world takes its ID and question section for granted and accepts as REPLY
 * only a message from that very address with QR set, the same ID, the same
 * opcode and octet by octet the same question section (over TCP the letter
 * case may differ, and an error reply to an UPDATE or of rcode FORMERR,
 * NOTIMP or REFUSED may leave the question out). Anything else is ignored
 * until the time is up. UDP is sent again when silent, from another socket and,
 * unless it may be signed, with another ID, and only what answers the last try
 * counts; REPLY has the ID of QUERY all the same. A truncated reply is fetched
 * again over TCP, as is a question whose letter case came back changed; over
 * TCP the time starts anew. There questions to one address share connections,
 * one as a rule, each with an ID of its own, and are answered in any order.
 * Who gets no answer beside others, for the server closes, or says too much
 * that is not asked for, or nothing, is asked once more, with a connection of
 * its own and the time anew, and the server gets fewer at once for the rest of
 * the batch. But a message that is no query, an UPDATE, is never sent twice: it
 * goes over another connection only where no octet of it had been sent, and an
 * address that left one unanswered beside others gets each alone from then on.
 * The time starts with the first packet, not while a question waits for its
 * turn.
 * An address that fails a whole window in a row (see bounds.h) is not asked
 * the rest of the batch: those get the outcome of the last one.
 */
struct question {
	struct address server;		/* port 0 means PORT_DNS */
	enum transport transport;
	unsigned timeout_ms;
	const uint8_t *query;
	size_t query_size;
	const char *key;	/* for who asks for another: with what it is
				   signed (dns/signing.h); not the world's */
	/* Filled in: */
	unsigned verdict;	/* on the signature */
	enum outcome outcome;
	int error;		/* errno behind the outcome, or 0;
				   ECONNRESET: it hung up */
	enum transport used;	/* what the reply came by */
	uint8_t *reply;		/* the caller frees */
	size_t reply_size;
};

/* ---- TLS -------------------------------------------------------------- */

enum key_family { KEY_ANY, KEY_RSA, KEY_ECDSA, KEY_EDDSA };

/*
 * One TLS handshake with one service address; nothing is verified here. The
 * time is for all of it, from the connection on; whoever floods, or drips, is
 * cut off (see bounds.h).
 */
struct handshake {
	struct address server;
	const char *server_name;	/* SNI, without final dot */
	enum application application;	/* what is spoken before TLS */
	enum key_family family;		/* only such signatures are offered */
	unsigned timeout_ms;
	/* Filled in: */
	enum outcome outcome;	/* GARBLED: no handshake came about */
	int error;		/* with GARBLED: ENOTSUP: it speaks TLS but has
				   no certificate of the family; else EPROTO,
				   ECONNRESET */
	enum starttls words;	/* how the words before TLS ended; WRONG also
				   where TLS begins at once, and does not */
	char seen[STARTTLS_SEEN_SIZE];	/* its last words; "": none */
	bool is_guess;		/* with WRONG: it seems to speak GUESS */
	enum application guess;
	char *chain_pem;	/* presented, leaf first; caller frees */
	size_t chain_pem_size;
};
