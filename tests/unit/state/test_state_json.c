/* SPDX-License-Identifier: MIT */
#include "state/state.h"

#include "base/xalloc.h"
#include "support/chains.h"
#include "unit.h"

#define T0 INT64_C(1800000000000)
#define OWNER "_25._tcp.mail.example.com."
#define OTHER "_443._tcp.www.example.com."

static void fill_ledger(struct ledger *ledger)
{
	static const char *const says[] = { "a", "-", "@", "@x",
					    "a b c:301 a:211", "a" };
	struct view view;

	view_open(&view, ledger->owner, 3);
	view.servers[2].address = (struct address){ .family = 6, .port = 5353,
		.bytes = { 0x20, 0x01, 0x0d, 0xb8, [15] = 1 } };
	for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
		view_say_all(&view, says[i], 300 + (uint32_t)i);
		ledger_record(ledger, &view.seen, T0 + (int64_t)i * 60000);
	}
	view.seen.count = 2;
	view.servers[0].ttl_seconds = 172800;
	ledger_record(ledger, &view.seen, T0 + 360000);
	view.servers[0].ttl_seconds = 86401;
	ledger_record(ledger, &view.seen, T0 + 360000);
	ledger->addresses[0].asked_rests = 2;
	ledger->steady_ms = T0 + 360000;
	ledger->steady_ttl_seconds = 305;
	ledger->steady_rests = 3;
	ledger->former_ttl_seconds = 7201;
	ledger->rested_ms = T0 + 420000;
	view_close(&view);
}

/* A state in which no field is what a new one has. */
static struct state *full_state(void)
{
	struct state *state = state_new("mail.example.com-0001");
	struct tlsa_set set = cast_set("a b:301");
	struct visit visits[] = {
		{ VISIT_STRANGER, lent("mx [192.0.2.1]:25"), lent("presents") },
		{ VISIT_SILENT, lent("mx [192.0.2.2]:25"), lent("is silent") },
	};

	state->saved = (struct moment){ T0, 123456, "3f0c9a52-boot", true };
	state->has_released = state->has_releasing = state->has_settled = true;
	state->released = cast_chain('a')->version;
	state->releasing = cast_chain('b')->version;
	state->settled = cast_chain('c')->version;
	state_add_presented(state, &state->releasing);
	state_add_presented(state, &state->released);
	state->generation = 41;
	state->record_ttl_seconds = 7200;
	state->retimed = 2;
	state->removal = REMOVAL_LEAVES;
	state->unproven = state->reload_due = state->has_pending = true;
	state->guessed = state->copied = true;
	state->reloaded_ms = state->proven_ms = T0 - 1;
	state->stalled_ms = state->spread_ms = T0 - 3;
	state->slow_ms = state->spread_since_ms = T0 - 6;
	state->outside_ms = state->spread_first_ms = T0 - 7;
	state->looked_ms = state->alarm.since_ms = T0 - 4;
	state->locked_until_ms = state->alarm.told_ms = T0 - 5;
	state->pending = cast_chain('k')->version;
	state_add_published(state, OWNER, &set.records[0]);
	state_add_published(state, OTHER, &set.records[1]);
	state_set_deleting(state, OTHER, &set.records[1], true);
	state_note_sent(state, OTHER, &set.records[1], T0 - 8);
	state->settled_config = xstrdup("0123abcd");
	state->alarm.text = xstrdup("mail: \"stuck\"\n\tfor \xc3\xa4 while");
	state->alarm.told = xstrdup("mail: stuck before");
	strangers_update(&state->strangers, &(struct visits){ visits,
			 COUNT(visits) }, true, T0 - 9);
	fill_ledger(state_ledger(state, OWNER));
	fill_ledger(state_ledger(state, OTHER));
	ledger_note_combinations(state_ledger(state, OTHER), &set);
	tlsa_set_clear(&set);
	return state;
}

static struct state *read_good(const json_t *json)
{
	struct state *state;
	char *detail;
	enum state_error error = state_from_json(json, &state, &detail);

	if (error != STATE_OK)
		fail_msg("%d: %s", error, detail);
	assert_null(detail);
	return state;
}

static void expect_damaged(const json_t *json, const char *part,
			   const char *what)
{
	struct state *state;
	char *detail;
	enum state_error error = state_from_json(json, &state, &detail);

	if (error != STATE_DAMAGED)
		fail_msg("%s of \"%s\" was not noticed", what, part);
	assert_null(state);
	assert_non_null(detail);
	if (!strstr(detail, part))
		fail_msg("%s of \"%s\": %s", what, part, detail);
	free(detail);
}

