/* SPDX-License-Identifier: MIT */
#include "act/update.h"

#include "act/update_build.h"
#include "act/update_reply.h"
#include "base/bounds.h"
#include "base/log.h"
#include "base/xalloc.h"
#include "world/world.h"

#include <stdlib.h>

/* One message: some changes of one update. */
struct letter {
	const struct update *update;
	size_t first, change_count;	/* those of UPDATE */
	uint8_t *data;		/* NULL: could not be made, see the changes */
	size_t size;
	struct tsig_request request;
	bool split;		/* refused: try the changes one by one */
};

struct letters {
	struct letter *items;
	size_t count;
};

static const struct change *changes_of(const struct letter *letter)
{
	return &letter->update->changes[letter->first];
}

static void set_verdict(const struct letter *letter,
			enum update_verdict verdict, const char *detail)
{
	for (size_t i = 0; i < letter->change_count; i++) {
		struct update_result *result =
			&letter->update->results[letter->first + i];

		free(result->detail);
		result->verdict = verdict;
		result->detail = xstrdup(detail);
	}
}

static void add_letter(struct letters *letters, const struct update *update,
		       size_t first, size_t n)
{
	struct letter *letter = array_push(letters->items, letters->count);

	letter->update = update;
	letter->first = first;
	letter->change_count = n;
}

/* As many changes in a row as one message holds, and so on. */
static void add_letters(struct letters *letters, const struct update *update)
{
	size_t empty = update_measure(update->zone, NULL, 0);
	size_t first = 0, size = empty;

	for (size_t i = 0; i < update->change_count; i++) {
		size_t with = update_measure(update->zone, &update->changes[i],
					     1);

		/* What cannot be built goes alone, to harm no other. */
		if (with == 0)
			with = UPDATE_SIZE_MAX;
		if (i > first && size + with - empty > UPDATE_SIZE_MAX) {
			add_letter(letters, update, first, i - first);
			first = i;
			size = empty;
		}
		size += with - empty;
	}
	if (first < update->change_count)
		add_letter(letters, update, first,
			   update->change_count - first);
}

/* Why this one cannot be sent at all, allocated, or NULL. */
static char *find_obstacle(const struct update *update)
{
	if (!update->key)
		return xasprintf("zone %s: no TSIG key; set `key` in a zone "
				 "section for it, or the default `key`",
				 update->zone);
	if (update->primary.family == 0)
		return xasprintf("zone %s: the address of its primary is not "
				 "known; set `primary` in a zone section",
				 update->zone);
	return NULL;
}

static char *write_letter(struct world *world, struct letter *letter,
			  uint64_t now_seconds)
{
	const struct update *update = letter->update;
	ldns_pkt *packet;
	uint16_t id;

	world->random(world, &id, sizeof(id));
	packet = update_build(update->zone, changes_of(letter),
			      letter->change_count, id);
	if (!packet)
		return xasprintf("zone %s: the update of %s does not fit in "
				 "one DNS message (64 KiB): use records with "
				 "a digest (matching type 1), or delete there "
				 "what nobody needs",
				 update->zone, changes_of(letter)->owner);
	letter->data = update_sign(packet, update->key, now_seconds,
				   &letter->request, &letter->size);
	ldns_pkt_free(packet);
	if (letter->data)
		return NULL;
	return xasprintf("zone %s: the update cannot be signed with key %s "
			 "(%s): OpenSSL refuses", update->zone,
			 tsig_key_name(update->key),
			 tsig_algorithm_name(tsig_key_algorithm(update->key)));
}

static bool prepare(struct world *world, struct letter *letter,
		    uint64_t now_seconds)
{
	char *obstacle = find_obstacle(letter->update);

	if (!obstacle)
		obstacle = write_letter(world, letter, now_seconds);
	if (obstacle)
		set_verdict(letter, UPDATE_NOT_SENT, obstacle);
	free(obstacle);
	return letter->data != NULL;
}

static uint64_t clock_seconds(struct world *world)
{
	struct moment now;

	world->now(world, &now);
	return now.wall_ms > 0 ? (uint64_t)now.wall_ms / 1000 : 0;
}

static struct update_exchange describe(const struct letter *letter)
{
	const struct update *update = letter->update;
	bool one = letter->change_count == 1;

	return (struct update_exchange){
		.zone = update->zone,
		.owner = one ? changes_of(letter)->owner : NULL,
		.absent = one && changes_of(letter)->seen->count == 0,
		.server = &update->primary,
		.server_name = update->primary_name,
		.primaries_set = update->primaries_set,
		.key_name = tsig_key_name(update->key),
		.algorithm = tsig_algorithm_name(
			tsig_key_algorithm(update->key)),
		.time_signed = letter->request.time_signed,
	};
}

