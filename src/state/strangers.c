/* SPDX-License-Identifier: MIT */
#include "state/strangers.h"

#include "base/bounds.h"
#include "base/xalloc.h"
#include "state/text_json.h"

#include <stdlib.h>

/* ---- What was seen ----------------------------------------------------- */

void visits_add(struct visits *visits, enum visit_verdict verdict,
		char *where, char *what)
{
	*array_push(visits->items, visits->count) =
		(struct visit){ verdict, where, what };
}

void visits_clear(struct visits *visits)
{
	for (size_t i = 0; i < visits->count; i++) {
		free(visits->items[i].where);
		free(visits->items[i].what);
	}
	free(visits->items);
	*visits = (struct visits){ NULL, 0 };
}

/* ---- What is kept of it ------------------------------------------------ */

static void drop(struct stranger *stranger)
{
	free(stranger->where);
	free(stranger->what);
}

void strangers_clear(struct strangers *strangers)
{
	for (size_t i = 0; i < strangers->count; i++)
		drop(&strangers->items[i]);
	free(strangers->items);
	*strangers = (struct strangers){ NULL, 0 };
}

static const struct stranger *find(const struct strangers *strangers,
				   const char *where)
{
	for (size_t i = 0; i < strangers->count; i++)
		if (streq(strangers->items[i].where, where))
			return &strangers->items[i];
	return NULL;
}

/* Where STRANGER, of whom there is none yet, has its place; NULL: nowhere. */
static struct stranger *place_for(struct strangers *strangers,
				  const struct stranger *stranger)
{
	if (strangers->count < STRANGERS_MAX)
		return array_push(strangers->items, strangers->count);
	for (size_t i = 0; stranger->was_seen && i < strangers->count; i++)
		if (!strangers->items[i].was_seen) {
			drop(&strangers->items[i]);
			return &strangers->items[i];
		}
	return NULL;
}

/* A copy. */
static void add(struct strangers *strangers, struct stranger stranger)
{
	struct stranger *place = place_for(strangers, &stranger);

	if (!place)
		return;
	*place = stranger;
	place->where = xasprintf("%.*s", STRANGER_TEXT_MAX, stranger.where);
	place->what = xasprintf("%.*s", STRANGER_TEXT_MAX, stranger.what);
}

static void add_visit(struct strangers *strangers, const struct visit *visit,
		      const struct stranger *before, int64_t now_ms)
{
	struct stranger fresh = { .where = visit->where, .what = visit->what,
				  .ms = now_ms };

	fresh.was_seen = visit->verdict == VISIT_STRANGER;
	if (before && !fresh.was_seen) {
		fresh.ms = before->ms;
		fresh.was_seen = before->was_seen;
	}
	if (before && before->was_seen && visit->verdict != VISIT_STRANGER)
		fresh.what = before->what;
	if (fresh.was_seen || visit->verdict == VISIT_SILENT)
		add(strangers, fresh);
}

static const struct visit *find_visit(const struct visits *visits,
				      const char *where)
{
	for (size_t i = 0; i < visits->count; i++)
		if (streq(visits->items[i].where, where))
			return &visits->items[i];
	return NULL;
}

static bool is_same(const struct strangers *a, const struct strangers *b)
{
	bool same = a->count == b->count;

	for (size_t i = 0; same && i < a->count; i++)
		same = a->items[i].was_seen == b->items[i].was_seen &&
		       a->items[i].ms == b->items[i].ms &&
		       streq(a->items[i].where, b->items[i].where) &&
		       streq(a->items[i].what, b->items[i].what);
	return same;
}

bool strangers_update(struct strangers *strangers, const struct visits *visits,
		      bool may_return, int64_t now_ms)
{
	struct strangers fresh = { NULL, 0 };
	bool news;

	for (size_t i = 0; may_return && i < strangers->count; i++) {
		const struct stranger *old = &strangers->items[i];

		if (old->was_seen && !find_visit(visits, old->where) &&
		    now_ms < old->ms + STRANGERS_PATIENCE_MS)
			add(&fresh, *old);
	}
	for (size_t i = 0; i < visits->count; i++)
		if (visits->items[i].verdict != VISIT_OURS)
			add_visit(&fresh, &visits->items[i],
				  find(strangers, visits->items[i].where),
				  now_ms);
	news = !is_same(strangers, &fresh);
	strangers_clear(strangers);
	*strangers = fresh;
	return news;
}

const struct stranger *strangers_find_seen(const struct strangers *strangers)
{
	for (size_t i = 0; i < strangers->count; i++)
		if (strangers->items[i].was_seen)
			return &strangers->items[i];
	return NULL;
}

const struct stranger *strangers_find_silent(const struct strangers *strangers)
{
	const struct stranger *latest = NULL;

	for (size_t i = 0; i < strangers->count; i++)
		if (!strangers->items[i].was_seen &&
		    (!latest || strangers->items[i].ms > latest->ms))
			latest = &strangers->items[i];
	return latest;
}

void strangers_restart(struct strangers *strangers, int64_t now_ms)
{
	for (size_t i = 0; i < strangers->count; i++)
		strangers->items[i].ms = now_ms;
}

/* ---- In the state ------------------------------------------------------ */

void strangers_put(const struct strangers *strangers, json_t *object)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strangers->count; i++) {
		const struct stranger *at = &strangers->items[i];

		json_array_append_new(list, json_pack(
			"{s:o, s:o, s:b, s:I}",
			"where", text_json(at->where),
			"what", text_json(at->what),
			"was_seen", at->was_seen, "ms", (json_int_t)at->ms));
	}
	json_object_set_new(object, "strangers", list);
}

void strangers_read(struct reader *reader, const json_t *object,
		    struct strangers *strangers)
{
	json_t *item;
	size_t i;

	if (!json_object_get(object, "strangers"))
		return;
	json_array_foreach(field_list(reader, object, "strangers"), i, item)
		if (!reader->fault)
			add(strangers, (struct stranger){
				.where = unconst(field_text(reader, item,
							    "where")),
				.what = unconst(field_text(reader, item,
							   "what")),
				.was_seen = field_flag(reader, item,
						       "was_seen"),
				.ms = field_clock(reader, item, "ms") });
}