static void assert_same_ledger(const struct ledger *a, const struct ledger *b)
{
	assert_string_equal(a->owner, b->owner);
	assert_int_equal(a->version_count, b->version_count);
	assert_true(a->steady_ms == b->steady_ms &&
		    a->steady_ttl_seconds == b->steady_ttl_seconds &&
		    a->steady_rests == b->steady_rests &&
		    a->former_ttl_seconds == b->former_ttl_seconds &&
		    a->rested_ms == b->rested_ms);
	assert_int_equal(a->address_count, b->address_count);
	for (size_t v = 0; v < a->version_count; v++) {
		assert_int_equal(a->versions[v].kind, b->versions[v].kind);
		assert_int_equal(a->versions[v].ttl_seconds,
				 b->versions[v].ttl_seconds);
		assert_true(tlsa_set_equal(&a->versions[v].set,
					   &b->versions[v].set));
		assert_true((!a->versions[v].alias && !b->versions[v].alias) ||
			    streq(a->versions[v].alias, b->versions[v].alias));
	}
	for (size_t i = 0; i < a->address_count; i++) {
		const struct ledger_address *x = &a->addresses[i];
		const struct ledger_address *y = &b->addresses[i];

		assert_true(address_equal(&x->address, &y->address) &&
			    x->current == y->current && x->alike == y->alike &&
			    x->serial == y->serial && x->silent == y->silent &&
			    x->wavers == y->wavers &&
			    x->departed_ms == y->departed_ms &&
			    x->asked_seconds == y->asked_seconds &&
			    x->asked_since_ms == y->asked_since_ms &&
			    x->asked_lately_seconds ==
				    y->asked_lately_seconds &&
			    x->asked_rests == y->asked_rests);
		assert_memory_equal(x->last_ms, y->last_ms,
				    a->version_count * sizeof(*x->last_ms));
	}
}

static void assert_same(const struct state *a, const struct state *b)
{
	assert_string_equal(a->target, b->target);
	assert_true(a->saved.wall_ms == b->saved.wall_ms &&
		    a->saved.boot_ms == b->saved.boot_ms &&
		    streq(a->saved.boot_id, b->saved.boot_id) &&
		    a->saved.synchronised == b->saved.synchronised);
	assert_true(a->has_released == b->has_released &&
		    a->has_releasing == b->has_releasing &&
		    a->has_settled == b->has_settled);
	assert_true(fingerprint_equal(&a->released, &b->released) &&
		    fingerprint_equal(&a->releasing, &b->releasing) &&
		    fingerprint_equal(&a->settled, &b->settled));
	assert_int_equal(a->presented_count, b->presented_count);
	assert_memory_equal(a->presented, b->presented,
			    a->presented_count * sizeof(*a->presented));
	assert_true(a->generation == b->generation &&
		    a->removal == b->removal && a->unproven == b->unproven &&
		    a->reload_due == b->reload_due &&
		    a->guessed == b->guessed && a->copied == b->copied &&
		    a->record_ttl_seconds == b->record_ttl_seconds &&
		    a->retimed == b->retimed);
	assert_true(a->reloaded_ms == b->reloaded_ms &&
		    a->proven_ms == b->proven_ms &&
		    a->stalled_ms == b->stalled_ms);
	assert_int_equal(a->published_count, b->published_count);
	for (size_t i = 0; i < a->published_count; i++) {
		const struct state_record *x = &a->published[i];
		const struct state_record *y = &b->published[i];

		assert_string_equal(x->owner, y->owner);
		assert_int_equal(tlsa_compare(&x->record, &y->record), 0);
		assert_true(x->deleting == y->deleting &&
			    x->sent == y->sent && x->sent_ms == y->sent_ms);
	}
	assert_int_equal(a->ledger_count, b->ledger_count);
	for (size_t i = 0; i < a->ledger_count; i++)
		assert_same_ledger(a->ledgers[i], b->ledgers[i]);
}

static void test_round_trip(void **unused)
{
	struct state *state = full_state(), *again;
	json_t *json = state_to_json(state), *second;

	(void)unused;
	again = read_good(json);
	assert_same(state, again);
	assert_string_equal(state->settled_config, again->settled_config);
	assert_string_equal(state->alarm.text, again->alarm.text);
	assert_string_equal(state->alarm.told, again->alarm.told);
	assert_int_equal(state->alarm.since_ms, again->alarm.since_ms);
	assert_int_equal(state->alarm.told_ms, again->alarm.told_ms);
	second = state_to_json(again);
	assert_true(json_equal(json, second));
	json_decref(second);
	json_decref(json);
	state_free(again);
	state_free(state);
}

