/* SPDX-License-Identifier: MIT */
#include "errand/showing.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "cert/chain_wire.h"
#include "errand/wire.h"

#include <errno.h>
#include <stdlib.h>

/* Fewer are not worth another process; of more what is presented would be too
 * much at once. */
#define SHOWINGS_LEAST 32
#define SHOWINGS_MOST 128
#define SHOWING_LEAST 64		/* octets that each takes at least */
#define RECORDS_MAX 65536
#define RECORD_LEAST 48
#define ERROR_MAX 4096

struct showings {
	struct showing *showings;
	struct address *peers;		/* of all, in their order */
};

void showing_clear(struct showing *showing)
{
	for (size_t i = 0; showing->verdicts && i < showing->record_count; i++)
		free(showing->verdicts[i].detail);
	free(showing->verdicts);
	chain_free(showing->chain);
	showing->verdicts = NULL;
	showing->chain = NULL;
}

/* ---- Elsewhere: the task ----------------------------------------------- */

/* A showing as its errand has it: it owns all texts. */
struct guest {
	struct showing showing;
	struct showing_record *records;
};

static void take_record(struct octets_reader *reader,
			struct showing_record *record)
{
	wire_take_record(reader, &record->record);
	record->host = octets_text(reader, WIRE_TEXT_MAX);
	record->domain = octets_text(reader, WIRE_TEXT_MAX);
}

static void take_guest(struct octets_reader *reader, struct guest *guest)
{
	struct handshake *handshake = &guest->showing.handshake;
	struct showing *showing = &guest->showing;

	handshake->server = address_take(reader, false);
	handshake->server_name = octets_text(reader, WIRE_TEXT_MAX);
	handshake->application = (enum application)octets_number(
		reader, APPLICATION_NNTP);
	handshake->family = (enum key_family)octets_number(reader, KEY_EDDSA);
	handshake->timeout_ms = (unsigned)octets_number(reader, UINT32_MAX);
	octets_take(reader, showing->wanted.sha256,
		    sizeof(showing->wanted.sha256));
	showing->record_count = octets_count(reader, RECORDS_MAX, RECORD_LEAST);
	guest->records = xcalloc(showing->record_count,
				 sizeof(*guest->records));
	for (size_t i = 0; i < showing->record_count; i++)
		take_record(reader, &guest->records[i]);
	showing->records = guest->records;
}

static void guest_clear(struct guest *guest)
{
	for (size_t i = 0; i < guest->showing.record_count; i++) {
		tlsa_clear(&guest->records[i].record);
		xfree(guest->records[i].host);
		xfree(guest->records[i].domain);
	}
	showing_clear(&guest->showing);
	free(guest->records);
	free(guest->showing.handshake.chain_pem);
	xfree(guest->showing.handshake.server_name);
}

/* ---- Elsewhere: the work ----------------------------------------------- */

static void verify(struct showing *showing, const struct showing_record *record,
		   int64_t now_seconds, struct showing_verdict *found)
{
	found->verdict = dane_verify(showing->chain, &record->record,
				     record->host, now_seconds,
				     &found->detail);
	if (found->verdict != DANE_WRONG_NAME || !record->domain ||
	    dane_verify(showing->chain, &record->record, record->domain,
			now_seconds, NULL) != DANE_ACCEPTED)
		return;
	free(found->detail);
	*found = (struct showing_verdict){ DANE_ACCEPTED, NULL };
}

static void judge(struct showing *showing, int64_t now_seconds)
{
	const struct handshake *handshake = &showing->handshake;

	if (handshake->outcome != OUTCOME_ANSWERED)
		return;
	showing->error = chain_parse_sent(handshake->chain_pem,
					handshake->chain_pem_size,
					&showing->chain);
	if (!showing->chain ||
	    !fingerprint_equal(&showing->chain->leaf, &showing->wanted))
		return;
	showing->verdicts = xcalloc(showing->record_count,
				  sizeof(*showing->verdicts));
	for (size_t i = 0; i < showing->record_count; i++)
		verify(showing, &showing->records[i], now_seconds,
		       &showing->verdicts[i]);
}

static void put_found(struct octets *result, const struct showing *showing)
{
	const struct handshake *handshake = &showing->handshake;

	octets_put_number(result, handshake->outcome);
	octets_put_number(result, (uint64_t)handshake->error);
	octets_put_number(result, handshake->words);
	octets_put_text(result, handshake->seen);
	octets_put_number(result, handshake->is_guess);
	octets_put_number(result, handshake->guess);
	if (handshake->outcome != OUTCOME_ANSWERED)
		return;
	octets_put_number(result, showing->error);
	if (showing->chain)
		chain_put(result, showing->chain);
	for (size_t i = 0;
	     showing->verdicts && i < showing->record_count; i++) {
		octets_put_number(result, showing->verdicts[i].verdict);
		octets_put_text(result, showing->verdicts[i].detail);
	}
}

static void shake_hands(struct world *world, struct guest *guests, size_t n)
{
	struct handshake *handshakes = xcalloc(n, sizeof(*handshakes));
	struct moment now;

	for (size_t i = 0; i < n; i++)
		handshakes[i] = guests[i].showing.handshake;
	world->handshake(world, handshakes, n);
	world->now(world, &now);
	for (size_t i = 0; i < n; i++) {
		guests[i].showing.handshake = handshakes[i];
		judge(&guests[i].showing, now.wall_ms / 1000);
	}
	free(handshakes);
}

