/* SPDX-License-Identifier: MIT */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Is this message from the network the reply to that query? Looks at the
 * header and the question section only, so nothing is parsed that could be
 * a stranger's. Pure.
 */
enum reply_verdict {
	REPLY_ACCEPTED,
	REPLY_FOREIGN,		/* not ours: ignore it and go on waiting */
	REPLY_TRUNCATED,	/* ours, but TC is set: fetch it over TCP */
	REPLY_CASE_CHANGED,	/* ours but for the letter case: the same */
};

/*
 * Octets of the question section of a complete QUERY with exactly one
 * question (in UPDATE: the zone section); 0 when it has not.
 */
size_t reply_question_size(const uint8_t *query, size_t size);

/* Does QUERY only ask? An UPDATE does not. */
bool reply_is_to_query(const uint8_t *query);

/*
 * May QUERY, which has one question, be sent again with another ID? It may
 * where nothing can be signed over it: a question with an OPT record at most.
 */
bool reply_id_is_free(const uint8_t *query, size_t size);

/*
 * QUERY is ours and has one question. Accepted is a message with QR set, the
 * same ID and opcode, TC clear and octet by octet the same question section.
 * With TCP the letter case may differ, for nobody can forge it from afar,
 * and the question may be missing from an error reply to an UPDATE or one of
 * rcode FORMERR, NOTIMP or REFUSED; TC set makes it foreign there.
 */
enum reply_verdict reply_judge(const uint8_t *query, size_t query_size,
			       const uint8_t *reply, size_t reply_size,
			       bool tcp);
