/* SPDX-License-Identifier: MIT */
#include "dns/lookup.h"

#include "base/bounds.h"
#include "base/xalloc.h"

#include <stdlib.h>

static void lookup_prepare(struct world *world, struct lookup *lookup,
			   struct question *question)
{
	lookup_clear(lookup);
	question->server = lookup->server;
	question->transport = lookup->transport;
	question->timeout_ms = lookup->transport == TRANSPORT_TCP
			       ? TCP_TIMEOUT_MS : UDP_TIMEOUT_MS;
	question->query = message_query(world, lookup->name, lookup->type,
					lookup->flags, &question->query_size);
	question->key = lookup->key;
}

/* Opens the reply once, to see that it is one, and closes it again. */
static void lookup_take_reply(struct lookup *lookup, struct question *question)
{
	ldns_pkt *packet;

	lookup->malformed = message_parse(question->reply,
					  question->reply_size, &packet);
	if (!packet) {
		free(question->reply);
		return;
	}
	lookup->rcode = message_rcode(packet);
	lookup->reply = question->reply;
	lookup->reply_size = question->reply_size;
	ldns_pkt_free(packet);
}

static void lookup_take(struct lookup *lookup, struct question *question)
{
	lookup->asked = true;
	lookup->outcome = question->outcome;
	lookup->error = question->error;
	lookup->used = question->used;
	if (lookup->key)
		lookup->tsig = (enum tsig_verdict)question->verdict;
	if (question->outcome == OUTCOME_ANSWERED && question->reply)
		lookup_take_reply(lookup, question);
	xfree(question->query);
}

void lookups_ask(struct world *world, struct lookup *const *lookups, size_t n)
{
	struct question *questions;

	if (n == 0)
		return;
	questions = xcalloc(n, sizeof(*questions));
	for (size_t i = 0; i < n; i++)
		lookup_prepare(world, lookups[i], &questions[i]);
	world->ask(world, questions, n);
	for (size_t i = 0; i < n; i++)
		lookup_take(lookups[i], &questions[i]);
	free(questions);
}

void lookups_ask_within(struct world *world, struct lookup *const *lookups,
			size_t n, size_t room)
{
	size_t size_max = n && room / n > REPLY_UDP_SIZE_MAX ?
			  room / n : REPLY_UDP_SIZE_MAX;

	for (size_t done = 0, some; done < n; done += some) {
		some = n - done;
		if (some > QUESTIONS_AT_ONCE_MAX)
			some = QUESTIONS_AT_ONCE_MAX;
		lookups_ask(world, lookups + done, some);
		for (size_t i = done; i < done + some; i++)
			if (lookups[i]->reply_size > size_max)
				lookup_unkeep(lookups[i]);
	}
}

ldns_pkt *lookup_packet(const struct lookup *lookup)
{
	ldns_pkt *packet;

	if (!lookup->reply)
		return NULL;
	message_parse(lookup->reply, lookup->reply_size, &packet);
	invariant(packet);
	return packet;
}

bool lookup_is_useful(const struct lookup *lookup)
{
	return lookup->reply && (lookup->rcode == LDNS_RCODE_NOERROR ||
				 lookup->rcode == LDNS_RCODE_NXDOMAIN);
}

static char *rcode_text(unsigned rcode)
{
	const ldns_lookup_table *row =
		ldns_lookup_by_id(ldns_rcodes, (int)rcode);

	if (row)
		return xstrdup(row->name);
	if (rcode == 16)
		return xstrdup("BADVERS");
	return xasprintf("response code %u", rcode);
}

static char *reply_failure(const struct lookup *lookup)
{
	if (lookup->reply)
		return rcode_text(lookup->rcode);
	if (lookup->disowned)
		return xstrdup(lookup->disowned);
	if (lookup->key && lookup->tsig != TSIG_OK)
		return xstrdup(tsig_verdict_text(lookup->tsig));
	return xstrdup(message_error_text(lookup->malformed));
}

char *lookup_failure(const struct lookup *lookup)
{
	bool tcp = lookup->used == TRANSPORT_TCP;
	unsigned seconds = (tcp ? TCP_TIMEOUT_MS : UDP_TIMEOUT_MS) / 1000;

	if (!lookup->asked)
		return xstrdup("not asked");
	if (lookup->unkept)
		return xstrdup("its replies together are too large to be "
			       "kept");
	switch (lookup->outcome) {
	case OUTCOME_ANSWERED:
		return reply_failure(lookup);
	case OUTCOME_SILENT:
		return xasprintf("no answer within %u s%s", seconds,
				 tcp ? " over TCP" : "");
	case OUTCOME_NO_TIME:
		return xstrdup("not looked at: this command's time was over "
			       "first");
	case OUTCOME_CLOSED:
		return xasprintf("nothing listens there%s (connection "
				 "refused)", tcp ? " on TCP" : "");
	case OUTCOME_UNREACHABLE:
		return xasprintf("unreachable from here (%s)",
				 lookup->error ? strerror(lookup->error)
					       : "no route");
	case OUTCOME_GARBLED:
		return xstrdup(lookup->error == ECONNRESET
			       ? "it hangs up on TCP before it has answered"
			       : "what it sends over TCP is no DNS");
	case OUTCOME_TOO_LARGE:
		return xstrdup("its reply is too large");
	case OUTCOME_FAILED:
		return xasprintf("could not be asked: %s on this host",
				 lookup->error ? strerror(lookup->error)
					       : "out of resources");
	}
	return xstrdup("no answer");
}

void lookup_clear(struct lookup *lookup)
{
	free(lookup->reply);
	lookup->reply = NULL;
	lookup->reply_size = 0;
	lookup->rcode = 0;
	lookup->tsig = TSIG_OK;
	lookup->disowned = NULL;
	lookup->malformed = MESSAGE_OK;
	lookup->asked = false;
	lookup->unkept = false;
}

void lookup_unkeep(struct lookup *lookup)
{
	lookup_clear(lookup);
	lookup->asked = lookup->unkept = true;
}