static void work(struct world *world, const void *context,
		 struct octets_reader *task, struct octets *result)
{
	size_t n = octets_count(task, SHOWINGS_MOST, SHOWING_LEAST);
	struct guest *guests = xcalloc(n, sizeof(*guests));

	(void)context;
	for (size_t i = 0; i < n; i++)
		take_guest(task, &guests[i]);
	invariant(octets_over(task));
	shake_hands(world, guests, n);
	for (size_t i = 0; i < n; i++) {
		put_found(result, &guests[i].showing);
		guest_clear(&guests[i]);
	}
	free(guests);
}

/* ---- Here -------------------------------------------------------------- */

static void put_showing(struct octets *task, const struct showing *showing)
{
	const struct handshake *handshake = &showing->handshake;

	address_put(task, &handshake->server);
	octets_put_text(task, handshake->server_name);
	octets_put_number(task, handshake->application);
	octets_put_number(task, handshake->family);
	octets_put_number(task, handshake->timeout_ms);
	octets_put(task, showing->wanted.sha256,
		   sizeof(showing->wanted.sha256));
	octets_put_number(task, showing->record_count);
	for (size_t i = 0; i < showing->record_count; i++) {
		wire_put_record(task, &showing->records[i].record);
		octets_put_text(task, showing->records[i].host);
		octets_put_text(task, showing->records[i].domain);
	}
}

static void put(const void *self, struct span span, struct octets *task)
{
	const struct showings *all = self;

	octets_put_number(task, span.count);
	for (size_t i = span.first; i < span.first + span.count; i++)
		put_showing(task, &all->showings[i]);
}

static const struct address *peers(const void *self, struct span span,
				   size_t *count)
{
	*count = span.count;
	return ((const struct showings *)self)->peers + span.first;
}

static void take_seen(struct octets_reader *reader,
		      struct handshake *handshake)
{
	char *seen = octets_text_given(reader, sizeof(handshake->seen) - 1);

	memcpy(handshake->seen, seen, strlen(seen) + 1);
	free(seen);
}

static void take_verdicts(struct octets_reader *reader, struct showing *showing)
{
	if (!fingerprint_equal(&showing->chain->leaf, &showing->wanted))
		return;
	showing->verdicts = xcalloc(showing->record_count,
				  sizeof(*showing->verdicts));
	for (size_t i = 0; i < showing->record_count; i++) {
		struct showing_verdict *found = &showing->verdicts[i];

		found->verdict = (enum dane_verdict)octets_number(
			reader, DANE_REFUSED);
		found->detail = octets_text(reader, WIRE_TEXT_MAX);
		if ((found->verdict == DANE_ACCEPTED) != !found->detail)
			reader->bad = true;
	}
}

static void take_showing(struct octets_reader *reader, struct showing *showing)
{
	struct handshake *handshake = &showing->handshake;

	handshake->outcome = (enum outcome)octets_number(reader,
							 OUTCOME_FAILED);
	handshake->error = (int)octets_number(reader, ERROR_MAX);
	handshake->words = (enum starttls)octets_number(reader,
							STARTTLS_TOO_MUCH);
	take_seen(reader, handshake);
	handshake->is_guess = octets_bool(reader);
	handshake->guess = (enum application)octets_number(reader,
							   APPLICATION_NNTP);
	if (handshake->outcome != OUTCOME_ANSWERED)
		return;
	showing->error = (enum chain_error)octets_number(reader,
						       CHAIN_KEY_MISMATCH);
	if (showing->error != CHAIN_OK)
		return;
	showing->chain = chain_take(reader);
	if (showing->chain)
		take_verdicts(reader, showing);
}

static bool take(void *self, struct span span, struct octets_reader *result)
{
	struct showing *showings = ((struct showings *)self)->showings +
				   span.first;

	for (size_t i = 0; i < span.count && !result->bad; i++)
		take_showing(result, &showings[i]);
	if (octets_over(result))
		return true;
	for (size_t i = 0; i < span.count; i++)
		showing_clear(&showings[i]);
	return false;
}

/* What it sent made the errand end: that is no handshake. */
static void give_up(void *self, struct span span, enum errand_outcome outcome)
{
	const struct showings *all = self;

	for (size_t i = span.first; i < span.first + span.count; i++) {
		struct handshake *handshake = &all->showings[i].handshake;

		handshake->words = STARTTLS_READY;
		handshake->seen[0] = '\0';
		handshake->is_guess = false;
		handshake->error = outcome == ERRAND_DIED ? EPROTO : 0;
		handshake->outcome = outcome == ERRAND_DIED ? OUTCOME_GARBLED :
				     outcome == ERRAND_NO_TIME ?
				     OUTCOME_NO_TIME : OUTCOME_FAILED;
	}
}

/* They differ in what they are to present. */
static bool is_of_next_target(const void *self, size_t i)
{
	const struct showing *showings =
		((const struct showings *)self)->showings;

	return !fingerprint_equal(&showings[i].wanted,
				  &showings[i - 1].wanted);
}

void errand_show(const struct errand_desk *desk, struct showing *showings,
		  size_t n)
{
	static const struct errand_kind kind = { work, false, put, peers,
						 take, give_up };
	struct showings all = { showings, NULL };
	struct span *spans;
	size_t count;

	if (n == 0)
		return;
	all.peers = xcalloc(n, sizeof(*all.peers));
	for (size_t i = 0; i < n; i++)
		all.peers[i] = showings[i].handshake.server;
	spans = desk_divide_apart(desk, n, is_of_next_target, &all,
				  SHOWINGS_LEAST, SHOWINGS_MOST, &count);
	desk_do(desk, &kind, &all, spans, count);
	free(all.peers);
}