static void test_round_trip_of_a_new_one(void **unused)
{
	struct state *state = state_new("mail"), *again;
	json_t *json = state_to_json(state);

	(void)unused;
	again = read_good(json);
	assert_same(state, again);
	assert_null(again->settled_config);
	assert_null(again->alarm.text);
	json_decref(json);
	state_free(again);
	state_free(state);
}

/* ---- Damage ----------------------------------------------------------- */
/* A visit to every field of ROOT: FIELD of OBJECT, or an element of a list
 * that is called FIELD. */
struct walk {
	json_t *root, *object;	/* or a list */
	const char *field;
	size_t index;
	size_t count;		/* of damages done */
};

static json_t *visited(const struct walk *visit)
{
	return json_is_array(visit->object) ?
	       json_array_get(visit->object, visit->index) :
	       json_object_get(visit->object, visit->field);
}

static void put_visited(const struct walk *visit, json_t *value)
{
	if (json_is_array(visit->object))
		json_array_set_new(visit->object, visit->index, value);
	else
		json_object_set_new(visit->object, visit->field, value);
}

/* The fault is told by the field's name or that of what is in it. */
static const char *told_as(const char *field, const json_t *value)
{
	if (streq(field, "saved"))
		return "wall_ms";
	if (streq(field, "records") && !json_is_array(value))
		return "record";
	if (json_is_object(value))
		return "";
	return field;
}

static void damage_with(struct walk *visit, json_t *value, const char *what)
{
	json_t *whole = json_incref(visited(visit));

	put_visited(visit, value);
	expect_damaged(visit->root, told_as(visit->field, whole), what);
	put_visited(visit, whole);
	visit->count++;
}

static void damage(struct walk *visit)
{
	json_t *here = visited(visit);

	damage_with(visit, json_pack("{s:i}", "no", 1), "an object in place");
	damage_with(visit, json_real(0.5), "a fraction in place");
	if (json_is_integer(here)) {
		damage_with(visit, json_integer(-1), "a negative number");
		damage_with(visit, json_integer(INT64_MAX), "a huge number");
	}
	if (json_is_string(here) && !streq(visit->field, "alarm") &&
	    !streq(visit->field, "where") && !streq(visit->field, "what") &&
	    !streq(visit->field, "notified") &&
	    !streq(visit->field, "settled_config") &&
	    !streq(visit->field, "boot_id"))
		damage_with(visit, json_string("n/a..z"), "nonsense");
}

static void damage_all(struct walk *from, json_t *json);

static void damage_fields(struct walk *visit, json_t *object)
{
	const char *field;
	json_t *value;

	/* DAMAGE changes values, never keys. */
	json_object_foreach(object, field, value) {
		visit->object = object;
		visit->field = field;
		damage(visit);
		damage_all(visit, value);
	}
}

static void damage_all(struct walk *visit, json_t *json)
{
	const char *field = visit->field;

	if (json_is_object(json))
		damage_fields(visit, json);
	for (size_t i = 0; i < json_array_size(json); i++) {
		visit->object = json;
		visit->field = field;
		visit->index = i;
		damage(visit);
		damage_all(visit, json_array_get(json, i));
	}
}

static void test_every_field_damaged(void **unused)
{
	struct state *state = full_state();
	json_t *json = state_to_json(state);
	struct walk visit = { .root = json, .field = "" };

	(void)unused;
	damage_all(&visit, json);
	assert_true(visit.count > 200);
	state_free(read_good(json));
	json_decref(json);
	state_free(state);
}

static bool may_be_lost(const char *field)
{
	static const char *const older[] = {
		"serial", "silent", "generation", "deleting", "pending",
		"slow_ms", "notified", "notified_ms", "alarm_since_ms",
		"guessed", "copied", "looked_ms", "asked_seconds",
		"locked_until_ms",
		"outside_ms", "wavers", "alike", "sent", "sent_ms",
		"spread_since_ms",
		"spread_ms", "spread_first_ms", "removal", "steady",
		"retimed", "record_ttl_seconds", "former_ttl_seconds",
		"rested_ms", "asked_lately", "strangers",
	};

	for (size_t i = 0; i < COUNT(older); i++)
		if (streq(older[i], field))
			return true;
	return false;
}