/* The reply is authenticated before anything in it is looked at. */
static void judge(struct letter *letter, const struct question *question,
		  uint64_t now_seconds)
{
	struct update_exchange exchange = describe(letter);
	struct update_diagnosis diagnosis = { 0 };
	struct tsig_reply tsig;
	enum tsig_verdict verdict;

	if (question->outcome == OUTCOME_ANSWERED) {
		verdict = tsig_verify(question->reply, question->reply_size,
				      &letter->request, now_seconds, &tsig);
		update_diagnose_reply(&exchange, question->reply,
				      question->reply_size, verdict, &tsig,
				      &diagnosis);
	} else {
		update_diagnose_outcome(&exchange, question->outcome,
					question->error, &diagnosis);
	}
	set_verdict(letter, diagnosis.verdict, diagnosis.detail);
	letter->split = diagnosis.split;
	free(diagnosis.detail);
}

static void deliver(struct world *world, struct letters *letters)
{
	struct question *questions =
		xcalloc(letters->count, sizeof(*questions));
	struct letter **asked = xcalloc(letters->count, sizeof(*asked));
	uint64_t now_seconds = clock_seconds(world);
	size_t n = 0;

	for (size_t i = 0; i < letters->count; i++) {
		struct letter *letter = &letters->items[i];

		if (!prepare(world, letter, now_seconds))
			continue;
		questions[n] = (struct question){
			.server = letter->update->primary,
			.transport = TRANSPORT_TCP,
			.timeout_ms = UPDATE_TIMEOUT_MS,
			.query = letter->data,
			.query_size = letter->size,
		};
		asked[n++] = letter;
	}
	if (n)
		world->ask(world, questions, n);
	now_seconds = clock_seconds(world);
	for (size_t i = 0; i < n; i++) {
		judge(asked[i], &questions[i], now_seconds);
		free(questions[i].reply);
	}
	free(questions);
	free(asked);
}

static void letters_clear(struct letters *letters)
{
	for (size_t i = 0; i < letters->count; i++)
		free(letters->items[i].data);
	free(letters->items);
	*letters = (struct letters){ 0 };
}

/* That the RRsets are not those seen is said before anything is done. */
static bool may_be_done(const struct letter *letter)
{
	enum update_verdict verdict =
		letter->update->results[letter->first].verdict;

	return verdict == UPDATE_SERVER_FAILED ||
	       verdict == UPDATE_UNAUTHENTICATED ||
	       verdict == UPDATE_BAD_KEY;
}

/* One letter per change where several were refused together. */
static void split_refused(const struct letters *letters,
			  struct letters *single)
{
	for (size_t i = 0; i < letters->count; i++) {
		const struct letter *letter = &letters->items[i];
		const struct update *update = letter->update;

		if (!letter->split || letter->change_count == 1)
			continue;
		for (size_t k = 0; k < letter->change_count; k++) {
			update->results[letter->first + k].doubtful =
				may_be_done(letter);
			add_letter(single, update, letter->first + k, 1);
		}
	}
}

static void deliver_all(struct world *world, struct letters *letters)
{
	struct letters single = { 0 };

	deliver(world, letters);
	split_refused(letters, &single);
	deliver(world, &single);
	letters_clear(letters);
	letters_clear(&single);
}

/* ---- One primary after the other --------------------------------------- */

static bool is_unreachable(const struct update *update)
{
	for (size_t i = 0; i < update->change_count; i++)
		if (update->results[i].verdict != UPDATE_UNREACHABLE)
			return false;
	return update->change_count > 0;
}

/* The one after that which was tried as number TRIED; FIRST had its turn. */
static bool next_primary(struct update *update, const struct address *first,
			 size_t *tried)
{
	while (*tried < update->primary_count) {
		const struct zone_primary *next =
			&update->primaries[(*tried)++];

		if (address_equal(&next->address, first))
			continue;
		log_info("%s; the next primary is %s",
			 update->results[0].detail, next->name);
		update->primary = next->address;
		update->primary_name = next->name;
		return true;
	}
	return false;
}

/* Rarely wanted, and seldom of more than one zone: one by one. */
static void try_others(struct world *world, struct update *update)
{
	const struct address first = update->primary;
	struct letters letters = { 0 };
	size_t tried = 0;

	while (is_unreachable(update) &&
	       next_primary(update, &first, &tried)) {
		add_letters(&letters, update);
		deliver_all(world, &letters);
	}
}

/* What was done the first time is not as it was seen the second time. */
static void doubt_raced(const struct update *update)
{
	for (size_t i = 0; i < update->change_count; i++) {
		struct update_result *result = &update->results[i];

		if (result->doubtful && result->verdict == UPDATE_RACED)
			result->verdict = UPDATE_UNANSWERED;
	}
}

void update_send(struct world *world, struct update *updates, size_t n)
{
	struct letters letters = { 0 };

	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < updates[i].change_count; k++)
			updates[i].results[k] = (struct update_result){
				UPDATE_NOT_SENT, false, NULL };
		add_letters(&letters, &updates[i]);
	}
	deliver_all(world, &letters);
	for (size_t i = 0; i < n; i++) {
		try_others(world, &updates[i]);
		doubt_raced(&updates[i]);
	}
}