/* The keys are those of a copy. Older states have not all of them. */
static void remove_each(json_t *root, json_t *object)
{
	const char *field;
	json_t *copy = json_copy(object), *value;

	json_object_foreach(copy, field, value) {
		json_object_del(object, field);
		if (may_be_lost(field))
			state_free(read_good(root));
		else
			expect_damaged(root, told_as(field, value), "loss");
		json_object_set(object, field, value);
	}
	json_decref(copy);
}

TEST(every_field_lost)
{
	struct state *full = full_state();
	json_t *json = state_to_json(full);
	json_t *ledger = json_array_get(json_object_get(json, "ledgers"), 0);

	remove_each(json, json);
	remove_each(json, json_object_get(json, "saved"));
	remove_each(json, ledger);
	remove_each(json, json_array_get(json_object_get(ledger, "versions"),
					 1));
	remove_each(json, json_array_get(json_object_get(ledger, "addresses"),
					 1));
	remove_each(json, json_array_get(json_object_get(json, "published"),
					 1));
	state_free(read_good(json));
	json_decref(json);
	state_free(full);
}

static void test_contradictions(void **unused)
{
	struct state *state = full_state();
	json_t *json = state_to_json(state);
	json_t *ledger = json_array_get(json_object_get(json, "ledgers"), 0);
	json_t *versions = json_object_get(ledger, "versions");
	json_t *addresses = json_object_get(ledger, "addresses");
	json_t *set = json_array_get(versions, 1);
	json_t *absent = json_array_get(versions, 2);
	json_t *last = json_object_get(json_array_get(addresses, 0),
				       "last_ms");

	(void)unused;
	json_object_set_new(set, "kind", json_string("absent"));
	expect_damaged(json, "records", "a set called absent");
	json_object_set_new(set, "kind", json_string("unknown"));
	expect_damaged(json, "versions", "a set called unknown");
	json_object_set_new(set, "kind", json_string("set"));
	json_object_set_new(absent, "kind", json_string("set"));
	expect_damaged(json, "records", "an empty set");
	json_object_set_new(absent, "kind", json_string("unknown"));
	expect_damaged(json, "versions", "a second unknown");
	json_object_set_new(absent, "kind", json_string("absent"));
	json_array_append_new(last, json_null());
	expect_damaged(json, "last_ms", "one time too many");
	json_array_remove(last, 0);
	json_array_remove(last, 0);
	expect_damaged(json, "last_ms", "one time too few");
	json_decref(json);
	json = state_to_json(state);
	json_array_clear(json_object_get(json, "presented"));
	expect_damaged(json, "presented", "released and not presented");
	json_object_set_new(json, "format", json_integer(2));
	expect_damaged(json, "format", "another format");
	json_object_set_new(json, "format", json_integer(1));
	json_object_set_new(json, "target", json_string("../etc"));
	expect_damaged(json, "target", "a path");
	json_decref(json);
	state_free(state);
}

/* Twice the same: the second would silently take the place of the first. */
static void test_doubles(void **unused)
{
	static const char *const lists[] = { "addresses", "versions" };
	struct state *state = full_state();

	(void)unused;
	for (size_t i = 0; i < 2; i++) {
		json_t *json = state_to_json(state);
		json_t *ledger = json_array_get(json_object_get(json,
								"ledgers"), 0);
		json_t *list = json_object_get(ledger, lists[i]);

		json_array_append(list, json_array_get(list, 1));
		expect_damaged(json, "", lists[i]);
		json_decref(json);
	}
	json_t *json = state_to_json(state);
	json_t *ledgers = json_object_get(json, "ledgers");

	json_array_append(ledgers, json_array_get(ledgers, 0));
	expect_damaged(json, "", "ledgers");
	json_decref(json);
	state_free(state);
}

static void test_no_object(void **unused)
{
	json_t *values[] = { json_array(), json_null(), json_object(),
			     json_true(), json_integer(1), json_string("") };

	(void)unused;
	for (size_t i = 0; i < COUNT(values); i++) {
		expect_damaged(values[i], "format", "another value");
		json_decref(values[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_round_trip),
		cmocka_unit_test(test_round_trip_of_a_new_one),
		cmocka_unit_test(test_every_field_damaged),
		cmocka_unit_test(test_every_field_lost),
		cmocka_unit_test(test_contradictions),
		cmocka_unit_test(test_doubles),
		cmocka_unit_test(test_no_object),
	};

	return cmocka_run_group_tests(tests, NULL, cast_close);
}
